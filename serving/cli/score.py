"""``leadscore score``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from features.domain import InputError
from serving.cli.front_door import leads_option, workspace_argument
from serving.cli.terminal import Terminal, json_option


@click.command()
@workspace_argument
@leads_option
@click.option("--events", metavar="F", type=click.Path(path_type=Path), help="Their events: CSV (also .gz) or Parquet.")
@click.option(
    "--as-of", metavar="T", help="The moment of knowledge, ISO 8601 with zone; default: column as_of, or now."
)
@click.option("--model", default="champion", show_default=True, help="champion, challenger, a version, or rules.")
@click.option(
    "--out", required=True, metavar="F", type=click.Path(path_type=Path), help="CSV or Parquet, by its ending."
)
@json_option
def score(folder: Path, leads: Path, events: Path | None, as_of: str | None, model: str, out: Path) -> None:
    """Score a file of leads: one row per lead, in its order."""
    # Only this verb pays for the engines.
    from features.domain import SystemClock
    from features.workspace import Workspace
    from models.agreement import Agreement
    from serving.batch import score_file
    from serving.engines import choose_engines, unknown_requirements
    from serving.settings import Settings

    terminal = Terminal()
    workspace = Workspace.open(folder)
    moment = None if as_of is None else _moment(as_of)
    engines = choose_engines(workspace, model, Settings.from_environment().tracking_uri or None)
    for warning in unknown_requirements(workspace.config().schema, Agreement.read(workspace).sla):
        terminal.warn(warning)
    if engines.absence is not None:
        terminal.warn(f"no model answers ({engines.absence}); the agreed rules do.")
    with terminal.progress() as progress:
        progress.stage(f"Scoring {leads.name}")
        summary = score_file(
            workspace, engines, leads_file=leads, events_file=events, as_of=moment, out=out, clock=SystemClock()
        )
    for warning in summary.warnings:
        terminal.warn(warning)
    for rejection in summary.rejections:
        lines = f" (lines {', '.join(map(str, rejection.lines))})" if rejection.lines else ""
        terminal.warn(f"{rejection.count} without a score: {rejection.reason}{lines}")
    rows = [(stage, summary.stages.get(stage, 0)) for stage in ("lead", "mql", "sql")]
    terminal.table(f"{summary.scored:,} of {summary.leads:,} leads scored to {out}", ("Stage", "Leads"), rows)
    terminal.result(summary.to_mapping())


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(
            f"--as-of is {text!r}.", "a moment in ISO 8601 with its zone.", "Write it like 2026-03-01T09:00:00+01:00."
        )
    return moment
