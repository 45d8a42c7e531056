"""``leadscore compare``: champion against challenger and rules, on leads that none of them learned from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

if TYPE_CHECKING:
    from training.gates import Verdict
    from training.measuring.figures import Figures
    from training.measuring.results import CompareResult
    from training.measuring.stretches import Stretch
    from training.paired import Difference


@click.command()
@workspace_argument
@click.option(
    "--model", "models", multiple=True, help="champion, challenger, a version, or rules; the last one is judged."
)
@json_option
@click.pass_context
def compare(context: click.Context, folder: Path, models: tuple[str, ...]) -> None:
    """Compare versions and the rules on leads that none of them learned from; nothing is promoted."""
    # Only this verb pays for the learning libraries.
    from features.domain import SystemClock
    from features.workspace import Workspace
    from serving.opened_store import store_reader
    from serving.settings import Settings
    from training.measuring.compare import compare as run

    terminal = Terminal()
    workspace = Workspace.open(folder)
    uri = Settings.from_environment().tracking_uri or None
    with terminal.progress() as progress:
        result = run(
            workspace, models, clock=SystemClock(), progress=progress, tracking_uri=uri, store=store_reader(workspace)
        )
    for warning in result.warnings:
        terminal.warn(warning)
    _show(terminal, result)
    terminal.result(result.to_mapping())
    if not result.verdict.promoted:
        context.exit(GATE_SAID_NO)


def _show(terminal: Terminal, result: CompareResult) -> None:
    for sentence in result.sentences:
        terminal.line(f"- {sentence}")
    versions = {name: f"{name} ({number})" for name, number in result.versions.items() if not name.endswith(number)}
    show_figures(terminal, "On leads that none learned from", result.figures, versions)
    show_differences(terminal, result.new, result.verdict)
    show_stretches(terminal, result.stretches)
    terminal.line()
    judged = versions.get(result.new, result.new)
    terminal.line(f"Verdict on the {judged}: {result.verdict.decision.value.replace('_', ' ')}.")
    for reason in result.verdict.reasons:
        terminal.line(f"- {reason}")
    terminal.line(f"The report, in English and German: {result.report / 'report.html'}")


def show_figures(
    terminal: Terminal, title: str, figures: Mapping[str, Figures], names: Mapping[str, str] | None = None
) -> None:
    """Show the figures of everybody with their 95 % intervals."""
    shown = names or {}
    rows = [
        (
            shown.get(name, name),
            one.points.leads,
            one.points.positive_leads,
            f"{one.log_loss.value:.4f} ({one.log_loss.low:.4f} to {one.log_loss.high:.4f})",
            f"{one.auc.value:.3f} ({one.auc.low:.3f} to {one.auc.high:.3f})",
            f"{one.lift_10.value:.2f} ({one.lift_10.low:.2f} to {one.lift_10.high:.2f})",
            f"{one.slope.value:.2f} ({one.slope.low:.2f} to {one.slope.high:.2f})",
            f"{one.points.observed_to_expected.value:.2f} ({one.points.observed_to_expected.low:.2f} to "
            f"{one.points.observed_to_expected.high:.2f})",
        )
        for name, one in figures.items()
    ]
    columns = ("Who", "Leads", "Converted", "Log-loss", "ROC-AUC", "Lift at 10 %", "Slope", "Observed / expected")
    terminal.table(f"{title} (95 % intervals)", columns, rows)


def show_differences(terminal: Terminal, new: str, verdict: Verdict) -> None:
    """Show the paired differences of the one that is judged against each of the others."""
    if not verdict.comparisons or verdict.confidence is None:
        return
    rows = []
    for comparison in verdict.comparisons:
        paired = comparison.paired
        rows.append(
            (
                paired.rival,
                paired.positives,
                _bounds(paired.gain, 1, "+.4f"),
                _bounds(paired.customers, 100, "+.1f"),
                "not known" if paired.accepted is None else _bounds(paired.accepted, 100, "+.1f"),
                f"{paired.area.value:+.3f} (p {paired.area.better:.3f})",
                f"{paired.swap_p:.3f}",
                comparison.decision.value.replace("_", " "),
            )
        )
    mql, sql = verdict.comparisons[0].paired.volumes
    columns = (
        "Against", "Converted", "Log-loss gained", f"Customers in the top {mql:.0%}, points",
        f"Accepted in the top {sql:.0%}, points", "ROC-AUC gained", "Permutation p", "Passed",
    )  # fmt: skip
    terminal.table(f"What the {new} gains, with one-sided bounds at {100 * verdict.confidence:.4g} %", columns, rows)


def _bounds(difference: Difference, times: float, form: str) -> str:
    value, low, high = (format(times * one, form) for one in (difference.value, difference.low, difference.high))
    return f"{value} ({low} to {high})"


def show_stretches(terminal: Terminal, stretches: tuple[Stretch, ...]) -> None:
    """Show the gains by quarter and by how the leads came to be fresh."""
    rows = [
        (
            one.name,
            one.rival,
            one.leads,
            one.positives,
            f"{one.gain.value:+.4f} ({one.gain.low:+.4f} to {one.gain.high:+.4f})",
        )
        for one in stretches
    ]
    if rows:
        terminal.table(
            "Log-loss gained over time (95 % intervals)", ("When", "Against", "Leads", "Converted", "Gained"), rows
        )
