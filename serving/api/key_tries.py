"""How often an address has shown a key that is none: guessing is stopped early (one count per address and process).

In memory, because whoever has no key must not make the store write.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

MOST = 10
"""Tries within the window; the next one has to wait."""

WINDOW_SECONDS = 60.0
_MOST_ADDRESSES = 10_000


class KeyTries:
    """Tries by address.

    Parameters
    ----------
    seconds : callable
        A clock that only goes forward, in seconds.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._failed: dict[str, list[float]] = {}

    def wait(self, address: str) -> int:
        """Return after how many whole seconds an address may show another unknown key; 0 for at once."""
        since = self._seconds() - WINDOW_SECONDS
        recent = [one for one in self._failed.get(address, ()) if one > since]
        return math.ceil(recent[-MOST] - since) if len(recent) >= MOST else 0

    def failed(self, address: str) -> None:
        """Count a key that was none."""
        if address not in self._failed and len(self._failed) >= _MOST_ADDRESSES:
            self._failed.clear()
        self._failed[address] = [*self._failed.get(address, ())[-MOST + 1 :], self._seconds()]
