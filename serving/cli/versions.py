"""``leadscore promote`` and ``leadscore rollback``: which version serves."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import Terminal, json_option

if TYPE_CHECKING:
    from models.registry import Registry

_reason = click.option("--reason", default="", metavar="TEXT", help="Why, for the audit log and MLflow.")


@click.command()
@workspace_argument
@click.argument("version", metavar="VERSION")
@_reason
@json_option
def promote(folder: Path, version: str, reason: str) -> None:
    """Make a version the champion; a running service takes it over."""
    terminal = Terminal()
    registry = _registry(folder)
    with terminal.progress() as progress:
        progress.stage("Fetching and verifying the version")
        serving = registry.promote(version, by=getpass.getuser(), why=reason)
    terminal.line(f"Version {serving} is the champion.")
    terminal.result({"champion": serving})


@click.command()
@workspace_argument
@_reason
@json_option
def rollback(folder: Path, reason: str) -> None:
    """Make the champion before this one the champion again."""
    terminal = Terminal()
    registry = _registry(folder)
    with terminal.progress() as progress:
        progress.stage("Fetching and verifying the version before")
        serving = registry.rollback(by=getpass.getuser(), why=reason)
    terminal.line(f"Version {serving} is the champion again.")
    terminal.result({"champion": serving})


def _registry(folder: Path) -> Registry:
    # Only these verbs pay for the registry.
    from features.workspace import Workspace
    from models.registry import Registry
    from serving.settings import Settings

    return Registry(Workspace.open(folder), Settings.from_environment().tracking_uri or None)
