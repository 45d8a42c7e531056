"""``leadscore users``: who may use the console."""

from __future__ import annotations

import getpass
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.front_door import workspace_argument
from serving.cli.opened import opened_store
from serving.cli.terminal import Terminal, json_option

if TYPE_CHECKING:
    from serving.store.users import User

_ROLES = ("marketing", "sales", "scientist", "admin")
_LANGUAGES = ("en", "de")
_HEADS = ("Name", "Role", "Language", "Password", "Made", "Disabled")


@click.group()
@workspace_argument
@click.pass_context
def users(context: click.Context, folder: Path) -> None:
    """Make, change, list and disable the people who use the console."""
    context.obj = folder


@users.command()
@click.argument("name")
@click.option(
    "--role", required=True, type=click.Choice(_ROLES), help="What the user may see and do (docs/console.md)."
)
@click.option("--language", type=click.Choice(_LANGUAGES), help="Of the pages.  [default: the browser's]")
@click.option("--generate", is_flag=True, help="Make a password up and show it this once, instead of asking for one.")
@click.option("--by-link", is_flag=True, help="No password: the user signs in by links only.")
@json_option
@click.pass_obj
def create(folder: Path, name: str, role: str, language: str | None, generate: bool, by_link: bool) -> None:
    """Make the user NAME, or give NAME another role, language or password; NAME has to sign in anew."""
    from features.domain import InputError
    from serving.store.keys import Role
    from serving.store.users import new_password

    if generate and by_link:
        raise InputError("--generate and --by-link.", "one of them.", "A user by link needs no password.")
    terminal = Terminal()
    password = None if by_link else new_password() if generate else _asked_for()
    with opened_store(folder) as store, store.begin() as tx:
        user = tx.users.put(name, Role(role), password, language=language)
        tx.audit.append("user.created", by=getpass.getuser(), details={"user": name, "role": role})
    if generate and password is not None:
        terminal.line(password)
        terminal.note("This is the only time the password is shown.")
    terminal.note(f"{name} may use the console as {role}.")
    terminal.result(_mapping(user) | ({"password": password} if generate else {}))


@users.command("list")
@json_option
@click.pass_obj
def list_users(folder: Path) -> None:
    """Show all users."""
    terminal = Terminal()
    with opened_store(folder) as store, store.read() as tx:
        rows = [_mapping(user) for user in tx.users.all()]
    terminal.table("Users", _HEADS, [tuple(row.values()) for row in rows])
    terminal.result({"users": rows})


@users.command()
@click.argument("name")
@json_option
@click.pass_obj
def disable(folder: Path, name: str) -> None:
    """Keep NAME out from now on; sessions end at once."""
    terminal = Terminal()
    with opened_store(folder) as store, store.begin() as tx:
        tx.users.known(name)
        tx.users.disable(name)
        tx.audit.append("user.disabled", by=getpass.getuser(), details={"user": name})
        user = tx.users.known(name)
    terminal.line(f"{name} is disabled.")
    terminal.result(_mapping(user))


@users.command()
@click.argument("name")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where the service listens.  [default: LEADSCORE_PORT, 3000]"
)
@json_option
@click.pass_obj
def link(folder: Path, name: str, port: int | None) -> None:
    """Show a link that signs NAME in once, within an hour."""
    from features.domain import InputError
    from serving.launch import console_address, sign_in_link
    from serving.settings import Settings

    terminal, settings = Terminal(), Settings.from_environment()
    settings = settings if port is None else replace(settings, port=port)
    with opened_store(folder) as store, store.begin() as tx:
        if tx.users.known(name).disabled_at is not None:
            raise InputError(f"{name} is disabled.", "a user who may sign in.", "users create gives access again.")
        address = sign_in_link(console_address(settings), tx.users.make_link(name))
        tx.audit.append("user.link_made", by=getpass.getuser(), details={"user": name})
    terminal.line(address)
    terminal.result({"name": name, "link": address})


def _asked_for() -> str:
    from features.domain import InputError

    if not at_terminal():
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise InputError(
                "No password came in, and there is no terminal to ask for one.",
                "the password as one line on standard input.",
                "Pass it so, or give --generate or --by-link.",
            )
        return given
    password: str = click.prompt(
        "Password (at least 12 characters)", hide_input=True, confirmation_prompt=True, err=True
    )
    return password


def at_terminal() -> bool:
    """Return whether somebody sits there to be asked."""
    return sys.stdin.isatty()


def _mapping(user: User) -> dict[str, str | None]:
    return {
        "name": user.name, "role": user.role.value, "language": user.language,
        "signs_in_by": "password" if user.has_password else "link",
        "created_at": user.created_at.isoformat(timespec="seconds"),
        "disabled_at": None if user.disabled_at is None else user.disabled_at.isoformat(timespec="seconds"),
    }  # fmt: skip
