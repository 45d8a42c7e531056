"""``leadscore keys``: who may call the service."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.front_door import workspace_argument
from serving.cli.opened import opened_store
from serving.cli.terminal import Terminal, json_option

if TYPE_CHECKING:
    from serving.store.keys import ApiKey

_ROLES = ("crm", "marketing", "sales", "scientist", "admin")


@click.group()
@workspace_argument
@click.pass_context
def keys(context: click.Context, folder: Path) -> None:
    """Make, list and revoke the keys that programs call the service with."""
    context.obj = folder


@keys.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(_ROLES), help="What the key may do (docs/api.md).")
@click.option("--days", type=click.IntRange(1, 3_650), help="Days until it expires.  [default: never]")
@json_option
@click.pass_obj
def create(folder: Path, name: str, role: str, days: int | None) -> None:
    """Make a key for NAME, and show it this once."""
    from datetime import timedelta

    from serving.store.keys import Role

    terminal = Terminal()
    with opened_store(folder) as store, store.begin() as tx:
        expires_at = None if days is None else tx.now + timedelta(days=days)
        key, text = tx.keys.create(name, Role(role), by=getpass.getuser(), expires_at=expires_at)
        tx.audit.append("key.created", by=getpass.getuser(), details={"key_id": key.key_id, "role": role})
    terminal.line(text)
    terminal.note("This is the only time the key is shown. From now on the service takes no call without a key.")
    terminal.result({"key": text, **_mapping(key)})


@keys.command("list")
@json_option
@click.pass_obj
def list_keys(folder: Path) -> None:
    """Show all keys, without their secrets."""
    terminal = Terminal()
    with opened_store(folder) as store, store.read() as tx:
        rows = [_mapping(key) for key in tx.keys.all()]
    heads = ("Id", "Name", "Role", "Made", "By", "Expires", "Last used", "Revoked")
    terminal.table("Keys", heads, [tuple(row.values()) for row in rows])
    terminal.result({"keys": rows})


@keys.command()
@click.argument("key_id", metavar="ID")
@json_option
@click.pass_obj
def revoke(folder: Path, key_id: str) -> None:
    """Revoke the key ID for good; a running service refuses it within five seconds."""
    terminal = Terminal()
    with opened_store(folder) as store, store.begin() as tx:
        key = tx.keys.revoke(key_id)
        tx.audit.append("key.revoked", by=getpass.getuser(), details={"key_id": key.key_id})
    terminal.line(f"Key {key.key_id} ({key.name}) is revoked.")
    terminal.result(_mapping(key))


def _mapping(key: ApiKey) -> dict[str, str | None]:
    moments = (key.created_at, key.expires_at, key.last_used_at, key.revoked_at)
    created, expires, used, revoked = (None if one is None else one.isoformat(timespec="seconds") for one in moments)
    return {
        "key_id": key.key_id, "name": key.name, "role": key.role.value, "created_at": created,
        "created_by": key.created_by, "expires_at": expires, "last_used_at": used, "revoked_at": revoked,
    }  # fmt: skip
