"""Where each lead stands now: one row per scored lead, which the worklist is read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    select,
)

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
Index(None, standings.c.persona, standings.c.points, standings.c.lead_id)
Index(None, standings.c.scored_at, standings.c.lead_id)
Index(None, standings.c.score_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lead stands.

    Parameters
    ----------
    score_id : int
        The score that it stands at.
    as_of : datetime or None
        Moment of knowledge of that score.
    score, points : int and float
        Of that score.
    stage, stage_since : Stage and datetime
        Its stage, and when it entered it.
    """

    score_id: int
    as_of: datetime | None
    score: int
    points: float
    stage: Stage
    stage_since: datetime


_READ = select(
    standings.c.score_id, standings.c.as_of, standings.c.score, standings.c.points, standings.c.stage,
    standings.c.stage_since,
)  # fmt: skip
_STANDING = _READ.where(standings.c.lead_id == bindparam("lead_id"))
_STANDINGS = _READ.add_columns(standings.c.lead_id).where(
    standings.c.lead_id.in_(bindparam("lead_ids", expanding=True))
)


CHANGE_STANDING = standings.update().where(standings.c.lead_id == bindparam("of_lead"))
"""Changes the row of the lead ``of_lead``; what changes is passed beside it, so that it is put together once."""


def standing_of(connection: Connection, lead_id: str) -> Standing | None:
    """Return where a lead stands, None before its first score."""
    row = connection.execute(_STANDING, {"lead_id": lead_id}).one_or_none()
    return None if row is None else _standing(row)


def standings_of(connection: Connection, lead_ids: Sequence[str]) -> dict[str, Standing]:
    """Return where some leads stand, by lead; those that were never scored are left out."""
    return {row.lead_id: _standing(row) for row in connection.execute(_STANDINGS, {"lead_ids": lead_ids})}


def next_scored(connection: Connection, after: str | None, most: int, *conditions: ColumnElement[bool]) -> list[str]:
    """Return the next scored leads of a way through all of them, in the order of their ids.

    Parameters
    ----------
    connection : Connection
        Of the database.
    after : str or None
        The last lead before these; None at the beginning.
    most : int
        How many.
    conditions : ColumnElement
        On where they stand.
    """
    query = select(standings.c.lead_id).where(*conditions).order_by(standings.c.lead_id).limit(most)
    return list(connection.execute(query if after is None else query.where(standings.c.lead_id > after)).scalars())


def _standing(row: Row[*tuple[Any, ...]]) -> Standing:
    return Standing(row.score_id, row.as_of, row.score, row.points, Stage(row.stage), row.stage_since)
