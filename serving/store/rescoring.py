"""Leads that are to be scored again: a queue that survives a crash and cannot grow without bound.

A lead stands in it once, whatever happens to it meanwhile. A worker takes leads for a while; if it dies, they come back
when the while is over. What happens to a lead after it was taken puts it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, Table, bindparam, case, func, or_, select

from serving.store.columns import Moment, Plain, metadata
from serving.store.faults import StoreBusyError
from serving.store.leads import lead_versions, leads
from serving.store.standings import standings
from serving.store.upsert import insert

rescoring = Table(
    "rescoring",
    metadata,
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), primary_key=True),
    Column("requested_at", Moment, nullable=False),
    Column("cause", Plain, nullable=False),
    # How often it was asked for: what was asked after a worker took the lead is not done by that worker.
    Column("generation", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("taken_until", Moment),
    Column("priority", Integer, nullable=False, server_default="0"),
    # Only a worker that serves by this model may score it; NULL: any.
    Column("for_model", Plain),
)
Index(None, rescoring.c.priority, rescoring.c.requested_at)

_DONE = rescoring.delete().where(
    rescoring.c.lead_id == bindparam("of_lead"), rescoring.c.generation == bindparam("of_generation")
)
_LEAVE = (
    rescoring.update().where(rescoring.c.lead_id.in_(bindparam("lead_ids", expanding=True))).values(taken_until=None)
)


class Priority(IntEnum):
    """Who comes first."""

    FIRST = 0
    """Something happened to the lead."""

    LATER = 1
    """Nothing did: all leads are scored by a new model or agreement."""


LIMIT = 100_000
"""Leads that may wait; more are told to come back later."""

FIRST_SCORES = 50_000
"""Leads of an import that wait at once: half of the queue is left to what happens meanwhile."""

TAKEN = timedelta(minutes=1)
MOST_ATTEMPTS = 5
"""After so many failures a lead is left in peace until something new happens to it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead taken out of the queue for a while."""

    lead_id: str
    cause: str
    requested_at: datetime
    generation: int


@dataclass(frozen=True, slots=True)
class QueueBacklog:
    """What waits in the queue.

    Parameters
    ----------
    waiting : dict
        By priority: how many leads, and since when the first one waits.
    given_up : int
        Leads whose scoring failed too often.
    """

    waiting: dict[Priority, tuple[int, datetime]]
    given_up: int


class Rescoring:
    """The queue within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def ask(self, lead_ids: Iterable[str], cause: str, *, limit: int = LIMIT) -> None:
        """Ask for leads to be scored again.

        Raises
        ------
        StoreBusyError
            If more than ``limit`` leads would wait; nothing of the transaction should then be kept.
        """
        wanted = sorted(set(lead_ids))
        if not wanted:
            return
        statement = insert(self._connection, rescoring)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[rescoring.c.lead_id],
                set_={
                    "generation": rescoring.c.generation + 1,
                    "attempts": 0,
                    "cause": statement.excluded.cause,
                    "priority": Priority.FIRST,
                },
            ),
            [
                {"lead_id": one, "requested_at": self._now, "cause": cause, "generation": 1, "attempts": 0}
                for one in wanted
            ],
        )
        if self.depth() > limit:
            raise StoreBusyError(
                f"More than {limit:,} leads wait to be scored.", "a queue that is worked off.", "Try again later."
            )

    def ask_later(self, lead_ids: Iterable[str], cause: str, model_version: str | None = None) -> None:
        """Ask for leads to be scored when nothing else is to do; one that waits already keeps its place.

        Parameters
        ----------
        lead_ids : iterable of str
            Few enough for the queue; whoever asks fills it a little at a time.
        cause : str
            Why.
        model_version : str, optional
            A worker that serves by another model leaves them; by default whatever serves may score them.
        """
        wanted = sorted(set(lead_ids))
        if not wanted:
            return
        changed = {"generation": rescoring.c.generation + 1, "attempts": 0}
        if model_version is not None:
            changed["for_model"] = model_version
        self._connection.execute(
            insert(self._connection, rescoring).on_conflict_do_update(
                index_elements=[rescoring.c.lead_id], set_=changed
            ),
            [
                {
                    "lead_id": one,
                    "requested_at": self._now,
                    "cause": cause,
                    "generation": 1,
                    "attempts": 0,
                    "priority": Priority.LATER,
                    "for_model": model_version,
                }
                for one in wanted
            ],
        )

    def ask_for_never_scored(self, cause: str, *, most: int = FIRST_SCORES) -> tuple[int, int]:
        """Ask for leads that are known and have no score, the newest first; return how many, and how many are left.

        Parameters
        ----------
        cause : str
            Why.
        most : int
            How many at most, so that the queue keeps room for what happens meanwhile.
        """
        known = select(lead_versions.c.lead_id).where(lead_versions.c.lead_id == leads.c.lead_id)
        scored = select(standings.c.lead_id).where(standings.c.lead_id == leads.c.lead_id)
        never = select(leads.c.lead_id).where(known.exists(), ~scored.exists())
        chosen = never.order_by(leads.c.created_at.desc().nulls_last(), leads.c.lead_id).limit(most)
        ids = list(self._connection.execute(chosen).scalars())
        count = self._connection.execute(select(func.count()).select_from(never.subquery())).scalar_one()
        if ids:
            # One microsecond after the other, so that the queue takes them in this order.
            self._connection.execute(
                insert(self._connection, rescoring).on_conflict_do_nothing(),
                [
                    {
                        "lead_id": one, "requested_at": self._now + timedelta(microseconds=place), "cause": cause,
                        "generation": 1, "attempts": 0, "priority": Priority.LATER,
                    }
                    for place, one in enumerate(ids)
                ],
            )  # fmt: skip
        return len(ids), count - len(ids)

    def take(self, count: int, *, model_version: str | None = None) -> list[Waiting]:
        """Take the leads that have waited longest; they come back unless they are done within a minute.

        Parameters
        ----------
        count : int
            How many at most.
        model_version : str, optional
            The model that will score them; leads that wait for another one are left.
        """
        chosen = (
            select(rescoring.c.lead_id)
            .where(
                rescoring.c.attempts < MOST_ATTEMPTS,
                or_(rescoring.c.taken_until.is_(None), rescoring.c.taken_until <= self._now),
                or_(rescoring.c.for_model.is_(None), rescoring.c.for_model == model_version),
            )
            .order_by(rescoring.c.priority, rescoring.c.requested_at, rescoring.c.lead_id)
            .limit(count)
            .with_for_update(skip_locked=True)
        )
        ids = list(self._connection.execute(chosen).scalars())
        if not ids:
            return []
        rows = self._connection.execute(
            rescoring.update()
            .where(rescoring.c.lead_id.in_(ids))
            .values(taken_until=self._now + TAKEN, attempts=rescoring.c.attempts + 1)
            .returning(rescoring)
        )
        taken = sorted(rows, key=lambda row: (row.priority, row.requested_at, row.lead_id))
        return [Waiting(row.lead_id, row.cause, row.requested_at, row.generation) for row in taken]

    def done(self, waiting: Waiting) -> bool:
        """Take a scored lead out; return False where something happened to it meanwhile, so that it stays."""
        gone = self._connection.execute(
            rescoring.delete().where(
                rescoring.c.lead_id == waiting.lead_id, rescoring.c.generation == waiting.generation
            )
        )
        if gone.rowcount:
            return True
        self._connection.execute(
            rescoring.update().where(rescoring.c.lead_id == waiting.lead_id).values(taken_until=None)
        )
        return False

    def done_all(self, scored: Sequence[Waiting]) -> None:
        """Do the same for many at once."""
        if scored:
            self._connection.execute(
                _DONE, [{"of_lead": one.lead_id, "of_generation": one.generation} for one in scored]
            )
            self._connection.execute(_LEAVE, {"lead_ids": [one.lead_id for one in scored]})

    def give_back(self, taken: Sequence[Waiting]) -> None:
        """Let leads that were taken and not scored, through no fault of theirs, wait again as if nobody had."""
        for one in taken:
            # What was asked for anew meanwhile begins to count anew.
            is_as_taken = rescoring.c.generation == one.generation
            self._connection.execute(
                rescoring.update()
                .where(rescoring.c.lead_id == one.lead_id, rescoring.c.taken_until.is_not(None))
                .values(taken_until=None, attempts=rescoring.c.attempts - case((is_as_taken, 1), else_=0))
            )

    def backlog(self) -> QueueBacklog:
        """Return what waits, for those who watch the service."""
        rows = self._connection.execute(
            select(rescoring.c.priority, func.count().label("leads"), func.min(rescoring.c.requested_at).label("first"))
            .where(rescoring.c.attempts < MOST_ATTEMPTS)
            .group_by(rescoring.c.priority)
        )
        waiting = {Priority(row.priority): (row.leads, row.first) for row in rows}
        return QueueBacklog(waiting, self.depth() - sum(leads for leads, _ in waiting.values()))

    def depth(self) -> int:
        """Return how many leads wait."""
        return self._connection.execute(select(func.count()).select_from(rescoring)).scalar_one()
