"""The stages a lead went through, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, Text, select

from features.domain import InputError, Stage
from serving.store.columns import NUMBER, Moment, Plain, metadata
from serving.store.standings import standings

stage_changes = Table(
    "stage_changes",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("stage_before", Text),
    Column("stage", Text, nullable=False),
    Column("why", Plain, nullable=False),
    Column("changed_by", Plain),
    Column("score_id", NUMBER, ForeignKey("scores.id", ondelete="SET NULL")),
    sqlite_autoincrement=True,
)
Index(None, stage_changes.c.lead_id, stage_changes.c.id)
Index(None, stage_changes.c.at)
Index(None, stage_changes.c.lead_id, stage_changes.c.stage, stage_changes.c.at)
Index(None, stage_changes.c.score_id)

_RECORD = stage_changes.insert()


@dataclass(frozen=True, slots=True)
class StageChange:
    """A lead's step from one stage to another; ``stage_before`` is None for its first."""

    at: datetime
    stage_before: Stage | None
    stage: Stage
    why: str
    changed_by: str | None
    score_id: int | None


class Stages:
    """Stages within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def move(self, lead_id: str, stage: Stage, *, why: str, by: str | None = None) -> bool:
        """Put a scored lead into a stage for another reason than its score; return whether it was elsewhere.

        Raises
        ------
        InputError
            If the lead was never scored.
        """
        standing = self._connection.execute(
            select(standings.c.stage, standings.c.points).where(standings.c.lead_id == lead_id).with_for_update()
        ).one_or_none()
        if standing is None:
            raise InputError("A stage of a lead that was never scored.", "a scored lead.", "Score it first.")
        before = Stage(standing.stage)
        if before is stage:
            return False
        self._connection.execute(
            standings.update()
            .where(standings.c.lead_id == lead_id)
            .values(stage=stage.value, stage_since=self._now, stage_points=standing.points)
        )
        record_stage(self._connection, lead_id, before, stage, at=self._now, why=why, by=by)
        return True

    def of(self, lead_id: str) -> list[StageChange]:
        """Return a lead's steps, the oldest first."""
        rows = self._connection.execute(
            select(stage_changes).where(stage_changes.c.lead_id == lead_id).order_by(stage_changes.c.id)
        )
        return [
            StageChange(
                row.at, None if row.stage_before is None else Stage(row.stage_before), Stage(row.stage), row.why,
                row.changed_by, row.score_id,
            )
            for row in rows
        ]  # fmt: skip


def record_stage(
    connection: Connection,
    lead_id: str,
    before: Stage | None,
    after: Stage,
    *,
    at: datetime,
    why: str,
    by: str | None = None,
    score_id: int | None = None,
) -> None:
    """Add a step to a lead's stages."""
    connection.execute(
        _RECORD,
        {
            "lead_id": lead_id, "at": at, "stage_before": None if before is None else before.value,
            "stage": after.value, "why": why, "changed_by": by, "score_id": score_id,
        },
    )  # fmt: skip
