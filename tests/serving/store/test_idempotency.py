from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from features.domain import InputError, Lead
from serving.store import Store
from serving.store.idempotency import KEPT, WORKED_ON, Remembered, Standing


def test_the_same_request_gets_the_same_answer(store: Store) -> None:
    with store.begin() as tx:
        assert tx.idempotency.begin("crm", "k1", "hash").standing is Standing.NEW
        tx.leads.put(Lead("L1", None, {}))
        tx.idempotency.answer("crm", "k1", 201, {"lead_id": "L1"}, ["L1"])
    with store.begin() as tx:
        assert tx.idempotency.begin("crm", "k1", "hash") == Remembered(Standing.ANSWERED, 201, {"lead_id": "L1"})
        assert tx.idempotency.begin("crm", "k1", "other").standing is Standing.OTHER_CONTENT
        assert tx.idempotency.begin("console", "k1", "other").standing is Standing.NEW


def test_a_request_that_failed_leaves_no_trace(store: Store) -> None:
    def fail() -> None:
        with store.begin() as tx:
            tx.idempotency.begin("crm", "k1", "hash")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.begin() as tx:
        assert tx.idempotency.begin("crm", "k1", "hash").standing is Standing.NEW


def test_a_request_that_is_worked_on_is_told_until_its_worker_must_be_dead(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        tx.idempotency.begin("crm", "k1", "hash")
    clock.move(seconds=WORKED_ON.total_seconds() - 1)
    with store.begin() as tx:
        assert tx.idempotency.begin("crm", "k1", "hash").standing is Standing.RUNNING
    clock.move(seconds=1)
    with store.begin() as tx:
        assert tx.idempotency.begin("crm", "k1", "hash").standing is Standing.NEW


def test_answers_are_forgotten_after_two_days(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        tx.idempotency.begin("crm", "k1", "hash")
        tx.idempotency.answer("crm", "k1", 200, {}, [])
    clock.move(seconds=KEPT.total_seconds())
    with store.begin() as tx:
        assert tx.idempotency.begin("crm", "k1", "other").standing is Standing.NEW


def test_a_key_that_was_given_back_is_new(store: Store) -> None:
    with store.begin() as tx:
        tx.idempotency.begin("crm", "k1", "hash")
        tx.idempotency.forget("crm", "k1")
        assert tx.idempotency.begin("crm", "k1", "other").standing is Standing.NEW


def test_after_an_erasure_the_answer_is_gone_but_the_request_is_not_done_again(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        tx.idempotency.begin("crm", "k1", "hash")
        tx.leads.put(Lead("L1", None, {}))
        tx.idempotency.answer("crm", "k1", 201, {"lead_id": "L1"}, ["L1"])
        tx.erasure.erase("L1", by="ann")
    clock.move(hours=1)
    with store.begin() as tx:
        assert tx.idempotency.begin("crm", "k1", "hash") == Remembered(Standing.ERASED)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_keys_that_are_empty_or_too_long_are_refused(store: Store, key: str) -> None:
    with pytest.raises(InputError, match="255"), store.begin() as tx:
        tx.idempotency.begin("crm", key, "hash")


def test_of_many_at_once_one_does_the_work(store: Store, reopen: Callable[[], Store]) -> None:
    told: list[Standing] = []

    def ask() -> None:
        with reopen() as own, own.begin() as tx:
            remembered = tx.idempotency.begin("crm", "k1", "hash")
            told.append(remembered.standing)
            if remembered.standing is Standing.NEW:
                tx.leads.put(Lead("L1", None, {}))
                tx.idempotency.answer("crm", "k1", 201, {"lead_id": "L1"}, ["L1"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [Standing.ANSWERED] * 7 + [Standing.NEW]
