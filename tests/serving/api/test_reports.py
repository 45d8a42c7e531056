import json

import pytest

from serving import openapi
from serving.store.keys import Role

SQL = {"employees": 200, "industry": "software"}


def key_of(service, role):
    with service.rooms.door.store().begin() as tx:
        _, text = tx.keys.create("test", role, by="test")
    return {"authorization": f"Bearer {text}"}


def make_sql(service, lead_id="L1"):
    service.put(lead_id, **SQL, created_at=service.clock.now().isoformat())
    service.send(service.event(lead_id))
    assert service.lead(lead_id)["stage"] == "sql"


def agree(service, text):
    (service.workspace.root / "sla.yaml").write_text(text, encoding="utf-8")
    service.restart()


def test_the_funnel_tells_how_far_leads_came(service):
    make_sql(service)
    service.put("L2", employees=5)
    service.say("L1", "rejected", reason="no budget")
    report = service.client.get("/v1/reports/funnel").json()
    assert report["total"]["counts"] == {"lead": 2, "mql": 1, "sql": 1, "opportunity": 0, "customer": 0}
    assert report["rejections"] == [{"reason": "no_budget", "is_rest": False, "count": 1}]
    assert (report["to"], len(report["rows"]), report["horizon_days"]) == ("2026-03-04", 26, 90.0)


def test_the_sla_report_tells_of_breaches_and_of_hours_without_a_model(service):
    agree(service, "version: 4\nsql: {contact_within: 2 business hours, max_per_week: 1}\n")
    make_sql(service)
    service.clock.move(hours=3)
    report = service.client.get("/v1/reports/sla").json()
    assert [one["lead_id"] for one in report["breaches"]] == ["L1"]
    week = report["periods"][-1]
    assert (week["handed_over"], week["late"], week["sql"]) == (1, 1, 1)
    assert week["degraded_scores"] == week["scores"] == 2
    assert week["degraded_hours"] == week["hours"] == 1
    assert (report["certificate"]["state"], report["sla_version"]) == ("none", 4)


def test_a_scientist_reads_the_reports_without_leads(service):
    agree(service, "version: 4\nsql: {contact_within: 2 business hours}\n")
    make_sql(service)
    service.clock.move(hours=3)
    sales, scientist = (key_of(service, role) for role in (Role.SALES, Role.SCIENTIST))
    for path in ("/v1/reports/sla", "/v1/reports/funnel"):
        answer = service.client.get(path, headers=scientist)
        assert answer.status_code == 200
        assert "L1" not in answer.text
    assert "L1" in service.client.get("/v1/reports/sla", headers=sales).text


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("from=yesterday", "?from", "invalid-value"),
        ("from=2026-02-30", "?from", "invalid-value"),
        ("from=2026-3-1", "?from", "invalid-value"),
        ("from=0001-01-01", "?from", "invalid-value"),
        ("to=9999-12-31", "?to", "invalid-value"),
        ("from=2026-03-05", "?from", "in-future"),
        ("from=2026-03-04&to=2026-03-03", "?to", "invalid-value"),
        ("from=2020-01-01", "?from", "out-of-range"),
        ("by=owner", "?by", "invalid-value"),
        ("by=source", "?by", "invalid-value"),
        ("by=week&by=month", "?by", "too-long"),
        ("limit=5", "?", "unknown-field"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(service, query, pointer, code):
    answer = service.client.get(f"/v1/reports/funnel?{query}")
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]


def test_the_sla_report_is_parted_by_time_only(service):
    assert service.client.get("/v1/reports/sla?by=persona").status_code == 422


def test_a_day_to_come_is_cut_to_today(service):
    report = service.client.get("/v1/reports/funnel?from=2026-03-01&to=2026-12-31").json()
    assert (report["from"], report["to"]) == ("2026-03-01", "2026-03-04")


def test_the_attribute_named_in_leadscore_yaml_is_the_source(service):
    config = service.workspace.config_file
    config.write_text(config.read_text(encoding="utf-8") + "reports: {source: industry}\n", encoding="utf-8")
    service.restart()
    make_sql(service)
    report = service.client.get("/v1/reports/funnel?by=source").json()
    assert report["source_attribute"] == "industry"
    assert [row["name"] for row in report["rows"]] == ["software"]


@pytest.mark.parametrize("path", ["/v1/reports/funnel", "/v1/reports/sla"])
def test_the_answer_has_the_published_shape(service, path):
    document = openapi.document()
    schemas = document["components"]["schemas"]
    make_sql(service)

    def check(value, schema, where):
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if "properties" in schema:
            assert set(value) == set(schema["properties"]), where
            for name, part in schema["properties"].items():
                check(value[name], part, f"{where}/{name}")
        elif schema.get("type") == "array":
            for entry in value:
                check(entry, schema["items"], f"{where}[]")

    answer = service.client.get(path).json()
    check(answer, document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"], path)
    assert json.dumps(answer, allow_nan=False)
