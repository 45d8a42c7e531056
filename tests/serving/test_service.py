import json
import math
import re
import threading

import pytest

from serving import answers
from serving.api import agreement_answers
from serving.api.call import LOCAL
from serving.examples import BATCH_REQUEST, SCORE_REQUEST

CONTENT = {"content-type": "application/json"}
LEAD = {"lead_id": "L1", "created_at": "2026-03-01T09:00:00+01:00", "employees": 200}


class Everybody:
    """Lets everybody in, as on this machine before any key has been made."""

    def remembered(self, *_):
        return LOCAL


def post(client, body, path="/v1/score", headers=CONTENT):
    return client.post(path, content=body, headers=headers)


def test_a_score_is_answered_in_the_published_shape(client):
    answer = client.post("/v1/score", json=SCORE_REQUEST)
    assert answer.status_code == 200
    answers.ScoreAnswer.model_validate(answer.json())


def test_bentoml_knows_the_scoring_calls_and_answers_them_alike(client):
    from serving.service import LeadScore

    routes = client.get("/schema.json").json()["routes"]
    assert {route["route"] for route in routes} == {"/v1/score", "/v1/score/batch"}
    for name, document in (("score", SCORE_REQUEST), ("score_batch", BATCH_REQUEST)):
        api = LeadScore.apis[name]
        inside = json.loads(client.call(api.func, None, document).body)
        over_http = client.post(api.route, json=document).json()
        inside, over_http = (answer.get("results", [answer])[0] for answer in (inside, over_http))
        assert inside == {**over_http, "scored_at": inside["scored_at"]}


def test_the_reasons_add_up_to_the_points(client):
    score = client.post("/v1/score", json=SCORE_REQUEST).json()
    total = score["base_points"] + math.fsum(reason["points"] for reason in score["reasons"])
    assert total == pytest.approx(score["points"], abs=1e-6)
    assert score["score"] == 60


def test_a_workspace_without_a_model_answers_by_rules_and_says_so(client):
    score = client.post("/v1/score", json={"lead": LEAD}).json()
    assert (score["engine"], score["degraded"], score["degraded_reason"]) == ("rules", True, "no-model")


def test_nothing_known_is_said(client):
    score = client.post("/v1/score", json={"lead": {"lead_id": "L9"}}).json()
    assert "insufficient_data" in score["warnings"]
    assert 0 <= score["score"] <= 100


def test_events_after_as_of_are_not_read(client):
    event = {"event": "demo_request", "occurred_at": "2026-03-09T00:00:00Z"}
    document = {"lead": LEAD, "events": [event], "as_of": "2026-03-08T00:00:00Z"}
    without = client.post("/v1/score", json={**document, "events": []}).json()
    score = client.post("/v1/score", json=document).json()
    assert score["points"] == without["points"]
    assert score["warnings"] == ["1 event after as_of not read"]


def test_an_unknown_attribute_is_a_warning_and_no_error(client):
    answer = client.post("/v1/score", json={"lead": {**LEAD, "shoe_size": 43}})
    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["unknown attribute 'shoe_size' was not used"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"lead": {"lead_id": "L1", "employees": NaN}}', 400, "invalid-json"),
        (b'{"lead": {"lead_id": "L1", "employees": 1e400}}', 422, "out-of-range"),
        (b'{"lead": {"lead_id": "L1", "lead_id": "L2"}}', 400, "duplicate-key"),
        (b"[" * 100_000, 400, "invalid-json"),
        ('{"lead": {"lead_id": "L1"}}'.encode("utf-16"), 400, "invalid-json"),
        (b'{"lead": {"lead_id": "\\ud800"}}', 400, "invalid-json"),
        (b'{"lead": {"lead_id": "a\\u0000b"}}', 422, "control-character"),
        (b'[{"lead": {"lead_id": "L1"}}]', 422, "wrong-type"),
        (b'{"lead": {"lead_id": "L1"}, "scores": 1}', 422, "unknown-field"),
        (b'{"lead": {"lead_id": "L1", "employees": "many"}}', 422, "invalid-value"),
        (b'{"lead": {"lead_id": "L1", "created_at": "2026-01-01T00:00:00"}}', 422, "timezone-required"),
        (b'{"lead": {"lead_id": "L1"}, "store": 1}', 422, "wrong-type"),
        (b'{"lead": {"lead_id": "L1"}, "store": true, "as_of": "2026-03-01T00:00:00Z"}', 422, "as-of-with-store"),
        (b'{"lead": {"lead_id": "L1", "created_at": "2999-01-01T00:00:00Z"}}', 422, "out-of-range"),
        (b'{"lead": {"lead_id": "L1", "created_at": "2199-01-01T00:00:00Z"}}', 422, "created-in-future"),
        (b"", 400, "invalid-json"),
    ],
)  # fmt: skip
def test_a_bad_body_is_a_problem_with_its_place(client, body, status, code):
    answer = post(client, body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answers.ProblemAnswer.model_validate(answer.json())
    assert problem.errors[0].code == code
    assert problem.instance == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/vnd.bentoml+pickle"},
        {"content-type": "multipart/form-data; boundary=x"},
        {},
        {**CONTENT, "content-encoding": "gzip"},
        {**CONTENT, "content-encoding": "br"},
    ],
)
def test_rows_10_and_11_only_plain_json_is_read(client, headers):
    answer = post(client, json.dumps({"lead": LEAD}), headers=headers)
    assert answer.status_code == 415
    assert answer.json()["type"] == "urn:leadscore:problem:unsupported-media-type"


def test_a_large_body_is_refused_by_its_announced_length(client):
    answer = post(client, b" " * 1_000_001)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_row_9_a_large_body_without_a_length_is_refused_before_it_is_read_whole(client):
    sent = []

    async def chunks():
        for _ in range(400):
            sent.append(1)
            yield b" " * 100_000

    assert client.post("/v1/score", content=chunks(), headers=CONTENT).status_code == 413
    assert len(sent) <= 12


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("POST", "/v1/scores", 404, "not-found"),
        ("GET", "/v1/score", 405, "method-not-allowed"),
        ("PUT", "/v1/score/batch", 405, "method-not-allowed"),
        ("DELETE", "/v1/model", 405, "method-not-allowed"),
    ],
)
def test_a_wrong_address_or_method_is_a_problem_too(client, method, path, status, word):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:leadscore:problem:{word}"
    assert ("allow" in answer.headers) == (status == 405)


def test_a_fault_of_the_service_shows_no_trace(client, monkeypatch):
    from serving.scoring import ScoringService

    def fail(*_):
        raise RuntimeError("Zyx-Canary")

    monkeypatch.setattr(ScoringService, "read", fail)
    answer = client.post("/v1/score", json={"lead": LEAD})
    assert answer.status_code == 500
    assert "Zyx-Canary" not in answer.text
    assert answer.json()["type"] == "urn:leadscore:problem:internal-error"


def test_a_batch_is_answered_in_order_with_a_bad_row_in_its_place(client):
    documents = [{"lead": {**LEAD, "lead_id": f"L{n}"}} for n in range(5)]
    documents[2] = {"lead": {"lead_id": 3}}
    documents[4] = "nothing"
    results = client.post("/v1/score/batch", json={"requests": documents}).json()["results"]
    assert [result.get("lead_id") for result in results] == ["L0", "L1", None, "L3", None]
    assert results[2]["problem"]["errors"][0]["pointer"] == "/lead/lead_id"
    answers.BatchAnswer.model_validate({"results": results})


@pytest.mark.parametrize("requests", [[], [{"lead": LEAD}] * 1_001, {}, None])
def test_a_batch_of_a_wrong_size_is_refused(client, requests):
    assert client.post("/v1/score/batch", json={"requests": requests}).status_code == 422


def test_a_batch_answers_what_the_single_call_answers(client):
    documents = [SCORE_REQUEST, {"lead": LEAD, "as_of": "2026-03-08T00:00:00Z"}]
    alone = [client.post("/v1/score", json=document).json() for document in documents]
    together = client.post("/v1/score/batch", json={"requests": documents}).json()["results"]
    for one, other in zip(alone, together, strict=True):
        assert {**one, "scored_at": None} == {**other, "scored_at": None}


@pytest.mark.parametrize("document", [BATCH_REQUEST])
def test_the_batch_example_is_answered(client, document):
    results = client.post("/v1/score/batch", json=document).json()["results"]
    assert results[0]["lead_id"] == "L42"
    assert results[1]["problem"]["errors"][0]["code"] == "timezone-required"


def test_a_request_id_is_kept_and_a_strange_one_is_not(client):
    assert client.get("/livez", headers={"x-request-id": "crm-7"}).headers["x-request-id"] == "crm-7"
    assert client.get("/livez", headers={"x-request-id": "a b<script>"}).headers["x-request-id"] != "a b<script>"


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1/model", answers.ModelAnswer),
        ("/v1/sla", agreement_answers.SlaAnswer),
        ("/livez", answers.HealthAnswer),
        ("/readyz", answers.HealthAnswer),
    ],
)
def test_what_is_read_has_the_published_shape(client, path, model):
    answer = client.get(path)
    assert answer.status_code == 200
    model.model_validate(answer.json())


def test_the_reference_loads_nothing_from_elsewhere_and_holds_no_scripts(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    addresses = re.findall(r'\b(?:href|src|action)="([^"]*)"', page.text)
    assert addresses
    assert all(one.startswith(("/", "#")) and not one.startswith("//") for one in addresses)
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_people_are_asked_to_sign_in(client):
    assert client.get("/").headers["location"] == "/sign-in?next=%2F"
    page = client.get("/sign-in")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
    assert client.get(style).headers["cache-control"] == "public, max-age=31536000, immutable"


def test_row_15_more_requests_than_the_service_holds_are_told_to_wait():
    import anyio

    from serving.middleware import Gate
    from serving.settings import Settings

    release = threading.Event()
    seen = []

    async def slow(scope, receive, send):
        while not release.is_set():
            await anyio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def call(gate):
        async def receive():
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                seen.append((message["status"], dict(message["headers"]).get(b"retry-after")))

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/score",
            "headers": [(b"content-type", b"application/json")],
        }
        await gate(scope, receive, send)

    async def run():
        settings = Settings(in_flight=2)
        gate = Gate(slow, application=slow, operation_paths=(), settings=lambda: settings, access=Everybody)
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(call, gate)
            await anyio.sleep(0.05)
            release.set()

    anyio.run(run)
    assert sorted(seen) == [(200, None), (200, None), (429, b"1"), (429, b"1"), (429, b"1")]


def test_row_13_a_body_that_never_ends_is_given_up(monkeypatch):
    import anyio

    from serving.middleware import Gate
    from serving.settings import Settings

    seen = []

    async def never(*_):
        raise AssertionError("the application must not be asked")

    async def run():
        async def receive():
            await anyio.sleep(0.02)
            return {"type": "http.request", "body": b" ", "more_body": True}

        async def send(message):
            seen.append(message)

        gate = Gate(
            never, application=never, operation_paths=(), settings=lambda: Settings(body_seconds=1), access=Everybody
        )
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/score",
            "headers": [(b"content-type", b"application/json")],
        }
        await gate(scope, receive, send)

    anyio.run(run)
    assert seen[0]["status"] == 408
