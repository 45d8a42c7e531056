"""A store full of leads, with what people and models did to them over two years."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Table

from serving.store import Store
from serving.store.events import events
from serving.store.handovers import handovers
from serving.store.leads import lead_versions, leads, search_text
from serving.store.outcomes import outcomes
from serving.store.scores import scores
from serving.store.stages import stage_changes
from serving.store.standings import standings

_TABLES = (leads, lead_versions, events, scores, stage_changes, standings, outcomes, handovers)
_AT_ONCE = 5_000
_DAYS = (1, 700)
"""How long ago leads came in."""

_FURTHEST = (
    ("lead", 0.40), ("mql", 0.20), ("rejected", 0.14), ("sql", 0.08), ("opportunity", 0.07), ("customer", 0.06),
    ("lost", 0.05),
)  # fmt: skip
"""How far leads come, and what share of them: most of them move, so that reports have much to count."""

_PATH = {
    "lead": ("lead",),
    "mql": ("lead", "mql"),
    "sql": ("lead", "mql", "sql"),
    "rejected": ("lead", "mql", "sql", "lead"),
    "opportunity": ("lead", "mql", "sql", "opportunity"),
    "customer": ("lead", "mql", "sql", "opportunity", "customer"),
    "lost": ("lead", "mql", "sql", "lost"),
}
_SAID = {"opportunity": "opportunity", "customer": "won", "lost": "lost"}

Rows: TypeAlias = Mapping[Table, list[dict[str, Any]]]


def fill(store: Store, count: int, won: str) -> Mapping[str, int]:
    """Write leads with a version, four events, three scores and their way through the stages; return rows by table.

    Parameters
    ----------
    store : Store
        An empty one.
    count : int
        How many leads.
    won : str
        What the workspace calls it when a lead becomes a customer.
    """
    draw, now = random.Random(1), datetime.now(UTC)  # noqa: S311 - nothing secret
    written = dict.fromkeys((table.name for table in _TABLES), 0)
    for start in range(0, count, _AT_ONCE):
        rows: Rows = {table: [] for table in _TABLES}
        for number in range(start, min(start + _AT_ONCE, count)):
            _lead(rows, number, draw, now, won)
        with store.begin() as tx:
            for table, new in rows.items():
                tx.connection.execute(table.insert(), new)
                written[table.name] += len(new)
    return written


def _lead(rows: Rows, number: int, draw: random.Random, now: datetime, won: str) -> None:
    lead_id = f"L{number:06d}"
    created = now - timedelta(days=draw.uniform(*_DAYS))
    about = {
        "company": f"company {number}",
        "job_title": "Head of Marketing",
        "employees": float(draw.randint(1, 5000)),
    }
    rows[leads].append(
        {
            "lead_id": lead_id, "created_at": created, "first_seen_at": created, "owner": f"owner {number % 40}",
            "search_text": search_text(lead_id, about),
        }
    )  # fmt: skip
    rows[lead_versions].append(
        {"lead_id": lead_id, "known_at": None, "recorded_at": created, "source": "api", "attributes": about}
    )
    for place in range(4):
        at = created + timedelta(hours=5 * place)
        rows[events].append(
            {
                "lead_id": lead_id, "event_id": str(place), "occurred_at": at, "received_at": at, "event": "page_view",
                "properties": {}, "source": "api", "quarantined": False,
            }
        )  # fmt: skip
    made = [_score(lead_id, number * 3 + place + 1, created + timedelta(hours=7 * place), draw) for place in range(3)]
    rows[scores].extend(made)
    stage, since = _way(rows, lead_id, created, now, draw, won)
    last = made[-1]
    rows[standings].append(
        {
            "lead_id": lead_id, "score_id": last["id"], "as_of": last["as_of"], "scored_at": last["scored_at"],
            "score": last["score"], "previous_score": made[-2]["score"], "points": last["points"],
            "probability": last["probability"], "stage": stage, "stage_since": since, "stage_points": last["points"],
            "grade": last["grade"], "persona": last["persona"], "engine": "model", "degraded": False, "blocked_by": [],
            "strongest": last["reasons"][:2],
        }
    )  # fmt: skip


def _way(
    rows: Rows, lead_id: str, created: datetime, now: datetime, draw: random.Random, won: str
) -> tuple[str, datetime]:
    furthest = draw.choices([name for name, _ in _FURTHEST], [share for _, share in _FURTHEST])[0]
    at, before = created, None
    for stage in _PATH[furthest]:
        is_answer = before == "sql"
        later = at if before is None else at + timedelta(days=draw.expovariate(1 / 8))
        if later > now:
            break
        at = later
        rows[stage_changes].append(
            {
                "lead_id": lead_id, "at": at, "stage_before": before, "stage": stage,
                "why": "outcome" if stage in _SAID or is_answer else "score",
            }
        )  # fmt: skip
        if stage == "sql":
            due, called = at + timedelta(days=1), at + timedelta(hours=draw.expovariate(1 / 12))
            rows[handovers].append(
                {
                    "lead_id": lead_id, "handed_over_at": at, "due_at": due, "owner": "sam", "sla_version": 1,
                    "exploration": False, "contacted_at": called, "answered_at": None if furthest == "sql" else called,
                    "accepted": None if furthest == "sql" else furthest != "rejected",
                }
            )  # fmt: skip
            _say(rows, lead_id, called, "contacted")
        if is_answer:
            is_rejected = furthest == "rejected"
            _say(rows, lead_id, at, "rejected" if is_rejected else "accepted", "no_budget" if is_rejected else None)
        if stage in _SAID:
            _say(rows, lead_id, at, won if stage == "customer" else _SAID[stage], "price" if stage == "lost" else None)
        before = stage
    return before or "lead", at


def _say(rows: Rows, lead_id: str, at: datetime, outcome: str, reason: str | None = None) -> None:
    rows[outcomes].append(
        {
            "lead_id": lead_id, "outcome_id": f"{outcome} {at:%s}", "occurred_at": at, "recorded_at": at,
            "outcome": outcome, "reason": reason, "recorded_by": "sam", "source": "api",
        }
    )  # fmt: skip


def _score(lead_id: str, score_id: int, at: datetime, draw: random.Random) -> dict[str, Any]:
    shares = [draw.gauss(0, 6) for _ in range(12)]
    points = 40 + sum(shares)
    reasons = [
        {
            "feature": f"feature {place}", "group": "fit", "value": "3", "points": share,
            "text": {"en": f"Did something notable {place} times in 7 days", "de": f"Hat {place}-mal etwas getan"},
        }
        for place, share in enumerate(shares)
    ]  # fmt: skip
    return {
        "id": score_id, "lead_id": lead_id, "as_of": at, "scored_at": at, "cause": "events", "probability": 0.1,
        "score": int(min(max(points, 0), 100)), "points": points, "stage": "lead",
        "grade": f"{draw.choice('ABCD')}{draw.randint(1, 4)}", "engine": "model", "degraded": False, "fit_points": 0.0,
        "engagement_points": sum(shares), "base_points": 40.0, "coverage": 0.9, "persona": f"persona {score_id % 6}",
        "model_name": "bench", "model_version": "1", "model_trained_at": at, "sla_version": 1, "sla_mql": 0.1,
        "sla_sql": 0.3, "certificate": "certified", "reasons": reasons,
        "advice": {"what_would_qualify": [], "ask_next": None, "blocked_by": [], "warnings": []},
    }  # fmt: skip
