"""``POST /v1/score`` and its batch with ``store``, through BentoML."""

import uuid

LEAD = {"created_at": "2026-03-01T09:00:00+01:00", "employees": 200}
DEMO = {"event": "demo_request", "occurred_at": "2026-03-02T09:00:00+01:00"}


def new_id():
    return f"S-{uuid.uuid4().hex}"


def scores(client, lead_id):
    return client.get(f"/v1/leads/{lead_id}/scores").json()["scores"]


def test_a_stored_score_is_kept_with_lead_and_events(client):
    lead_id = new_id()
    document = {"lead": {"lead_id": lead_id, **LEAD}, "events": [DEMO], "store": True}
    score = client.post("/v1/score", json=document).json()
    (kept,) = scores(client, lead_id)
    assert kept["score"] == score
    assert client.get(f"/v1/leads/{lead_id}").json()["attributes"] == {"employees": 200.0}


def test_the_same_events_sent_again_are_the_same_events(client):
    lead_id = new_id()
    document = {"lead": {"lead_id": lead_id, **LEAD}, "events": [DEMO], "store": True}
    first, again = (client.post("/v1/score", json=document).json() for _ in range(2))
    assert first["points"] == again["points"]
    held = client.get(f"/v1/leads/{lead_id}/export").json()
    assert (len(held["events"]), len(held["lead_versions"]), len(held["scores"])) == (1, 1, 2)


def test_a_stored_score_knows_what_was_stored_before(client):
    lead_id = new_id()
    event = {"lead_id": lead_id, "event": "page_view", "occurred_at": "2026-03-02T09:00:00+01:00", "page": "/x"}
    client.post("/v1/events", json={"events": [event]})
    client.post("/v1/score", json={"lead": {"lead_id": lead_id, **LEAD}, "store": True})
    assert len(client.get(f"/v1/leads/{lead_id}/export").json()["events"]) == 1


def test_without_store_nothing_is_kept(client):
    lead_id = new_id()
    client.post("/v1/score", json={"lead": {"lead_id": lead_id, **LEAD}})
    assert client.get(f"/v1/leads/{lead_id}").status_code == 404


def test_row_17_a_stored_score_with_a_key_is_kept_once(client):
    lead_id, key = new_id(), {"idempotency-key": uuid.uuid4().hex}
    document = {"lead": {"lead_id": lead_id, **LEAD}, "store": True}
    first, again = (client.post("/v1/score", json=document, headers=key) for _ in range(2))
    assert (first.text, again.headers["idempotency-replayed"]) == (again.text, "true")
    assert len(scores(client, lead_id)) == 1


def test_a_batch_keeps_what_asks_for_it_each_in_its_place_and_once(client):
    ids, key = [new_id() for _ in range(60)], {"idempotency-key": uuid.uuid4().hex}
    requests = [{"lead": {"lead_id": one, **LEAD}, "store": number != 1} for number, one in enumerate(ids)]
    requests[2] = {"lead": {"lead_id": ids[2], "employees": "many"}, "store": True}
    for _ in range(2):
        results = client.post("/v1/score/batch", json={"requests": requests}, headers=key).json()["results"]
        assert [one.get("lead_id") for one in results] == [*ids[:2], None, *ids[3:]]
    assert len(scores(client, ids[0])) == len(scores(client, ids[-1])) == 1
    assert [client.get(f"/v1/leads/{one}").status_code for one in ids[1:3]] == [404, 404]


def test_row_47_a_role_that_may_score_may_not_store(client):
    from serving.api.call import Caller
    from serving.service import APPLICATION
    from serving.store.keys import Role

    access = APPLICATION.state.access
    lead_id = new_id()

    class Sales:
        def remembered(self, *_):
            return Caller("a sales key", Role.SALES)

    APPLICATION.state.access = Sales()
    try:
        stored = client.post("/v1/score", json={"lead": {"lead_id": lead_id, **LEAD}, "store": True})
        scored = client.post("/v1/score", json={"lead": {"lead_id": lead_id, **LEAD}})
    finally:
        APPLICATION.state.access = access
    assert (stored.status_code, scored.status_code) == (403, 200)
    assert client.get(f"/v1/leads/{lead_id}").status_code == 404


def test_row_30_scoring_without_store_goes_on_while_the_store_is_away(client, monkeypatch):
    from serving.store import Store, StoreError

    def refuse(*_):
        raise StoreError("The store says: connection refused.", "a database that answers.", "See that it runs.")

    client.get("/v1/leads")
    monkeypatch.setattr(Store, "begin", refuse)
    monkeypatch.setattr(Store, "read", refuse)
    document = {"lead": {"lead_id": new_id(), **LEAD}}
    assert client.post("/v1/score", json=document).status_code == 200
    assert client.post("/v1/score/batch", json={"requests": [document]}).status_code == 200
    stored = client.post("/v1/score", json={**document, "store": True})
    assert (stored.status_code, stored.headers["retry-after"]) == (503, "2")
