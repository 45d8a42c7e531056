"""Messages of CRMs over the API: rows 36 to 38 of what must happen when things go wrong."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import select

from features.domain import ConfigError
from serving.store.inbound import inbound as inbound_table
from serving.store.keys import Role
from serving.webhooks.signatures import signed_headers

KEY = "whsec_" + base64.b64encode(b"a secret of the crm, 24 or more").decode()
CLIENT_SECRET = "client-secret"  # noqa: S105 - of these tests alone
PUBLIC = "https://leads.example.com"
CONFIG = """
inbound:
  acme:
    attributes: {size: employees}
    outcomes: {status: {Kunde: won, Absage: rejected, Kein Bedarf: rejected}}
    consents: {no_profiling: {true: objected, false: given}}
"""


@pytest.fixture
def inbound(service):
    file = service.workspace.root / "leadscore.yaml"
    file.write_text(file.read_text(encoding="utf-8") + CONFIG, encoding="utf-8")
    service.restart(inbound_secrets=f"acme={KEY} hubspot={CLIENT_SECRET}", public_url=PUBLIC)
    return service


def send(service, message_id, data, *, at=None, **changed):
    now = service.clock.now()
    document = {"type": "lead.changed", "timestamp": (at or now).isoformat(), "data": data}
    body = json.dumps(document).encode()
    headers = {**signed_headers([KEY], message_id, now, body), "content-type": "application/json"} | changed
    return service.client.post("/v1/inbound/acme", content=body, headers=headers)


def hubspot(service, *entries, host="leads.example.com", target="/v1/inbound/hubspot"):
    body = json.dumps(entries).encode()
    moment = str(int(service.clock.now().timestamp() * 1000))
    signed = f"POST{PUBLIC}{target}".encode() + body + moment.encode()
    signature = base64.b64encode(hmac.new(CLIENT_SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": moment, "host": host}
    return service.client.post(target, content=body, headers={**headers, "content-type": "application/json"})


def contact(object_id, name, value, event_id=1, **own):
    return {"eventId": event_id, "subscriptionType": "contact.propertyChange", "objectId": object_id,
            "occurredAt": 1_772_600_000_000, "propertyName": name, "propertyValue": value, **own}  # fmt: skip


def held(service):
    with service.rooms.door.store().read() as tx:
        return list(tx.connection.execute(select(inbound_table.c.state).order_by(inbound_table.c.id)).scalars())


def link(service):
    with service.rooms.door.store().begin() as tx:
        service.rooms.inbound.link_arrived(tx)


def attributes(service, lead_id="L1"):
    return service.lead(lead_id)["attributes"]


def test_a_crms_change_becomes_an_attribute_and_the_lead_is_scored_again(inbound):
    inbound.put("L1", employees=10, country="DE")
    answer = send(inbound, "m1", {"lead_id": "L1", "size": "200"})
    assert (answer.status_code, answer.json()) == (202, {"duplicate": False, "results": ["applied"]})
    assert attributes(inbound) == {"employees": 200.0, "country": "DE"}
    inbound.rooms.worker.work_once()
    assert [one["cause"] for one in inbound.scores("L1")] == ["inbound", "lead"]


def test_a_value_of_a_crm_becomes_an_outcome_and_moves_the_lead(inbound):
    inbound.put("L1", employees=200)
    assert send(inbound, "m1", {"lead_id": "L1", "status": "Kunde"}).json()["results"] == ["applied"]
    assert inbound.lead("L1")["stage"] == "customer"


def test_a_crms_word_on_profiling_ends_the_score_before_anything_else_of_the_message_is_scored(inbound):
    inbound.put("L1", employees=10)
    answer = send(inbound, "m1", {"lead_id": "L1", "no_profiling": True, "size": 200})
    assert answer.json()["results"] == ["applied"]
    inbound.rooms.worker.work_once()
    lead = inbound.lead("L1")
    assert (lead["score"], lead["no_basis"], lead["attributes"]["employees"]) == (None, "objection", 200.0)
    held = inbound.client.get("/v1/leads/L1/export").json()["consents"]
    assert (held[0]["source"], held[0]["proof"]["message"]) == ("acme", "m1")
    inbound.clock.move(minutes=1)
    send(inbound, "m2", {"lead_id": "L1", "no_profiling": "false"})
    assert inbound.lead("L1")["score"]["score"] == 40


@pytest.mark.parametrize(("value", "reason"), [("Kein Bedarf", "no_need"), ("Absage", "other")])
def test_a_crms_rejection_is_kept_for_an_agreed_reason_or_another(inbound, value, reason):
    inbound.put("L1", employees=200)
    send(inbound, "m1", {"lead_id": "L1", "status": value})
    held = inbound.client.get("/v1/leads/L1/export").json()["outcomes"]
    assert [(one["outcome"], one["reason"]) for one in held] == [("sql_rejected", reason)]


def test_hubspots_changes_are_taken_whatever_the_header_host_says(inbound):
    inbound.put("77", employees=10)
    answer = hubspot(inbound, contact(77, "employees", "200"), contact(77, "country", "DE"), host="evil.example.com")
    assert answer.json() == {"duplicate": False, "results": ["applied", "applied"]}
    assert attributes(inbound, "77") == {"employees": 200.0, "country": "DE"}


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": "v1,AAAA"}, {"webhook-signature": ""}, {"webhook-id": "m2"},
        {"webhook-timestamp": "0"}, {"webhook-timestamp": "nonsense"},
    ],
)  # fmt: skip
def test_row_36_what_is_not_signed_is_answered_by_401_without_detail_and_nothing_is_kept(inbound, changed):
    inbound.put("L1", employees=10)
    answer = send(inbound, "m1", {"lead_id": "L1", "size": 200}, **changed)
    assert answer.status_code == 401
    problem = answer.json()
    assert (problem["type"], problem["detail"], problem["errors"]) == (
        "urn:leadscore:problem:not-signed", "Nothing was kept.", [],
    )  # fmt: skip
    assert held(inbound) == []
    assert attributes(inbound) == {"employees": 10.0}


def test_row_36_a_refused_message_is_counted_and_nothing_else_is_kept_of_it(inbound):
    def counted(result):
        return REGISTRY.get_sample_value("leadscore_inbound_messages_total", {"result": result}) or 0.0

    inbound.put("L1", employees=10)
    refused, applied = counted("refused"), counted("applied")
    send(inbound, "m1", {"lead_id": "L1", "size": 200}, **{"webhook-signature": "v1,AAAA"})
    send(inbound, "m2", {"lead_id": "L1", "size": 200})
    assert (counted("refused"), counted("applied")) == (refused + 1, applied + 1)
    assert held(inbound) == ["applied"]


def test_row_36_what_is_old_or_from_ahead_is_refused(inbound):
    inbound.put("L1", employees=10)
    now = inbound.clock.now()
    for minutes in (-6, 6):
        inbound.clock.move(minutes=minutes)
        body = b'{"data": {"lead_id": "L1", "size": 200}}'
        headers = {**signed_headers([KEY], "m1", now, body), "content-type": "application/json"}
        assert inbound.client.post("/v1/inbound/acme", content=body, headers=headers).status_code == 401
        inbound.clock.move(minutes=-minutes)
    assert held(inbound) == []


def test_row_36_a_crm_without_a_secret_is_answered_alike(inbound):
    answer = inbound.client.post("/v1/inbound/nobody", json={})
    assert (answer.status_code, answer.json()["detail"]) == (401, "Nothing was kept.")


def test_row_36_a_key_of_the_api_opens_nothing_here_and_none_is_needed(inbound):
    with inbound.rooms.door.store().begin() as tx:
        _, key = tx.keys.create("test", Role.ADMIN, by="test")
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    assert inbound.client.post("/v1/inbound/acme", content=b"{}", headers=headers).status_code == 401
    assert send(inbound, "m1", {"lead_id": "L1", "size": 1}).status_code == 202


def test_row_37_the_same_message_again_is_answered_as_a_duplicate_and_done_once(inbound):
    inbound.put("L1", employees=10)
    send(inbound, "m1", {"lead_id": "L1", "size": 200})
    inbound.put("L1", employees=300)
    again = send(inbound, "m1", {"lead_id": "L1", "size": 200})
    assert (again.status_code, again.json()) == (200, {"duplicate": True, "results": ["duplicate"]})
    assert attributes(inbound) == {"employees": 300.0}
    assert hubspot(inbound, contact(5, "employees", "1")).status_code == 202
    assert hubspot(inbound, contact(5, "employees", "1", attemptNumber=2)).json()["duplicate"] is True


def test_row_37_an_older_message_does_not_overwrite_a_newer_one(inbound):
    inbound.put("L1", employees=10)
    inbound.clock.move(hours=1)
    early = inbound.clock.now()
    inbound.clock.move(minutes=1)
    assert send(inbound, "m2", {"lead_id": "L1", "size": 500}).json()["results"] == ["applied"]
    late = send(inbound, "m1", {"lead_id": "L1", "size": 200}, at=early)
    assert (late.status_code, late.json()["results"]) == (202, ["older"])
    assert attributes(inbound) == {"employees": 500.0}
    other = send(inbound, "m3", {"lead_id": "L1", "country": "DE", "size": 1}, at=early)
    assert other.json()["results"] == ["applied"]
    assert attributes(inbound) == {"employees": 500.0, "country": "DE"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)), repeated=st.lists(st.integers(0, 3), max_size=3))
def test_row_37_in_whatever_order_and_however_often_the_newest_value_stands(inbound, order, repeated):
    lead_id = "L" + "".join(map(str, (*order, *repeated)))
    inbound.put(lead_id, employees=1)
    start = inbound.clock.now()
    inbound.clock.move(minutes=10)
    sizes = (100, 200, 300, 400)
    for number in (*order, *repeated):
        at = start.replace(microsecond=number)
        answer = send(inbound, f"{lead_id}-{number}", {"lead_id": lead_id, "size": sizes[number]}, at=at)
        assert answer.status_code in (200, 202)
    assert attributes(inbound, lead_id) == {"employees": 400.0}


def test_row_38_a_message_about_an_unknown_lead_is_kept_and_done_when_the_lead_arrives(inbound):
    answer = send(inbound, "m1", {"lead_id": "L9", "size": 200})
    assert (answer.status_code, answer.json()["results"]) == (202, ["unresolved"])
    assert inbound.client.get("/v1/leads/L9").status_code == 404
    link(inbound)
    assert held(inbound) == ["unresolved"]
    inbound.put("L9", country="DE")
    link(inbound)
    assert attributes(inbound, "L9") == {"employees": 200.0, "country": "DE"}
    assert held(inbound) == ["applied"]
    assert send(inbound, "m1", {"lead_id": "L9", "size": 200}).json()["duplicate"] is True


def test_row_38_a_lead_that_only_events_have_named_is_not_known_yet(inbound):
    inbound.send(inbound.event("L9"))
    assert send(inbound, "m1", {"lead_id": "L9", "size": 200}).json()["results"] == ["unresolved"]


def test_row_38_the_service_looks_for_leads_that_arrived_by_itself(inbound):
    send(inbound, "m1", {"lead_id": "L9", "size": 200})
    inbound.put("L9", country="DE")
    for work in inbound.rooms.rounds.works:
        with inbound.rooms.door.store().begin() as tx:
            work(tx)
    assert held(inbound) == ["applied"]


def test_row_38_what_nothing_here_can_be_read_from_is_kept_as_it_came(inbound):
    inbound.put("L1", employees=10)
    assert send(inbound, "m1", {"lead_id": "L1", "shoe": 43}).json()["results"] == ["unknown"]
    assert send(inbound, "m2", {"shoe": 43}).json()["results"] == ["unresolved"]
    assert hubspot(inbound, {"subscriptionType": "deal.creation", "objectId": 1}).json()["results"] == ["unresolved"]
    with inbound.rooms.door.store().read() as tx:
        texts = [row.payload for row in tx.connection.exec_driver_sql("SELECT payload FROM inbound ORDER BY id")]
    assert all("shoe" in text for text in texts[:2])
    assert "deal.creation" in texts[2]


def test_an_erased_lead_does_not_come_back_by_a_crms_message(inbound):
    inbound.put("L1", employees=10)
    send(inbound, "m1", {"lead_id": "L1", "size": 200})
    send(inbound, "m2", {"lead_id": "L1", "shoe": 43})
    assert inbound.client.get("/v1/leads/L1/export").json()["inbound"]
    inbound.client.delete("/v1/leads/L1")
    assert held(inbound) == []
    assert send(inbound, "m3", {"lead_id": "L1", "size": 300}).json()["results"] == ["erased"]
    assert held(inbound) == []
    with inbound.rooms.door.store().read() as tx:
        assert tx.connection.exec_driver_sql("SELECT * FROM inbound_newest").all() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[1, NaN]", 400, "invalid-json"),
        (b'{"data": {"lead_id": "L1", "lead_id": "L2"}}', 400, "duplicate-key"),
        (b'"text"', 422, "invalid-request"),
        (json.dumps([{}] * 1_001).encode(), 422, "invalid-request"),
    ],
)
def test_a_signed_body_is_read_as_strictly_as_any(inbound, body, status, code):
    now = inbound.clock.now()
    headers = {**signed_headers([KEY], "m1", now, body), "content-type": "application/json"}
    answer = inbound.client.post("/v1/inbound/acme", content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, code)


def test_a_body_that_is_too_large_or_of_another_type_is_not_read(inbound):
    large = inbound.client.post(
        "/v1/inbound/acme", content=b" " * 1_000_001, headers={"content-type": "application/json"}
    )
    assert large.status_code == 413
    assert (
        inbound.client.post("/v1/inbound/acme", content=b"{}", headers={"content-type": "text/plain"}).status_code
        == 415
    )


@pytest.mark.parametrize(("known", "unknown"), [("won", "sold"), ("objected", "grumbled")])
def test_an_outcome_or_a_word_that_is_none_is_told_at_the_start(service, known, unknown):
    file = service.workspace.root / "leadscore.yaml"
    file.write_text(file.read_text(encoding="utf-8") + CONFIG.replace(known, unknown), encoding="utf-8")
    with pytest.raises(ConfigError, match=unknown):
        service.restart()
    file.write_text(file.read_text(encoding="utf-8").replace(unknown, known), encoding="utf-8")
    service.start()


def notification(kind, object_id, **own):
    return {"eventId": 9, "subscriptionType": kind, "objectId": object_id, "occurredAt": 1_772_600_000_000, **own}


def test_hubspots_new_contact_is_a_lead_that_the_changes_after_it_find(inbound):
    answer = hubspot(inbound, notification("contact.creation", 77), contact(77, "employees", "200"))
    assert answer.json()["results"] == ["applied", "applied"]
    inbound.rooms.worker.work_once()
    assert inbound.lead("77")["score"]["score"] == 40
    again = hubspot(inbound, notification("contact.creation", 77, attemptNumber=1))
    assert again.json()["results"] == ["duplicate"]
    assert attributes(inbound, "77") == {"employees": 200.0}


def test_a_new_contact_that_is_known_already_changes_nothing(inbound):
    inbound.put("77", employees=200)
    assert hubspot(inbound, notification("contact.creation", 77)).json()["results"] == ["applied"]
    assert attributes(inbound, "77") == {"employees": 200.0}


@pytest.mark.parametrize("is_here", [True, False])
def test_whom_hubspot_erases_for_privacy_is_erased_here_and_does_not_come_back(inbound, is_here):
    if is_here:
        inbound.put("77", employees=200)
    assert hubspot(inbound, notification("contact.privacyDeletion", 77)).json()["results"] == ["erased"]
    assert inbound.client.get("/v1/leads/77").status_code == 404
    later = hubspot(inbound, notification("contact.creation", 77), contact(77, "employees", "1"))
    assert later.json()["results"] == ["erased", "erased"]
    assert inbound.client.get("/v1/leads/77").status_code == 404
    assert held(inbound) == []


def test_a_contact_that_is_merely_deleted_there_stays_here(inbound):
    inbound.put("77", employees=200)
    assert hubspot(inbound, notification("contact.deletion", 77)).json()["results"] == ["unknown"]
    assert inbound.client.get("/v1/leads/77").status_code == 200


def test_another_crm_makes_and_erases_leads_by_the_type_of_its_message(inbound):
    def tell(message_id, kind, data):
        now = inbound.clock.now()
        body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data}).encode()
        headers = {**signed_headers([KEY], message_id, now, body), "content-type": "application/json"}
        return inbound.client.post("/v1/inbound/acme", content=body, headers=headers).json()["results"]

    assert tell("m1", "lead.created", {"lead_id": "L7", "size": 200}) == ["applied"]
    assert attributes(inbound, "L7") == {"employees": 200.0}
    assert tell("m2", "lead.erased", {"lead_id": "L7"}) == ["erased"]
    assert inbound.client.get("/v1/leads/L7").status_code == 404
