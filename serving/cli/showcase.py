"""Three leads with their reasons, and a call to paste: what a demo shows before it serves."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from features.domain import OTHER, Score, SystemClock
from serving.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from features.history import FileHistory
    from features.workspace import Workspace
    from serving.settings import Settings

_RECENT_DAYS = 30
_CANDIDATES = 500
_EVENTS_SHOWN = 4
_REASONS_SHOWN = 10


def show_examples(terminal: Terminal, workspace: Workspace, history: FileHistory) -> None:
    """Show a high, a middling and a low lead of the newest, with the reasons of their scores."""
    # A demo's heavy parts are loaded once it runs.
    from serving.engines import choose_engines

    moments = _newest(history)
    scores = choose_engines(workspace, "champion").score(
        history.leads(), history.events(), moments, scored_at=SystemClock().now()
    )
    ranked = sorted(scores, key=lambda score: score.points, reverse=True)
    for score in (ranked[0], ranked[len(ranked) // 3], ranked[-1]):
        chance = "" if score.probability is None else f", probability {score.probability:.1%}"
        terminal.table(
            f"{score.lead_id}: score {score.score}, stage {score.stage.value}, grade {score.grade}{chance}",
            ("Points", "Reason"),
            _sum_of(score),
        )


def _sum_of(score: Score) -> list[tuple[str, str]]:
    """Return a score as rows that add up before the reader's eyes."""
    named = [reason for reason in score.reasons if reason.feature != OTHER]
    shown = named[:_REASONS_SHOWN]
    rest = score.points - score.base_points - sum(reason.points for reason in shown)
    return [
        (f"{score.base_points:+.1f}", "Before any reason"),
        *((f"{reason.points:+.1f}", reason.text.en) for reason in shown),
        (f"{rest:+.1f}", "All other reasons"),
        (f"{score.points:.1f}", "Points; the score is rounded down and held in 0 to 100"),
    ]


def show_addresses(terminal: Terminal, workspace: Workspace, history: FileHistory, settings: Settings) -> None:
    """Show where to look, and a call that works."""
    address = f"http://{settings.host}:{settings.port}"
    terminal.table(
        "Where to look",
        ("Address", "What"),
        [
            (address, "The console: leads and why they score as they do"),
            (f"{address}/docs", "Every call and field"),
            (f"{address}/v1/model", "The model and its card"),
            (str(workspace.root), "The workspace: history, configuration, var/ with MLflow's records"),
        ],
    )
    body = shlex.quote(json.dumps(example_request(history), ensure_ascii=False))
    terminal.line(f"\ncurl -s {address}/v1/score -H 'Content-Type: application/json' -d {body}\n")


def example_request(history: FileHistory) -> dict[str, Any]:
    """Return a request for one of the newest leads, as a CRM would send it."""
    import polars as pl

    lead_id = (
        history.events()
        .join(_newest(history).lazy().select("lead_id"), on="lead_id")
        .group_by("lead_id")
        .len()
        .sort("len", "lead_id", descending=[True, False])
        .first()
        .collect()["lead_id"][0]
    )
    lead = history.leads().filter(pl.col("lead_id") == lead_id).sort("known_at", nulls_last=False).row(-1, named=True)
    events = history.events().filter(pl.col("lead_id") == lead_id).sort("occurred_at").tail(_EVENTS_SHOWN).collect()
    columns = [column.name for column in history.schema.used_columns]
    properties = [prop.name for prop in history.schema.used_properties]
    return {
        "lead": {
            "lead_id": lead_id,
            "created_at": lead["created_at"].isoformat(),
            **_own(lead, "attribute.", columns),
        },
        "events": [
            {"event": row["event"], "occurred_at": row["occurred_at"].isoformat(), **_own(row, "property.", properties)}
            for row in events.iter_rows(named=True)
        ],
        "as_of": history.observed_until.isoformat() if history.observed_until else None,
    }


def _own(row: Mapping[str, Any], prefix: str, names: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(row[prefix + name]) for name in names if row[prefix + name] is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _newest(history: FileHistory) -> pl.DataFrame:
    """Return moments at the end of the history for the newest leads that had some weeks to show themselves."""
    import polars as pl

    end = history.observed_until
    created = history.leads().group_by("lead_id").agg(pl.col("created_at").min()).sort("created_at", "lead_id")
    if end is not None:
        older = created.filter(pl.col("created_at") <= end - timedelta(days=_RECENT_DAYS))
        created = older if older.height else created
    return created.tail(_CANDIDATES).select("lead_id", pl.lit(end).cast(pl.Datetime("us", "UTC")).alias("as_of"))
