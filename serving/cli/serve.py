"""``leadscore serve``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import Terminal


@click.command()
@workspace_argument
@click.option("--host", help="IP address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 3000]")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer requests.  [default: 1]")
def serve(folder: Path, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the scoring API of a workspace until stopped."""
    # Only this verb pays for the engines.
    from features.workspace import Workspace
    from serving.launch import check_startable, local_sign_in
    from serving.launch import serve as become_the_service
    from serving.settings import Settings

    found = Settings.from_environment()
    settings = replace(found, host=host or found.host, port=port or found.port, workers=workers or found.workers)
    workspace = Workspace.open(folder)
    check_startable(workspace, settings)
    Terminal().note(f"Serving {workspace.root} at http://{settings.host}:{settings.port}; stop with Ctrl+C.")
    show_sign_in(local_sign_in(workspace, workspace.config(), settings))
    become_the_service(workspace, settings)


def show_sign_in(link: str | None) -> None:
    """Show the link that opens the console, on standard error, where the service's own words go too."""
    if link is not None:
        Terminal().note(f"The console, signed in (this link works once, within an hour):\n\n    {link}\n")
