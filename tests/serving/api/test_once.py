"""The same request again: rows 16 to 18 of the table of faults."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from serving.calls import events as events_call
from serving.calls.renewing import Renewing
from serving.calls.rescoring import RescoringWorker
from serving.store.scores import Scores

KEY = {"idempotency-key": "7c1f"}


def count(service, table):
    from sqlalchemy import text

    with service.rooms.door.store().read() as tx:
        return tx.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - a test's word


def test_row_17_the_same_request_50_times_at_once_is_done_once(service):
    with service.rooms.door.store().begin() as tx:
        tx.subscriptions.add("https://crm.example.com", ["lead.scored"], by="test")

    def put(_):
        return service.client.put("/v1/leads/L1", json={"employees": 200}, headers=KEY)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(put, range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert [count(service, table) for table in ("leads", "lead_versions", "scores", "messages")] == [1, 1, 1, 1]


def test_row_17_events_without_an_id_are_kept_once_under_one_key(service):
    service.put("L1", employees=200)
    first, again = (service.send(service.event("L1"), headers=KEY) for _ in range(2))
    assert first == again
    assert count(service, "events") == 1


def test_row_18_a_key_with_another_body_is_refused_and_nothing_changes(service):
    service.client.put("/v1/leads/L1", json={"employees": 200}, headers=KEY)
    answer = service.client.put("/v1/leads/L1", json={"employees": 300}, headers=KEY)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:leadscore:problem:idempotency-key-reused")
    assert service.lead("L1")["attributes"] == {"employees": 200.0}


def test_row_18_a_key_at_another_address_is_refused(service):
    service.client.put("/v1/leads/L1", json={"employees": 200}, headers=KEY)
    assert service.client.put("/v1/leads/L2", json={"employees": 200}, headers=KEY).status_code == 422
    assert service.client.delete("/v1/leads/L1", headers=KEY).status_code == 422


def test_a_refused_request_may_be_sent_again_with_its_key(service):
    assert service.client.put("/v1/leads/L1", json={"employees": "many"}, headers=KEY).status_code == 422
    assert service.client.put("/v1/leads/L1", json={"employees": 200}, headers=KEY).status_code == 201


def test_an_answer_is_forgotten_with_the_lead_it_is_about(service):
    service.client.put("/v1/leads/L1", json={"employees": 200, "email": "zyx@example.com"}, headers=KEY)
    service.client.delete("/v1/leads/L1")
    answer = service.client.put(
        "/v1/leads/L1", json={"employees": 200, "email": "zyx@example.com"}, headers=KEY
    )  # fmt: skip
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:leadscore:problem:answer-erased")


def test_a_strange_key_is_refused(service):
    answer = service.client.put("/v1/leads/L1", json={"employees": 200}, headers={"idempotency-key": "a" * 201})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "invalid-key")


@pytest.fixture
def go_on(service, monkeypatch):
    """Let every score take until the event is set."""
    service.restart(write_seconds=1)
    keep, event = Scores.keep_after, threading.Event()

    def slow(self, *given, **named):
        assert event.wait(10)
        return keep(self, *given, **named)

    monkeypatch.setattr(Scores, "keep_after", slow)
    yield event
    event.set()


def test_row_16_a_call_that_takes_too_long_is_done_once_and_its_key_gets_the_answer(service, go_on):
    late = service.client.put("/v1/leads/L1", json={"employees": 200}, headers=KEY)
    assert (late.status_code, late.json()["type"]) == (504, "urn:leadscore:problem:timeout")
    go_on.set()
    answer = service.client.put("/v1/leads/L1", json={"employees": 200}, headers=KEY)
    assert (answer.status_code, answer.json()["created"]) == (201, True)
    assert (count(service, "leads"), count(service, "scores")) == (1, 1)


def test_a_call_that_waits_for_the_one_writer_is_told_to_come_back_and_is_not_done(service, go_on):
    assert service.file.exists()
    assert service.client.put("/v1/leads/L1", json={"employees": 200}).status_code == 504
    waiting = service.client.put("/v1/leads/L2", json={"employees": 200})
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "2")
    go_on.set()
    assert service.put("L3", employees=200)["created"] is True
    assert service.client.get("/v1/leads/L2").status_code == 404


def test_a_call_with_many_leads_goes_through_the_queue_and_survives_a_crash(service, monkeypatch):
    monkeypatch.setattr(events_call, "AT_ONCE", 2)
    service.rooms.worker.stop()
    another = RescoringWorker(
        service.rooms.desk, service.rooms.stored_scoring, Renewing(service.rooms.scoring.champion)
    )
    for number in range(4):
        service.put(f"L{number}", employees=200)
    told = service.send(*(service.event(f"L{number}") for number in range(4)))
    assert (told["scored"], told["queued"]) == ([], 4)
    # Taken by a worker that dies: it comes back after its minute.
    with service.rooms.door.store().begin() as tx:
        assert len(tx.rescoring.take(3)) == 3
    service.clock.move(minutes=2)
    while another.work_once():
        pass
    assert [service.lead(f"L{number}")["stage"] for number in range(4)] == ["mql"] * 4
    assert count(service, "rescoring") == 0


def test_a_full_queue_refuses_the_call_and_keeps_nothing_of_it(service, monkeypatch):
    import functools

    from serving.store.rescoring import Rescoring

    monkeypatch.setattr(events_call, "AT_ONCE", 0)
    monkeypatch.setattr(Rescoring, "ask", functools.partialmethod(Rescoring.ask, limit=0))
    service.put("L1", employees=200)
    answer = service.client.post("/v1/events", json={"events": [service.event("L1")]})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:leadscore:problem:store-busy")
    assert count(service, "events") == 0


def test_two_calls_on_one_lead_at_once_end_in_a_score_that_knows_both(service):
    with ThreadPoolExecutor(2) as pool:
        for lead_id in (f"L{number}" for number in range(15)):
            service.put(lead_id, employees=200)
            put = pool.submit(service.put, lead_id, employees=200, industry="software")
            sent = pool.submit(service.send, service.event(lead_id))
            put.result()
            sent.result()
            assert service.lead(lead_id)["score"]["score"] == 80
