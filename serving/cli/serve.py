"""``leadscore serve``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import Terminal

if TYPE_CHECKING:
    from features.workspace import Workspace
    from serving.settings import Settings


@click.command()
@workspace_argument
@click.option("--host", help="IP address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 3000]")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer requests.  [default: 1]")
def serve(folder: Path, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the scoring API of a workspace until stopped."""
    # Only this verb pays for the engines.
    from features.workspace import Workspace
    from serving.launch import check_startable
    from serving.launch import serve as become_the_service
    from serving.settings import Settings

    found = Settings.from_environment()
    settings = replace(found, host=host or found.host, port=port or found.port, workers=workers or found.workers)
    workspace = Workspace.open(folder)
    check_startable(workspace, settings)
    Terminal().note(f"Serving {workspace.root} at http://{settings.host}:{settings.port}; stop with Ctrl+C.")
    show_sign_in(workspace, settings)
    become_the_service(workspace, settings)


def show_sign_in(workspace: Workspace, settings: Settings) -> None:
    """Show how to open the console: a link on a screen; in a log, where it would lie about, how to get one."""
    from serving.launch import local_sign_in

    is_screen = sys.stderr.isatty()
    told = local_sign_in(workspace, workspace.config(), settings, is_shown=is_screen)
    if told is None:
        return
    what = (
        "The console, signed in (this link works once, within an hour):" if is_screen else "To sign in to the console:"
    )
    Terminal().note(f"{what}\n\n    {told}\n")
