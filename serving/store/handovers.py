"""Leads handed over to sales: until when they are to be contacted, and what sales answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Boolean, Column, Connection, Double, ForeignKey, Index, Integer, Row, Table, select

from features.domain import InputError
from serving.store.columns import NUMBER, Moment, Plain, metadata
from serving.store.upsert import PreparedInsert

_Row: TypeAlias = Row[*tuple[Any, ...]]

handovers = Table(
    "handovers",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("handed_over_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("owner", Plain),
    Column("sla_version", Integer),
    # Handed over although below the cutoff, so that the next model learns what it would never see; how likely that was.
    Column("exploration", Boolean, nullable=False),
    Column("propensity", Double),
    Column("contacted_at", Moment),
    Column("breached_at", Moment),
    Column("answered_at", Moment),
    Column("accepted", Boolean),
    Column("reason", Plain),
    Column("answered_by", Plain),
    sqlite_autoincrement=True,
)
Index(None, handovers.c.lead_id)
Index(None, handovers.c.handed_over_at)
Index(
    "uq_handovers_open",
    handovers.c.lead_id,
    unique=True,
    sqlite_where=handovers.c.answered_at.is_(None),
    postgresql_where=handovers.c.answered_at.is_(None),
)
_RUNNING = handovers.c.contacted_at.is_(None) & handovers.c.answered_at.is_(None) & handovers.c.breached_at.is_(None)
Index("ix_handovers_running", handovers.c.due_at, sqlite_where=_RUNNING, postgresql_where=_RUNNING)
_BEGIN = PreparedInsert(handovers, lambda statement: statement.on_conflict_do_nothing().returning(handovers.c.id))


@dataclass(frozen=True, slots=True)
class HandOver:
    """One hand-over; times in UTC, None for what has not happened.

    Parameters
    ----------
    accepted : bool or None
        What sales answered.
    exploration : bool
        Whether it was handed over although below the cutoff.
    propensity : float or None
        Probability with which such a lead is handed over; None for 1.
    """

    handover_id: int
    lead_id: str
    handed_over_at: datetime
    due_at: datetime | None
    owner: str | None
    sla_version: int | None
    exploration: bool
    propensity: float | None
    contacted_at: datetime | None
    breached_at: datetime | None
    answered_at: datetime | None
    accepted: bool | None
    reason: str | None
    answered_by: str | None


class HandOvers:
    """Hand-overs within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def begin(
        self,
        lead_id: str,
        *,
        due_at: datetime | None,
        owner: str | None = None,
        sla_version: int | None = None,
        exploration: bool = False,
        propensity: float | None = None,
    ) -> bool:
        """Hand a lead over; return False where it is with sales already."""
        made = self._connection.execute(
            _BEGIN.on(self._connection),
            {
                "lead_id": lead_id, "handed_over_at": self._now, "due_at": due_at, "owner": owner,
                "sla_version": sla_version, "exploration": exploration, "propensity": propensity,
            },
        )  # fmt: skip
        return made.first() is not None

    def contacted(self, lead_id: str) -> bool:
        """Stop the clock of a lead's open hand-over; return False where it had stopped before.

        Raises
        ------
        InputError
            If the lead is not with sales.
        """
        row = self._open(lead_id)
        if row.contacted_at is not None:
            return False
        self._set(row.id, contacted_at=self._now)
        return True

    def answer(self, lead_id: str, *, accepted: bool, reason: str | None, by: str | None) -> HandOver:
        """Close a lead's open hand-over with the answer of sales, and return it.

        Raises
        ------
        InputError
            If the lead is not with sales, or is rejected without a reason.
        """
        if not accepted and not reason:
            raise InputError("A rejection without a reason.", "a reason of the agreed list.", "Say why.")
        row = self._open(lead_id)
        self._set(row.id, answered_at=self._now, accepted=accepted, reason=reason, answered_by=by)
        return _handover(self._connection.execute(select(handovers).where(handovers.c.id == row.id)).one())

    def overdue(self, limit: int = 100) -> list[HandOver]:
        """Return hand-overs whose clock has run out and that nobody has been told of, the oldest first."""
        rows = self._connection.execute(
            select(handovers)
            .where(_RUNNING, handovers.c.due_at < self._now)
            .order_by(handovers.c.due_at, handovers.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_handover(row) for row in rows]

    def breached(self, handover_id: int) -> None:
        """Keep that a hand-over's clock ran out, so that it is told once."""
        self._set(handover_id, breached_at=self._now)

    def of(self, lead_id: str) -> list[HandOver]:
        """Return a lead's hand-overs, the oldest first."""
        rows = self._connection.execute(
            select(handovers).where(handovers.c.lead_id == lead_id).order_by(handovers.c.id)
        )
        return [_handover(row) for row in rows]

    def _open(self, lead_id: str) -> _Row:
        row = self._connection.execute(
            select(handovers).where(handovers.c.lead_id == lead_id, handovers.c.answered_at.is_(None)).with_for_update()
        ).one_or_none()
        if row is None:
            raise InputError("The lead is not with sales.", "a lead that was handed over.", "Hand it over first.")
        return row

    def _set(self, handover_id: int, **values: Any) -> None:
        self._connection.execute(handovers.update().where(handovers.c.id == handover_id).values(**values))


def _handover(row: _Row) -> HandOver:
    return HandOver(*row)
