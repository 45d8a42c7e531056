"""The days that a report is about, and its weeks or months, in the agreement's time zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

LONGEST_DAYS = 1_100
"""Days of the longest report: three years."""

_WEEK = dt.timedelta(days=7)
_DAY = dt.timedelta(days=1)


class By(StrEnum):
    """By what a report is parted."""

    WEEK = "week"
    MONTH = "month"
    SOURCE = "source"
    PERSONA = "persona"


@dataclass(frozen=True, slots=True)
class Period:
    """A part of the span, both days included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a time zone.

    Parameters
    ----------
    first, last : datetime.date
        Both included.
    zone : ZoneInfo
        Where a day begins.
    """

    first: dt.date
    last: dt.date
    zone: ZoneInfo

    @classmethod
    def weeks_until(cls, today: dt.date, weeks: int, zone: ZoneInfo) -> Span:
        """Return the present week until today and the ones before it, so many in all."""
        return cls(today - dt.timedelta(days=today.weekday()) - (weeks - 1) * _WEEK, today, zone)

    @property
    def begin(self) -> dt.datetime:
        """The first moment, in UTC."""
        return self._midnight(self.first)

    @property
    def end(self) -> dt.datetime:
        """The first moment after it, in UTC."""
        return self._midnight(self.last + _DAY)

    def periods(self, by: By) -> tuple[Period, ...]:
        """Return its calendar weeks (Monday to Sunday) or months, cut to the span; all of it where parted otherwise.

        Examples
        --------
        >>> span = Span(dt.date(2026, 3, 4), dt.date(2026, 3, 10), ZoneInfo("Europe/Berlin"))
        >>> [(str(one.first), str(one.last)) for one in span.periods(By.WEEK)]
        [('2026-03-04', '2026-03-08'), ('2026-03-09', '2026-03-10')]
        """
        return tuple(self._periods(by))

    def starts(self, periods: tuple[Period, ...]) -> list[dt.datetime]:
        """Return the beginnings of its periods in UTC, and the end of the last one."""
        return [*(self._midnight(one.first) for one in periods), self.end]

    def _periods(self, by: By) -> Iterator[Period]:
        first = self.first
        while first <= self.last:
            last = min(_last_day(first, by), self.last) if by in (By.WEEK, By.MONTH) else self.last
            yield Period(first, last)
            first = last + _DAY

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), tzinfo=self.zone).astimezone(dt.UTC)


def _last_day(day: dt.date, by: By) -> dt.date:
    if by is By.WEEK:
        return day + dt.timedelta(days=6 - day.weekday())
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - _DAY
