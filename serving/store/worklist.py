"""The worklist: scored leads by stage, grade, persona and owner, page by page.

A page begins after the last lead of the one before, told by its place in the order and not by a count; so leads that
come in meanwhile neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from features.domain import InputError, Stage, Value
from features.schema import Schema
from serving.store.columns import microseconds, moment_of
from serving.store.leads import NEWEST_FIRST, lead_versions, leads
from serving.store.scores import scores
from serving.store.standings import standings
from serving.store.stored_values import read_attributes

LARGEST_PAGE = 500


class Sort(StrEnum):
    """What a worklist may be sorted by; a minus means the largest or newest first."""

    HIGHEST = "-score"
    LOWEST = "score"
    NEWEST = "-scored_at"
    OLDEST = "scored_at"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leads; empty entries leave nothing out.

    Parameters
    ----------
    stages : tuple of Stage
        Any of them.
    grades : tuple of str
        Whole grades (``A2``), letters (``A``) or digits (``2``); any of them.
    min_score : int or None
        At least.
    personas, owners : tuple of str
        Any of them.
    search : str or None
        A text that id or attributes hold, case ignored.
    """

    stages: tuple[Stage, ...] = ()
    grades: tuple[str, ...] = ()
    min_score: int | None = None
    personas: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    search: str | None = None


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """A lead on the worklist.

    Parameters
    ----------
    previous_score : int or None
        The score before, for the trend.
    strongest : tuple of mapping
        The two largest reasons, in the shape of the API.
    attributes : Mapping[str, Value]
        As known now.
    """

    lead_id: str
    score: int
    previous_score: int | None
    points: float
    probability: float | None
    stage: Stage
    stage_since: datetime
    grade: str
    persona: str | None
    owner: str | None
    engine: str
    degraded: bool
    scored_at: datetime
    blocked_by: tuple[str, ...]
    strongest: tuple[Mapping[str, Any], ...]
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """Rows, and the cursor of the next page (None for the last)."""

    rows: tuple[WorklistRow, ...]
    cursor: str | None


class Worklist:
    """The worklist within one transaction.

    Parameters
    ----------
    connection : Connection
        The transaction's.
    schema : Schema
        How attributes are read.
    """

    def __init__(self, connection: Connection, schema: Schema) -> None:
        self._connection = connection
        self._schema = schema

    def page(
        self, wanted: Wanted, *, sort: Sort = Sort.HIGHEST, cursor: str | None = None, limit: int = 50
    ) -> WorklistPage:
        """Return one page.

        Parameters
        ----------
        wanted : Wanted
            Which leads.
        sort : Sort
            In which order.
        cursor : str, optional
            Of the page before; it belongs to its order.
        limit : int
            How many rows, 1 to 500.

        Raises
        ------
        InputError
            If the cursor is none of this order, or the limit is out of range.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            raise InputError(f"A page of {limit} leads.", f"1 to {LARGEST_PAGE}.", "Ask for fewer at once.")
        column, falls = _order(sort)
        query = _where(select(standings, leads.c.owner).join(leads, leads.c.lead_id == standings.c.lead_id), wanted)
        if cursor is not None:
            query = query.where(_after(column, falls, sort, cursor))
        query = query.order_by(column.desc() if falls else column.asc(), standings.c.lead_id).limit(limit + 1)
        rows = self._connection.execute(query).all()
        told = self._attributes([row.lead_id for row in rows[:limit]])
        page = tuple(
            WorklistRow(
                row.lead_id, row.score, row.previous_score, row.points, row.probability, Stage(row.stage),
                row.stage_since, row.grade, row.persona, row.owner, row.engine, row.degraded, row.scored_at,
                tuple(row.blocked_by), tuple(row.strongest), told.get(row.lead_id, {}),
            )
            for row in rows[:limit]
        )  # fmt: skip
        return WorklistPage(page, _cursor(sort, page[-1]) if len(rows) > limit else None)

    def count(self, wanted: Wanted) -> int:
        """Return how many leads the worklist holds."""
        query = select(func.count()).select_from(standings)
        if wanted.owners or _searched(wanted):
            query = query.join(leads, leads.c.lead_id == standings.c.lead_id)
        return int(self._connection.execute(_where(query, wanted)).scalar_one())

    def personas(self) -> list[str]:
        """Return the personas that scored leads have."""
        rows = self._connection.execute(select(standings.c.persona).where(standings.c.persona.is_not(None)).distinct())
        return sorted(rows.scalars())

    def owners(self) -> list[str]:
        """Return who looks after leads."""
        return sorted(
            self._connection.execute(select(leads.c.owner).where(leads.c.owner.is_not(None)).distinct()).scalars()
        )

    def scores_at(self, lead_ids: Sequence[str], moment: datetime) -> dict[str, int]:
        """Return what leads scored at a moment; those that had no score then are left out."""
        newest = (
            select(func.max(scores.c.id))
            .where(scores.c.lead_id.in_(lead_ids), scores.c.scored_at <= moment)
            .group_by(scores.c.lead_id)
        )
        rows = self._connection.execute(select(scores.c.lead_id, scores.c.score).where(scores.c.id.in_(newest)))
        return {row.lead_id: row.score for row in rows}

    def _attributes(self, ids: list[str]) -> dict[str, dict[str, Value]]:
        if not ids:
            return {}
        place = func.row_number().over(partition_by=lead_versions.c.lead_id, order_by=NEWEST_FIRST)
        versions = (
            select(lead_versions.c.lead_id, lead_versions.c.attributes, place.label("place"))
            .where(lead_versions.c.lead_id.in_(ids))
            .subquery()
        )
        rows = self._connection.execute(select(versions.c.lead_id, versions.c.attributes).where(versions.c.place == 1))
        return {row.lead_id: read_attributes(row.attributes, self._schema) for row in rows}


def _where(query: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    searched = _searched(wanted)
    others = [stage.value for stage in Stage if stage not in wanted.stages]
    if len(others) < len(wanted.stages) and not searched:
        # Said so, nearly all leads are read in the order asked for; by the index on stages they would all be sorted.
        # What a search finds is little: that is sorted in less time than all leads are looked up in their order.
        query = query.where(standings.c.stage.not_in(others))
    elif wanted.stages:
        query = query.where(standings.c.stage.in_([stage.value for stage in wanted.stages]))
    if wanted.grades:
        query = query.where(or_(*(_has_grade(grade) for grade in wanted.grades)))
    if wanted.min_score is not None:
        query = query.where(standings.c.score >= wanted.min_score)
    if wanted.personas:
        query = query.where(standings.c.persona.in_(wanted.personas))
    if wanted.owners:
        query = query.where(leads.c.owner.in_(wanted.owners))
    if searched:
        query = query.where(leads.c.search_text.contains(searched, autoescape=True))
    return query


def _searched(wanted: Wanted) -> str:
    return (wanted.search or "").strip().casefold()


def _has_grade(grade: str) -> ColumnElement[bool]:
    if len(grade) == 1:
        place = standings.c.grade.startswith if grade.isalpha() else standings.c.grade.endswith
        return place(grade, autoescape=True)
    return standings.c.grade == grade


def _order(sort: Sort) -> tuple[ColumnElement[Any], bool]:
    column = standings.c.points if sort in (Sort.HIGHEST, Sort.LOWEST) else standings.c.scored_at
    return column, sort in (Sort.HIGHEST, Sort.NEWEST)


def _after(column: ColumnElement[Any], falls: bool, sort: Sort, cursor: str) -> ColumnElement[bool]:
    value, lead_id = _read_cursor(sort, cursor)
    beyond = column < value if falls else column > value
    return or_(beyond, and_(column == value, standings.c.lead_id > lead_id))


def _cursor(sort: Sort, last: WorklistRow) -> str:
    value = last.points if sort in (Sort.HIGHEST, Sort.LOWEST) else microseconds(last.scored_at)
    text = json.dumps([sort.value, value, last.lead_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii")


def _read_cursor(sort: Sort, cursor: str) -> tuple[float | datetime, str]:
    try:
        of, value, lead_id = json.loads(base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True))
        if of != sort.value or not isinstance(lead_id, str):
            raise ValueError(of)
        if sort in (Sort.HIGHEST, Sort.LOWEST):
            return float(value), lead_id
        return moment_of(int(value)), lead_id
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise InputError(
            "The cursor is none of this worklist.",
            f"the cursor of the page before, sorted by {sort.value}.",
            "Begin without a cursor.",
        ) from None
