"""When things happen: office hours in Europe/Berlin, weekdays, and the growth of the market."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ZONE = "Europe/Berlin"
DAY_SECONDS = 86_400
MONTH_DAYS = 365.25 / 12

_HOURS = (1, 1, 1, 1, 1, 2, 6, 18, 45, 70, 78, 72, 45, 58, 74, 70, 58, 36, 20, 16, 15, 13, 8, 3)
_OFFICE_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 3, 10, 12, 10, 4, 8, 12, 12, 8, 2, 0, 0, 0, 0, 0, 0)
_MONDAY = datetime(1970, 1, 5).toordinal() - datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - days, no moments


def creation_times(rng: np.random.Generator, count: int, months: int, end_second: int) -> IntArray:
    """Return sorted creation seconds over the months before ``end_second``: weekdays, and a third more at the end."""
    days = round(months * MONTH_DAYS)
    starts = end_second - DAY_SECONDS * np.arange(days, 0, -1, dtype=np.int64)
    busy = np.where(weekday(starts) < 5, 1.0, 0.3) * np.linspace(1.0, 1.33, days)
    start = starts[rng.choice(days, count, p=busy / busy.sum())]
    return np.sort(within_day(rng, start, office=False))


def weekday(seconds: IntArray) -> IntArray:
    """Return 0 (Monday) to 6 for the middle of the 24 hours that begin at these seconds."""
    return ((seconds + DAY_SECONDS // 2) // DAY_SECONDS - _MONDAY) % 7


def within_day(rng: np.random.Generator, starts: IntArray, *, office: bool) -> IntArray:
    """Return one moment within the 24 hours from each start, by the habits of the local day.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of chance.
    starts : array of int64
        Seconds since 1970 (UTC).
    office : bool
        Whether only office hours count (what sales records), or also evenings and nights.
    """
    weights = np.asarray(_OFFICE_HOURS if office else _HOURS, dtype=np.float64)
    hour = rng.choice(24, len(starts), p=weights / weights.sum())
    clock = hour * 3_600 + rng.integers(0, 3_600, len(starts))
    local = (starts + offsets(starts)) % DAY_SECONDS
    return np.asarray(starts + (clock - local) % DAY_SECONDS, dtype=np.int64)


def offsets(seconds: IntArray) -> IntArray:
    """Return how many seconds Berlin is ahead of UTC at these moments."""
    local = stamps(seconds * 1_000)
    return (local.dt.base_utc_offset() + local.dt.dst_offset()).dt.total_seconds().to_numpy()


def stamps(milliseconds: IntArray) -> pl.Series:
    """Return moments with the zone Europe/Berlin for milliseconds since 1970."""
    return pl.Series(milliseconds, dtype=pl.Int64).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(ZONE)


def written(milliseconds: IntArray) -> pl.Series:
    """Return moments as ISO 8601 text with Berlin's offset."""
    return stamps(milliseconds).dt.to_string("%Y-%m-%dT%H:%M:%S%.3f%:z")
