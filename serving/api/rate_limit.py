"""How often one caller may call: a bucket of tokens that fills again with time (one bucket per caller and process)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

_MOST_CALLERS = 10_000


class RateLimit:
    """A bucket of two seconds' calls for each caller.

    Parameters
    ----------
    per_second : int
        Calls a second that one caller may make in the long run; 0 for any number.
    seconds : callable
        A clock that only goes forward, in seconds.
    """

    def __init__(self, per_second: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._seconds = seconds
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, caller: str) -> int:
        """Take a token; return 0, or after how many whole seconds there is one again."""
        if not self._per_second:
            return 0
        now = self._seconds()
        full = 2.0 * self._per_second
        tokens, then = self._buckets.get(caller, (full, now))
        tokens = min(full, tokens + (now - then) * self._per_second)
        if tokens < 1.0:
            self._buckets[caller] = (tokens, now)
            return math.ceil((1.0 - tokens) / self._per_second)
        if len(self._buckets) >= _MOST_CALLERS:
            self._buckets.clear()
        self._buckets[caller] = (tokens - 1.0, now)
        return 0
