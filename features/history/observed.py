"""Until when a history was observed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import polars as pl


def last_moment(columns: Iterable[pl.Series], now: datetime) -> datetime | None:
    """Return the last moment that any of these columns of moments tells, None where none does.

    Moments after ``now`` are not believed.

    Examples
    --------
    >>> from datetime import UTC
    >>> days = pl.Series([datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), None])
    >>> last_moment([days], datetime(2026, 6, 1, tzinfo=UTC)).isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    seen = [moments.filter((moments <= now).fill_null(False)).max() for moments in columns]
    return max((moment for moment in seen if isinstance(moment, datetime)), default=None)
