"""When sales works: the agreement's calendar as a clock that runs in business hours only.

Public holidays come from the `holidays` package by the code in sla.yaml (``DE-BY``: country and region). Every day is
opened and closed in local time, so that days on which clocks change are as long as they are.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from numpy.typing import NDArray

from features.domain import ConfigError
from features.domain.sla import Calendar, Duration

Floats = NDArray[np.float64]

HOUR = 3600.0
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MARGIN_DAYS = 400
"""Days that a clock knows after the last moment it was made for: no promise is longer."""


@dataclass(frozen=True)
class BusinessClock:
    """Opening hours over a range of days.

    Parameters
    ----------
    opens, closes : array, shape (business days,)
        In seconds since 1970 UTC, rising.
    calendar : Calendar
        As agreed.
    """

    opens: Floats
    closes: Floats
    calendar: Calendar

    @classmethod
    def between(cls, calendar: Calendar, first: float, last: float) -> BusinessClock:
        """Return the clock for moments from ``first`` to ``last``, in seconds since 1970 UTC.

        Raises
        ------
        ConfigError
            If the code of the holidays is unknown.
        """
        zone = ZoneInfo(calendar.time_zone)
        begin = dt.datetime.fromtimestamp(first, zone).date() - dt.timedelta(days=1)
        end = dt.datetime.fromtimestamp(last, zone).date() + dt.timedelta(days=_MARGIN_DAYS)
        free = public_holidays(calendar.holidays, range(begin.year, end.year + 1))
        working = _week_days(calendar.days)
        span = (end - begin).days + 1
        days = [
            day for n in range(span) if (day := begin + dt.timedelta(days=n)).weekday() in working and day not in free
        ]
        opening, closing = (_minutes(part) for part in calendar.hours.split("-"))
        return cls(
            opens=np.array([_local(day, opening, zone) for day in days]),
            closes=np.array([_local(day, closing, zone) for day in days]),
            calendar=calendar,
        )

    @cached_property
    def _before(self) -> Floats:
        """Business seconds before each opening."""
        return np.concatenate([[0.0], np.cumsum(self.closes - self.opens)[:-1]])

    @cached_property
    def week_seconds(self) -> float:
        """Business seconds of a week without holidays."""
        opening, closing = (_minutes(part) for part in self.calendar.hours.split("-"))
        return len(_week_days(self.calendar.days)) * (closing - opening) * 60.0

    def worked(self, at: Floats) -> Floats:
        """Return the business seconds that passed until each moment (seconds since 1970 UTC)."""
        day = np.maximum(np.searchsorted(self.opens, at, side="right") - 1, 0)
        return self._before[day] + np.clip(at - self.opens[day], 0.0, (self.closes - self.opens)[day])

    def is_open(self, at: Floats) -> NDArray[np.bool_]:
        """Return which moments lie within opening hours; the moment of closing does not."""
        day = np.maximum(np.searchsorted(self.opens, at, side="right") - 1, 0)
        return (at >= self.opens[day]) & (at < self.closes[day])

    def moment(self, worked: Floats) -> Floats:
        """Return the moment at which so many business seconds have passed; at a closing, the closing."""
        day = np.maximum(np.searchsorted(self._before, worked, side="left") - 1, 0)
        return self.opens[day] + (worked - self._before[day])

    def due(self, at: Floats, span: Duration) -> Floats:
        """Return the end of a promised span after each moment, in seconds since 1970 UTC.

        Business hours run while it is open. A business day ends at closing time; the day of the beginning is not
        counted (as in section 187 (1) and 188 (1) of the German Civil Code), and of half a day, half its hours are.
        Other hours and days pass by the wall clock, a day being 24 hours.
        """
        if not span.business:
            return at + span.amount * (HOUR if span.unit == "hour" else 24.0 * HOUR)
        if span.unit == "hour":
            return self.moment(self.worked(at) + span.amount * HOUR)
        whole = max(math.ceil(span.amount) - 1, 0)
        # The first business day that opens after the local day of the beginning is over.
        first = np.searchsorted(self.opens, self._next_midnight(at), side="left")
        day = np.minimum(first + whole, len(self.opens) - 1)
        return self.opens[day] + (span.amount - whole) * (self.closes - self.opens)[day]

    def due_at(self, at: dt.datetime, span: Duration) -> dt.datetime:
        """Return the end of a promised span after one moment with a zone, in UTC."""
        (end,) = self.due(np.array([at.timestamp()]), span)
        return dt.datetime.fromtimestamp(float(end), dt.UTC)

    def _next_midnight(self, at: Floats) -> Floats:
        """Return the end of the local day of each moment."""
        if not len(at):
            return at
        zone = ZoneInfo(self.calendar.time_zone)
        day = dt.datetime.fromtimestamp(float(at.min()), zone).date()
        last = dt.datetime.fromtimestamp(float(at.max()), zone).date()
        midnights = np.array([_local(day + dt.timedelta(days=n), 0, zone) for n in range((last - day).days + 2)])
        return midnights[np.searchsorted(midnights, at, side="right")]


def public_holidays(code: str | None, years: Iterable[int]) -> frozenset[dt.date]:
    """Return the public holidays of a country or region, e.g. ``DE-BY``; none without a code.

    Raises
    ------
    ConfigError
        If the code is unknown.
    """
    if code is None:
        return frozenset()
    country, _, region = code.strip().partition("-")
    try:
        found = holidays.country_holidays(country.upper(), subdiv=region.upper() or None, years=list(years))
    except NotImplementedError:
        raise ConfigError(
            f"calendar.holidays in sla.yaml is {code!r}.",
            "a country, or a country and a region, e.g. DE or DE-BY.",
            "Correct holidays, or take the entry out.",
        ) from None
    return frozenset(found)


def _week_days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        ends = [_DAYS.index(end.strip().casefold()[:3]) for end in part.split("-")]
        # fri-mon goes over the weekend.
        days.update((ends[0] + n) % 7 for n in range((ends[-1] - ends[0]) % 7 + 1))
    return frozenset(days)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def _local(day: dt.date, minutes: int, zone: ZoneInfo) -> float:
    """Return a local time of day in seconds since 1970; 24:00 is the next midnight."""
    day, minutes = (day + dt.timedelta(days=1), 0) if minutes == 24 * 60 else (day, minutes)
    return dt.datetime.combine(day, dt.time(minutes // 60, minutes % 60), tzinfo=zone).timestamp()
