"""``leadscore evaluate``: one model on leads that it never learned from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.compare import show_figures
from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

if TYPE_CHECKING:
    from training.calibration.reliability import Reliability
    from training.measuring.promises import Promise
    from training.measuring.results import EvaluationResult

_FILE = click.Path(path_type=Path)


@click.command()
@workspace_argument
@click.option("--leads", metavar="F", type=_FILE, help="Other leads: CSV (also .gz) or Parquet.")
@click.option("--events", metavar="F", type=_FILE, help="Other events.")
@click.option("--outcomes", metavar="F", type=_FILE, help="Other outcomes.")
@click.option("--model", default="champion", show_default=True, help="champion, challenger, a version, or rules.")
@json_option
@click.pass_context
def evaluate(
    context: click.Context, folder: Path, leads: Path | None, events: Path | None, outcomes: Path | None, model: str
) -> None:
    """Measure one model on leads that it never learned from, and its cutoffs against the promises."""
    # Only this verb pays for the learning libraries.
    from features.domain import SystemClock
    from features.workspace import Workspace
    from serving.opened_store import store_reader
    from serving.settings import Settings
    from training.measuring.evaluation import evaluate_model
    from training.other_files import OtherFiles

    terminal = Terminal()
    workspace = Workspace.open(folder)
    uri = Settings.from_environment().tracking_uri or None
    with terminal.progress() as progress:
        result = evaluate_model(
            workspace, model, OtherFiles(leads, events, outcomes), clock=SystemClock(),
            progress=progress, tracking_uri=uri, store=store_reader(workspace),
        )  # fmt: skip
    for warning in result.warnings:
        terminal.warn(warning)
    _show(terminal, result)
    terminal.result(result.to_mapping())
    if result.broken:
        context.exit(GATE_SAID_NO)


def _show(terminal: Terminal, result: EvaluationResult) -> None:
    for sentence in result.sentences:
        terminal.line(f"- {sentence}")
    named = {} if result.version is None else {result.name: f"{result.name} ({result.version})"}
    show_figures(terminal, "On leads that it never learned from", result.figures, named)
    terminal.table("Calibration", ("Figure", "Value", "95 % interval", "Perfect"), _calibration(result.reliability))
    mql, sql = result.cutoffs
    terminal.table(
        f"The agreement at the cutoffs {mql:.4f} (MQL) and {sql:.4f} (SQL)",
        ("Clause", "Promise", "Observed", "95 % interval", "Of", "State"),
        [_row(promise) for promise in result.promises],
    )
    terminal.line(f"The report, in English and German: {result.report / 'report.html'}")


def _calibration(reliability: Reliability) -> list[tuple[object, ...]]:
    error, width = reliability.calibration_error, reliability.uncertainty
    rows: list[tuple[object, ...]] = [
        ("observed / expected", *_interval(reliability.observed_to_expected), 1),
        ("slope", *_interval(reliability.slope), 1),
        ("intercept", *_interval(reliability.intercept), 0),
        (
            "Spiegelhalter's p-value",
            "< 0.001" if reliability.spiegelhalter_p < 0.001 else f"{reliability.spiegelhalter_p:.3f}",
            "",
            "not small",
        ),
        ("calibration error", f"{error.value:.3f}", "", f"{error.expected:.3f} by chance"),
    ]
    if width is not None:
        # Told from 300 positives on: with fewer it is wide for every model.
        rows.append(("width of a probability", f"{width.typical:.3f}", "", "small"))
    return rows


def _interval(figure: object) -> tuple[str, str]:
    value, low, high = (getattr(figure, name) for name in ("value", "low", "high"))
    return f"{value:.3f}", f"{low:.3f} to {high:.3f}"


def _row(promise: Promise) -> tuple[object, ...]:
    bound = "at least" if promise.at_least else "at most"
    share = "nobody" if promise.share is None else f"{promise.share:.1%}"
    low, high = promise.interval
    return (
        promise.name, f"{bound} {promise.promise:.1%}", share, f"{low:.1%} to {high:.1%}",
        f"{promise.k:,} of {promise.n:,}", promise.state.value,
    )  # fmt: skip
