from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from features.domain import InputError, Lead
from serving.store import Store, StoreBusyError
from serving.store.rescoring import MOST_ATTEMPTS, TAKEN, rescoring


@pytest.fixture
def known(store: Store) -> Store:
    with store.begin() as tx:
        for lead_id in ("L1", "L2", "L3"):
            tx.leads.put(Lead(lead_id, None, {"city": "Bonn"}))
    return store


def test_a_lead_is_with_sales_once_at_a_time(known: Store, clock: Any) -> None:
    with known.begin() as tx:
        assert tx.handovers.begin("L1", due_at=clock.now() + timedelta(hours=4), owner="ann", sla_version=3)
        assert not tx.handovers.begin("L1", due_at=None)
        answered = tx.handovers.answer("L1", accepted=False, reason="no budget", by="ann")
        assert (answered.accepted, answered.reason, answered.answered_by) == (False, "no budget", "ann")
        assert tx.handovers.begin("L1", due_at=None, exploration=True, propensity=0.05)
        assert [one.exploration for one in tx.handovers.of("L1")] == [False, True]


def test_contact_stops_the_clock_and_a_breach_is_told_once(known: Store, clock: Any) -> None:
    with known.begin() as tx:
        for lead_id in ("L1", "L2", "L3"):
            tx.handovers.begin(lead_id, due_at=clock.now() + timedelta(hours=4))
        assert tx.handovers.contacted("L1")
        assert not tx.handovers.contacted("L1")
        assert tx.handovers.overdue() == []
    clock.move(hours=5)
    with known.begin() as tx:
        tx.handovers.answer("L3", accepted=True, reason=None, by="ann")
        (late,) = tx.handovers.overdue()
        assert late.lead_id == "L2"
        tx.handovers.breached(late.handover_id)
        assert tx.handovers.overdue() == []
        assert tx.handovers.of("L2")[0].breached_at == clock.now()


def test_sales_answers_only_what_it_was_given_and_rejects_with_a_reason(known: Store) -> None:
    with pytest.raises(InputError, match="not with sales"), known.begin() as tx:
        tx.handovers.contacted("L1")
    with known.begin() as tx:
        tx.handovers.begin("L1", due_at=None)
    with pytest.raises(InputError, match="without a reason"), known.begin() as tx:
        tx.handovers.answer("L1", accepted=False, reason=None, by="ann")


def test_a_lead_waits_once_and_the_longest_waiting_come_first(known: Store, clock: Any) -> None:
    with known.begin() as tx:
        tx.rescoring.ask(["L2"], "events")
    clock.move(seconds=1)
    with known.begin() as tx:
        tx.rescoring.ask(["L1", "L2", "L1"], "lead")
        assert tx.rescoring.depth() == 2
        assert [one.lead_id for one in tx.rescoring.take(1)] == ["L2"]
        assert [one.lead_id for one in tx.rescoring.take(9)] == ["L1"]
        assert tx.rescoring.take(9) == []


def test_what_happens_to_a_taken_lead_keeps_it_waiting(known: Store) -> None:
    with known.begin() as tx:
        tx.rescoring.ask(["L1", "L2"], "events")
        first, second = tx.rescoring.take(2)
    with known.begin() as tx:
        tx.rescoring.ask(["L1"], "events")
    with known.begin() as tx:
        assert not tx.rescoring.done(first)
        assert tx.rescoring.done(second)
        (again,) = tx.rescoring.take(9)
        assert again.lead_id == "L1"
        assert tx.rescoring.done(again)
        assert tx.rescoring.depth() == 0


def test_of_many_that_are_done_what_something_happened_to_stays(known: Store) -> None:
    with known.begin() as tx:
        tx.rescoring.ask(["L1", "L2"], "events")
        taken = tx.rescoring.take(2)
    with known.begin() as tx:
        tx.rescoring.ask(["L1"], "events")
        tx.rescoring.done_all(taken)
        assert [one.lead_id for one in tx.rescoring.take(9)] == ["L1"]


def test_leads_of_a_worker_that_died_come_back(known: Store, clock: Any, reopen: Callable[[], Store]) -> None:
    with known.begin() as tx:
        tx.rescoring.ask(["L1"], "events")
    with known.begin() as tx:
        assert len(tx.rescoring.take(1)) == 1
    clock.move(seconds=TAKEN.total_seconds() - 1)
    with reopen() as other:
        with other.begin() as tx:
            assert tx.rescoring.take(1) == []
        clock.move(seconds=1)
        with other.begin() as tx:
            assert len(tx.rescoring.take(1)) == 1


def test_leads_that_were_given_back_can_be_taken_at_once_and_have_not_failed(known: Store) -> None:
    with known.begin() as tx:
        tx.rescoring.ask(["L1", "L2"], "events")
    for _ in range(MOST_ATTEMPTS + 1):
        with known.begin() as tx:
            taken = tx.rescoring.take(2)
            assert [one.lead_id for one in taken] == ["L1", "L2"]
        with known.begin() as tx:
            tx.rescoring.ask(["L2"], "events")
            tx.rescoring.give_back(taken)
    with known.read() as tx:
        assert tx.connection.execute(select(rescoring.c.attempts)).scalars().all() == [0, 0]


def test_a_lead_that_always_fails_is_left_in_peace_until_something_happens(known: Store, clock: Any) -> None:
    with known.begin() as tx:
        tx.rescoring.ask(["L1"], "events")
    for _ in range(MOST_ATTEMPTS):
        with known.begin() as tx:
            assert len(tx.rescoring.take(1)) == 1
        clock.move(minutes=2)
    with known.begin() as tx:
        assert tx.rescoring.take(1) == []
        tx.rescoring.ask(["L1"], "events")
        clock.move(minutes=2)
    with known.begin() as tx:
        assert len(tx.rescoring.take(1)) == 1


def test_the_queue_is_bounded_and_what_does_not_fit_is_not_kept(known: Store) -> None:
    def ask_for_more() -> None:
        with known.begin() as tx:
            tx.leads.put(Lead("L4", None, {"city": "Ulm"}))
            tx.rescoring.ask(["L1", "L2", "L4"], "events", limit=2)

    with pytest.raises(StoreBusyError, match="Try again"):
        ask_for_more()
    with known.read() as tx:
        assert tx.rescoring.depth() == 0
        assert tx.leads.get("L4") is None
