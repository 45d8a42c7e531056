"""What is counted of a lead before any feature is read, under names that both evaluators share.

A *tally* holds raw quantities by name: counts, sums, moments and attribute values. ``tally_of_one`` makes the tally
of a single lead in plain Python, ``tally_in_bulk`` a frame of tallies; a feature's definition reads either.
All moments in a tally are whole microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from features.schema import ColumnType, Schema

Tally: TypeAlias = Mapping[str, float | int | str | None]
"""Quantities of one lead at one moment, by name; None where there is nothing."""

DAY = 86_400_000_000
"""Microseconds in a day."""

WINDOW_DAYS = (1, 7, 30, 90)
"""Windows over which events are counted: ``as_of - W < t <= as_of``."""

ACTIVITY_WINDOW_DAYS = (7, 30, 90)
"""Windows over which sessions and active days are counted."""

EDGE_DAYS = (1, 7, 28, 30, 90)
"""All windows that are tallied; 28 days serve the comparison of a week with the three before."""

EDGES = tuple(days * DAY for days in EDGE_DAYS)

HALF_LIFE_DAYS = (3, 14, 60)
"""Half-lives of the decayed sums over all kinds, in days (STATISTICS.md section 9)."""

KIND_HALF_LIFE_DAYS = 14
"""Half-life of the decayed sum of one kind: the middle one, because three per kind would say the same three times."""

SESSION_GAP = 30 * 60 * 1_000_000
"""Microseconds of silence after which the next event opens a new session."""

DAILY_CAP = 20
"""Events of one lead, kind and UTC day that count, so that a link scanner looks like an eager reader at most.

Adobe's lead scoring caps at the same figure per type and day.
"""

OWN_KINDS = 25
"""Event kinds with features of their own, the most frequent first; all others are tallied together."""

ALL = "all"
"""The slot of all visible events together."""

AS_OF = "as_of"
CREATED_AT = "created_at"
DAY_LENGTH = "day"
FIRST_KIND = "first.kind"
FIRST_TIME = "first.time"
LAST_KIND = "last.kind"

DECAY_RATES = {days: 0.6931471805599453 / (days * DAY) for days in HALF_LIFE_DAYS}
"""ln 2 over the half-life in microseconds, so that both evaluators compute ``exp(-rate * age)``."""


def count(slot: int | str, days: int | None) -> str:
    """Return the name of the count of a slot's events in a window, or of all of them (None)."""
    return f"count.{slot}.{'total' if days is None else days}"


def last_time(slot: int | str) -> str:
    """Return the name of the moment of a slot's last event."""
    return f"last.{slot}"


def decayed(slot: int | str, half_life_days: int) -> str:
    """Return the name of a slot's sum of ``2 ** (-age / half-life)``."""
    return f"decayed.{slot}.{half_life_days}"


def sessions(days: int) -> str:
    """Return the name of the count of sessions begun in a window."""
    return f"sessions.{days}"


def active_days(days: int) -> str:
    """Return the name of the count of distinct UTC days with an event in a window."""
    return f"days.{days}"


def attribute(name: str) -> str:
    """Return the name of an attribute's value, the same as its column in the leads frame."""
    return f"attribute.{name}"


def of_property(name: str, statistic: str) -> str:
    """Return the name of a property's ``sum``, ``filled`` (counted events that carry it), ``first`` or ``last``."""
    return f"property.{name}.{statistic}"


@dataclass(frozen=True, slots=True)
class TallyPlan:
    """What a schema asks to be tallied.

    Parameters
    ----------
    timed : bool
        Whether there are moments at all; without them no event is read.
    kinds : tuple of str
        Event kinds with a slot of their own; slot ``len(kinds)`` takes all others.
    silent : frozenset of str
        Event kinds that are not read.
    numbers, categories : tuple of str
        Event properties by type, in the schema's order.
    attributes : Mapping[str, ColumnType]
        Columns that features read, with their types.
    """

    timed: bool
    kinds: tuple[str, ...]
    silent: frozenset[str]
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    attributes: Mapping[str, ColumnType]

    @classmethod
    def from_schema(cls, schema: Schema) -> TallyPlan:
        """Return the plan of a schema; silent kinds, free texts, identifiers and constants are not part of it."""
        properties = schema.used_properties
        return cls(
            timed=schema.timed,
            kinds=schema.engagement_kinds[:OWN_KINDS],
            silent=schema.silent_kinds,
            numbers=tuple(p.name for p in properties if p.type is ColumnType.NUMBER),
            categories=tuple(p.name for p in properties if p.type is ColumnType.CATEGORY),
            attributes={c.name: c.type for c in schema.used_columns if _is_read(c.type, schema.timed)},
        )

    @property
    def other(self) -> int:
        """The slot of kinds without one of their own."""
        return len(self.kinds)

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties in the order that breaks ties between events of the same moment and kind."""
        return self.numbers + self.categories


def _is_read(kind: ColumnType, timed: bool) -> bool:
    if kind in {ColumnType.FREE_TEXT, ColumnType.IDENTIFIER, ColumnType.CONSTANT}:
        return False
    # Without a moment of knowledge a date has no age, and that it is filled at all may be hindsight (a closing date).
    return timed or kind is not ColumnType.DATE
