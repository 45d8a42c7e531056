from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from features.domain import Event, InputError, Lead, Outcome
from serving.store import Store, StoreError
from serving.store.events import NewEvent
from serving.store.leads import ARRIVAL

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def lead(lead_id: str = "L1", created_at: datetime | None = None, **attributes: Any) -> Lead:
    return Lead(lead_id, created_at, attributes)


def test_a_lead_comes_back_as_it_was_put(store: Store) -> None:
    told = {"employees": 120.0, "city": "Zürich 東京", "since": datetime(2020, 5, 1, tzinfo=UTC)}
    with store.begin() as tx:
        assert tx.leads.put(lead(**told)).created
    with store.read() as tx:
        record = tx.leads.get("L1")
        assert record is not None
        assert record.lead == Lead("L1", MARCH, told, None)
        assert tx.leads.get("L2") is None


def test_equal_attributes_make_no_new_version(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        tx.leads.put(lead(city="Bonn", employees=3.0))
    clock.move(days=1)
    with store.begin() as tx:
        again = tx.leads.put(lead(employees=3.0, city="Bonn"))
        assert not again.created
        assert not again.changed
        assert len(tx.leads.versions("L1")) == 1


def test_every_change_is_a_version_with_the_moment_it_was_known(store: Store, clock: Any) -> None:
    for city in ("Bonn", "Köln", "Bonn"):
        with store.begin() as tx:
            tx.leads.put(lead(city=city))
        clock.move(days=1)
    with store.read() as tx:
        told = [(version.known_at, version.attributes["city"]) for version in tx.leads.versions("L1")]
    assert told == [(None, "Bonn"), (MARCH + timedelta(days=1), "Köln"), (MARCH + timedelta(days=2), "Bonn")]


def test_attributes_of_an_old_lead_are_known_only_since_they_came(store: Store) -> None:
    with store.begin() as tx:
        tx.leads.put(lead("new", MARCH - ARRIVAL, city="Bonn"))
        tx.leads.put(lead("old", MARCH - ARRIVAL - timedelta(seconds=1), city="Bonn"))
        assert [tx.leads.versions(one)[0].known_at for one in ("new", "old")] == [None, MARCH]


def test_versions_keep_their_order_when_the_clock_goes_back(store: Store, clock: Any) -> None:
    for city, hours in (("Bonn", 5), ("Köln", -4), ("Ulm", -1)):
        with store.begin() as tx:
            tx.leads.put(lead(city=city))
        clock.move(hours=hours)
    with store.read() as tx:
        versions = tx.leads.versions("L1")
        assert [version.attributes["city"] for version in versions] == ["Bonn", "Köln", "Ulm"]
        record = tx.leads.get("L1")
        assert record is not None
        assert record.lead.attributes["city"] == "Ulm"


def test_the_first_creation_time_said_holds(store: Store) -> None:
    with store.begin() as tx:
        tx.events.append([NewEvent(Event("L1", MARCH, "page_view"))])
        record = tx.leads.get("L1")
        assert record is not None
        assert not record.is_known
        tx.leads.put(lead(created_at=MARCH - timedelta(days=9), city="Bonn"))
        tx.leads.put(lead(created_at=MARCH, city="Ulm"))
        record = tx.leads.get("L1")
        assert record is not None
        assert record.is_known
        assert record.lead.created_at == MARCH - timedelta(days=9)


def test_what_the_schema_does_not_know_is_kept_but_not_read(store: Store) -> None:
    with store.begin() as tx:
        tx.leads.put(lead(city="Bonn", shoe_size=43.0, employees="many"))
        record = tx.leads.get("L1")
    assert record is not None
    assert record.lead.attributes == {"city": "Bonn"}
    assert record.stored_attributes == {"city": "Bonn", "shoe_size": 43.0, "employees": "many"}


@pytest.mark.parametrize("bad", ["a\0b", "half \ud800", "\0"])
def test_texts_that_one_database_refuses_are_refused_by_both(store: Store, bad: str) -> None:
    for put in (
        lambda tx: tx.leads.put(lead(city=bad)),
        lambda tx: tx.leads.put(lead("L" + bad)),
        lambda tx: tx.leads.put(lead(**{bad: "x"})),
        lambda tx: tx.events.append([NewEvent(Event("L1", MARCH, bad))]),
        lambda tx: tx.outcomes.record(Outcome("L1", MARCH, "won", bad)),
    ):
        with pytest.raises(InputError), store.begin() as tx:
            put(tx)
    with store.read() as tx:
        assert tx.leads.get("L1") is None


def test_a_backslash_before_a_u_is_text_like_any_other(store: Store) -> None:
    with store.begin() as tx:
        tx.leads.put(lead(city="a\\u0000b"))
    with store.read() as tx:
        record = tx.leads.get("L1")
    assert record is not None
    assert record.lead.attributes["city"] == "a\\u0000b"


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(store: Store, bad: float) -> None:
    with pytest.raises(InputError, match="finite"), store.begin() as tx:
        tx.leads.put(lead(employees=bad))


@pytest.mark.parametrize("lead_id", ["", "x" * 256])
def test_ids_that_are_empty_or_too_long_are_refused(store: Store, lead_id: str) -> None:
    with pytest.raises(InputError, match="255"), store.begin() as tx:
        tx.leads.put(lead(lead_id))


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="zone"), store.begin() as tx:
        tx.events.append([NewEvent(Event("L1", datetime(2026, 1, 1), "page_view"))])  # noqa: DTZ001 - the fault


def test_a_block_that_raises_leaves_nothing_behind(store: Store, reopen: Callable[[], Store]) -> None:
    def half() -> None:
        with store.begin() as tx:
            tx.leads.put(lead(city="Bonn"))
            tx.events.append([NewEvent(Event("L1", MARCH, "page_view"))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with reopen() as other, other.read() as tx:
        assert tx.leads.get("L1") is None


def test_a_reading_transaction_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as tx:
        tx.leads.put(lead())
    with store.begin() as tx:
        tx.leads.put(lead())
