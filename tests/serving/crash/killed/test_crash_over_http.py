"""Row 33: the service is killed outright under load, again and again over one store, and nothing acknowledged is lost.

``CRASHES`` is how often: 20 beside the other tests, 200 by ``make crash``. One in ten kills hits a service that has
only just been started, one in ten one that migrates an older store, one in twenty the installed command with two
workers, of which one is killed first; all others hit the service under load.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import inspect, select, text

from serving.calls.stage_steps import SalesWords
from serving.store import Store
from serving.store.consents import consents
from serving.store.database import connect, store_url
from serving.store.events import events
from serving.store.idempotency import idempotency_keys
from serving.store.leads import leads
from serving.store.migrating import migrate, newest_revision, revision_of
from serving.store.outbox import messages
from serving.store.outcomes import outcomes

CRASHES = int(os.environ.get("CRASHES", "20"))  # noqa: TID251 - how often, on demand
CALLERS = 8
KINDS = (
    None, ("PUT", ""), ("POST", "/events"), ("POST", "/outcomes"), ("POST", "/consents"), ("DELETE", ""),
)  # fmt: skip
PATIENCE_SECONDS = 600


class Receiver(BaseHTTPRequestHandler):
    """An endpoint that takes every message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.received.add(self.headers["webhook-id"])
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.received = set()
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Checker:
    """Looks at the store that a killed service left: everything acknowledged is there, and nothing is half.

    Rows are looked at one by one in the look after they were written; acknowledged rows in every look.
    """

    def __init__(self, workspace: Any, file: Path, rows_of: Any) -> None:
        config = workspace.config()
        self._file = file
        self._schema = config.schema
        self._words = SalesWords(config.acceptance, config.target.outcome)
        self._rows_of = rows_of
        self._since: datetime | None = None

    def open(self) -> Store:
        return Store.open(self._file, self._schema)

    def look(self, ledger: Any) -> None:
        assert ledger.refused == []
        with self.open() as store, store.read() as tx:
            assert self._rows_of(tx, self._words, self._since).faults() == []
            acknowledged(tx, ledger)
            unanswered(tx, ledger)
            self._since = tx.now

    def look_at_all(self) -> None:
        with self.open() as store, store.read() as tx:
            assert self._rows_of(tx, self._words).faults() == []


def pairs(tx: Any, *columns: Any) -> set[Any]:
    rows = tx.connection.execute(select(*columns)).all()
    return {row[0] if len(row) == 1 else tuple(row) for row in rows}


def acknowledged(tx: Any, ledger: Any) -> None:
    """What was acknowledged is there, and remembered as it was answered."""
    # An erasure may have been done whose answer was lost.
    erased = ledger.erased | {one.lead_ids[0] for one in ledger.open if one.method == "DELETE"}
    here = pairs(tx, leads.c.lead_id)
    assert not here & ledger.erased
    assert {one for one in ledger.employees if one not in erased} <= here
    # A change whose answer was lost may stand where an older one was acknowledged.
    unsure = {lead_id for one in ledger.open for lead_id in one.lead_ids}
    for lead_id, employees in ledger.employees.items():
        if lead_id in here and lead_id not in unsure:
            assert tx.leads.get(lead_id).lead.attributes["employees"] == employees, lead_id
    assert {one for one in ledger.events if one[0] in here} <= pairs(tx, events.c.lead_id, events.c.event_id)
    assert {one for one in ledger.outcomes if one[0] in here} <= pairs(tx, outcomes.c.lead_id, outcomes.c.outcome_id)
    assert {one for one in ledger.consents if one[0] in here} <= pairs(tx, consents.c.lead_id, consents.c.purpose)
    kept = {row.key: row for row in tx.connection.execute(select(idempotency_keys))}
    for key, answer in ledger.answers.items():
        assert kept[key].erased or kept[key].answer == answer


def unanswered(tx: Any, ledger: Any) -> None:
    """What no answer came for was done and is remembered, or neither."""
    seen = pairs(tx, events.c.lead_id, events.c.event_id)
    told = pairs(tx, outcomes.c.lead_id, outcomes.c.outcome_id)
    remembered = pairs(tx, idempotency_keys.c.key)
    for one in ledger.open:
        kind, is_remembered = one.path.rpartition("/")[2], one.key in remembered
        if kind == "events":
            for event in one.body["events"]:
                assert ((event["lead_id"], event["event_id"]) in seen) == is_remembered
        elif kind == "outcomes":
            assert ((one.lead_ids[0], one.body["outcome_id"]) in told) == is_remembered
        elif one.method == "DELETE":
            assert (tx.leads.get(one.lead_ids[0]) is None) == is_remembered


def send_again(address: str, ledger: Any) -> None:
    """Send what no answer came for, under the same keys: each is done once in the end, and answered."""
    waiting, ledger.open = ledger.open, []
    with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as client:
        for request in waiting:
            first, second = request.send(client), request.send(client)
            ledger.keep(request, first)
            assert (second.status_code, second.json()) == (first.status_code, first.json())


@pytest.fixture
def checker(workspace: Any, services: Any, rows_of: Any) -> Checker:
    return Checker(workspace, services.file, rows_of)


def test_row_33_a_service_that_is_killed_again_and_again_loses_nothing_that_it_acknowledged(
    services: Any, receiver: Any, ledger: Any, caller_of: Any, checker: Checker
) -> None:
    lock, now = threading.Lock(), datetime.now(UTC).isoformat()
    chance = random.Random(CRASHES)  # noqa: S311 - when to kill, nothing secret
    is_subscribed = False
    for number in range(CRASHES):
        how = number % 20
        process, address = services.start_command() if how == 19 else services.start()
        if how in (4, 14):
            time.sleep(chance.random() * 0.5)
            services.kill(process)
            checker.look(ledger)
            continue
        services.wait(address)
        if not is_subscribed:
            hook = {"url": receiver.url, "kinds": ["lead.scored", "lead.stage_changed", "lead.erased"]}
            assert httpx.post(f"{address}/v1/webhooks", json=hook, timeout=30).status_code == 201
            is_subscribed = True
        send_again(address, ledger)
        elders = ledger.settled()
        callers = [caller_of(address, f"c{number}x{one}", ledger, lock, now, elders) for one in range(CALLERS)]
        for one in callers:
            one.start()
        time.sleep(0.1 + chance.random())
        wait_for_a_write(services.file, callers, chance)
        workers = services.workers(process)
        if workers:
            services.kill(chance.choice(workers))
            time.sleep(chance.random())
        services.kill(process, *workers)
        for one in callers:
            one.join()
        checker.look(ledger)
    finish(services, ledger, receiver, checker)
    assert ledger.acknowledged > CRASHES


def wait_for_a_write(file: Path, callers: Sequence[Any], chance: random.Random) -> None:
    """Return somewhere within a write, of each kind alike, or while SQLite's journal of one lies beside the file."""
    journal, kind = file.with_name(f"{file.name}-journal"), chance.choice(KINDS)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if journal.exists() if kind is None else any(one.is_at(*kind) for one in callers):
            break
        time.sleep(0)
    time.sleep(chance.random() * 0.03)


def finish(services: Any, ledger: Any, receiver: Any, checker: Checker) -> None:
    """Let a service that nobody kills do what is left: the queue is worked off, and every message was received."""
    process, address = services.start()
    services.wait(address)
    send_again(address, ledger)
    checker.look(ledger)
    deadline = time.monotonic() + PATIENCE_SECONDS
    with checker.open() as store:
        while time.monotonic() < deadline:
            with store.read() as tx:
                left = tx.outbox.depth(), tx.rescoring.depth()
            if left == (0, 0):
                break
            time.sleep(0.2)
        assert left == (0, 0)
        with store.read() as tx:
            told = set(tx.connection.execute(select(messages.c.message_id)).scalars())
    assert told <= receiver.received
    services.kill(process)
    checker.look_at_all()


@pytest.mark.parametrize("seed", range(max(1, CRASHES // 10)))
def test_row_33_a_service_killed_while_it_migrates_leaves_the_old_tables_or_the_new_ones(
    services: Any, seed: int
) -> None:
    services.file.parent.mkdir(exist_ok=True)
    engine = connect(store_url(services.file))
    migrate(engine, "0003")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO leads (lead_id, first_seen_at) VALUES ('old', 0)"))
        before = set(inspect(connection).get_table_names())
    process, _ = services.start()
    time.sleep(random.Random(seed).random() * 0.6)  # noqa: S311 - when to kill, nothing secret
    services.kill(process)
    with engine.connect() as connection:
        revision, tables = revision_of(connection), set(inspect(connection).get_table_names())
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    engine.dispose()
    assert revision in ("0003", newest_revision())
    assert (tables == before) == (revision == "0003")
    process, address = services.start()
    services.wait(address)
    assert httpx.get(f"{address}/v1/leads/old", timeout=30).status_code == 200
