"""Where each lead stands now: one row per scored lead, which the worklist is read from."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text

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
