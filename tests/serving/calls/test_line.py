"""Writes that wait for SQLite's one writer: kept together, undone one by one, answered once they are on the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from features.domain import Lead
from features.schema import Schema
from serving.calls.line import OneWriter
from serving.store import Store, StoreError, StoreFullError, Transaction


class Held:
    """A line whose writer is busy until it is let go, and what the store did since."""

    def __init__(self, store: Store) -> None:
        self.store = store
        # However slow the machine is, what waits is taken in.
        self.line = OneWriter(lambda: store, together_seconds=60.0)
        self.commits = 0
        self._go, begun = threading.Event(), threading.Event()
        event.listen(store.engine, "commit", self._count)
        self.line.submit_alone(lambda: (begun.set(), self._go.wait(10)))
        assert begun.wait(10)

    def _count(self, _: Any) -> None:
        self.commits += 1

    def put(self, lead_id: str) -> Future[str]:
        return self.line.submit(self.putting(lead_id))

    @staticmethod
    def putting(lead_id: str) -> Callable[[Transaction], str]:
        def work(tx: Transaction) -> str:
            tx.leads.put(Lead(lead_id, None, {"industry": "retail"}))
            return lead_id

        return work

    def let_go(self) -> None:
        self._go.set()

    def kept(self) -> set[str]:
        with self.store.read() as tx:
            return {one for one in "abcd" if tx.leads.get(one) is not None}


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    with Store.open(tmp_path / "store.db", Schema()) as store:
        line = Held(store)
        yield line
        line.let_go()
        line.line.close()


def failing(error: Exception) -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        Held.putting("c")(tx)
        raise error

    return work


def test_what_waits_is_kept_by_one_transaction(held: Held) -> None:
    futures = [held.put(one) for one in "abd"]
    held.let_go()
    assert [future.result(10) for future in futures] == ["a", "b", "d"]
    assert (held.commits, held.kept()) == (1, {"a", "b", "d"})


def test_a_part_that_fails_is_undone_alone(held: Held) -> None:
    first, bad, last = held.put("a"), held.line.submit(failing(KeyError("own"))), held.put("b")
    held.let_go()
    assert (first.result(10), last.result(10)) == ("a", "b")
    with pytest.raises(KeyError):
        bad.result(10)
    assert held.kept() == {"a", "b"}


def test_what_is_to_follow_follows_the_parts_that_were_kept_once_they_are_on_the_disk(held: Held) -> None:
    did: list[str] = []

    def following(name: str, error: Exception | None = None) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            tx.once_kept(lambda: did.append(name))
            if error is not None:
                raise error

        return work

    event.listen(held.store.engine, "commit", lambda _: did.append("on the disk"))
    futures = [held.line.submit(following("a")), held.line.submit(following("b", KeyError("own")))]
    held.let_go()
    futures[0].result(10)
    assert did == ["on the disk", "a"]


def test_nothing_follows_a_transaction_whose_end_fails(held: Held) -> None:
    did: list[str] = []

    def refuse(_: Any) -> None:
        raise StoreFullError("The store says: full.", "space to write.", "Free space.")

    event.listen(held.store.engine, "commit", refuse)
    future = held.line.submit(lambda tx: tx.once_kept(lambda: did.append("a")))
    held.let_go()
    with pytest.raises(StoreFullError):
        future.result(10)
    assert did == []


def test_nobody_is_told_that_it_is_kept_before_it_is_on_the_disk(held: Held) -> None:
    first, second = held.put("a"), held.put("b")
    seen: list[tuple[bool, bool]] = []
    event.listen(held.store.engine, "commit", lambda _: seen.append((first.done(), second.done())))
    held.let_go()
    first.result(10)
    assert seen == [(False, False)]


def test_where_the_end_fails_everybody_is_told_and_nothing_is_kept(held: Held) -> None:
    futures = [held.put(one) for one in "ab"]

    def refuse(_: Any) -> None:
        raise StoreFullError("The store says: full.", "space to write.", "Free space.")

    event.listen(held.store.engine, "commit", refuse)
    held.let_go()
    for future in futures:
        with pytest.raises(StoreFullError):
            future.result(10)
    event.remove(held.store.engine, "commit", refuse)
    assert held.kept() == set()
    assert held.put("d").result(10) == "d"


def test_a_part_that_ends_the_whole_transaction_takes_the_others_with_it(held: Held) -> None:
    def full(tx: Transaction) -> str:
        # What SQLite does of itself where the disk is full.
        tx.connection.exec_driver_sql("ROLLBACK")
        raise StoreFullError("The store says: full.", "space to write.", "Free space.")

    first, bad, last = held.put("a"), held.line.submit(full), held.put("b")
    held.let_go()
    for future in (first, bad):
        with pytest.raises(StoreFullError):
            future.result(10)
    assert last.result(10) == "b"
    assert held.kept() == {"b"}


def test_a_store_that_is_away_is_told_to_whoever_asks_and_the_next_one_tries_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db", Schema()) as store:
        answers: list[Any] = [
            StoreError("The store says: away.", "a database that answers.", "See that it runs."),
            store,
        ]

        def find() -> Store:
            found = answers.pop(0)
            if isinstance(found, StoreError):
                raise found
            return found

        line = OneWriter(find)
        with pytest.raises(StoreError):
            line.submit(Held.putting("a")).result(10)
        assert line.submit(Held.putting("b")).result(10) == "b"
        line.close()


def test_what_was_cancelled_is_not_done(held: Held) -> None:
    first, second = held.put("a"), held.put("b")
    assert second.cancel()
    held.let_go()
    assert first.result(10) == "a"
    assert held.kept() == {"a"}


def test_work_between_transactions_is_in_none(held: Held) -> None:
    first = held.put("a")
    between = held.line.submit_alone(lambda: (held.commits, held.kept()))
    last = held.put("b")
    held.let_go()
    assert (first.result(10), between.result(10), last.result(10)) == ("a", (1, {"a"}), "b")


def test_a_line_that_closes_cancels_what_waits_and_takes_no_more(held: Held) -> None:
    waiting = held.put("a")
    closing = threading.Thread(target=held.line.close)
    closing.start()
    while not held.line._is_closed:
        time.sleep(0.001)
    held.let_go()
    closing.join(10)
    with pytest.raises(CancelledError):
        waiting.result(10)
    with pytest.raises(RuntimeError):
        held.put("b")
