"""A CRM administrator's story: serve, score over HTTP, a damaged model, a stop while requests are under way."""

import csv
import math
import shutil
import threading

import httpx
import pytest

pytestmark = pytest.mark.journey

EVENTS = [
    {"event": "page_view", "occurred_at": "2026-06-01T10:00:00+02:00", "page": "/pricing"},
    {"event": "demo_request", "occurred_at": "2026-06-02T10:00:00+02:00"},
]
REQUEST = {
    "lead": {
        "lead_id": "new-1", "created_at": "2026-06-01T09:00:00+02:00", "job_title": "Head of Marketing",
        "employees": 250, "country": "DE", "industry": "Software",
    },
    "events": EVENTS,
    "as_of": "2026-06-03T09:00:00+02:00",
}  # fmt: skip


@pytest.fixture
def workspace(company, tmp_path):
    """Return a copy of the trained company, to be damaged."""
    copy = tmp_path / "acme"
    shutil.copytree(company, copy, symlinks=True)
    return copy


def adds_up(score):
    total = score["base_points"] + math.fsum(reason["points"] for reason in score["reasons"])
    return abs(total - score["points"]) <= 1e-6


def test_a_lead_is_scored_over_http_with_reasons_that_add_up(workspace, tmp_path, served):
    with served(workspace, tmp_path / "log") as service:
        answer = service.post("/v1/score", REQUEST)
        score = answer.json()
        assert answer.status_code == 200
        assert (score["engine"], score["degraded"]) == ("model", False)
        assert adds_up(score)
        assert 0 <= score["probability"] <= 1
        assert service.get("/v1/model").json()["model"] == score["model"]
        assert service.get("/v1/sla").json()["cutoffs"]["mql"] == score["sla"]["mql"]
        many = service.post("/v1/score/batch", {"requests": [REQUEST, {}, REQUEST]}).json()["results"]
        assert [many[0]["points"], many[2]["points"]] == [score["points"]] * 2
        assert many[1]["problem"]["status"] == 422
        assert service.stop() == 0


def test_a_damaged_champion_is_refused_and_the_rules_answer(workspace, tmp_path, served):
    damage(workspace)
    with served(workspace, tmp_path / "log") as service:
        score = service.post("/v1/score", REQUEST).json()
        assert (score["engine"], score["degraded"]) == ("rules", True)
        assert score["degraded_reason"].startswith("bundle-invalid")
        assert adds_up(score)
        assert service.get("/readyz").status_code == 200


def test_row_25_a_champion_damaged_while_it_serves_leaves_the_old_one_serving(workspace, tmp_path, served):
    with served(workspace, tmp_path / "log") as service:
        before = service.post("/v1/score", REQUEST).json()
        damage(workspace)
        refused = wait_for(lambda: service.get("/v1/model").json()["refused"])
        assert refused["reason"].startswith("bundle-invalid")
        after = service.post("/v1/score", REQUEST).json()
        assert {**before, "scored_at": None} == {**after, "scored_at": None}


def test_a_stop_lets_requests_under_way_finish(workspace, tmp_path, served):
    answers = []
    with served(workspace, tmp_path / "log") as service:
        begun = threading.Event()

        def ask():
            begun.set()
            answers.append(service.post("/v1/score/batch", {"requests": [REQUEST] * 600}).status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        begun.wait(5)
        threading.Event().wait(0.4)
        assert service.stop() == 0
        asking.join(30)
        with pytest.raises(httpx.TransportError):
            service.get("/livez")
    assert answers == [200]


def test_a_killed_server_leaves_no_worker_on_the_port(workspace, tmp_path, served):
    with served(workspace, tmp_path / "log") as service:
        service.process.kill()
        service.process.wait()
        assert wait_for(lambda: not answers(service))


def answers(service):
    try:
        return service.get("/livez").status_code == 200
    except httpx.TransportError:
        return False


def test_the_service_writes_inside_the_workspace_only_and_logs_no_values(workspace, tmp_path, served):
    log = tmp_path / "log"
    canary = {**REQUEST, "lead": {**REQUEST["lead"], "email": "zyx-canary@example.com"}}
    with served(workspace, log) as service:
        service.post("/v1/score", canary)
        service.post("/v1/score", {**canary, "as_of": "zyx-canary"})
        service.stop()
    assert "zyx-canary" not in log.read_text()
    assert (workspace / "var" / "bentoml").is_dir()


def test_a_file_scores_as_the_service_does(workspace, tmp_path, served, leadscore):
    leads = tmp_path / "leads.csv"
    with leads.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["lead_id", "created_at", "job_title", "employees", "country", "industry"])
        writer.writerow(["new-1", "2026-06-01T09:00:00+02:00", "Head of Marketing", 250, "DE", "Software"])
    events = tmp_path / "events.csv"
    with events.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["lead_id", "occurred_at", "event", "page"])
        writer.writerows(["new-1", one["occurred_at"], one["event"], one.get("page", "")] for one in EVENTS)
    out = tmp_path / "scores.csv"
    told = leadscore(
        "score", workspace, "--leads", leads, "--events", events, "--as-of", REQUEST["as_of"], "--out", out, "--json"
    )
    assert told.code == 0, told.err
    with served(workspace, tmp_path / "log") as service:
        score = service.post("/v1/score", REQUEST).json()
    with out.open(newline="") as file:
        row = next(csv.DictReader(file))
    assert int(row["score"]) == score["score"]
    assert float(row["probability"]) == pytest.approx(score["probability"], abs=1e-9)


def damage(workspace):
    file = next((workspace / "var" / "champion").resolve().glob("trees-0.txt"), None) or next(
        (workspace / "var" / "champion").resolve().glob("scorecard.json")
    )
    text = bytearray(file.read_bytes())
    text[len(text) // 2] ^= 1
    file.write_bytes(bytes(text))
    manifest = file.parent / "MANIFEST.json"
    manifest.write_bytes(manifest.read_bytes())


def wait_for(ask, seconds=20):
    for _ in range(int(seconds * 10)):
        found = ask()
        if found:
            return found
        threading.Event().wait(0.1)
    raise AssertionError("it did not happen in time")
