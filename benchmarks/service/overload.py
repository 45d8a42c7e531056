"""More calls than the service can answer: it must say so quickly, keep what it accepted, and recover at once."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.service.load import Run, request_bytes, run
from benchmarks.service.server import Server
from benchmarks.service.traffic import Lead, new_leads, scores

TIMES = 4
RECOVERY_SECONDS = 10.0
_CONNECTIONS = 256
_RETRY_AFTER = range(1, 6)


@dataclass(frozen=True, slots=True)
class Overload:
    """What an overload did.

    Parameters
    ----------
    per_second : float
        Calls a second that were sent.
    run : Run
        The answers under load.
    recovery : Run
        Scores one after the other, right after it.
    lost : int
        Leads whose keeping was acknowledged and that were not there afterwards.
    """

    per_second: float
    run: Run
    recovery: Run
    lost: int

    @property
    def faults(self) -> list[str]:
        """What broke the promise: nothing but 2xx and 429 with a wait of 1 to 5 seconds, nothing lost, quick again."""
        found = []
        other = {status: count for status, count in self.run.statuses.items() if status != 429 and status // 100 != 2}
        if other:
            found.append(f"answers that are neither 2xx nor 429: {other}")
        waits = {one.retry_after for one in self.run.answers if one.status == 429}
        if not waits <= set(_RETRY_AFTER):
            found.append(f"429 with Retry-After {sorted(map(str, waits))}")
        if self.lost:
            found.append(f"{self.lost} acknowledged leads lost")
        if not self.recovery.milliseconds(0.95) < 100.0:
            found.append(f"p95 of {self.recovery.milliseconds(0.95):.0f} ms right after it")
        return found


def overload(server: Server, leads: list[Lead], capacity: float, seconds: float) -> Overload:
    """Send four times the capacity of kept leads for some seconds.

    Parameters
    ----------
    server : Server
        Under load.
    leads : list of Lead
        What is sent, each time under an id of its own.
    capacity : float
        Kept leads a second that it was measured to answer.
    seconds : float
        How long.
    """
    per_second = TIMES * capacity
    mark = f"overload-{time.time_ns()}"
    ids = [f"{mark}-{number}" for number in range(int(per_second * seconds) + 1)]
    under_load = run(
        server.port, new_leads(leads, ids), connections=_CONNECTIONS, seconds=seconds, per_second=per_second
    )
    recovery = run(server.port, scores(leads, store=False), connections=1, seconds=RECOVERY_SECONDS)
    accepted = sum(one.status // 100 == 2 for one in under_load.answers)
    there = run(server.port, [request_bytes("GET", f"/v1/leads/{one}") for one in ids], connections=4)
    # What was not acknowledged may be there all the same; what was must be.
    return Overload(per_second, under_load, recovery, max(0, accepted - there.statuses.get(200, 0)))
