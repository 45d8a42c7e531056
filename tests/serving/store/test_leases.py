from __future__ import annotations

from typing import Any

from serving.store import Store
from serving.store.leases import LEASE


def take(store: Store, holder: str) -> bool:
    with store.begin() as tx:
        return tx.leases.take("deliveries", holder)


def holder(store: Store) -> str | None:
    with store.read() as tx:
        return tx.leases.holder("deliveries")


def test_one_holds_a_lease_until_it_runs_out(store: Store, clock: Any) -> None:
    assert holder(store) is None
    assert take(store, "a")
    assert not take(store, "b")
    clock.move(seconds=LEASE.total_seconds() / 2)
    assert take(store, "a")
    clock.move(seconds=LEASE.total_seconds() - 1)
    assert not take(store, "b")
    assert holder(store) == "a"
    clock.move(seconds=1)
    assert holder(store) is None
    assert take(store, "b")
    assert not take(store, "a")


def test_a_lease_is_given_back_by_its_holder_only(store: Store) -> None:
    assert take(store, "a")
    with store.begin() as tx:
        tx.leases.give_back("deliveries", "b")
    assert holder(store) == "a"
    with store.begin() as tx:
        tx.leases.give_back("deliveries", "a")
    assert take(store, "b")


def test_row_35_a_clock_that_is_set_back_keeps_nobody_waiting(store: Store, clock: Any) -> None:
    assert take(store, "a")
    clock.move(hours=-1)
    assert holder(store) is None
    assert take(store, "b")
