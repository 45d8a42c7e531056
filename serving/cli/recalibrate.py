"""``leadscore recalibrate``."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.cutoffs import show_cutoffs
from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

if TYPE_CHECKING:
    from training.recalibration.result import RecalibrationResult


@click.command()
@workspace_argument
@json_option
@click.pass_context
def recalibrate(context: click.Context, folder: Path) -> None:
    """Fit a new calibration and new cutoffs on fresh outcomes, the trees untouched."""
    # Only this verb pays for the learning libraries.
    from features.domain import SystemClock
    from features.workspace import Workspace
    from serving.opened_store import store_reader
    from serving.settings import Settings
    from training.recalibration.recalibrate import recalibrate as run

    terminal = Terminal()
    workspace = Workspace.open(folder)
    uri = Settings.from_environment().tracking_uri or None
    with terminal.progress() as progress:
        result = run(
            workspace, clock=SystemClock(), progress=progress, by=getpass.getuser(), tracking_uri=uri,
            store=store_reader(workspace),
        )  # fmt: skip
    for warning in result.warnings:
        terminal.warn(warning)
    _show(terminal, result)
    terminal.result(result.to_mapping())
    if not result.promoted:
        context.exit(GATE_SAID_NO)


def _show(terminal: Terminal, result: RecalibrationResult) -> None:
    for sentence in result.sentences:
        terminal.line(f"- {sentence}")
    if result.version is None or result.cutoffs is None:
        return
    terminal.table(
        "On the newer leads, which neither calibration was fitted on",
        ("Calibration", "Leads", "Reached", "Log-loss", "Observed/expected", "95 % interval", "Slope"),
        [
            (
                {"champion": f"version {result.parent}", "model": f"version {result.version}"}[name],
                one.leads,
                one.positive_leads,
                f"{one.log_loss:.4f}",
                f"{one.observed_to_expected.value:.2f}",
                f"{result.reliability[name].observed_to_expected.low:.2f} to "
                f"{result.reliability[name].observed_to_expected.high:.2f}",
                f"{one.slope:.2f}",
            )
            for name, one in result.evaluations.items()
        ],
    )
    show_cutoffs(terminal, result.cutoffs)
    terminal.line()
    terminal.line(
        f"Promoted: version {result.version} serves from now on; the cutoffs in force stay until people sign others."
        if result.promoted
        else f"Not promoted: version {result.version} is kept, and version {result.parent} goes on serving."
    )
