"""What other cutoffs would have done, asked over the API."""

import json

import pytest

from models.agreement import Agreement
from models.evidence.at_cutoff import at_cutoff
from serving.store.keys import Role

WHAT_IF = "/v1/sla/what-if"


@pytest.fixture
def agreed(service):
    """Cutoffs in force, with a limit on what sales takes."""
    (service.workspace.root / "sla.yaml").write_text("version: 3\nsql: {max_per_week: 5}\n", encoding="utf-8")
    Agreement(service.workspace.sla(), 0.1, 0.3, "certified", model_version="7").write(service.workspace)


def test_moved_cutoffs_are_counted_beside_those_in_force(service, measured_model, agreed):
    evidence = measured_model()
    answer = service.client.get(f"{WHAT_IF}?mql=0.15&sql=0.3")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    held_out = evidence.held_out
    for name, cutoff in (("asked", 0.15), ("in_force", 0.1)):
        at, mql = at_cutoff(held_out.leads, cutoff, 30.0), told[name]["mql"]
        assert (mql["probability"], mql["share_of_leads"]) == (cutoff, at.share)
        assert mql["per_week"]["value"] == pytest.approx(at.leads / 30)
        assert mql["per_week"]["low"] < at.leads / 30 < mql["per_week"]["high"]
        assert mql["conversion"] == {"value": at.rate.value, "low": at.rate.low, "high": at.rate.high}
        assert mql["missed_customers"]["value"] == at.missed.value
        assert mql["load"] is None
    load = told["asked"]["sql"]["load"]
    assert (load["max_per_week"], load["weeks"]) == (5, 28)
    assert told["between"]["sql"] is None
    moved = told["in_force"]["mql"]["share_of_leads"] - told["asked"]["mql"]["share_of_leads"]
    assert told["between"]["mql"]["leads"] == round(900 * moved)
    assert told["model_version"] == "7"
    assert told["measured_on"] == {"leads": 900, "of": 900, "from": "2025-06-02", "until": "2025-12-28", "weeks": 30.0}


def test_without_cutoffs_those_in_force_are_told(service, measured_model, agreed):
    measured_model()
    told = service.client.get(WHAT_IF).json()
    assert told["asked"] == told["in_force"]
    assert told["asked"]["sql"]["probability"] == 0.3


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("mql=0.4&sql=0.2", "?sql"), ("mql=0", "?mql"), ("sql=1", "?sql"), ("mql=nan", "?mql"), ("mql=-0.1", "?mql"),
        ("mql=0.1&mql=0.2", "?mql"), ("mql=", "?mql"), ("cutoff=0.1", "?"),
    ],
)  # fmt: skip
def test_what_are_no_cutoffs_is_named(service, measured_model, agreed, query, place):
    measured_model()
    answer = service.client.get(f"{WHAT_IF}?{query}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [place]


def test_a_cutoff_that_crosses_the_one_in_force_is_refused(service, measured_model, agreed):
    measured_model()
    assert service.client.get(f"{WHAT_IF}?mql=0.5").status_code == 422


def test_why_there_is_nothing_to_count_on_is_said(service, measured_model, agreed):
    answer = service.client.get(WHAT_IF)
    assert (answer.status_code, "The rules answer" in answer.json()["detail"]) == (404, True)
    measured_model("6", has_evidence=False)
    assert "train again" in service.client.get(WHAT_IF).json()["detail"]
    measured_model("7")
    (service.workspace.var / "bundles" / "7" / "evidence.json").write_text("{}")
    assert "cannot be read" in service.client.get(WHAT_IF).json()["detail"]


def test_before_any_cutoffs_both_have_to_be_given(service, measured_model):
    measured_model()
    assert "give both" in service.client.get(f"{WHAT_IF}?mql=0.1").json()["detail"]
    told = service.client.get(f"{WHAT_IF}?mql=0.1&sql=0.2").json()
    assert told["in_force"] is None
    assert told["between"] == {"mql": None, "sql": None}


def test_no_lead_is_told_apart(service, measured_model, agreed):
    measured_model()
    assert not {"lead_id", "leads_ids", "company"} & set(json.dumps(service.client.get(WHAT_IF).json()).split('"'))


def test_a_crm_may_not_ask(service, measured_model, agreed):
    measured_model()
    for role, status in ((Role.CRM, 403), (Role.SALES, 200), (Role.SCIENTIST, 200)):
        with service.rooms.door.store().begin() as tx:
            _, text = tx.keys.create(role.value, role, by="a test")
        answer = service.client.get(WHAT_IF, headers={"authorization": f"Bearer {text}"})
        assert answer.status_code == status
