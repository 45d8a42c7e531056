"""The log: for people and programs, and without what a lead's attributes hold."""

import json
import logging
import sys
import uuid

import pytest

from serving.errors import REQUEST_ID
from serving.logs import JsonLines, PlainText, fields
from serving.observing import Observer
from serving.settings import Settings

CANARY = "Zyx-Canary"


def record(message, *arguments, error=None, **values):
    kind = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("bentoml.leadscore", logging.WARNING, "file.py", 1, message, arguments, kind)
    made.__dict__.update(fields(**values))
    return made


def failure():
    try:
        try:
            float(CANARY)
        except ValueError as error:
            raise KeyError(CANARY) from error
    except KeyError as error:
        return error


def test_a_line_of_json_holds_message_and_fields():
    line = json.loads(JsonLines().format(record("version %s refused", "7", route="/v1/score", status=200, key=None)))
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "warning", "message": "version 7 refused", "route": "/v1/score", "status": 200}


@pytest.mark.parametrize("formatter", [JsonLines(), PlainText()])
def test_a_fault_is_told_by_its_places_and_not_by_its_message(formatter):
    line = formatter.format(record("scoring lead %s failed", "L1", error=failure()))
    assert CANARY not in line
    assert "ValueError" in line
    assert "KeyError" in line
    assert "in failure" in line


def test_a_line_break_of_a_caller_begins_no_line():
    line = PlainText().format(record("lead %s", "L1\n2026-01-01 [ERROR] forged"))
    assert "\n" not in line
    assert "\n" not in JsonLines().format(record("lead %s", "L1\n2026-01-01 [ERROR] forged"))


def test_lines_of_a_call_carry_its_id():
    token = REQUEST_ID.set("abc")
    try:
        assert json.loads(JsonLines().format(record("something")))["request_id"] == "abc"
    finally:
        REQUEST_ID.reset(token)


@pytest.fixture
def lines(caplog):
    """Return what reads the log of calls so far, as lines of JSON, and forgets it."""
    caplog.set_level(logging.INFO, logger="bentoml.leadscore")

    def read():
        texts = [JsonLines().format(one) for one in caplog.records if one.name == "bentoml.leadscore"]
        caplog.clear()
        return [json.loads(text) for text in texts]

    return read


def test_a_call_is_one_line_with_route_status_duration_caller_and_engine(client, lines):
    lead_id = f"LOG-{uuid.uuid4().hex}"
    lines()
    client.put(f"/v1/leads/{lead_id}", json={"employees": 200})
    (line,) = [one for one in lines() if one["message"] == "call"]
    assert line.pop("milliseconds") > 0
    assert {name: line[name] for name in line if name not in ("at", "request_id")} == {
        "level": "info", "message": "call", "method": "PUT", "route": "/v1/leads/{lead_id}", "status": 201,
        "key": "local", "role": "admin", "engine": "rules", "scores": 1,
    }  # fmt: skip


def test_health_is_no_line_unless_it_fails(client, lines):
    lines()
    for path in ("/livez", "/readyz", "/metrics"):
        assert client.get(path).status_code == 200
    assert lines() == []
    client.post("/livez")
    assert [line["status"] for line in lines()] == [405]


def test_no_value_of_a_body_and_no_address_stands_in_the_log(client, lines, monkeypatch):
    from serving.service import APPLICATION

    scoring = APPLICATION.state.scoring

    class Broken:
        reference = None

        def score(self, lead, *_, **__):
            raise ValueError(f"could not read {lead.attributes}")

    class Held:
        scorer = Broken()
        since = None

    lead = {"lead_id": "L-log", "industry": CANARY, "email": f"{CANARY}@example.com", "employees": 7}
    lines()
    client.post("/v1/score", json={"lead": {**lead, "employees": CANARY}})
    client.post("/v1/score", json={"lead": lead, "as_of": CANARY})
    client.post("/v1/score", content=f'{{"lead": {CANARY}', headers={"content-type": "application/json"})
    client.put(f"/v1/leads/L-log?{CANARY}={CANARY}", json={"industry": CANARY})
    client.get(f"/v1/leads?search={CANARY}")
    client.get(f"/{CANARY}")
    client.request(CANARY.upper(), "/v1/score")
    monkeypatch.setattr(scoring.champion, "loaded", Held())
    assert client.post("/v1/score", json={"lead": lead}).json()["degraded_reason"] == "model-error"
    monkeypatch.undo()
    told = json.dumps(lines())
    assert "the model failed on lead L-log" in told
    assert CANARY.lower() not in told.lower()


@pytest.mark.parametrize(
    ("logged", "expected"),
    [("all", ["/v1/model", "/v1/sla", "other"]), ("failed", ["/v1/sla", "other"]), ("none", [])],
)
def test_which_calls_are_logged_is_a_setting(client_of, lines, logged, expected):
    from anyio.from_thread import start_blocking_portal
    from starlette.responses import PlainTextResponse

    async def app(scope, receive, send):
        status = 200 if scope["path"] in ("/v1/model", "/livez") else 503
        await PlainTextResponse("", status)(scope, receive, send)

    observed = Observer(app, settings=lambda: Settings(log_requests=logged))
    with start_blocking_portal() as portal:
        client = client_of(portal, observed)
        for path in ("/v1/model", "/livez", "/v1/sla", "/nothing"):
            client.get(path)
    assert [line["route"] for line in lines()] == expected


def test_the_log_of_a_worker_gets_its_form(monkeypatch):
    from serving.logs import set_up_logs

    logger = logging.getLogger("circus")
    handler = logging.StreamHandler(sys.stderr)
    monkeypatch.setattr(logger, "handlers", [handler])
    set_up_logs(Settings(log_format="json"))
    assert isinstance(handler.formatter, JsonLines)
    set_up_logs(Settings())
    assert isinstance(handler.formatter, PlainText)
