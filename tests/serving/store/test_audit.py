from __future__ import annotations

import threading
from typing import Any

import pytest

from features.domain import Lead
from serving.store import Store
from serving.store.audit import BEGINNING


@pytest.fixture
def log(store: Store, clock: Any) -> Store:
    for number in range(6):
        clock.move(minutes=1)
        with store.begin() as tx:
            tx.audit.append("key.created", by="ann", details={"number": number, "why": "Übung"})
    return store


def verify(store: Store, seal: str | None = None) -> tuple[int, int | None]:
    with store.read() as tx:
        found = tx.audit.verify(seal)
    return found.entries, found.broken_at


def change(store: Store, statement: str) -> None:
    with store.begin() as tx:
        tx.connection.exec_driver_sql(statement)


def test_a_log_that_nobody_touched_is_whole(log: Store) -> None:
    assert verify(log) == (6, None)
    with log.read() as tx:
        newest = tx.audit.entries(limit=2)
        assert [entry.number for entry in newest] == [6, 5]
        assert [entry.number for entry in tx.audit.entries(before=5, limit=2)] == [4, 3]
        assert newest[0].details == {"number": 5, "why": "Übung"}


def test_an_empty_log_is_whole(store: Store) -> None:
    assert verify(store) == (0, None)
    assert verify(store, BEGINNING) == (0, None)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_log SET at = at + 1 WHERE number = 3",
        "UPDATE audit_log SET action = 'key.revoked' WHERE number = 3",
        "UPDATE audit_log SET by = 'bob' WHERE number = 3",
        "UPDATE audit_log SET subject = 'x' WHERE number = 3",
        'UPDATE audit_log SET details = \'{"number":2,"why":"Ubung"}\' WHERE number = 3',
        "UPDATE audit_log SET seal = '0' WHERE number = 3",
        "UPDATE audit_log SET number = 30 WHERE number = 3",
        "DELETE FROM audit_log WHERE number = 3",
    ],
)
def test_a_changed_row_is_found_where_it_is(log: Store, tampering: str) -> None:
    change(log, tampering.replace("SET by", 'SET "by"'))
    assert verify(log) == (2, 3)


@pytest.mark.parametrize("gone", ["number = 6", "number > 2", "number > 0"])
def test_rows_missing_at_the_end_are_found(log: Store, gone: str) -> None:
    change(log, f"DELETE FROM audit_log WHERE {gone}")  # noqa: S608 - our words
    entries, broken_at = verify(log)
    assert broken_at == entries + 1


def test_a_log_written_anew_is_found_by_a_seal_kept_elsewhere(log: Store) -> None:
    with log.read() as tx:
        seal = tx.audit.verify().seal
    change(log, "DELETE FROM audit_log")
    change(log, "DELETE FROM audit_end")
    with log.begin() as tx:
        tx.audit.append("nothing.happened", by="mallory")
    assert verify(log) == (1, None)
    assert verify(log, seal) == (1, 2)


def test_a_seal_kept_elsewhere_is_known_later_too(log: Store) -> None:
    with log.read() as tx:
        seal = tx.audit.verify().seal
    with log.begin() as tx:
        tx.audit.append("key.revoked", by="ann")
    assert verify(log, seal) == (7, None)


def test_leads_are_named_by_pseudonym_only(log: Store) -> None:
    with log.begin() as tx:
        tx.leads.put(Lead("zyx@canary.de", None, {}))
        entry = tx.audit.append("lead.exported", by="ann", lead_id="zyx@canary.de")
        assert entry.subject is not None
        assert "zyx" not in entry.subject
        assert tx.audit.about("zyx@canary.de") == [entry]
        assert tx.audit.about("other") == []
    assert verify(log) == (7, None)


def test_rows_of_writers_at_once_are_one_chain(store: Store) -> None:
    def write(name: str) -> None:
        for _ in range(10):
            with store.begin() as tx:
                tx.audit.append("key.used", by=name)

    threads = [threading.Thread(target=write, args=(f"w{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(store) == (30, None)
