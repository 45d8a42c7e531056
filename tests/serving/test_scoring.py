import dataclasses
import math
from datetime import UTC, datetime

import pytest
from prometheus_client import REGISTRY

from features.domain import Engine, FixedClock, ModelReference, ModelUnavailableError
from serving.champion import Champion, Loaded
from serving.engines import rules_scorer
from serving.errors import RefusedError
from serving.scoring import ScoringService

NOW = datetime(2026, 3, 10, tzinfo=UTC)
LEAD = {"lead_id": "L1", "created_at": "2026-03-01T09:00:00+01:00", "employees": 200}


class Model:
    """Answers what the rules answer, changed in one place."""

    engine = Engine.MODEL
    reference = ModelReference("acme", "7", NOW)

    def __init__(self, rules, change):
        self.rules = rules
        self.change = change

    def score(self, lead, events, as_of, *, scored_at):
        score = self.rules.score(lead, events, as_of, scored_at=scored_at)
        return self.change(dataclasses.replace(score, engine=Engine.MODEL, probability=0.3, model=self.reference))

    def score_each(self, leads, *, scored_at):
        return [self.score(*lead, scored_at=scored_at) for lead in leads]


def service(workspace, change):
    config, sla = workspace.config(), workspace.sla()
    rules = rules_scorer(workspace, config, sla)
    workspace.champion.mkdir(parents=True)
    clock = FixedClock(NOW)
    champion = Champion(workspace.champion, (), lambda _: Loaded(Model(rules, change), {}), lambda: rules, clock)
    return ScoringService(workspace, config.schema, champion, clock)


def score(workspace, change, lead=LEAD):
    scoring = service(workspace, change)
    return scoring.score(scoring.read({"lead": lead}))


def alarms(kind):
    return REGISTRY.get_sample_value("leadscore_model_alarms_total", {"kind": kind})


def fail(error):
    def change(_):
        raise error

    return change


def test_a_sound_model_answers(workspace):
    answer = score(workspace, lambda one: one)
    assert (answer.engine, answer.degraded, answer.degraded_reason) == (Engine.MODEL, False, None)


@pytest.mark.parametrize(
    "change",
    [
        {"probability": math.nan},
        {"probability": 1.2},
        {"probability": None},
        {"points": math.inf},
        {"points": 12.0},
        {"score": 101},
        {"fit_points": math.nan},
    ],
)
def test_row_24_an_answer_that_is_no_score_is_replaced_by_the_rules_and_raises_the_alarm(workspace, change):
    before = alarms("model-output")
    answer = score(workspace, lambda one: dataclasses.replace(one, **change))
    assert (answer.engine, answer.degraded, answer.degraded_reason) == (Engine.RULES, True, "model-output")
    assert alarms("model-output") == before + 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("boom"), "model-error"),
        (MemoryError(), "model-error"),
        (ModelUnavailableError("NaN.", "a probability.", "Train again."), "model-output"),
    ],
)
def test_row_24_whatever_a_model_raises_the_rules_answer_and_the_alarm_is_raised(workspace, error, reason):
    before = alarms(reason)
    answer = score(workspace, fail(error))
    assert (answer.engine, answer.degraded, answer.degraded_reason) == (Engine.RULES, True, reason)
    assert alarms(reason) == before + 1


def test_row_23_a_lead_of_which_nothing_is_known_is_left_to_the_rules(workspace):
    answer = score(workspace, lambda one: one, {"lead_id": "L9", "employees": None, "industry": " "})
    assert (answer.engine, answer.degraded_reason) == (Engine.RULES, "insufficient-data")
    assert answer.warnings == ("insufficient_data",)


def test_of_many_leads_only_the_one_that_the_model_fails_on_is_left_to_the_rules(workspace):
    def change(score):
        if score.lead_id == "L2":
            raise RuntimeError("boom")
        return dataclasses.replace(score, points=math.nan) if score.lead_id == "L4" else score

    scoring = service(workspace, change)
    leads = [{**LEAD, "lead_id": f"L{number}"} for number in range(5)] + [{"lead_id": "L5"}]
    answers = scoring.score_each([scoring.read({"lead": lead}) for lead in leads])
    assert [answer.lead_id for answer in answers] == [lead["lead_id"] for lead in leads]
    assert [answer.degraded_reason for answer in answers] == [
        None, None, "model-error", None, "model-output", "insufficient-data"
    ]  # fmt: skip


def test_a_value_in_a_file_and_in_a_request_is_the_same_value(workspace):
    scoring = service(workspace, lambda one: one)
    sent = scoring.read({"lead": {**LEAD, "employees": " 200 ", "industry": " unknown "}})
    assert dict(sent.lead.attributes) == {"employees": 200.0}


def test_names_of_leads_and_no_values_are_logged(workspace, caplog):
    score(workspace, fail(RuntimeError("boom")), {**LEAD, "email": "zyx-canary@example.com"})
    assert "L1" in caplog.text
    assert "zyx-canary" not in caplog.text


def test_a_value_that_cannot_be_read_is_named_and_not_repeated(workspace):
    scoring = service(workspace, lambda one: one)
    event = {"event": "page_view", "occurred_at": "2026-03-02T00:00:00Z"}
    with pytest.raises(RefusedError) as refused:
        scoring.read({"lead": {**LEAD, "employees": "zyx-canary"}, "events": [event]})
    told = refused.value.problem.to_mapping()
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [("/lead/employees", "invalid-value")]
    assert "zyx-canary" not in str(told)
