"""A database that cannot answer says so, with what to do, and nothing is half written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from features.domain import InputError, Lead
from features.schema import Column, ColumnType, Schema
from serving.store import (
    Store,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
)
from serving.store import database as database_module
from serving.store.journal import is_wal_safe, journal_mode, linked_version

SCHEMA_OF_CITY = Schema(columns=(Column("city", ColumnType.CATEGORY),))


def put(store: Store, lead_id: str = "L1", city: str = "Bonn") -> None:
    with store.begin() as tx:
        tx.leads.put(Lead(lead_id, None, {"city": city}))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.3)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False), ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False),
        ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), False),
        ((3, 53, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_write_ahead_logging_is_used_only_where_its_race_is_mended(version: tuple[int, int, int], safe: bool) -> None:
    assert is_wal_safe(version) is safe
    assert journal_mode(version) == ("wal" if safe else "delete")


def test_the_file_has_the_journal_that_the_linked_version_makes_safe(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    # As a newer SQLite left it behind.
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    with Store.open(file, Schema()) as store, store.read() as tx:
        assert store.journal == journal_mode(linked_version())
        assert tx.connection.execute(text("PRAGMA journal_mode")).scalar_one() == store.journal


def test_every_connection_keeps_what_it_acknowledged_and_checks_references(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db", Schema()) as store, store.begin() as one, store.read() as other:
        for tx in (one, other):
            said = {name: tx.connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in
                    ("synchronous", "foreign_keys", "secure_delete", "busy_timeout")}  # fmt: skip
            assert said == {"synchronous": 3, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 5000}


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    with Store.open(tmp_path / "var" / "store.db", Schema()):
        assert (tmp_path / "var" / "store.db").stat().st_mode & 0o077 == 0


def test_a_writer_waits_for_another_one(store: Store) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with store.begin() as tx:
            tx.leads.put(Lead("L1", None, {"city": "Bonn"}))
            begun.set()
            may_end.wait(10)

    other = threading.Thread(target=slow)
    other.start()
    begun.wait(10)
    threading.Timer(0.2, may_end.set).start()
    put(store, city="Ulm")
    other.join()
    with store.read() as tx:
        assert [version.attributes["city"] for version in tx.leads.versions("L1")] == ["Bonn", "Ulm"]


def test_writers_that_look_before_they_write_do_not_overtake_each_other(store: Store) -> None:
    put(store, city="0")

    def count_up() -> None:
        for _ in range(10):
            with store.begin() as tx:
                record = tx.leads.get("L1", for_change=True)
                assert record is not None
                tx.leads.put(Lead("L1", None, {"city": str(int(str(record.lead.attributes["city"])) + 1)}))

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(count_up) for _ in range(3)]:
            done.result()
    with store.read() as tx:
        record = tx.leads.get("L1")
        assert record is not None
        assert record.lead.attributes["city"] == "30"


@pytest.mark.usefixtures("impatient")
def test_a_writer_that_waited_too_long_is_told_to_try_again(address: Any) -> None:
    with Store.open(address, SCHEMA_OF_CITY) as store:
        with store.begin() as tx:
            tx.leads.put(Lead("L1", None, {"city": "Bonn"}))
            with Store.open(address, SCHEMA_OF_CITY) as other, pytest.raises(StoreBusyError, match="Try again"):
                put(other, city="Ulm")
        put(store, city="Ulm")


@pytest.mark.usefixtures("impatient")
def test_reading_goes_on_while_somebody_writes(address: Any) -> None:
    with Store.open(address, SCHEMA_OF_CITY) as store:
        put(store)
        with store.begin() as tx, store.read() as reader:
            tx.leads.put(Lead("L1", None, {"city": "Ulm"}))
            record = reader.leads.get("L1")
            assert record is not None
            assert record.lead.attributes["city"] == "Bonn"


def test_a_full_disk_is_said_and_what_was_acknowledged_stays(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db", SCHEMA_OF_CITY) as store:
        put(store, "kept")
        # SQLite's own limit of pages gives the error of a full disk, at the same places.
        with store.read() as tx:
            pages = tx.connection.execute(text("PRAGMA page_count")).scalar_one()

        def write_much(limit: int) -> None:
            with store.begin() as tx:
                tx.connection.execute(text(f"PRAGMA max_page_count={limit}"))
                for number in range(200):
                    tx.leads.put(Lead(f"L{number}", None, {"city": "x" * 2000}))

        with pytest.raises(StoreFullError, match="space"):
            write_much(pages + 5)
        with store.read() as tx:
            assert tx.leads.get("kept") is not None
            assert tx.leads.get("L0") is None
            assert tx.connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        # Space is back, without a restart.
        write_much(1_000_000)
        with store.read() as tx:
            assert tx.leads.count() == 201


_LIMITED = """
import resource, sys
from pathlib import Path
from features.domain import Lead
from features.schema import Schema
from serving.store import Store, StoreError
store = Store.open(Path(sys.argv[1]), Schema())
size = Path(sys.argv[1]).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, size + 20_000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with store.begin() as tx:
        for number in range(500):
            tx.leads.put(Lead(f"L{number}", None, {"city": "x" * 1000}))
except StoreError as error:
    print(error.code)
with store.read() as tx:
    print(tx.leads.count())
"""


def test_a_file_that_may_not_grow_is_said_and_reading_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    with Store.open(file, Schema()) as store:
        put(store, "kept")
    done = subprocess.run([sys.executable, "-c", _LIMITED, str(file)], capture_output=True, text=True, check=True)
    code, count = done.stdout.split()
    assert code in ("storage-full", "store-unavailable")
    assert count == "1"


def test_a_store_that_may_not_be_written_says_so(store: Store) -> None:
    put(store)
    with pytest.raises(StoreReadOnlyError, match="permissions"), store.read() as tx:
        tx.connection.execute(text("DELETE FROM leads"))


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_bytes(b"lead_id,created_at\n" * 500)
    with pytest.raises(StoreDamagedError, match="backup"):
        Store.open(file, Schema())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreError, match="folder"):
        Store.open(tmp_path / "var" / "store.db", Schema())


@pytest.mark.parametrize("url", ["mysql://h/d", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="LEADSCORE_STORE_URL"):
        Store.open(url, Schema())


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    with pytest.raises(StoreError, match="answers") as caught:
        Store.open(f"postgresql://leadscore:hunter2@/none?host={tmp_path}", Schema())
    assert "hunter2" not in str(caught.value)


def test_a_fault_repeats_nothing_of_the_person(store: Store) -> None:
    with pytest.raises(Exception, match="leads") as caught, store.begin() as tx:
        tx.connection.execute(
            text("INSERT INTO leads (lead_id, first_seen_at, nothing) VALUES (:mail, 0, 0)"), {"mail": "zyx@canary.de"}
        )
    assert "zyx@canary.de" not in str(caught.value)
