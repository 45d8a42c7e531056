"""``leadscore export`` and ``leadscore erase``: a person's data, out of the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import Terminal, json_option

_BY = "command line"


@click.command("export")
@workspace_argument
@click.argument("lead_id")
@json_option
def export_person(folder: Path, lead_id: str) -> None:
    """Print all that the store holds on a person, as one JSON object."""
    # Only these verbs pay for the database.
    from features.workspace import Workspace
    from serving.opened_store import open_store

    workspace = Workspace.open(folder)
    with open_store(workspace, workspace.config().schema) as store, store.begin() as tx:
        known = tx.identities.lead_of(lead_id)
        held = tx.erasure.export(known)
        if held is None:
            raise _not_here()
        tx.audit.append("lead.exported", by=_BY, lead_id=known)
    _print(held)


@click.command("erase")
@workspace_argument
@click.argument("lead_ids", nargs=-1)
@click.option("--log", is_flag=True, help="Print the pseudonyms of all who were erased, to be kept beside backups.")
@click.option(
    "--again", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Erase whoever a restored backup brought back: a file that --log printed.",
)  # fmt: skip
@json_option
def erase_person(folder: Path, lead_ids: tuple[str, ...], log: bool, again: Path | None) -> None:
    """Erase people everywhere in the store, and tell the endpoints that asked for it."""
    from features.domain import InputError
    from features.workspace import Workspace
    from serving.opened_store import open_store

    if sum((bool(lead_ids), log, again is not None)) != 1:
        raise InputError(
            "Which people is not said, or said twice.", "ids of leads, or --log, or --again FILE.", "Give one of them."
        )
    terminal = Terminal()
    workspace = Workspace.open(folder)
    with open_store(workspace, workspace.config().schema) as store:
        if log:
            with store.begin() as tx:
                erased = tx.erasure.log()
            _print({"erased": erased})
            return
        with store.begin() as tx:
            wanted = lead_ids if again is None else tx.erasure.came_back(_pseudonyms(again))
            was_there = {
                one: tx.erasure.erase(tx.identities.lead_of(one), by=_BY).was_there for one in dict.fromkeys(wanted)
            }
        store.overwrite_deleted()
    gone = sum(was_there.values())
    terminal.line(f"Erased {gone:,} of {len(was_there):,}; whoever was not there is kept from coming.")
    terminal.result({"erased": gone, "asked": len(was_there)})


def _print(content: Mapping[str, Any]) -> None:
    # It is asked for as a file to hand on, so it is JSON with or without --json.
    click.echo(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2))


def _pseudonyms(file: Path) -> frozenset[str]:
    from features.domain import InputError

    try:
        return frozenset(str(one) for one in json.loads(file.read_text(encoding="utf-8"))["erased"])
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{file.name} is no list of pseudonyms.", "what leadscore erase DIR --log printed.", "Give that file."
        ) from None


def _not_here() -> Exception:
    from features.domain import InputError

    return InputError("The store holds nothing on this lead.", "the id of a lead.", "Look for it in the worklist.")
