"""What waits in the store, as Prometheus is told."""

import pytest

from serving.metrics.exposition import exposition


@pytest.fixture
def told(service):
    service.rooms.worker.stop()
    service.rooms.deliverer.stop()

    def read():
        text = service.client.get("/metrics").text
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name.removeprefix("leadscore_"): float(value) for name, value in lines}

    return read


def test_depth_and_age_of_the_queue_by_priority(service, told):
    for one in ("L1", "L2", "L3"):
        service.put(one, employees=200)
    service.rooms.desk.in_line(lambda tx: tx.rescoring.ask_later(["L1", "L2"], "model", "2"))
    service.clock.move(seconds=5)
    service.rooms.desk.in_line(lambda tx: tx.rescoring.ask(["L3"], "events"))
    service.clock.move(seconds=2)
    found = told()
    assert (found['rescoring_waiting{priority="first"}'], found['rescoring_waiting{priority="later"}']) == (1, 2)
    ages = [found[f'rescoring_oldest_seconds{{priority="{one}"}}'] for one in ("first", "later")]
    assert ages == [2, 7]
    for _ in range(5):
        service.rooms.desk.in_line(lambda tx: tx.rescoring.take(1))
        service.clock.move(minutes=2)
    assert told()["rescoring_given_up"] == 1


def test_deliveries_that_wait_are_overdue_and_were_given_up(service, told):
    def subscribe(tx):
        tx.subscriptions.add("https://crm.example.com/hook", ["lead.scored"], by="test")

    service.rooms.desk.in_line(subscribe)
    service.put("L1", employees=200)
    service.clock.move(seconds=30)
    found = told()
    assert (found["outbox_waiting"], found["outbox_oldest_due_seconds"], found["outbox_dead"]) == (1, 30, 0)

    def fail(tx):
        (delivery,) = tx.outbox.take(1)
        tx.outbox.failed(delivery, "no answer")

    for _ in range(8):
        service.clock.move(days=2)
        service.rooms.desk.in_line(fail)
    found = told()
    assert (found["outbox_waiting"], found["outbox_oldest_due_seconds"], found["outbox_dead"]) == (0, 0, 1)


def test_row_30_while_the_store_is_away_that_is_told(service, told, monkeypatch):
    from serving.store import StoreError

    def away():
        raise StoreError("The store says: connection refused.", "a database that answers.", "See that it runs.")

    assert told()["store_up"] == 1
    monkeypatch.setattr(service.rooms.door, "store", away)
    from serving.metrics.backlog import Backlog

    assert b"leadscore_store_up 0.0" in exposition(Backlog(service.rooms.door))
