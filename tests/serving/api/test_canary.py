"""Row 48, one person through the whole service: known everywhere, then exported, then nowhere to be found."""

import json
import logging

import pytest

from serving.store.keys import Role

CANARY = "Zyx-Canary"
ADDRESS = f"{CANARY}@acme.example"
LEAD = f"{CANARY} 1"
PATH = "/v1/leads/Zyx-Canary%201"


@pytest.fixture
def known(service, caplog):
    """A service in which the person has left traces in every way that there is."""
    caplog.set_level(logging.DEBUG)
    service.restart(inbound_secrets="hubspot=secret", public_url="https://leads.example.com")
    service.rooms.deliverer.stop()
    kinds = ["lead.scored", "lead.stage_changed", "lead.erased"]
    service.client.post("/v1/webhooks", json={"url": "https://93.184.216.34/hook", "kinds": kinds})
    call = service.client.request
    once = {"idempotency-key": "key-1"}
    attributes = {"email": ADDRESS, "job_title": f"Head of {CANARY}", "employees": 200, "industry": "software"}
    answers = [
        call("PUT", PATH, json=attributes, headers=once),
        call("PUT", PATH, json={**attributes, "country": CANARY}),
        call("PUT", "/v1/leads/other-id", json={"email": ADDRESS.upper()}),
        call("POST", "/v1/events", headers={"idempotency-key": "key-2"}, json={"events": [
            {"lead_id": LEAD, "event": "demo_request", "occurred_at": service.clock.now().isoformat(), "page": CANARY}
        ]}),
        call("POST", f"{PATH}/outcomes", json={"outcome": "lost", "reason": f"{CANARY} said no", "by": CANARY}),
        call("POST", f"{PATH}/consents", json={"word": "given", "source": CANARY, "proof": {"mail": ADDRESS}}),
        call("POST", f"{PATH}/consents", json={"word": "objected", "purpose": "phone", "source": CANARY}),
        # Refused calls must not leave the person in a log either.
        call("PUT", PATH, json={**attributes, "employees": CANARY}),
        call("POST", f"{PATH}/outcomes", json={"outcome": "rejected", "reason": CANARY}),
    ]  # fmt: skip
    assert [one.status_code for one in answers] == [201, 200, 200, 202, 201, 201, 201, 422, 422]
    assert not any(CANARY in one.text for one in answers[-2:])
    return service


def test_row_48_the_export_tells_all_of_it_as_json(known):
    answer = known.client.get(f"{PATH}/export")
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert {name for name, rows in told.items() if CANARY in json.dumps(rows)} >= {
        "lead", "lead_versions", "events", "outcomes", "consents", "scores", "standings", "messages", "mailboxes",
        "aliases",
    }  # fmt: skip
    assert [one["alias"] for one in told["aliases"]] == ["other-id"]


def test_row_48_after_erasing_no_table_no_file_no_message_no_answer_and_no_log_names_the_person(known, caplog):
    file = known.file
    assert CANARY.lower().encode() in file.read_bytes().lower()
    known.client.get(f"{PATH}/export")
    assert known.client.delete(PATH).json()["was_there"] is True
    with known.rooms.door.store().begin() as tx:
        # The one message that must name the lead until everybody has erased it too: delivered, it is emptied.
        (told,) = tx.outbox.take(9)
        assert (told.kind, told.payload) == ("lead.erased", {"lead_id": LEAD})
        tx.outbox.delivered(told, 200)
        about = [entry.action for entry in tx.audit.about(LEAD)]
        assert (about[0], about[-1], tx.audit.verify().is_whole) == ("lead.merged", "lead.erased", True)
    again = known.client.put(PATH, json={"employees": 200}, headers={"idempotency-key": "key-1"})
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (410, "answer-erased")
    known.rooms.close()
    left = {one.name for one in file.parent.iterdir() if CANARY.lower().encode() in one.read_bytes().lower()}
    assert left == set()
    # The client of this test logs the addresses that it calls; the service must not.
    records = [*caplog.get_records("setup"), *caplog.records]
    assert not any(CANARY.lower() in str(vars(one)).lower() for one in records if one.name != "httpx")
    known.start()


def test_row_48_what_is_remembered_of_callers_does_not_hold_the_person(known):
    with known.rooms.door.store().begin() as tx:
        _, key = tx.keys.create("crm", Role.CRM, by="test")
    headers = {"authorization": f"Bearer {key}"}
    assert known.client.get(PATH, headers=headers).status_code == 200
    known.client.delete(PATH, headers=headers)
    assert known.client.get(PATH, headers=headers).status_code == 404
    held = [getattr(known.rooms, name) for name in ("access", "known_words", "merging", "stored_scoring", "inbound")]
    assert not any(CANARY in repr(vars(one)) for one in held)


def test_row_48_the_line_that_the_service_logs_of_each_call_does_not_name_the_person(client, caplog):
    caplog.set_level(logging.DEBUG)
    client.put(PATH, json={"email": ADDRESS, "job_title": CANARY})
    client.put(PATH, json={"email": ADDRESS, "employees": CANARY})
    client.post("/v1/score", json={"lead": {"lead_id": LEAD, "email": ADDRESS}, "as_of": CANARY})
    client.get(f"/v1/leads?search={CANARY}")
    client.delete(PATH)
    records = [one for one in caplog.records if one.name != "httpx"]
    assert sum(one.getMessage() == "call" for one in records) == 5
    assert not any(CANARY.lower() in str(vars(one)).lower() for one in records)
