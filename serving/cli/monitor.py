"""``leadscore monitor``."""

from __future__ import annotations

from pathlib import Path

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

_FILE = click.Path(path_type=Path)


@click.command()
@workspace_argument
@click.option("--leads", metavar="F", type=_FILE, help="Newer leads: CSV (also .gz) or Parquet.")
@click.option("--events", metavar="F", type=_FILE, help="Newer events.")
@click.option("--outcomes", metavar="F", type=_FILE, help="Newer outcomes.")
@json_option
@click.pass_context
def monitor(
    context: click.Context, folder: Path, leads: Path | None, events: Path | None, outcomes: Path | None
) -> None:
    """Tell what changed since the champion was judged: leads, scores, outcomes, certificate."""
    # Only this verb pays for the learning libraries.
    from features.domain import SystemClock
    from features.workspace import Workspace
    from serving.opened_store import store_reader
    from serving.settings import Settings
    from training.monitor.run import monitor as run
    from training.other_files import OtherFiles

    terminal = Terminal()
    workspace = Workspace.open(folder)
    uri = Settings.from_environment().tracking_uri or None
    with terminal.progress() as progress:
        result = run(
            workspace, OtherFiles(leads, events, outcomes), clock=SystemClock(), progress=progress,
            tracking_uri=uri, store=store_reader(workspace),
        )  # fmt: skip
    for warning in result.warnings:
        terminal.warn(warning)
    terminal.table(
        f"Version {result.version}",
        ("Question", "Standing", "Finding"),
        [(one.name, one.told_standing, one.sentence.en) for one in result.findings],
    )
    terminal.line(f"The report is in {result.report}.")
    terminal.result(result.to_mapping())
    if result.alarms:
        context.exit(GATE_SAID_NO)
