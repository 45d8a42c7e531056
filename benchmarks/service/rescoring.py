"""Leads of the queue scored again: what the service takes for each, and how long a write waits behind them."""

from __future__ import annotations

import http.client
import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.service.load import Run, request_bytes, run
from benchmarks.service.server import Server
from benchmarks.service.traffic import Lead, kept_anew, puts

_EVENTS_AT_ONCE = 1_000
_PER_SECOND = 20.0
_LONGEST_SECONDS = 1_800.0
_WAITING = re.compile(r"^leadscore_rescoring_waiting\{[^}]*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rescoring:
    """Two rounds through the same leads.

    Parameters
    ----------
    leads : int
        How many.
    seconds : float
        Of the round that had the service for itself.
    processor_milliseconds : float
        What the server's processes took of the processor for each lead of that round.
    meanwhile : Run
        Leads put in the other round, 20 a second.
    """

    leads: int
    seconds: float
    processor_milliseconds: float
    meanwhile: Run


def rescoring(server: Server, leads: list[Lead], count: int) -> Rescoring:
    """Let leads be scored again through the queue, which a new champion's round goes through as well.

    Parameters
    ----------
    server : Server
        Serves.
    leads : list of Lead
        What is kept, each time under an id of its own, and put meanwhile.
    count : int
        Leads of the queue.
    """
    ids = [f"again-{time.time_ns()}-{number}" for number in range(count)]
    run(server.port, kept_anew(leads, ids), connections=8)
    before, begun = server.processor_seconds(), time.perf_counter()
    _ask(server, ids)
    _await_empty_queue(server)
    seconds, taken = time.perf_counter() - begun, server.processor_seconds() - before
    _ask(server, ids)
    meanwhile = run(server.port, _while_waiting(server, puts(leads)), connections=2, per_second=_PER_SECOND)
    return Rescoring(count, seconds, 1e3 * taken / count, meanwhile)


def _ask(server: Server, ids: list[str]) -> None:
    """Send an event of each lead, so many at a time that none is scored in its call."""
    for start in range(0, len(ids), _EVENTS_AT_ONCE):
        moment = datetime.now(UTC).isoformat()
        events = [
            {"lead_id": one, "event": "page_view", "occurred_at": moment}
            for one in ids[start : start + _EVENTS_AT_ONCE]
        ]
        answers = run(server.port, [request_bytes("POST", "/v1/events", {"events": events})], connections=1)
        if set(answers.statuses) != {202}:
            raise RuntimeError(f"events were answered {answers.statuses}")


def _await_empty_queue(server: Server) -> None:
    until = time.monotonic() + _LONGEST_SECONDS
    while _waiting(server):
        if time.monotonic() > until:
            raise RuntimeError("the queue does not get empty")
        time.sleep(0.2)


def _while_waiting(server: Server, requests: Iterator[bytes]) -> Iterator[bytes]:
    # Asked once in a while: reading the figures takes the server some milliseconds.
    for number in itertools.count():
        if number % 10 == 0 and not _waiting(server):
            return
        yield next(requests)


def _waiting(server: Server) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", "/metrics")
        return sum(map(float, _WAITING.findall(connection.getresponse().read().decode())))
    finally:
        connection.close()
