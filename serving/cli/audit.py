"""``leadscore audit``: what was done and by whom, and whether the log is as it was written."""

from __future__ import annotations

import re
from pathlib import Path

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

_SEAL = re.compile(r"[0-9a-f]{64}")


@click.command()
@workspace_argument
@click.option("--seal", help="A seal that was shown before: the log must still contain it.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0, 10_000), help="How many rows to show.")
@json_option
@click.pass_context
def audit(context: click.Context, folder: Path, seal: str | None, limit: int) -> None:
    """Verify the store's log of who did what, and show its newest rows."""
    # Only this verb pays for the database.
    from features.domain import InputError
    from features.workspace import Workspace
    from models.audit import FILE_NAME
    from serving.opened_store import open_store

    terminal = Terminal()
    workspace = Workspace.open(folder)
    if seal is not None and not _SEAL.fullmatch(seal):
        raise InputError(
            f"--seal is {seal!r}.",
            "a seal: 64 digits and letters from a to f.",
            "Copy it whole from an earlier answer.",
        )
    with open_store(workspace, workspace.config().schema) as store, store.read() as tx:
        found = tx.audit.verify(seal)
        is_unknown = not found.is_whole and seal is not None and tx.audit.verify().is_whole
        entries = tx.audit.entries(limit=limit)
    if entries:
        terminal.table(
            "The newest first",
            ("Row", "At", "Action", "By", "Lead (pseudonym)", "Details"),
            [
                (
                    e.number,
                    e.at.isoformat(timespec="seconds"),
                    e.action,
                    e.by,
                    (e.subject or "")[:12],
                    str(dict(e.details)),
                )
                for e in entries
            ],
        )
    if found.is_whole and not found.entries:
        terminal.line("The log is empty: nothing was done in the store yet.")
    elif found.is_whole:
        terminal.line(f"All {found.entries:,} rows are as they were written.")
        terminal.line(f"Seal of the last one, to be kept elsewhere: {found.seal}")
    elif is_unknown:
        terminal.line(
            f"The {found.entries:,} rows follow each other as written, and none bears this seal: rows were taken off "
            "the end since, or the seal is of another store."
        )
    else:
        terminal.line(f"The log was changed at row {found.broken_at:,}; {found.entries:,} before it are as written.")
    terminal.result(
        {
            "whole": found.is_whole,
            "entries": found.entries,
            "broken_at": found.broken_at,
            "seal": found.seal,
            "newest": [entry.to_mapping() for entry in entries],
        }
    )
    terminal.note(f"Trainings, promotions and what the gate said stand in {workspace.var / FILE_NAME}.")
    if not found.is_whole:
        context.exit(GATE_SAID_NO)
