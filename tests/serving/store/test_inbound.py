from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from features.domain import Lead
from serving.store import Store
from serving.store.inbound import Change, InboundState
from serving.store.retention import Retention, tidy


def change(store: Store, message_id: str = "m1", **given: Any) -> Change:
    told = Change("acme", message_id, "L1", store.clock.now(), {"city": "Berlin"}, {"type": "lead.changed"})
    return replace(told, **given)


def test_a_message_is_kept_once_for_each_crm(store: Store) -> None:
    with store.begin() as tx:
        assert tx.inbound.keep(change(store)) is not None
        assert tx.inbound.keep(change(store, lead_id="L2")) is None
        assert tx.inbound.keep(change(store, source="other")) is not None


def test_what_is_newest_is_known_for_each_property_and_crm(store: Store) -> None:
    now = store.clock.now()
    earlier = now - timedelta(seconds=1)
    with store.begin() as tx:
        assert tx.inbound.newest(change(store)) == {"city": "Berlin"}
        assert tx.inbound.newest(change(store)) == {"city": "Berlin"}
        assert tx.inbound.newest(change(store, occurred_at=earlier)) == {}
        both = change(store, occurred_at=earlier, properties={"city": "Bonn", "employees": 7})
        assert tx.inbound.newest(both) == {"employees": 7}
        assert tx.inbound.newest(change(store, occurred_at=earlier, source="other")) == {"city": "Berlin"}
        assert tx.inbound.newest(change(store, occurred_at=earlier, lead_id="L2")) == {"city": "Berlin"}


def test_what_waits_for_a_lead_comes_up_once_it_arrived_in_the_order_in_which_it_happened(store: Store) -> None:
    earlier = store.clock.now() - timedelta(hours=1)
    with store.begin() as tx:
        tx.inbound.keep(change(store))
        tx.inbound.keep(change(store, "m0", occurred_at=earlier))
        tx.inbound.keep(change(store, "m2", lead_id=None))
        tx.leads.open(["L1"])
        assert tx.inbound.arrived() == []
        tx.leads.put(Lead("L1", None, {"city": "Berlin"}))
        found = tx.inbound.arrived()
        assert [one for _, one in found] == [change(store, "m0", occurred_at=earlier), change(store)]
        for number, _ in found:
            tx.inbound.settle(number, InboundState.APPLIED)
        assert tx.inbound.arrived() == []


def test_content_goes_once_it_is_applied_and_what_came_after_thirty_days(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        for message_id, state in (("m1", InboundState.APPLIED), ("m2", InboundState.UNKNOWN)):
            number = tx.inbound.keep(change(store, message_id))
            assert number is not None
            tx.inbound.settle(number, state)
        rows = tx.connection.exec_driver_sql("SELECT payload FROM inbound ORDER BY id").all()
    assert rows[0].payload == "{}"
    assert "Berlin" in rows[1].payload
    clock.move(seconds=Retention().messages.total_seconds())
    with store.begin() as tx:
        assert tidy(tx.connection, tx.now, Retention())["inbound"] == 2
