"""Tasks that one process at a time does: whoever holds the lease, until it runs out or is given back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Table, or_, select

from serving.store.columns import Moment, Plain, metadata
from serving.store.upsert import insert

leases = Table(
    "leases",
    metadata,
    Column("task", Plain, primary_key=True),
    Column("holder", Plain, nullable=False),
    Column("held_until", Moment, nullable=False),
)

LEASE = timedelta(minutes=1)
"""How long a holder that died keeps others waiting."""


class Leases:
    """Leases within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def take(self, task: str, holder: str) -> bool:
        """Take or prolong the lease of a task; return False while somebody else holds it."""
        values = {"holder": holder, "held_until": self._now + LEASE}
        free = or_(
            leases.c.holder == holder,
            leases.c.held_until <= self._now,
            # Longer than any lease is given for: the clock was set back, and would keep everybody waiting.
            leases.c.held_until > self._now + LEASE,
        )
        made = self._connection.execute(
            insert(self._connection, leases)
            .values(task=task, **values)
            .on_conflict_do_update(index_elements=[leases.c.task], set_=values, where=free)
            .returning(leases.c.holder)
        )
        return made.first() is not None

    def holder(self, task: str) -> str | None:
        """Return who holds a task's lease now, None where nobody does."""
        row = self._connection.execute(select(leases).where(leases.c.task == task)).one_or_none()
        is_held = row is not None and self._now < row.held_until <= self._now + LEASE
        return str(row.holder) if row is not None and is_held else None

    def give_back(self, task: str, holder: str) -> None:
        """Let the next one take it at once."""
        self._connection.execute(leases.delete().where(leases.c.task == task, leases.c.holder == holder))
