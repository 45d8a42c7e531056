"""The tally of one lead at one moment, in one pass over its events: the request's way to features."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import exp
from typing import TypeAlias

from features.catalog import tally as names
from features.catalog.tally import ALL, DAILY_CAP, DAY, DECAY_RATES, EDGES, SESSION_GAP, TallyPlan
from features.domain import Event, Lead, Value
from features.schema import ColumnType

_Content: TypeAlias = tuple[tuple[bool, float | str], ...]
Seen: TypeAlias = tuple[int, str, _Content]
Quantities: TypeAlias = dict[str, float | int | str | None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BUCKETS = len(EDGES) + 1
_ACTIVITY = [(names.EDGE_DAYS.index(days), days) for days in names.ACTIVITY_WINDOW_DAYS]


def microseconds(moment: datetime) -> int:
    """Return a moment with zone as whole microseconds since 1970 in UTC.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (moment - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class LeadAt:
    """A lead at a moment, tallied.

    Parameters
    ----------
    now : int or None
        The moment in microseconds; None in an untimed schema.
    seen : list of tuple
        Moment, kind and properties of the events that features may see, oldest first.
    tally : dict
        All quantities.
    """

    now: int | None
    seen: list[Seen]
    tally: Quantities


class LeadTally:
    """Makes tallies of single leads; the names that never change are prepared once.

    Parameters
    ----------
    plan : TallyPlan
        What to tally.
    """

    def __init__(self, plan: TallyPlan) -> None:
        self._plan = plan
        self._slots = {kind: slot for slot, kind in enumerate(plan.kinds)}
        slots: list[int | str] = [*range(plan.other + 1), ALL]
        self._counts = {slot: [names.count(slot, days) for days in (*names.EDGE_DAYS, None)] for slot in slots}
        self._last = {slot: names.last_time(slot) for slot in slots}
        self._decayed = [names.decayed(slot, names.KIND_HALF_LIFE_DAYS) for slot in range(plan.other + 1)]
        self._nothing = self._empty(slots)

    def at(self, lead: Lead, events: Iterable[Event], as_of: datetime | None) -> LeadAt:
        """Return a lead at ``as_of``, in whatever order its events arrive.

        Parameters
        ----------
        lead : Lead
            In the version known at ``as_of``.
        events : iterable of Event
            The lead's events; those after ``as_of`` and those of silent kinds are not read.
        as_of : datetime or None
            The moment of knowledge; None only in an untimed schema.

        Raises
        ------
        ValueError
            If ``as_of`` is None although the schema has times.
        """
        tally = dict(self._nothing)
        if not self._plan.timed:
            self._read_attributes(tally, lead, None)
            return LeadAt(None, [], tally)
        if as_of is None:
            raise ValueError("as_of is None, expected a moment: the schema has times.")
        now = microseconds(as_of)
        tally[names.AS_OF] = now
        created = None if lead.created_at is None else microseconds(lead.created_at)
        tally[names.CREATED_AT] = created if created is not None and created <= now else None
        self._read_attributes(tally, lead, now)
        seen = self._visible(events, now)
        self.read(tally, seen, now)
        return LeadAt(now, seen, tally)

    def read(self, tally: Quantities, seen: list[Seen], now: int) -> None:
        """Write what follows from these events, oldest first, into a tally as of ``now``."""
        if seen:
            self._read_events(tally, seen, now)
            self._read_properties(tally, seen)

    def _empty(self, slots: Sequence[int | str]) -> Quantities:
        if not self._plan.timed:
            return {}
        empty: Quantities = {name: 0 for slot in slots for name in self._counts[slot]}
        empty |= dict.fromkeys(self._last.values())
        empty |= dict.fromkeys(self._decayed, 0.0)
        empty |= {names.decayed(ALL, days): 0.0 for days in names.HALF_LIFE_DAYS}
        empty |= {name(days): 0 for days in names.ACTIVITY_WINDOW_DAYS for name in (names.sessions, names.active_days)}
        empty |= dict.fromkeys((names.FIRST_KIND, names.FIRST_TIME, names.LAST_KIND))
        for prop in self._plan.numbers:
            empty |= {names.of_property(prop, "sum"): 0.0, names.of_property(prop, "filled"): 0}
            empty[names.of_property(prop, "last")] = None
        for prop in self._plan.categories:
            empty |= dict.fromkeys((names.of_property(prop, "first"), names.of_property(prop, "last")))
        return empty

    def _read_attributes(self, tally: Quantities, lead: Lead, now: int | None) -> None:
        for name, kind in self._plan.attributes.items():
            tally[names.attribute(name)] = quantity(lead.attributes.get(name), kind, now)

    def _visible(self, events: Iterable[Event], now: int) -> list[Seen]:
        """Return what the features may see, oldest first; equal moments in the order of their content."""
        silent = self._plan.silent
        numbers, categories = self._plan.numbers, self._plan.categories
        plain = not (numbers or categories)
        seen: list[Seen] = []
        for event in events:
            kind = event.event
            if kind in silent:
                continue
            time = (event.occurred_at - _EPOCH) // _MICROSECOND
            if time > now:
                continue
            if plain:
                seen.append((time, kind, ()))
                continue
            given = event.properties
            values: list[tuple[bool, float | str]] = []
            for name in numbers:
                number = _number(given.get(name))
                values.append((number is not None, number if number is not None else 0.0))
            for name in categories:
                text = given.get(name)
                values.append((text is not None, "" if text is None else str(text)))
            seen.append((time, kind, tuple(values)))
        seen.sort()
        return seen

    def _read_events(self, tally: Quantities, seen: list[Seen], now: int) -> None:
        slots, other = self._slots, self._plan.other
        counts: dict[int, list[int]] = {}
        last: dict[int, int] = {}
        decayed_kind: dict[int, float] = {}
        everything, begun, days = [0] * _BUCKETS, [0] * _BUCKETS, [0] * _BUCKETS
        short_rate, middle_rate, long_rate = (DECAY_RATES[half_life] for half_life in names.HALF_LIFE_DAYS)
        short = middle = long = 0.0
        previous_time = previous_day = previous_bucket = None
        today: dict[str, int] = {}
        for time, kind, _ in seen:
            age = now - time
            bucket = bisect_right(EDGES, age)
            slot = slots.get(kind, other)
            day = time // DAY
            last[slot] = time
            if previous_time is None or time - previous_time > SESSION_GAP:
                begun[bucket] += 1
            days[bucket] += 1
            if day != previous_day:
                today = {}
            elif previous_bucket is not None:
                # The day is already counted in every window that holds the event before.
                days[previous_bucket] -= 1
            previous_time, previous_day, previous_bucket = time, day, bucket
            nth = today[kind] = today.get(kind, 0) + 1
            if nth > DAILY_CAP:
                continue
            everything[bucket] += 1
            if slot not in counts:
                counts[slot] = [0] * _BUCKETS
                decayed_kind[slot] = 0.0
            counts[slot][bucket] += 1
            weight = exp(-middle_rate * age)
            short += exp(-short_rate * age)
            middle += weight
            long += exp(-long_rate * age)
            decayed_kind[slot] += weight
        for slot, buckets in counts.items():
            tally.update(zip(self._counts[slot], accumulate(buckets), strict=True))
            tally[self._last[slot]] = last[slot]
            tally[self._decayed[slot]] = decayed_kind[slot]
        tally.update(zip(self._counts[ALL], accumulate(everything), strict=True))
        for half_life, total in zip(names.HALF_LIFE_DAYS, (short, middle, long), strict=True):
            tally[names.decayed(ALL, half_life)] = total
        for name, buckets in ((names.sessions, begun), (names.active_days, days)):
            within = list(accumulate(buckets))
            for edge, window in _ACTIVITY:
                tally[name(window)] = within[edge]
        tally[self._last[ALL]] = seen[-1][0]
        tally[names.FIRST_TIME], tally[names.FIRST_KIND], tally[names.LAST_KIND] = seen[0][0], seen[0][1], seen[-1][1]

    def _read_properties(self, tally: Quantities, seen: list[Seen]) -> None:
        if not self._plan.properties:
            return
        counted = _counted(seen)
        for position, name in enumerate(self._plan.numbers):
            total, filled = 0.0, 0
            for (_, _, content), counts in zip(seen, counted, strict=True):
                is_filled, value = content[position]
                if is_filled:
                    tally[names.of_property(name, "last")] = value
                    if counts:
                        total += value  # type: ignore[operator]  # a number property's content is a number
                        filled += 1
            tally[names.of_property(name, "sum")] = total
            tally[names.of_property(name, "filled")] = filled
        for position, name in enumerate(self._plan.categories, start=len(self._plan.numbers)):
            values = [content[position][1] for _, _, content in seen if content[position][0]]
            if values:
                tally[names.of_property(name, "first")] = values[0]
                tally[names.of_property(name, "last")] = values[-1]


def _counted(seen: list[Seen]) -> list[bool]:
    """Return for each event in order whether it is within the daily cap of its kind."""
    so_far: dict[tuple[str, int], int] = {}
    counted = []
    for time, kind, _ in seen:
        key = (kind, time // DAY)
        so_far[key] = so_far.get(key, 0) + 1
        counted.append(so_far[key] <= DAILY_CAP)
    return counted


def quantity(value: Value, kind: ColumnType, now: int | None) -> float | int | str | None:
    """Return an attribute as it is tallied; a date that is still to come is not known yet."""
    if kind is ColumnType.DATE:
        moment = microseconds(value) if isinstance(value, datetime) else None
        return moment if moment is not None and now is not None and moment <= now else None
    if kind is ColumnType.NUMBER:
        return _number(value)
    return None if value is None else str(value)


def _number(value: Value) -> float | None:
    """Return a number, or None for anything that is none (NaN among them)."""
    return float(value) if isinstance(value, int | float) and value == value else None
