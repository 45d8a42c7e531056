"""What the addresses of lists may ask for, checked as strictly as bodies."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.datastructures import QueryParams

from features.domain import Stage
from serving.calls.reports import LONGEST_DAYS, By, ReportSetting, Span
from serving.errors import FieldError, RefusedError, invalid_request
from serving.store.worklist import LARGEST_PAGE, Sort, Wanted

_GRADE = re.compile(r"[A-D][1-4]?|[1-4]")
_LISTS = frozenset({"stage", "grade", "persona", "owner"})
_ONES = frozenset({"min_score", "search", "sort", "cursor", "limit"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(e-[0-9]{1,3})?")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_PAGE = 50
_LONGEST = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of the worklist that somebody asked for."""

    wanted: Wanted
    sort: Sort
    cursor: str | None
    limit: int


def wanted_leads(query: QueryParams) -> Asked:
    """Return which page of the worklist is asked for.

    Raises
    ------
    RefusedError
        If a parameter is unknown, repeated or not of its kind; every fault is named with its parameter.
    """
    reader = _Reader(query, _LISTS, _ONES)
    stages = tuple(reader.read("stage", one, Stage, f"one of {', '.join(Stage)}") for one in query.getlist("stage"))
    grades = tuple(reader.read("grade", one, _grade, "a grade, e.g. A2, A or 2") for one in query.getlist("grade"))
    min_score = reader.one("min_score", _whole(0, 100), "a whole number from 0 to 100")
    sort = reader.one("sort", Sort, f"one of {', '.join(one.value for one in Sort)}") or Sort.HIGHEST
    limit = reader.one("limit", _whole(1, LARGEST_PAGE), f"a whole number from 1 to {LARGEST_PAGE}") or _PAGE
    reader.refuse()
    wanted = Wanted(
        tuple(one for one in stages if one is not None),
        tuple(one for one in grades if one is not None),
        min_score,
        tuple(query.getlist("persona")),
        tuple(query.getlist("owner")),
        query.get("search"),
    )
    return Asked(wanted, sort, query.get("cursor"), limit)


def page_asked(query: QueryParams) -> tuple[int | None, int]:
    """Return before which score, and how many scores are asked for.

    Raises
    ------
    RefusedError
        As above.
    """
    reader = _Reader(query, frozenset(), frozenset({"cursor", "limit"}))
    cursor = reader.one("cursor", _whole(1, 2**62), "the cursor of the page before")
    limit = reader.one("limit", _whole(1, LARGEST_PAGE), f"a whole number from 1 to {LARGEST_PAGE}") or _PAGE
    reader.refuse()
    return cursor, limit


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """A report that somebody asked for."""

    span: Span
    by: By


def report_asked(
    query: QueryParams, setting: ReportSetting, now: dt.datetime, offered: Sequence[By], weeks: int
) -> ReportAsked:
    """Return which days a report is asked for, and by what it is to be parted.

    Parameters
    ----------
    query : QueryParams
        ``from`` and ``to`` (days, both included; by default the present week and those before it) and ``by``.
    setting : ReportSetting
        Where days begin, and whether there is a source.
    now : datetime
        The present.
    offered : sequence of By
        By what the report may be parted; the first is the default.
    weeks : int
        How many weeks it is about where no day is named, the present one among them.

    Raises
    ------
    RefusedError
        As above.
    """
    reader = _Reader(query, frozenset(), frozenset({"from", "to", "by"}))
    today = now.astimezone(setting.zone).date()
    by = reader.one("by", _one_of(offered), f"one of {', '.join(offered)}") or offered[0]
    last = reader.one("to", _day, "a day, e.g. 2026-03-31") or today
    usual = Span.weeks_until(min(last, today), weeks, setting.zone)
    first = reader.one("from", _day, "a day, e.g. 2026-01-01") or usual.first
    if by is By.SOURCE and setting.source is None:
        reader.fault("by", "invalid-value", "No attribute tells the source; name one under reports: in leadscore.yaml.")
    if first > today:
        reader.fault("from", "in-future", "Expected a day that is not in the future.")
    elif last < first:
        reader.fault("to", "invalid-value", "Expected a day that is not before from.")
    elif (last - first).days >= LONGEST_DAYS:
        reader.fault("from", "out-of-range", f"Expected at most {LONGEST_DAYS} days.")
    reader.refuse()
    return ReportAsked(Span(first, min(last, today), setting.zone), by)


def cutoffs_asked(query: QueryParams) -> tuple[float | None, float | None]:
    """Return at which MQL and SQL cutoffs something is asked; None for the one in force.

    Raises
    ------
    RefusedError
        As above.
    """
    reader = _Reader(query, frozenset(), frozenset({"mql", "sql"}))
    mql, sql = (reader.one(name, _chance, "a probability between 0 and 1, e.g. 0.15") for name in ("mql", "sql"))
    if mql is not None and sql is not None and sql < mql:
        reader.fault("sql", "invalid-value", "Expected sql at or above mql: an SQL is an MQL.")
    reader.refuse()
    return mql, sql


def limit_asked(query: QueryParams) -> int:
    """Return how many entries are asked for.

    Raises
    ------
    RefusedError
        As above.
    """
    reader = _Reader(query, frozenset(), frozenset({"limit"}))
    limit = reader.one("limit", _whole(1, LARGEST_PAGE), f"a whole number from 1 to {LARGEST_PAGE}") or _PAGE
    reader.refuse()
    return limit


class _Reader:
    """Reads parameters and gathers what is wrong with them."""

    def __init__(self, query: QueryParams, lists: frozenset[str], ones: frozenset[str]) -> None:
        self._query = query
        self._faults: list[FieldError] = []
        for name in dict.fromkeys(query.keys()):
            given = query.getlist(name)
            if name not in lists | ones:
                self.fault(name, "unknown-field", f"This parameter is not known. Known are {_named(lists | ones)}.")
            elif name in ones and len(given) > 1:
                self.fault(name, "too-long", "Expected this parameter once.")
            elif any(len(one) > _LONGEST for one in given):
                self.fault(name, "too-long", f"Expected at most {_LONGEST} characters.")
            elif any("\0" in one or "\ufffd" in one for one in given):
                self.fault(name, "control-character", "Expected UTF-8 without NUL.")

    def one(self, name: str, read: Callable[[str], T], expected: str) -> T | None:
        given = self._query.get(name)
        return None if given is None else self.read(name, given, read, expected)

    def read(self, name: str, given: str, read: Callable[[str], T], expected: str) -> T | None:
        try:
            return read(given)
        except ValueError:
            self.fault(name, "invalid-value", f"Expected {expected}.")
            return None

    def refuse(self) -> None:
        if self._faults:
            raise RefusedError(invalid_request(self._faults))

    def fault(self, name: str, code: str, message: str) -> None:
        # A name of the sender's own is not repeated: it may hold anything.
        shown = "?" if code == "unknown-field" else f"?{name}"
        self._faults.append(FieldError(shown, code, message))


def _one_of(offered: Sequence[By]) -> Callable[[str], By]:
    def read(text: str) -> By:
        by = By(text)
        if by not in offered:
            raise ValueError(text)
        return by

    return read


def _day(text: str) -> dt.date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    day = dt.date.fromisoformat(text)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(text)
    return day


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or len(text) > len(str(high)) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def _chance(text: str) -> float:
    chance = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not 0.0 < chance < 1.0:
        raise ValueError(text)
    return chance


def _grade(text: str) -> str:
    if not _GRADE.fullmatch(text):
        raise ValueError(text)
    return text


def _named(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
