"""Scores that are made while nobody waits for them say what is known when they are kept."""

import pytest

from features.domain import Event
from serving.calls.drafts import draft, keep_drafts, read_leads
from serving.store.events import NewEvent

CAUSES = {"L1": "model", "L2": "model", "L3": "model"}


@pytest.fixture
def company(service):
    """Three leads of 10 points by their rules and 30 by their size."""
    service.rooms.worker.stop()
    for lead_id in CAUSES:
        service.put(lead_id, employees=200)
    service.clock.move(seconds=10)
    return service


def drafted(service):
    scoring, desk = service.rooms.stored_scoring, service.rooms.desk
    drafts = draft(scoring, desk.look(lambda tx: read_leads(tx, scoring, list(CAUSES))))
    service.clock.move(seconds=10)
    return drafts


def keep(service, drafts):
    service.rooms.desk.in_line(lambda tx: keep_drafts(tx, service.rooms.stored_scoring, drafts, CAUSES))


def newest(service, lead_id):
    return service.scores(lead_id)[0]


def test_a_draft_is_kept_as_of_the_moment_of_reading(company):
    read_at = company.clock.now()
    keep(company, drafted(company))
    for lead_id in CAUSES:
        assert [one["cause"] for one in company.scores(lead_id)] == ["model", "lead"]
        assert newest(company, lead_id)["score"]["as_of"] == read_at.isoformat()


def happened(company):
    company.send(company.event("L2"))


def told(company):
    company.put("L2", employees=200, industry="software")


@pytest.mark.parametrize("meanwhile", [happened, told])
def test_what_comes_after_the_reading_is_in_the_score_that_is_kept(company, meanwhile):
    drafts = drafted(company)
    meanwhile(company)
    company.clock.move(seconds=10)
    keep(company, drafts)
    last = newest(company, "L2")
    assert (last["cause"], last["score"]["score"]) == ("model", 60)
    assert last["score"]["as_of"] == company.clock.now().isoformat()
    assert newest(company, "L3")["score"]["score"] == 40


def test_an_event_that_nobody_was_scored_for_is_in_the_score_that_is_kept(company):
    drafts = drafted(company)
    # Many leads' events are only queued: the newest score does not show that something came.
    company.send(*(company.event(lead_id) for lead_id in ("L2", *(f"X{number}" for number in range(30)))))
    keep(company, drafts)
    assert newest(company, "L2")["score"]["score"] == 60


def test_a_person_who_objects_after_the_reading_is_not_scored(company):
    drafts = drafted(company)
    word = {"purpose": "profiling", "word": "objected"}
    assert company.client.post("/v1/leads/L2/consents", json=word).status_code in (200, 201)
    keep(company, drafts)
    assert company.scores("L2") == []
    assert newest(company, "L1")["cause"] == "model"


def test_a_lead_that_is_erased_after_the_reading_stays_erased(company):
    drafts = drafted(company)
    assert company.client.delete("/v1/leads/L2").status_code == 200
    keep(company, drafts)
    assert company.client.get("/v1/leads/L2").status_code == 404
    assert newest(company, "L3")["cause"] == "model"


def test_a_lead_that_becomes_an_sql_is_handed_over_and_told(company):
    company.put("L2", employees=200, industry="software")
    body = {"url": "https://93.184.216.34/hook", "kinds": ["lead.scored", "lead.stage_changed"]}
    assert company.client.post("/v1/webhooks", json=body).status_code == 201
    demo = NewEvent(Event("L2", company.clock.now(), "demo_request"), "d1")
    company.rooms.desk.in_line(lambda tx: tx.events.append([demo]))
    keep(company, drafted(company))
    with company.rooms.door.store().read() as tx:
        assert len(tx.handovers.of("L2")) == 1
        assert tx.outbox.depth() == 3 + 1
    assert newest(company, "L2")["score"]["stage"] == "sql"
