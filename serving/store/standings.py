"""Where each lead stands now: one row per scored lead, which the worklist is read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Double, ForeignKey, Index, Integer, Table, Text, select

from features.domain import Stage
from serving.store.columns import NUMBER, Document, Moment, Plain, metadata

standings = Table(
    "standings",
    metadata,
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), primary_key=True),
    Column("score_id", NUMBER, ForeignKey("scores.id", ondelete="CASCADE"), nullable=False),
    Column("as_of", Moment),
    Column("scored_at", Moment, nullable=False),
    Column("score", Integer, nullable=False),
    Column("previous_score", Integer),
    Column("points", Double, nullable=False),
    Column("probability", Double),
    Column("stage", Text, nullable=False),
    Column("stage_since", Moment, nullable=False),
    # Points with which the stage was entered: hysteresis holds a lead until it falls that far below.
    Column("stage_points", Double, nullable=False),
    Column("grade", Text, nullable=False),
    Column("persona", Plain),
    Column("engine", Text, nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("blocked_by", Document, nullable=False),
    Column("strongest", Document, nullable=False),
)
Index(None, standings.c.points, standings.c.lead_id)
Index(None, standings.c.stage, standings.c.points, standings.c.lead_id)
Index(None, standings.c.scored_at, standings.c.lead_id)
Index(None, standings.c.score_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lead stands: its stage, since when, and the points it has."""

    stage: Stage
    stage_since: datetime
    points: float


def standing_of(connection: Connection, lead_id: str) -> Standing | None:
    """Return where a lead stands, None before its first score."""
    row = connection.execute(
        select(standings.c.stage, standings.c.stage_since, standings.c.points).where(standings.c.lead_id == lead_id)
    ).one_or_none()
    return None if row is None else Standing(Stage(row.stage), row.stage_since, row.points)
