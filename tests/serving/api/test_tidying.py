"""The service removes what is over by itself, some rows at a time, and overwrites what was deleted once it can."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import serving.store.database as database_module
from features.domain import Lead
from serving.calls.desk import Desk
from serving.calls.tidying import EVERY, Tidying
from serving.store import Store
from serving.store.idempotency import KEPT, idempotency_keys
from serving.store.outbox import deliveries, messages
from serving.store.retention import Retention, tidy
from serving.store.scores import scores
from serving.store_door import StoreDoor


def count(tx: Any, table: Any) -> int:
    return int(tx.connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def store(migrated, workspace, clock):
    with Store.open(migrated, workspace.config().schema, clock) as opened:
        yield opened


def remember(store, number):
    with store.begin() as tx:
        for one in range(number):
            tx.idempotency.begin("crm", f"key {one}", "hash")


def left(store, tidying):
    with store.begin() as tx:
        tidying(tx)
        return count(tx, idempotency_keys)


def test_what_is_over_goes_some_rows_at_a_time_until_nothing_is(store, clock):
    remember(store, 5)
    clock.move(seconds=KEPT.total_seconds())
    tidying = Tidying(Retention(), at_once=2)
    assert [left(store, tidying) for _ in range(4)] == [3, 1, 0, 0]


def test_it_is_looked_for_once_an_hour_also_after_the_clock_was_set_back(store, clock):
    tidying = Tidying(Retention())
    left(store, tidying)
    remember(store, 1)
    clock.move(seconds=KEPT.total_seconds() - 1)
    assert left(store, tidying) == 1
    clock.move(seconds=1)
    assert left(store, tidying) == 1
    clock.move(seconds=EVERY.total_seconds() - 1)
    assert left(store, tidying) == 0
    remember(store, 1)
    clock.move(days=-30)
    with store.begin() as tx:
        tx.idempotency.begin("crm", "old", "hash")
    assert left(store, tidying) == 2
    clock.move(days=2)
    assert left(store, tidying) == 1


def test_the_service_does_it_on_its_rounds(service):
    assert any(isinstance(work, Tidying) for work in service.rooms.rounds.works)


def test_a_company_chooses_how_long_scores_and_messages_stay(service):
    service.restart(scores_days=10, messages_days=3)
    (tidying,) = (work for work in service.rooms.rounds.works if isinstance(work, Tidying))
    service.client.post("/v1/webhooks", json={"url": "https://93.184.216.34/hook", "kinds": ["lead.scored"]})
    for employees in (10, 200, 300):
        service.put("L1", employees=employees)
        service.clock.move(days=2)
    with service.rooms.door.store().begin() as tx:
        tx.connection.execute(deliveries.update().values(state="delivered"))

    def held():
        with service.rooms.door.store().begin() as tx:
            tidying(tx)
            return count(tx, messages), count(tx, scores)

    assert held() == (1, 3)
    service.clock.move(days=5)
    assert held() == (0, 2)
    service.clock.move(days=99)
    assert held() == (0, 1)
    assert service.lead("L1")["score"]["score"] == 40


def test_only_scores_before_the_moment_go_whatever_was_removed_before(store, clock, workspace):
    with store.begin() as tx:
        tx.leads.put(Lead("L1", None, {}))
    for number in range(7):
        with store.begin() as tx:
            tx.connection.execute(
                scores.insert().values(
                    id=number * number + 1, lead_id="L1", scored_at=tx.now, cause="test", score=1, points=1.0,
                    stage="lead", grade="D4", engine="rules", degraded=False, fit_points=0.0, engagement_points=0.0,
                    base_points=1.0, coverage=1.0, model_name="x", model_version="1", sla_version=1,
                    certificate="none", reasons=[], advice={},
                )
            )  # fmt: skip
        clock.move(days=1)
    with store.begin() as tx:
        assert tidy(tx.connection, tx.now, Retention(scores=timedelta(days=4)))["scores"] == 4
        assert list(tx.connection.execute(select(scores.c.id).order_by(scores.c.id)).scalars()) == [17, 26, 37]


def test_an_erased_lead_is_overwritten_once_nobody_reads_an_older_state_any_more(tmp_path, monkeypatch, workspace):
    monkeypatch.setattr(database_module, "journal_mode", lambda: "wal")
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.2)
    store = Store.open(tmp_path / "store.db", workspace.config().schema)
    desk = Desk(StoreDoor(lambda: store), 5.0, is_server=False)

    def is_readable() -> bool:
        return any(b"zyx-canary" in one.read_bytes().lower() for one in tmp_path.glob("store.db*"))

    with store.begin() as tx:
        tx.leads.put(Lead("L1", None, {"email": "Zyx-Canary@acme.example"}))
    with store.read() as reader:
        assert reader.leads.get("L1") is not None
        with store.begin() as tx:
            tx.erasure.erase("L1", by="test")
        desk.cleanse_again()
        assert is_readable()
    desk.cleanse_again()
    assert not is_readable()
    desk.close()
