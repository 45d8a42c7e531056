"""``leadscore check``."""

from __future__ import annotations

from pathlib import Path

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import Terminal, json_option


@click.command()
@workspace_argument
@json_option
def check(folder: Path) -> None:
    """Show the history's quality: counts, duplicates, times, leakage suspects with the evidence."""
    # Only this verb pays for reading tables.
    from features.config import HistorySource
    from features.domain import SystemClock
    from features.workspace import Workspace
    from training.intake.check import check as look

    terminal = Terminal()
    workspace = Workspace.open(folder)
    with terminal.progress() as progress:
        progress.stage("Reading the files and weighing every column")
        report = look(workspace, clock=SystemClock())
    if workspace.config().history is HistorySource.STORE:
        terminal.warn("These are the files; training reads the store (history: store in leadscore.yaml).")
    for title, (columns, rows) in report.tables().items():
        terminal.table(title, columns, rows)
    for warning in report.quality.warnings:
        terminal.warn(warning)
    if not report.enough_to_train:
        terminal.warn(
            f"{report.reached:,} leads reached the target and {report.not_reached:,} did not: too few of one kind to "
            "learn from; the rules will score."
        )
    terminal.result(report.to_mapping())
