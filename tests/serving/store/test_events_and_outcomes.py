from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.domain import Event, Outcome
from serving.store import Store
from serving.store.events import AHEAD, NewEvent

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def view(day: int = 0, lead_id: str = "L1", **properties: Any) -> Event:
    return Event(lead_id, MARCH - timedelta(days=day), "page_view", properties)


def test_an_event_id_is_kept_once(store: Store) -> None:
    with store.begin() as tx:
        first = tx.events.append([NewEvent(view(page="/a"), "e1"), NewEvent(view(page="/b"), "e1")])
    with store.begin() as tx:
        second = tx.events.append([NewEvent(view(page="/c"), "e1"), NewEvent(view(page="/d"), "e2")])
        told = [event.properties["page"] for event in tx.events.of("L1")]
    assert (first.stored, first.duplicate) == (1, 1)
    assert (second.stored, second.duplicate) == (1, 1)
    assert told == ["/a", "/d"]


def test_the_same_id_of_another_lead_is_another_event(store: Store) -> None:
    with store.begin() as tx:
        tx.events.append([NewEvent(view(), "e1")])
        assert tx.events.append([NewEvent(view(lead_id="L2"), "e1")]).stored == 1


def test_events_without_an_id_are_all_kept(store: Store) -> None:
    with store.begin() as tx:
        assert tx.events.append([NewEvent(view()), NewEvent(view())]).stored == 2


def test_events_of_unknown_leads_wait_for_them(store: Store) -> None:
    with store.begin() as tx:
        done = tx.events.append([NewEvent(view(lead_id="L9"), "e1")])
        assert done.opened == ("L9",)
        assert done.touched == ("L9",)
    with store.begin() as tx:
        assert len(tx.events.of("L9")) == 1


def test_events_from_the_future_are_kept_in_quarantine(store: Store) -> None:
    late, near = MARCH + AHEAD + timedelta(seconds=1), MARCH + AHEAD
    with store.begin() as tx:
        done = tx.events.append([NewEvent(Event("L1", late, "page_view")), NewEvent(Event("L2", near, "page_view"))])
        assert done.quarantined == 1
        assert done.touched == ("L2",)
        assert tx.events.of("L1") == []
        assert [one.quarantined for one in tx.events.stored("L1")] == [True]


def test_moments_come_back_in_utc_to_the_microsecond(store: Store) -> None:
    local = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=ZoneInfo("America/New_York"))
    with store.begin() as tx:
        tx.events.append([NewEvent(Event("L1", local, "page_view"))])
        back = tx.events.of("L1")[0].occurred_at
    assert back == local
    assert back.isoformat() == "2026-03-02T04:59:59.999999+00:00"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), cut=st.integers(0, 6))
def test_any_order_of_arrival_gives_the_same_history(store: Store, order: list[int], cut: int) -> None:
    lead_id = f"L{hash((tuple(order), cut))}"
    sent = [NewEvent(view(number, lead_id, page=f"/{number}"), f"e{number}") for number in order]
    for part in (sent[:cut], sent[cut:], sent):
        with store.begin() as tx:
            tx.events.append(part)
    with store.read() as tx:
        assert tx.events.of(lead_id) == [view(number, lead_id, page=f"/{number}") for number in range(5, -1, -1)]


def test_an_outcome_said_twice_is_kept_once(store: Store) -> None:
    rejected = Outcome("L1", MARCH, "sql_rejected", "no budget")
    with store.begin() as tx:
        assert tx.outcomes.record(rejected, by="sales@acme")
        assert not tx.outcomes.record(rejected)
        assert tx.outcomes.record(Outcome("L1", MARCH, "sql_rejected", "no need"))
        assert tx.outcomes.record(Outcome("L1", None, "won"), outcome_id="deal 7")
        assert not tx.outcomes.record(Outcome("L1", MARCH, "won"), outcome_id="deal 7")
        told = tx.outcomes.of("L1")
    assert [one.outcome.reason for one in told] == [None, "no budget", "no need"]
    assert told[1].outcome == rejected
    assert told[1].recorded_by == "sales@acme"
