"""What was promised of hand-overs and what came of it, and when rules answered instead of the model: for reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import BigInteger, Connection, case, func, literal, or_, select, type_coerce

from serving.store.handovers import HandOver, handovers
from serving.store.journeys import NEVER, Whole
from serving.store.scores import scores

HOUR = 3_600_000_000
"""Microseconds of an hour."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Hand-overs, one entry each; moments in microseconds since 1970, or ``NEVER``.

    Parameters
    ----------
    began, due : array of int64, shape (hand-overs,)
        When it was handed over, and until when sales was to call; ``NEVER`` where nothing was agreed.
    stopped : array of int64, shape (hand-overs,)
        When sales called or answered, whichever was first.
    """

    began: Whole
    due: Whole
    stopped: Whole


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours in which something was scored, one entry each.

    Parameters
    ----------
    began : array of int64, shape (hours,)
        In microseconds since 1970.
    scores, degraded : array of int64, shape (hours,)
        How many were scored, and how many of these by rules instead of the model.
    """

    began: Whole
    scores: Whole
    degraded: Whole


class Promises:
    """Promises within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def clocks(self, begin: datetime, end: datetime) -> Clocks:
        """Return the hand-overs that began in a span."""
        columns = (
            type_coerce(handovers.c.handed_over_at, BigInteger),
            func.coalesce(type_coerce(handovers.c.due_at, BigInteger), NEVER),
            func.coalesce(type_coerce(_STOPPED, BigInteger), NEVER),
        )
        rows = self._connection.execute(
            select(*columns).where(handovers.c.handed_over_at >= begin, handovers.c.handed_over_at < end)
        ).all()
        return Clocks(*(np.array(column, dtype=np.int64) for column in list(zip(*rows, strict=True)) or [()] * 3))

    def late(self, begin: datetime, end: datetime, limit: int) -> list[HandOver]:
        """Return hand-overs of a span whose time was over before sales called, the newest first."""
        rows = self._connection.execute(
            select(handovers)
            .where(handovers.c.handed_over_at >= begin, handovers.c.handed_over_at < end)
            .where(handovers.c.due_at < self._now, or_(_STOPPED.is_(None), handovers.c.due_at < _STOPPED))
            .order_by(handovers.c.handed_over_at.desc(), handovers.c.id.desc())
            .limit(limit)
        )
        return [HandOver(*row) for row in rows]

    def hours(self, begin: datetime, end: datetime) -> Hours:
        """Return the hours of a span in which something was scored."""
        hour = type_coerce(scores.c.scored_at, BigInteger) // literal(HOUR, BigInteger)
        by_hour = (
            select(hour.label("hour"), func.count(), func.sum(case((scores.c.degraded, 1), else_=0)))
            .where(scores.c.scored_at >= begin, scores.c.scored_at < end)
            .group_by("hour")
            .order_by("hour")
        )
        columns = list(zip(*self._connection.execute(by_hour).all(), strict=True)) or [()] * 3
        began, scored, degraded = (np.array(column, dtype=np.int64) for column in columns)
        return Hours(began * HOUR, scored, degraded)


_STOPPED = case(
    (handovers.c.answered_at < handovers.c.contacted_at, handovers.c.answered_at),
    else_=func.coalesce(handovers.c.contacted_at, handovers.c.answered_at),
)
