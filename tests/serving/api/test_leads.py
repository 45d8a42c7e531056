import itertools
import json

import pytest

from features.builder import FeatureBuilder
from features.catalog import Catalog
from serving import answers
from serving.api import lead_answers
from serving.examples import EVENTS, LEAD, OUTCOME

CONTENT = {"content-type": "application/json"}


def test_a_new_lead_is_kept_and_scored(service):
    answer = service.client.put("/v1/leads/L1", json={"employees": 200, "email": "a@example.com"})
    assert answer.status_code == 201
    told = lead_answers.PutAnswer.model_validate(answer.json())
    assert (told.created, told.changed, told.score.score, told.stage_before) == (True, True, 40, None)


def test_equal_attributes_make_neither_a_version_nor_a_score(service):
    service.put("L1", employees=200)
    told = service.put("L1", employees=200)
    assert (told["created"], told["changed"], told["score"]["score"]) == (False, False, 40)
    assert len(service.scores("L1")) == 1


def test_changed_attributes_are_scored_and_the_reasons_that_changed_are_told(service):
    service.put("L1", employees=200)
    service.clock.move(days=1)
    told = service.put("L1", employees=200, industry="software")
    assert (told["score"]["score"], told["stage_before"], told["score"]["stage"]) == (60, "lead", "mql")
    assert [(one["feature"], one["points"]) for one in told["changes"]] == [("software", 20.0)]
    history = service.scores("L1")
    assert [one["score"]["score"] for one in history] == [60, 40]
    assert history[0]["changes"] == told["changes"]


def test_a_lead_is_read_with_its_latest_score(service):
    service.put("L1", employees=200, industry="software")
    answer = service.client.get("/v1/leads/L1")
    told = lead_answers.LeadAnswer.model_validate(answer.json())
    assert told.attributes == {"employees": 200.0, "industry": "software"}
    assert told.score is not None
    assert (told.stage, told.score.score) == ("mql", 60)


def test_an_attribute_that_is_not_known_is_told_and_not_kept(service):
    told = service.put("L1", employees=200, shoe_size=43)
    assert told["warnings"] == ["unknown attribute 'shoe_size' was not used"]
    assert "shoe_size" not in service.lead("L1")["attributes"]


@pytest.mark.parametrize("lead_id", ["a/b", "a%2Fb", "ä ö", "?x=1", "..", "100%"])
def test_any_id_is_reached_when_it_is_percent_encoded(service, lead_id):
    from urllib.parse import quote

    address = "/v1/leads/" + quote(lead_id, safe="").replace("..", "%2E%2E")
    assert service.client.put(address, json={"employees": 200}).json()["lead_id"] == lead_id
    assert service.client.get(address).json()["lead_id"] == lead_id
    assert service.client.get(address + "/scores").json()["scores"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/scores"), ("GET", "/export"), ("POST", "/outcomes")],
)
def test_a_lead_that_is_not_here_is_not_found(service, method, path):
    answer = service.client.request(
        method, "/v1/leads/nobody" + path, **({"json": {"outcome": "accepted"}} if method == "POST" else {})
    )
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:leadscore:problem:not-found"


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b'{"employees": NaN}', 400, "invalid-json", ""),
        (b'{"employees": 1e400}', 422, "out-of-range", "/employees"),
        (b'{"employees": 123456789012345678901234567890}', 422, "out-of-range", "/employees"),
        (b'{"employees": "Zyx-Canary"}', 422, "invalid-value", "/employees"),
        (b'{"industry": "a", "industry": "b"}', 400, "duplicate-key", ""),
        (b"[" * 100_000, 400, "invalid-json", ""),
        ('{"industry": "a"}'.encode("utf-16"), 400, "invalid-json", ""),
        (b'{"industry": "\\ud800"}', 400, "invalid-json", ""),
        (b'{"industry": "a\\u0000b"}', 422, "control-character", "/industry"),
        (b'{"created_at": "2026-03-01T09:00:00"}', 422, "timezone-required", "/created_at"),
        (b'{"created_at": "2199-03-01T09:00:00Z"}', 422, "created-in-future", "/created_at"),
        (b'{"lead_id": "L2"}', 422, "other-lead", "/lead_id"),
        (b"[1]", 422, "wrong-type", ""),
    ],
)
def test_rows_1_to_8_a_bad_body_is_named_with_its_place_and_nothing_is_kept(service, body, status, code, pointer):
    answer = service.client.put("/v1/leads/L1", content=body, headers=CONTENT)
    assert answer.status_code == status
    problem = answers.ProblemAnswer.model_validate(answer.json())
    assert (problem.errors[0].code, problem.errors[0].pointer) == (code, pointer)
    assert "Zyx-Canary" not in answer.text
    assert service.client.get("/v1/leads/L1").status_code == 404


@pytest.mark.parametrize("headers", [{"content-type": "text/plain"}, {**CONTENT, "content-encoding": "gzip"}])
def test_rows_10_and_11_only_plain_json_is_kept(service, headers):
    answer = service.client.put("/v1/leads/L1", content=json.dumps(LEAD), headers=headers)
    assert answer.status_code == 415


def test_row_9_a_large_body_is_refused(service):
    answer = service.client.put("/v1/leads/L1", content=b" " * 1_000_001, headers=CONTENT)
    assert answer.status_code == 413


def test_events_are_answered_in_their_place(service):
    service.put("L1", employees=200)
    told = service.send(
        service.event("L1", event_id="e1"),
        {"lead_id": "L1", "event": "demo_request"},
        service.event("L1", event_id="e1"),
        service.event("L2"),
        "nothing",
    )
    lead_answers.EventsAnswer.model_validate(told)
    assert [one.get("status") for one in told["results"]] == ["stored", None, "duplicate", "stored", None]
    assert told["results"][1]["problem"]["errors"][0]["pointer"] == "/occurred_at"


def test_an_event_scores_its_lead_in_the_same_call(service):
    service.put("L1", employees=200)
    told = service.send(service.event("L1"))
    assert [(one["lead_id"], one["score"]["score"], one["stage_before"]) for one in told["scored"]] == [
        ("L1", 60, "lead")
    ]
    assert service.lead("L1")["stage"] == "mql"


def test_an_event_that_was_sent_before_changes_nothing(service):
    service.put("L1", employees=200)
    service.send(service.event("L1", event_id="e1"))
    told = service.send(service.event("L1", event_id="e1"))
    assert told["scored"] == []
    assert len(service.scores("L1")) == 2


def test_row_20_an_event_of_the_future_is_kept_in_quarantine_and_not_scored(service):
    service.put("L1", employees=200)
    event = service.event("L1") | {"occurred_at": "2026-03-04T09:06:00+00:00"}
    told = service.send(event)
    assert [one["status"] for one in told["results"]] == ["quarantined"]
    service.clock.move(days=1)
    assert service.put("L1", employees=201)["score"]["score"] == 40


def test_row_22_late_events_in_any_order_give_the_same_score(service):
    did = [
        ("demo_request", "2026-03-01T08:00:00Z", None), ("page_view", "2026-02-20T08:00:00Z", "pricing"),
        ("page_view", "2026-03-03T08:00:00Z", "home"), ("page_view", "2026-03-03T08:00:00Z", "jobs"),
    ]  # fmt: skip
    scores, features = [], []
    for order in itertools.permutations(range(len(did))):
        lead_id = "L" + "".join(map(str, order))
        service.put(lead_id, created_at="2026-02-01T08:00:00Z", employees=200)
        for event, occurred_at, page in (did[place] for place in order):
            own = {} if page is None else {"page": page}
            service.send({"lead_id": lead_id, "event": event, "occurred_at": occurred_at, **own})
        score = service.lead(lead_id)["score"]
        scores.append((score["points"], score["reasons"]))
        features.append(features_of(service, lead_id))
    assert all(one == scores[0] for one in scores)
    # What a model reads too, of which the rules here ask little.
    assert all(one == features[0] for one in features)
    assert features[0]["page_view_count_7d"] == 2


def features_of(service, lead_id):
    schema = service.rooms.scoring.schema
    with service.rooms.door.store().read() as tx:
        lead = tx.leads.get(lead_id).lead
        return FeatureBuilder(Catalog.from_schema(schema)).row(lead, tx.events.of(lead_id), service.clock.now())


def test_row_38_events_of_an_unknown_lead_count_once_it_arrives(service):
    told = service.send(service.event("L9"))
    assert (told["results"][0]["status"], told["scored"]) == ("stored", [])
    assert service.lead("L9")["score"] is None
    assert service.put("L9", employees=200)["score"]["score"] == 60


def test_row_21_an_event_without_a_zone_is_refused(service):
    told = service.send({"lead_id": "L1", "event": "demo_request", "occurred_at": "2026-03-29T02:30:00"})
    assert told["results"][0]["problem"]["errors"][0]["code"] == "timezone-required"


def test_the_examples_are_answered(service):
    assert service.client.put("/v1/leads/L42", json=LEAD).status_code == 201
    service.clock.move(days=2)
    assert all(one["status"] == "stored" for one in service.send(*EVENTS["events"])["results"])
    assert service.client.post("/v1/leads/L42/outcomes", json=OUTCOME).status_code == 201


def test_row_48_an_erased_lead_is_nowhere(service):
    canary = "Zyx-Canary"
    lead_id = f"{canary}-42"
    hook = {"url": "https://93.184.216.34/hook", "kinds": ["lead.scored", "lead.stage_changed"]}
    assert service.client.post("/v1/webhooks", json=hook).status_code == 201
    service.put(lead_id, employees=200, email=f"{canary}@example.com", job_title=canary)
    service.send(service.event(lead_id, "page_view", page=canary), headers={"idempotency-key": "k1"})
    assert canary.encode() in service.file.read_bytes()
    assert service.client.delete(f"/v1/leads/{lead_id}").json() == {"lead_id": lead_id, "was_there": True}
    assert service.client.get(f"/v1/leads/{lead_id}").status_code == 404
    assert service.client.get("/v1/leads").json()["leads"] == []
    assert service.client.delete(f"/v1/leads/{lead_id}").json()["was_there"] is False
    for file in service.file.parent.glob("store.db*"):
        assert canary.encode() not in file.read_bytes()


def test_row_48_an_export_holds_everything_and_is_audited(service):
    service.put("L1", employees=200, email="a@example.com")
    service.send(service.event("L1"))
    service.say("L1", "rejected", reason="no budget")
    told = service.client.get("/v1/leads/L1/export").json()
    lead_answers.ExportAnswer.model_validate(told)
    assert [len(told[name]) for name in ("lead_versions", "events", "outcomes", "scores")] == [1, 1, 1, 2]
    with service.rooms.door.store().read() as tx:
        assert [entry.action for entry in tx.audit.entries()] == ["lead.exported"]


def test_the_worklist_is_paged_and_filtered(service):
    for number in range(5):
        service.put(f"L{number}", employees=200 if number % 2 else 5, industry="software")
    page = service.client.get("/v1/leads?limit=2&sort=-score").json()
    lead_answers.WorklistAnswer.model_validate(page)
    rest = service.client.get("/v1/leads", params={"limit": 3, "sort": "-score", "cursor": page["cursor"]}).json()
    assert [one["lead_id"] for one in page["leads"] + rest["leads"]] == ["L1", "L3", "L0", "L2", "L4"]
    assert rest["cursor"] is None
    assert [one["lead_id"] for one in service.client.get("/v1/leads?stage=mql&min_score=60").json()["leads"]] == [
        "L1", "L3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("stage=hot", "?stage", "invalid-value"),
        ("grade=Z9", "?grade", "invalid-value"),
        ("min_score=101", "?min_score", "invalid-value"),
        ("min_score=5&min_score=6", "?min_score", "too-long"),
        ("limit=0", "?limit", "invalid-value"),
        ("sort=name", "?sort", "invalid-value"),
        ("stagee=mql", "?", "unknown-field"),
        ("cursor=abc", "?cursor", "invalid-value"),
    ],
)
def test_a_bad_question_is_named_with_its_parameter(service, query, pointer, code):
    answer = service.client.get(f"/v1/leads?{query}")
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)


def test_the_score_history_is_paged(service):
    for employees in range(60, 65):
        service.put("L1", employees=employees)
        service.clock.move(hours=1)
    first = service.client.get("/v1/leads/L1/scores?limit=3").json()
    rest = service.client.get(f"/v1/leads/L1/scores?limit=3&cursor={first['cursor']}").json()
    numbers = [one["number"] for one in first["scores"] + rest["scores"]]
    assert numbers == sorted(numbers, reverse=True)
    assert (len(numbers), rest["cursor"]) == (5, None)
