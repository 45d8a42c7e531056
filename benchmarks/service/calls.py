"""Each call alone and on eight connections: latency, throughput, and what the server takes of the processor."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.service.load import Run, run
from benchmarks.service.server import Server

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """One call.

    Parameters
    ----------
    name : str
        What was called.
    alone, together : Run
        One call after the other, and on eight connections.
    processor_milliseconds : float
        What the server's processes took of the processor for each call.
    """

    name: str
    alone: Run
    together: Run
    processor_milliseconds: float

    @property
    def unexpected(self) -> dict[int, int]:
        """Answers that were none of 2xx, by status."""
        statuses = (*self.alone.statuses.items(), *self.together.statuses.items())
        return {status: count for status, count in statuses if not 200 <= status < 300}

    def cells(self, yardstick: Measured) -> list[str]:
        """Return the call as cells of a table, beside the yardstick of the same run."""
        p50, own = self.alone.milliseconds(0.5), yardstick.alone.milliseconds(0.5)
        return [
            self.name, f"{p50:.2f}", f"{p50 / own:.1f}", f"{self.alone.milliseconds(0.99):.1f}",
            f"{self.together.per_second:.0f}", f"{self.together.per_second / yardstick.together.per_second:.2f}",
            f"{self.together.milliseconds(0.95):.0f}", f"{self.processor_milliseconds:.2f}",
        ]  # fmt: skip


HEADINGS = (
    "call", "p50, ms", "in yardsticks", "p99, ms", "a second on 8", "in yardsticks", "p95 on 8, ms", "processor, ms"
)  # fmt: skip


def measure(name: str, server: Server, requests: Iterator[bytes], count: int) -> Measured:
    """Call ``count`` times one after the other, and as often on eight connections, after a few that are not counted."""
    run(server.port, _made(requests, max(1, count // 10)), connections=1)
    before = server.processor_seconds()
    alone = run(server.port, _made(requests, count), connections=1)
    together = run(server.port, _made(requests, count), connections=CONNECTIONS)
    taken = server.processor_seconds() - before
    return Measured(name, alone, together, 1e3 * taken / (2 * count))


def _made(requests: Iterable[bytes], count: int) -> list[bytes]:
    # Made before the clock starts.
    return list(itertools.islice(requests, count))
