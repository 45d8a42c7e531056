"""A write that gets no turn: told to come back where the line is long, and that the store is busy where it stands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.domain import Lead
from features.schema import Schema
from serving.calls import desk as desks
from serving.calls.desk import Desk, Reply
from serving.errors import RefusedError
from serving.store import Store, StoreBusyError, Transaction
from serving.store_door import StoreDoor


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(desks, "BUSY_SECONDS", 0.5)
    opened = Desk(StoreDoor(lambda: Store.open(tmp_path / "store.db", Schema())), 1.0, is_server=False)
    yield opened
    opened.close()


def put(tx: Transaction) -> Reply:
    tx.leads.put(Lead("L1", None, {}))
    return Reply(200, {})


async def write_behind(desk: Desk, *held: threading.Event, let_go: threading.Event | None = None) -> None:
    for event in held:
        desk._line.submit_alone(lambda event=event: event.wait(30))
    waiting = asyncio.create_task(desk.write(put))
    await asyncio.sleep(0)
    if let_go is not None:
        let_go.set()
    try:
        await waiting
    finally:
        for event in held:
            event.set()


def test_row_15_a_write_that_others_leave_no_time_for_is_told_to_come_back(desk: Desk) -> None:
    first, second = threading.Event(), threading.Event()
    with pytest.raises(RefusedError) as refused:
        asyncio.run(write_behind(desk, first, second, let_go=first))
    problem = refused.value.problem
    assert (problem.code, problem.status) == ("too-many-requests", 429)
    assert 1 <= int(problem.response().headers["retry-after"]) <= 5
    assert desk.look(lambda tx: tx.leads.get("L1")) is None


def test_row_31_a_write_behind_one_that_stands_is_told_that_the_store_is_busy(desk: Desk) -> None:
    with pytest.raises(StoreBusyError):
        asyncio.run(write_behind(desk, threading.Event()))
    assert desk.look(lambda tx: tx.leads.get("L1")) is None
