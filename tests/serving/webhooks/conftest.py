from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest

from features.schema import Column, ColumnType, EventKind, Schema
from serving.store import Store, Transaction
from serving.store.subscriptions import Subscription
from serving.webhooks.addresses import Addresses
from serving.webhooks.delivering import Deliverer
from serving.webhooks.sending import Sender

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOST_SENT = 50_000_000
LOOPBACK = "127.0.0.0/8,::1/128"
SCHEMA = Schema(
    columns=(Column("employees", ColumnType.NUMBER), Column("city", ColumnType.CATEGORY)),
    event_kinds=(EventKind("page_view"),),
)


class MovingClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A receiver on loopback that does what it is told to: answers, hangs, drops, redirects or talks on and on."""

    received: list[Received] = field(default_factory=list)
    answers: list[int | str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> int | str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0] if self.answers else 204


class _Server(ThreadingHTTPServer):
    # Connections that wait to be taken; more would be tried again by the machine only after a second.
    request_queue_size = 64
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.receiver.received.append(Received(self.path, headers, body))
        answer = self.server.receiver.next_answer()
        if isinstance(answer, str):
            getattr(self, f"_{answer}")()
        else:
            self._answer(answer)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        for name, value in self.server.receiver.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def _hang(self) -> None:
        self.server.receiver.released.wait(10)

    def _drop(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while self.server.receiver.sent < MOST_SENT:
                self.server.receiver.sent += self.wfile.write(b"x" * 10_000)

    def _drip(self) -> None:
        # A byte now and then: no single read ever takes long.
        with suppress(OSError):
            for _ in range(100):
                self.wfile.write(b"H")
                if self.server.receiver.released.wait(0.05):
                    return

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """Start receivers that answer in this order; the last answer goes on."""
    servers: list[tuple[_Server, threading.Thread]] = []

    def start(*answers: int | str, headers: dict[str, str] | None = None) -> Receiver:
        receiver = Receiver(answers=list(answers), headers=headers or {})
        server = _Server(("127.0.0.1", 0), _Handler)
        server.receiver = receiver
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook?of=acme"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return receiver

    yield start
    for server, thread in servers:
        server.receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def store(tmp_path: Path, clock: MovingClock) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", SCHEMA, clock) as opened:
        yield opened


@dataclass
class Post:
    """The outbox of a store, and the delivery of what is due in it."""

    store: Store
    seconds: float = 5.0
    networks: str = LOOPBACK

    def subscribe(self, url: str, *kinds: str) -> Subscription:
        with self.store.begin() as tx:
            return tx.subscriptions.add(url, kinds or ("lead.scored",), by="ann")

    def endpoint(self, subscription: Subscription) -> Subscription:
        with self.store.read() as tx:
            return tx.subscriptions.get(subscription.subscription_id)

    def tell(self, number: int, lead_id: str = "L1") -> None:
        with self.store.begin() as tx:
            tx.outbox.tell("lead.scored", {"number": number}, lead_id=lead_id)

    def depth(self) -> int:
        with self.store.read() as tx:
            return tx.outbox.depth()

    def deliverer(self, resolver: Callable[[str, int], Sequence[str]] | None = None) -> Deliverer:
        given = {} if resolver is None else {"resolver": resolver}
        return Deliverer(lambda: self.store, self._write, Sender(Addresses(self.networks, **given), self.seconds))

    def deliver(self, resolver: Callable[[str, int], Sequence[str]] | None = None) -> float:
        """Deliver what is due; return the seconds that it took."""
        began = time.monotonic()
        anyio.run(lambda: self.deliverer(resolver).deliver(until_idle=True))
        return time.monotonic() - began

    def _write(self, work: Callable[[Transaction], None]) -> None:
        with self.store.begin() as tx:
            work(tx)


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)
