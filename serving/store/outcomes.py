"""What became of leads: append-only, the same thing said twice kept once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, Text, UniqueConstraint, bindparam, select

from features.domain import Outcome
from features.schema import Schema
from serving.store.columns import NUMBER, Moment, Plain, metadata, microseconds
from serving.store.content_id import content_id
from serving.store.leads import Leads
from serving.store.upsert import insert

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("outcome_id", Plain, nullable=False),
    Column("occurred_at", Moment),
    Column("recorded_at", Moment, nullable=False),
    Column("outcome", Plain, nullable=False),
    Column("reason", Plain),
    Column("recorded_by", Plain),
    Column("source", Text, nullable=False),
    UniqueConstraint("lead_id", "outcome_id"),
    sqlite_autoincrement=True,
)
Index(None, outcomes.c.occurred_at)
Index(None, outcomes.c.lead_id, outcomes.c.outcome, outcomes.c.occurred_at, outcomes.c.recorded_at)
_OF_LEAD = (
    select(outcomes)
    .where(outcomes.c.lead_id == bindparam("lead_id"))
    .order_by(outcomes.c.occurred_at.asc().nulls_first(), outcomes.c.id)
)
_OF_LEADS = (
    select(outcomes.c.lead_id, outcomes.c.occurred_at, outcomes.c.outcome, outcomes.c.reason)
    .where(outcomes.c.lead_id.in_(bindparam("lead_ids", expanding=True)))
    .order_by(outcomes.c.lead_id, outcomes.c.occurred_at.asc().nulls_first(), outcomes.c.id)
)


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """An outcome as the store keeps it."""

    outcome: Outcome
    outcome_id: str
    recorded_at: datetime
    recorded_by: str | None
    source: str


class Outcomes:
    """Outcomes within one transaction (parameters as of :class:`serving.store.leads.Leads`)."""

    def __init__(self, connection: Connection, schema: Schema, now: datetime) -> None:
        self._connection = connection
        self._schema = schema
        self._now = now

    def record(
        self, outcome: Outcome, *, outcome_id: str | None = None, by: str | None = None, source: str = "api"
    ) -> bool:
        """Keep an outcome; return False where it is there already.

        Parameters
        ----------
        outcome : Outcome
            What became of the lead.
        outcome_id : str, optional
            The sender's own id; without one, the same outcome at the same moment for the same reason is the same.
        by : str, optional
            Who said so.
        source : str
            Where it came from.
        """
        Leads(self._connection, self._schema, self._now).open([outcome.lead_id])
        made = self._connection.execute(
            insert(self._connection, outcomes)
            .values(
                lead_id=outcome.lead_id,
                outcome_id=outcome_id or outcome_content_id(outcome),
                occurred_at=outcome.occurred_at,
                recorded_at=self._now,
                outcome=outcome.outcome,
                reason=outcome.reason,
                recorded_by=by,
                source=source,
            )
            .on_conflict_do_nothing()
            .returning(outcomes.c.id)
        )
        return made.first() is not None

    def of(self, lead_id: str) -> list[StoredOutcome]:
        """Return a lead's outcomes in order of time, those without a moment first."""
        rows = self._connection.execute(_OF_LEAD, {"lead_id": lead_id})
        return [
            StoredOutcome(
                Outcome(lead_id, row.occurred_at, row.outcome, row.reason),
                row.outcome_id, row.recorded_at, row.recorded_by, row.source,
            )
            for row in rows
        ]  # fmt: skip

    def of_many(self, lead_ids: Sequence[str]) -> dict[str, list[Outcome]]:
        """Return the outcomes of some leads by lead, in order of time; leads without any are left out."""
        found: dict[str, list[Outcome]] = {}
        for row in self._connection.execute(_OF_LEADS, {"lead_ids": lead_ids}):
            found.setdefault(row.lead_id, []).append(Outcome(row.lead_id, row.occurred_at, row.outcome, row.reason))
        return found


def outcome_content_id(outcome: Outcome) -> str:
    """Return the id of an outcome whose sender gave none."""
    moment = None if outcome.occurred_at is None else microseconds(outcome.occurred_at)
    return content_id(moment, outcome.outcome, outcome.reason)
