"""How often an address has shown a key that is none: guessing is stopped early (one count per address and process).

In memory, because whoever has no key must not make the store write.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

WINDOW_SECONDS = 60.0
_MOST_ADDRESSES = 10_000


class KeyTries:
    """Tries by address.

    Parameters
    ----------
    most : int
        Tries within the window; the next one has to wait. 0: any number.
    seconds : callable
        A clock that only goes forward, in seconds.
    """

    def __init__(self, most: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._failed: dict[str, list[float]] = {}

    def wait(self, address: str) -> int:
        """Return after how many whole seconds an address may show another unknown key; 0 for at once."""
        if not self._most:
            return 0
        since = self._seconds() - WINDOW_SECONDS
        recent = [one for one in self._failed.get(address, ()) if one > since]
        return math.ceil(recent[-self._most] - since) if len(recent) >= self._most else 0

    def failed(self, address: str) -> None:
        """Count a key that was none."""
        if not self._most:
            return
        if address not in self._failed and len(self._failed) >= _MOST_ADDRESSES:
            self._failed.clear()
        self._failed[address] = [*self._failed.get(address, ())[-self._most :], self._seconds()]
