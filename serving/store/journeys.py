"""How far leads came, and how long it took: read for all leads of a span at once, for the reports.

A lead is at a step from the first moment at which the service put it into that stage or an outcome said so. A later
step includes the earlier ones: a lead that was never an MQL and bought passes all steps at its purchase. Rows are
aggregated in the database, one per lead that came anywhere, and told as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from features.domain import Stage
from serving.store.columns import microseconds
from serving.store.leads import lead_versions, leads
from serving.store.outcomes import outcomes
from serving.store.stages import stage_changes
from serving.store.standings import standings

Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

NEVER = 2**62
"""The moment of what has not happened, in microseconds since 1970: later than any other."""

STEPS = (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER)
"""The steps of the funnel after the lead itself, in their order."""


@dataclass(frozen=True, slots=True)
class StepWords:
    """What outcomes are called.

    Parameters
    ----------
    steps : Mapping[str, Stage]
        At which step an outcome puts a lead.
    accepted, rejected : str
        The two answers of sales.
    """

    steps: Mapping[str, Stage]
    accepted: str
    rejected: str


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Leads that came in, counted by part.

    Parameters
    ----------
    place : array of int64, shape (parts,)
        Number of the period.
    group : tuple of str or None
        Value of the attribute or persona; None where it is not known, and throughout where none was asked for.
    settled : array of bool, shape (parts,)
        Whether they came in early enough to be judged.
    count : array of int64, shape (parts,)
        How many.
    """

    place: Whole
    group: tuple[str | None, ...]
    settled: Flags
    count: Whole


@dataclass(frozen=True, slots=True)
class Reached:
    """Leads that came further than a lead, one entry each; moments in microseconds since 1970, or ``NEVER``.

    Parameters
    ----------
    created : array of int64, shape (leads,)
        When it came in; ``NEVER`` where that was not asked for.
    moments : array of int64, shape (leads, steps)
        When it first was at each of ``STEPS`` or further.
    qualified : array of int64, shape (leads,)
        When it first was an MQL or SQL itself.
    accepted, rejected : array of int64, shape (leads,)
        When sales last said so.
    group : tuple of str or None
        As in :class:`Arrivals`.
    """

    created: Whole
    moments: Whole
    qualified: Whole
    accepted: Whole
    rejected: Whole
    group: tuple[str | None, ...]

    @classmethod
    def read(
        cls, created: Sequence[int] | None, moments: Sequence[Sequence[int]], group: Sequence[object] | None = None
    ) -> Self:
        """Return the leads of a query's columns: moments in the order of the fields."""
        *steps, qualified, accepted, rejected = (np.array(column, dtype=np.int64) for column in moments)
        came = np.full(len(qualified), NEVER) if created is None else np.array(created, dtype=np.int64)
        names = [None] * len(qualified) if group is None else [None if one is None else str(one) for one in group]
        return cls(came, np.column_stack(steps), qualified, accepted, rejected, tuple(names))

    def at(self, step: Stage) -> Whole:
        """Return when each lead first was at a step or further."""
        return np.asarray(self.moments[:, STEPS.index(step)])

    @property
    def is_answered(self) -> Flags:
        """Which leads sales accepted or rejected."""
        return np.asarray((self.accepted < NEVER) | (self.rejected < NEVER))

    @property
    def is_accepted(self) -> Flags:
        """Which leads sales accepted in the end: its last word counts."""
        # NEVER is later than any moment, so it must not be compared with one.
        is_last = (self.rejected == NEVER) | (self.accepted >= self.rejected)
        return np.asarray((self.accepted < NEVER) & is_last)

    def where(self, rows: Flags) -> Reached:
        """Return some of the leads."""
        chosen = tuple(self.group[row] for row in np.flatnonzero(rows))
        return Reached(
            self.created[rows], self.moments[rows], self.qualified[rows], self.accepted[rows], self.rejected[rows],
            chosen,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parting:
    """By what leads are parted, beside the period that they came in.

    Parameters
    ----------
    attribute : str or None
        One of their attributes, as it was first known.
    persona : bool
        Their persona as of their latest score.
    """

    attribute: str | None = None
    persona: bool = False


class Journeys:
    """Journeys within one transaction.

    Parameters
    ----------
    connection : Connection
        The transaction's.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def arrivals(self, starts: Sequence[datetime], settled_until: datetime, parting: Parting) -> Arrivals:
        """Count the leads that came in.

        Parameters
        ----------
        starts : sequence of datetime
            Beginnings of the periods, rising, and the end of the last one.
        settled_until : datetime
            Leads that came in until then are settled.
        parting : Parting
            By what else they are counted apart.
        """
        bounds = [microseconds(one) for one in starts]
        place = _place(_CREATED, bounds[:-1])
        settled = case((microseconds(settled_until) >= _CREATED, 1), else_=0)
        group = self._group(parting)
        counted = select(place.label("place"), group.label("name"), settled.label("settled"), func.count())
        query = _parted(counted.select_from(leads), parting)
        query = query.where(_arrived(starts[0], starts[-1])).group_by("place", "name", "settled")
        rows = self._connection.execute(query).all()
        return Arrivals(
            np.array([row[0] for row in rows], dtype=np.int64),
            tuple(None if row[1] is None else str(row[1]) for row in rows),
            np.array([row[2] for row in rows], dtype=bool),
            np.array([row[3] for row in rows], dtype=np.int64),
        )

    def of_arrivals(self, begin: datetime, end: datetime, words: StepWords, parting: Parting) -> Reached:
        """Return how far the leads came that arrived from ``begin`` until before ``end``."""
        return self._reached(_steps(words, _arrived(begin, end)), parting)

    def of_steps(self, begin: datetime, end: datetime, words: StepWords) -> Reached:
        """Return the leads that stepped anywhere from ``begin`` until before ``end``, and some of the others.

        Steps of all leads are read in the order of their indices: that is quicker than to look up those of a span.
        """
        steps = _steps(words)
        columns = self._columns(
            select(*(steps.c[name] for name in _MOMENTS)).where(
                steps.c.latest >= microseconds(begin), steps.c.earliest < microseconds(end)
            ),
            len(_MOMENTS),
        )
        return Reached.read(None, columns)

    def rejections(self, begin: datetime, end: datetime, words: StepWords) -> list[tuple[str | None, int]]:
        """Return why leads that arrived in a span were rejected, and how many each, the most frequent first."""
        count = func.count(outcomes.c.lead_id.distinct())
        query = (
            select(outcomes.c.reason, count)
            .join(leads, leads.c.lead_id == outcomes.c.lead_id)
            .where(outcomes.c.outcome == words.rejected)
            .where(_arrived(begin, end))
            .group_by(outcomes.c.reason)
            .order_by(count.desc(), outcomes.c.reason)
        )
        return [(row[0], int(row[1])) for row in self._connection.execute(query)]

    def _group(self, parting: Parting) -> ColumnElement[Any]:
        if parting.persona:
            return standings.c.persona
        if parting.attribute is None:
            return null()
        text = type_coerce(lead_versions.c.attributes, Text)
        is_server = self._connection.dialect.name == "postgresql"
        document = cast(text, JSON) if is_server else type_coerce(text, JSON)
        value: ColumnElement[Any] = document[parting.attribute].as_string()
        return value

    def _reached(self, steps: Any, parting: Parting) -> Reached:
        query = select(*(steps.c[name] for name in ("created", *_MOMENTS)))
        if parting == Parting():
            created, *moments = self._columns(query, len(_MOMENTS) + 1)
            return Reached.read(created, moments)
        joined = steps.join(leads, leads.c.lead_id == steps.c.lead_id)
        named = _parted(query.add_columns(self._group(parting)).select_from(joined), parting)
        created, *moments, group = self._columns(named, len(_MOMENTS) + 2)
        return Reached.read(created, moments, group)

    def _columns(self, query: Select[*tuple[Any, ...]], count: int) -> list[tuple[Any, ...]]:
        return list(zip(*self._connection.execute(query).all(), strict=True)) or [()] * count


_CREATED: ColumnElement[int] = type_coerce(func.coalesce(leads.c.created_at, leads.c.first_seen_at), BigInteger)
_MOMENTS = (*(step.value for step in STEPS), "qualified", "accepted", "rejected")


def _parted(query: Select[*tuple[Any, ...]], parting: Parting) -> Select[*tuple[Any, ...]]:
    """Return the query with what parts its leads joined to them."""
    if parting.persona:
        return query.outerjoin(standings, standings.c.lead_id == leads.c.lead_id)
    if parting.attribute is None:
        return query
    version = lead_versions.alias()
    first = (
        select(func.min(version.c.id)).where(version.c.lead_id == leads.c.lead_id).correlate(leads).scalar_subquery()
    )
    return query.outerjoin(lead_versions, lead_versions.c.id == first)


def _arrived(begin: datetime, end: datetime) -> ColumnElement[bool]:
    """Return which leads arrived in a span; those without a creation time by when they were first heard of."""
    created, seen = leads.c.created_at, leads.c.first_seen_at
    return or_(and_(created >= begin, created < end), and_(created.is_(None), seen >= begin, seen < end))


def _steps(words: StepWords, chosen: ColumnElement[bool] | None = None) -> Any:
    """Return one row per lead that came to any step: the first moment of each, in microseconds.

    Parameters
    ----------
    words : StepWords
        What outcomes are called.
    chosen : ColumnElement, optional
        Which leads; then the rows say when each came in, too.
    """
    numbers = {step.value: number for number, step in enumerate(STEPS)}
    of_outcome = {name: numbers[step.value] for name, step in words.steps.items()}
    said = case((outcomes.c.outcome == words.accepted, 1), (outcomes.c.outcome == words.rejected, 0))
    told_at = func.coalesce(outcomes.c.occurred_at, outcomes.c.recorded_at)
    both = union_all(
        _half(
            stage_changes, chosen,
            case(numbers, value=stage_changes.c.stage).label("step"),
            type_coerce(stage_changes.c.at, BigInteger).label("at"),
            cast(null(), Integer).label("said"),
        ).where(stage_changes.c.stage.in_(list(numbers))),
        _half(
            outcomes, chosen, case(of_outcome, value=outcomes.c.outcome), type_coerce(told_at, BigInteger), said
        ).where(outcomes.c.outcome.in_(list(of_outcome))),
    ).subquery()  # fmt: skip
    firsts = {name: func.min(case((both.c.step >= number, both.c.at))) for name, number in numbers.items()}
    own = func.min(case((both.c.step <= numbers[Stage.SQL], both.c.at)))
    answers = [func.max(case((both.c.said == answer, both.c.at))) for answer in (1, 0)]
    moments = zip(_MOMENTS, (*firsts.values(), own, *answers), strict=True)
    created = [] if chosen is None else [func.min(both.c.created).label("created")]
    return (
        select(
            both.c.lead_id,
            *created,
            *(func.coalesce(moment, literal(NEVER, BigInteger)).label(name) for name, moment in moments),
            func.min(both.c.at).label("earliest"),
            func.max(both.c.at).label("latest"),
        )
        .group_by(both.c.lead_id)
        .subquery()
    )


def _half(table: Table, chosen: ColumnElement[bool] | None, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    if chosen is None:
        return select(table.c.lead_id, *columns)
    # Leads are chosen within each half: the databases then look up the steps of these alone.
    query = select(leads.c.lead_id, _CREATED.label("created"), *columns)
    return query.join(table, table.c.lead_id == leads.c.lead_id).where(chosen)


def _place(moment: ColumnElement[int], starts: Sequence[int], first: int = 0) -> ColumnElement[int]:
    """Return the number of the period that a moment lies in, by halving: periods of unequal length in both databases.

    Local weeks and months are not equally long (clocks change), so no division tells them.
    """
    if len(starts) <= 1:
        return literal(first)
    middle = len(starts) // 2
    return case(
        (moment < starts[middle], _place(moment, starts[:middle], first)),
        else_=_place(moment, starts[middle:], first + middle),
    )
