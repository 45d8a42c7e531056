from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from features.domain import InputError, Lead
from serving.store import Store
from serving.store.outbox import LEAD_ERASED, SCHEDULE, TAKEN, DeliveryState
from serving.store.subscriptions import Subscription


@pytest.fixture
def endpoint(store: Store) -> Subscription:
    with store.begin() as tx:
        return tx.subscriptions.add("https://crm.example/hook", ["lead.scored", LEAD_ERASED], by="ann")


def tell(store: Store, number: int, lead_id: str = "L1", kind: str = "lead.scored") -> None:
    with store.begin() as tx:
        tx.outbox.tell(kind, {"number": number}, lead_id=lead_id)


def taken(store: Store, count: int = 10) -> list[Any]:
    with store.begin() as tx:
        return tx.outbox.take(count)


def test_a_message_goes_to_those_who_asked_for_its_kind(store: Store, endpoint: Subscription) -> None:
    with store.begin() as tx:
        other = tx.subscriptions.add("https://bi.example/hook", ["lead.scored", "sla.breached"], by="ann")
        off = tx.subscriptions.add("https://off.example/hook", ["lead.scored"], by="ann")
        tx.subscriptions.disable(off.subscription_id, "410")
        assert tx.outbox.tell("lead.scored", {"score": 77}, lead_id="L1") is not None
        assert tx.outbox.tell("nurture.sent", {}) is None
        assert tx.outbox.depth() == 2
    found = taken(store)
    assert {one.subscription_id for one in found} == {endpoint.subscription_id, other.subscription_id}
    assert len({one.message_id for one in found}) == 1
    assert found[0].payload == {"score": 77}


def test_what_did_not_happen_is_not_told(store: Store, endpoint: Subscription) -> None:
    def fail() -> None:
        with store.begin() as tx:
            tx.leads.put(Lead("L1", None, {}))
            tx.outbox.tell("lead.scored", {}, lead_id="L1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert taken(store) == []


def test_a_leads_messages_keep_their_order_and_leads_do_not_wait_for_each_other(
    store: Store, endpoint: Subscription, clock: Any
) -> None:
    tell(store, 1)
    tell(store, 2)
    tell(store, 3, lead_id="L2")
    first, other = taken(store)
    assert [one.payload["number"] for one in (first, other)] == [1, 3]
    with store.begin() as tx:
        tx.outbox.failed(first, "timeout")
        tx.outbox.delivered(other, 200)
    assert taken(store) == []
    clock.move(seconds=SCHEDULE[0].total_seconds())
    (again,) = taken(store)
    assert (again.message_id, again.attempts) == (first.message_id, 1)
    with store.begin() as tx:
        tx.outbox.delivered(again, 204)
    assert [one.payload["number"] for one in taken(store)] == [2]


def test_deliveries_of_a_worker_that_died_come_back(store: Store, endpoint: Subscription, clock: Any) -> None:
    tell(store, 1)
    assert len(taken(store)) == 1
    assert taken(store) == []
    clock.move(seconds=TAKEN.total_seconds())
    assert len(taken(store)) == 1


def test_a_message_is_given_up_after_the_schedule_and_can_be_sent_again(
    store: Store, endpoint: Subscription, clock: Any
) -> None:
    tell(store, 1)
    began, states, message = clock.now(), [], ""
    for wait in (*SCHEDULE, timedelta(0)):
        (one,) = taken(store)
        message = one.message_id
        with store.begin() as tx:
            states.append(tx.outbox.failed(one, "HTTP 500", status=500))
        clock.move(seconds=wait.total_seconds())
    assert states == [DeliveryState.WAITING] * len(SCHEDULE) + [DeliveryState.DEAD]
    with store.begin() as tx:
        assert tx.subscriptions.get(endpoint.subscription_id).failing_since == began
        (dead,) = tx.outbox.dead()
        assert (dead.message_id, dead.attempts, dead.status, dead.failure) == (message, 8, 500, "HTTP 500")
        assert tx.outbox.depth() == 0
        assert tx.outbox.replay_dead(dead.subscription_id, dead.message_id) == 1
        assert tx.outbox.replay_dead(dead.subscription_id, dead.message_id) == 0
    (again,) = taken(store)
    with store.begin() as tx:
        tx.outbox.delivered(again, 200)
        assert tx.subscriptions.get(endpoint.subscription_id).failing_since is None
    assert again.message_id == message


def test_an_endpoint_that_asks_for_more_time_gets_it(store: Store, endpoint: Subscription, clock: Any) -> None:
    tell(store, 1)
    (one,) = taken(store)
    with store.begin() as tx:
        tx.outbox.failed(one, "HTTP 429", status=429, retry_after=timedelta(minutes=3))
    clock.move(seconds=179)
    assert taken(store) == []
    clock.move(seconds=1)
    assert len(taken(store)) == 1


def test_a_disabled_endpoint_is_told_later(store: Store, endpoint: Subscription) -> None:
    tell(store, 1)
    with store.begin() as tx:
        tx.subscriptions.disable(endpoint.subscription_id, "410")
    assert taken(store) == []
    with store.begin() as tx:
        tx.subscriptions.enable(endpoint.subscription_id)
    assert len(taken(store)) == 1


def test_the_old_secret_signs_until_the_next_rotation(store: Store, endpoint: Subscription) -> None:
    (first,) = endpoint.secrets
    assert first.startswith("whsec_")
    with store.begin() as tx:
        second = tx.subscriptions.rotate(endpoint.subscription_id).secrets
        third = tx.subscriptions.rotate(endpoint.subscription_id).secrets
        alone = tx.subscriptions.rotate(endpoint.subscription_id, keep_old=False).secrets
    assert second[1] == first
    assert third[1] == second[0]
    assert len({first, *second, *third, *alone}) == 4
    assert len(alone) == 1


def test_a_removed_endpoint_is_told_nothing(store: Store, endpoint: Subscription) -> None:
    tell(store, 1)
    with store.begin() as tx:
        tx.subscriptions.remove(endpoint.subscription_id)
        assert tx.outbox.depth() == 0
        with pytest.raises(InputError):
            tx.subscriptions.get(endpoint.subscription_id)


def test_that_a_lead_was_erased_is_told_and_then_forgotten(store: Store, endpoint: Subscription) -> None:
    with store.begin() as tx:
        tx.leads.put(Lead("zyx@canary.de", None, {}))
    tell(store, 1, lead_id="zyx@canary.de")
    with store.begin() as tx:
        assert tx.erasure.erase("zyx@canary.de", by="ann").message_id is not None
    (one,) = taken(store)
    assert (one.kind, one.payload) == (LEAD_ERASED, {"lead_id": "zyx@canary.de"})
    with store.begin() as tx:
        tx.outbox.delivered(one, 200)
        rows = tx.connection.exec_driver_sql("SELECT lead_id, payload FROM messages").all()
    assert [tuple(row) for row in rows] == [(None, "{}")]


def test_taking_reads_only_what_waits_however_much_was_delivered(store: Store, endpoint: Subscription) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by the sizes of its tables, which are small here")
    asked: list[tuple[str, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    tell(store, 1)
    with store.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", keep)
        assert len(tx.outbox.take(10, subscription_id=endpoint.subscription_id)) == 1
        event.remove(tx.connection, "before_cursor_execute", keep)
        plan = tx.connection.exec_driver_sql("EXPLAIN QUERY PLAN " + asked[0][0], asked[0][1]).all()
    used = [row.detail for row in plan if " deliveries " in row.detail or " earlier " in row.detail]
    assert len(used) == 2
    assert all("ix_deliveries_waiting" in detail or "sqlite_autoindex_deliveries" in detail for detail in used), used
