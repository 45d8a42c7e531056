"""``leadscore backtest``: the recipe over time, against the rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

if TYPE_CHECKING:
    from training.backtesting.fold import Fold
    from training.backtesting.result import BacktestResult


@click.command()
@workspace_argument
@click.option("--folds", type=click.IntRange(2, 24), default=4, show_default=True, help="Stretches of time to test on.")
@json_option
@click.pass_context
def backtest(context: click.Context, folder: Path, folds: int) -> None:
    """Train on the past at several moments and test on what came next; nothing is registered or promoted."""
    # Only this verb pays for the learning libraries.
    from features.domain import SystemClock
    from features.workspace import Workspace
    from serving.opened_store import store_reader
    from serving.settings import Settings
    from training.backtesting.backtest import backtest as run

    terminal = Terminal()
    workspace = Workspace.open(folder)
    uri = Settings.from_environment().tracking_uri or None
    with terminal.progress() as progress:
        result = run(
            workspace, folds, clock=SystemClock(), progress=progress, tracking_uri=uri, store=store_reader(workspace)
        )
    for warning in result.warnings:
        terminal.warn(warning)
    _show(terminal, result)
    terminal.result(result.to_mapping())
    if not result.holds:
        context.exit(GATE_SAID_NO)


def _show(terminal: Terminal, result: BacktestResult) -> None:
    columns = (
        "Stretch", "Learned from (positive)", "Tested (positive)", "Chosen", "Log-loss", "Rules", "Gained (95 %)",
        "ROC-AUC", "Rules",
    )  # fmt: skip
    terminal.table("Trained on the past, tested on the next stretch", columns, [_row(fold) for fold in result.folds])
    later = [
        (
            fold.number, fold.certified, promise.name, f"{promise.promise:.1%}",
            "nobody" if promise.share is None else f"{promise.share:.1%}", promise.state.value,
        )
        for fold in result.folds for promise in fold.later
    ]  # fmt: skip
    if later:
        terminal.table(
            "What each stretch's cutoffs did on the leads that came in when they would have served",
            ("Stretch", "Cutoffs", "Clause", "Promise", "Observed", "State"),
            later,
        )
    for fold in result.folds:
        if fold.why_not is not None:
            terminal.line(f"- Stretch {fold.number} was not trained: {fold.why_not}")
        if fold.note is not None:
            terminal.line(f"- Stretch {fold.number}: {fold.note}")
    terminal.line()
    said = "holds" if result.holds else result.decision.value.replace("not_promoted", "does not hold")
    terminal.line(f"The gain over the rules, over all stretches together: {said}.")
    for reason in result.reasons:
        terminal.line(f"- {reason}")
    terminal.line(f"The report, in English and German: {result.report / 'report.html'}")


def _row(fold: Fold) -> tuple[object, ...]:
    when = str(fold.number) if fold.since is None else f"{str(fold.since)[:10]} to {str(fold.until)[:10]}"
    if fold.gain is None:
        return (when, "", "", "not trained", "", "", "", "", "")
    gain = fold.gain
    return (
        when, f"{fold.learned:,} ({fold.learned_positives:,})", f"{fold.leads:,} ({fold.positives:,})", fold.rung,
        f"{fold.model['log_loss']:.4f}", f"{fold.rules['log_loss']:.4f}",
        f"{gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})", f"{fold.model['auc']:.3f}",
        f"{fold.rules['auc']:.3f}",
    )  # fmt: skip
