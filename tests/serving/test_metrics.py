"""What Prometheus reads, of the real application."""

import re
import uuid

import pytest
from prometheus_client.parser import text_string_to_metric_families


def read(client):
    """Every sample by its name and labels, as Prometheus understands the text."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples, name, **labels):
    return samples.get((name, tuple(sorted(labels.items()))), 0.0)


def test_calls_are_timed_by_route_and_status(client):
    before = read(client)
    client.get(f"/v1/leads/{uuid.uuid4()}")
    client.get("/livez")
    after = read(client)
    for labels in (
        {"method": "GET", "route": "/v1/leads/{lead_id}", "status": "404"},
        {"method": "GET", "route": "/livez", "status": "200"},
    ):
        name = "leadscore_request_duration_seconds_count"
        assert value(after, name, **labels) == value(before, name, **labels) + 1


def test_no_address_and_no_method_of_a_caller_becomes_a_label(client):
    client.get("/openapi.json")
    client.get("/no-such-call")
    client.request("BREW", "/no-such-call")
    before = set(read(client))
    for number in range(50):
        client.get(f"/{uuid.uuid4()}")
        client.get(f"/v1/leads/{uuid.uuid4()}")
        client.get(f"/v1/leads/{uuid.uuid4()}/nothing/{number}")
        client.request(f"BREW{number}", f"/v1/score/{number}")
    grown = set(read(client)) - before
    assert len({labels for name, labels in grown if name.endswith("_count")}) <= 3
    assert not any(re.search(r"[0-9a-f]{8}-|BREW", str(key)) for key in grown | before)
    assert not any(name.startswith("bentoml") for name, _ in before)


def test_scores_are_counted_by_engine_and_reason(client):
    labels = {"engine": "rules", "degraded_reason": "no-model"}
    before = value(read(client), "leadscore_scores_total", **labels)
    client.post("/v1/score", json={"lead": {"lead_id": "new", "employees": 200}})
    assert value(read(client), "leadscore_scores_total", **labels) == before + 1


def test_alarms_stand_at_zero_before_the_first(client):
    samples = read(client)
    for kind in ("model-output", "model-error"):
        assert ("leadscore_model_alarms_total", (("kind", kind),)) in samples


def test_writes_of_the_store_are_timed_and_stages_counted(client):
    before = read(client)
    lead_id = f"M-{uuid.uuid4().hex}"
    client.put(f"/v1/leads/{lead_id}", json={"employees": 200})
    after = read(client)
    assert value(after, "leadscore_store_write_seconds_count") > value(before, "leadscore_store_write_seconds_count")
    assert value(after, "leadscore_store_wait_seconds_count") > value(before, "leadscore_store_wait_seconds_count")
    changed = {"before": "none", "after": "lead"}
    name = "leadscore_stage_changes_total"
    assert value(after, name, **changed) == value(before, name, **changed) + 1


def test_what_waits_is_read_from_the_store(client):
    samples = read(client)
    assert value(samples, "leadscore_store_up") == 1
    for name in (
        "leadscore_renewal_leads_remaining", "leadscore_rescoring_given_up", "leadscore_outbox_waiting",
        "leadscore_outbox_oldest_due_seconds", "leadscore_outbox_dead", "leadscore_store_writes_waiting",
    ):  # fmt: skip
        assert (name, ()) in samples, name
    for priority in ("first", "later"):
        assert ("leadscore_rescoring_waiting", (("priority", priority),)) in samples


def test_the_docs_name_every_figure(client, request):
    page = (request.config.rootpath / "docs" / "operation.md").read_text()
    families = {family.name for family in text_string_to_metric_families(client.get("/metrics").text)}
    ours = {name for name in families if name.startswith("leadscore_") and not name.endswith("_created")}
    assert {name for name in ours if f"`{name}" not in page} == set()


@pytest.mark.parametrize("role", ["crm", "marketing", "sales"])
def test_row_47_only_those_who_watch_the_service_read_its_figures(client, role):
    from serving.api.call import Caller
    from serving.service import APPLICATION
    from serving.store.keys import Role

    class Somebody:
        def remembered(self, *_):
            return Caller("a key", Role(role))

    access, APPLICATION.state.access = APPLICATION.state.access, Somebody()
    try:
        assert client.get("/metrics").status_code == 403
    finally:
        APPLICATION.state.access = access
