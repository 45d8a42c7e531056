"""``leadscore train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.cutoffs import show_cutoffs
from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

if TYPE_CHECKING:
    from features.workspace import Workspace
    from training.result import TrainingResult


@click.command()
@workspace_argument
@json_option
@click.pass_context
def train(context: click.Context, folder: Path) -> None:
    """Train a model, measure it, and promote it if it passes the gate."""
    # Only this verb pays for the learning libraries.
    from features.domain import SystemClock
    from features.workspace import Workspace
    from serving.opened_store import store_reader
    from serving.settings import Settings
    from training.run import train as run

    terminal = Terminal()
    workspace = Workspace.open(folder)
    uri = Settings.from_environment().tracking_uri or None
    with terminal.progress() as progress:
        result = run(workspace, clock=SystemClock(), progress=progress, tracking_uri=uri, store=store_reader(workspace))
    for warning in result.warnings:
        terminal.warn(warning)
    show_result(terminal, workspace, result)
    terminal.result(result.to_mapping())
    if not result.promoted:
        context.exit(GATE_SAID_NO)


def show_result(terminal: Terminal, workspace: Workspace, result: TrainingResult) -> None:
    """Show how a model was made, how good it is beside its rivals, what its cutoffs promise, and the gate's answer."""
    for sentence in result.sentences:
        terminal.line(f"- {sentence}")
    terminal.table(
        f"On {result.holdout}, which nothing was learned from",
        ("Who", "Leads", "Converted", "Log-loss", "ROC-AUC", "Lift at 10 %", "Slope"),
        [
            (
                name,
                one.leads,
                one.positive_leads,
                f"{one.log_loss:.4f}",
                f"{one.auc:.3f}",
                f"{one.lift_10:.2f}",
                f"{one.slope:.2f}",
            )
            for name, one in result.evaluations.items()
        ],
    )
    show_cutoffs(terminal, result.cutoffs)
    terminal.line()
    terminal.line(_outcome(workspace, result))
    for reason in result.verdict.reasons:
        terminal.line(f"- {reason}")
    if result.report is not None:
        terminal.line(f"The report, in English and German: {result.report}")


def _outcome(workspace: Workspace, result: TrainingResult) -> str:
    version = "the model" if result.version is None else f"version {result.version}"
    if result.promoted:
        return f"Promoted: {version} serves from now on."
    said = "Undecided" if result.verdict.decision.value == "undecided" else "Not promoted"
    serves = "the champion goes on serving" if workspace.champion.is_dir() else "the rules go on scoring"
    anyway = f" (a person may overrule: leadscore promote {workspace.root} {result.version})" if result.version else ""
    return f"{said}: {version} is kept, and {serves}{anyway}."
