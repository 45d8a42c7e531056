"""A small load generator: HTTP/1.1 over kept connections, as many at once as asked, with the time of each answer.

It writes bytes that were made before the clock starts and reads no more of an answer than its length, so that on a
shared processor as little as possible of what is measured is its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

_LIMIT = 2**22


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Parameters
    ----------
    status : int
        HTTP status; 0 where the connection broke before there was one.
    seconds : float
        From the first byte written to the last one read.
    ended : float
        When, by ``time.perf_counter``.
    retry_after : int or None
        Seconds that the caller was asked to wait.
    """

    status: int
    seconds: float
    ended: float
    retry_after: int | None = None


@dataclass(slots=True)
class Run:
    """Answers, and how long it took to get them.

    Parameters
    ----------
    answers : list of Answer
        In the order in which they came.
    seconds : float
        From the first request to the last answer.
    """

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def statuses(self) -> dict[int, int]:
        """How many answers of each status."""
        return dict(sorted(Counter(answer.status for answer in self.answers).items()))

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.seconds if self.seconds else 0.0

    def milliseconds(self, share: float, *, since: float = float("-inf")) -> float:
        """Return the time within which this share of the 2xx answers that ended after ``since`` came; NaN of none."""
        found = sorted(one.seconds for one in self.answers if 200 <= one.status < 300 and one.ended >= since)
        return 1e3 * found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


def request_bytes(method: str, target: str, document: Any = None) -> bytes:
    """Return a whole request as it goes over the wire."""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if document is None:
        return f"{head}\r\n".encode("ascii")
    body = json.dumps(document, ensure_ascii=False).encode("utf-8")
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode("ascii") + body


def run(
    port: int, requests: Iterable[bytes], *, connections: int, seconds: float = float("inf"), per_second: float = 0.0
) -> Run:
    """Send requests, each connection the next one as soon as it has its answer and the next one is due.

    Parameters
    ----------
    port : int
        Of this machine.
    requests : iterable of bytes
        From :func:`request_bytes`; the run ends with them.
    connections : int
        How many at once.
    seconds : float
        No request is sent after so long.
    per_second : float
        How many are sent at most; 0 for as many as are answered.
    """
    return asyncio.run(_run(port, iter(requests), connections, seconds, per_second))


async def _run(port: int, requests: Iterator[bytes], connections: int, seconds: float, per_second: float) -> Run:
    result = Run()
    begun = time.perf_counter()
    due = _due(begun, per_second)
    callers = (_caller(port, requests, due, result.answers, begun + seconds) for _ in range(connections))
    await asyncio.gather(*callers)
    result.seconds = time.perf_counter() - begun
    return result


def _due(begun: float, per_second: float) -> Iterator[float]:
    """Yield when each request is due."""
    for number in itertools.count():
        yield begun + number / per_second if per_second else begun


async def _caller(
    port: int, requests: Iterator[bytes], due: Iterator[float], answers: list[Answer], until: float
) -> None:
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for request in requests:
        at = next(due)
        if max(at, time.perf_counter()) >= until:
            break
        if at > time.perf_counter():
            await asyncio.sleep(at - time.perf_counter())
        begun = time.perf_counter()
        try:
            if streams is None:
                streams = await asyncio.open_connection("127.0.0.1", port, limit=_LIMIT)
            reader, writer = streams
            writer.write(request)
            status, wait, closes = await _read(reader)
        except (OSError, EOFError):
            status, wait, closes = 0, None, True
        ended = time.perf_counter()
        answers.append(Answer(status, ended - begun, ended, wait))
        if closes and streams is not None:
            await _close(streams[1])
            streams = None
    if streams is not None:
        await _close(streams[1])


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> tuple[int, int | None, bool]:
    """Return status, ``Retry-After`` and whether the connection closes, with the body read and left."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(_header(head, b"content-length") or 0)
    if length:
        await reader.readexactly(length)
    wait = _header(head, b"retry-after")
    return int(head[9:12]), None if wait is None else int(wait), _header(head, b"connection") == b"close"


def _header(head: bytes, name: bytes) -> bytes | None:
    _, found, rest = head.partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if found else None
