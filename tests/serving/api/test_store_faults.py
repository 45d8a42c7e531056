"""The store is away, locked or full: rows 30 to 33 of the table of faults."""

import sqlite3
import subprocess
import threading
import time

import pytest
from sqlalchemy import event

from features.domain import Lead
from serving.records import Case
from serving.store import Store, StoreError, StoreFullError

SCORE = {"lead": {"lead_id": "L1", "employees": 200}}


@pytest.fixture
def away(service, monkeypatch):
    """Take the store away, as a database that refuses every connection."""

    def refuse(*_):
        raise StoreError("The store says: connection refused.", "a database that answers.", "See that it runs.")

    service.put("L1", employees=200)
    monkeypatch.setattr(Store, "begin", refuse)
    monkeypatch.setattr(Store, "read", refuse)


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/leads/L2", {"employees": 1}),
        ("GET", "/v1/leads/L1", None),
        ("DELETE", "/v1/leads/L1", None),
        ("GET", "/v1/leads", None),
        ("POST", "/v1/events", {"events": [{"lead_id": "L1", "event": "x", "occurred_at": "2026-03-04T08:00:00Z"}]}),
        ("POST", "/v1/leads/L1/outcomes", {"outcome": "won"}),
    ],
)
def test_row_30_what_needs_the_store_is_told_to_come_back(service, method, path, body):
    answer = service.client.request(method, path, **({} if body is None else {"json": body}))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:leadscore:problem:store-unavailable")
    assert int(answer.headers["retry-after"]) <= 2


@pytest.mark.usefixtures("away")
def test_row_30_the_service_is_live_and_not_ready(service):
    answer = service.client.get("/readyz")
    assert (answer.status_code, answer.json()["store"]) == (503, "store-unavailable")
    assert service.client.get("/livez").status_code == 200
    assert service.client.get("/v1/model").status_code == 200


def test_row_30_a_known_key_goes_on_while_the_store_is_away(service, monkeypatch):
    from serving.api import access

    with service.rooms.door.store().begin() as tx:
        _, text = tx.keys.create("test", access.LOCAL.role, by="test")
    headers = {"authorization": f"Bearer {text}"}
    assert service.client.get("/v1/model", headers=headers).status_code == 200
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)

    def refuse(*_):
        raise StoreError("away", "there", "wait")

    monkeypatch.setattr(Store, "read", refuse)
    assert service.client.get("/v1/model", headers=headers).status_code == 200
    assert service.client.get("/v1/model", headers={"authorization": f"Bearer {text}x"}).status_code == 503


def test_row_30_a_service_starts_without_its_store_and_takes_it_when_it_is_there(service):
    file = service.file
    service.rooms.close()
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    service.start()
    assert service.client.get("/readyz").status_code == 503
    file.rmdir()
    file.with_suffix(".away").rename(file)
    time.sleep(1.1)
    assert service.put("L1", employees=200)["created"] is True
    assert service.client.get("/readyz").json()["store"] == "writable"


def test_row_31_a_write_waits_for_another_writer(service):
    other = sqlite3.connect(service.file, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, lambda: other.execute("ROLLBACK"))
    release.start()
    assert service.put("L1", employees=200)["created"] is True
    release.join()
    other.close()


def test_row_31_a_write_that_waits_too_long_is_told_to_come_back(service):
    other = sqlite3.connect(service.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = service.client.put("/v1/leads/L1", json={"employees": 200})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:leadscore:problem:store-busy")
    assert int(answer.headers["retry-after"]) <= 2
    other.execute("ROLLBACK")
    other.close()
    assert service.put("L1", employees=200)["created"] is True


def limit_pages(service, more):
    """Let the file grow by so many pages at most: to SQLite, a full disk."""
    engine = service.rooms.door.store().engine
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    # The limit is a connection's own, and the service has several: the last one set holds for each that is taken.
    @event.listens_for(engine, "checkout")
    def limit(connection, *_):
        connection.execute(f"PRAGMA max_page_count={pages + more}")


def test_row_32_a_full_disk_refuses_writes_keeps_what_it_acknowledged_and_recovers(service):
    assert service.file.exists()
    acknowledged = []
    limit_pages(service, 40)
    for number in range(1_000):
        answer = service.client.put(f"/v1/leads/L{number}", json={"employees": 200, "job_title": "x" * 5_000})
        if answer.status_code != 201:
            break
        acknowledged.append(f"L{number}")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:leadscore:problem:storage-full")
    assert acknowledged
    assert all(service.lead(one)["score"] for one in acknowledged)
    assert service.client.get(f"/v1/leads/L{len(acknowledged)}").status_code == 404
    limit_pages(service, 100_000)
    assert service.put("after", employees=200)["created"] is True


@pytest.fixture
def small_disk(tmp_path):
    """A disk of four megabytes, where the tests may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_row_32_on_a_real_disk_that_is_full_reading_and_scoring_go_on_and_space_brings_writing_back(
    service, small_disk
):
    assert service.file.exists()
    (small_disk / "ballast").write_bytes(bytes(1_500_000))
    first, service.url = service.url, f"sqlite:///{small_disk}/store.db"
    service.restart()
    acknowledged = []
    for number in range(1_000):
        answer = service.client.put(f"/v1/leads/L{number}", json={"employees": 200, "job_title": "x" * 5_000})
        if answer.status_code != 201:
            break
        acknowledged.append(f"L{number}")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:leadscore:problem:storage-full")
    assert acknowledged
    assert all(service.lead(one)["score"] for one in acknowledged)
    assert service.rooms.scoring.score(Case(Lead("new", None, {"employees": 200.0}), (), None)).score == 40
    (small_disk / "ballast").unlink()
    assert service.put("after", employees=200)["created"] is True
    assert all(service.lead(one)["score"] for one in acknowledged)
    with service.rooms.door.store().read() as tx:
        assert tx.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    service.url = first
    # Closed before the disk goes.
    service.restart()


def test_row_32_readiness_writes_so_that_a_full_disk_shows(service, monkeypatch):
    import serving.store_door as store_door

    monkeypatch.setattr(store_door, "_PROBE_SECONDS", 0.0)
    assert service.client.get("/readyz").status_code == 200

    def full(*_):
        raise StoreFullError("full", "space", "free some")

    monkeypatch.setattr(store_door, "write_probe", full)
    answer = service.client.get("/readyz")
    assert (answer.status_code, answer.json()["store"]) == (503, "storage-full")


def test_the_way_a_score_takes_while_the_store_is_away_needs_no_store(service, monkeypatch):
    def refuse(*_):
        raise StoreError("away", "there", "wait")

    monkeypatch.setattr(Store, "begin", refuse)
    monkeypatch.setattr(Store, "read", refuse)
    scoring = service.rooms.scoring
    assert scoring.score(scoring.read(SCORE)).score == 40
