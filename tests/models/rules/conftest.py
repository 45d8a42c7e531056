"""A small company's schema and rules, shared by the tests of the rules."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from features.domain import Event, Lead, ModelReference, Sla, Value
from features.schema import Column, ColumnType, EventKind, Property, Role, Schema, Use
from models.agreement import Agreement
from models.rules import RulesCalibration, RuleSet, RulesScorer

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)

SCHEMA = Schema(
    columns=(
        Column("email", ColumnType.EMAIL),
        Column("job_title", ColumnType.JOB_TITLE),
        Column("industry", ColumnType.CATEGORY),
        Column("employees", ColumnType.NUMBER),
        Column("founded_on", ColumnType.DATE),
        Column("deal_amount", ColumnType.NUMBER, Role.LEFT_OUT, "filled for customers only"),
    ),
    event_kinds=(
        EventKind("page_view"),
        EventKind("email_click"),
        EventKind("demo_request"),
        EventKind("unsubscribe"),
        EventKind("contract_signed", Use.OUTCOME, "it is the target"),
    ),
    properties=(Property("page", ColumnType.CATEGORY), Property("seconds", ColumnType.NUMBER)),
)

RULES: dict[str, Any] = {
    "version": 3,
    "base_points": 10,
    "groups": {
        "fit": {"cap": 40, "floor": -30},
        "engagement": {"cap": 60, "floor": -30},
        "mail": {"part_of": "engagement", "cap": 8, "text": {"en": "E-mail", "de": "E-Mail"}},
    },
    "rules": [
        {"id": "industry", "when": {"attribute": "industry", "one_of": ["Software", "Machinery"]}, "points": 15,
         "text": {"en": "In a target industry", "de": "In einer Zielbranche"}},
        {"id": "mid_size", "when": {"attribute": "employees", "from": 50, "below": 1000}, "points": 15},
        {"id": "leader", "when": {"seniority": {"from": 6}}, "points": 12},
        {"id": "free_mail", "when": {"email_kind": "free"}, "points": -12},
        {"id": "big_software", "points": 5,
         "when": [{"attribute": "industry", "is": "software"}, {"attribute": "employees", "from": 500}]},
        {"id": "demo", "when": {"event": "demo_request", "within_days": 60, "half_life_days": 30}, "points": 30,
         "text": {"en": "Requested a demo: {value}", "de": "Demo angefragt: {value}"}},
        {"id": "pricing", "points": 4, "max_points": 16,
         "when": {"event": "page_view", "where": {"page": {"contains": "pricing"}}, "within_days": 30}},
        {"id": "reader", "points": 6,
         "when": {"event": "page_view", "at_least": 3, "where": {"seconds": {"from": 30}}}},
        {"id": "click", "group": "mail", "points": 2, "max_points": 40,
         "when": {"event": "email_click", "half_life_days": 7}},
        {"id": "left", "when": {"event": "unsubscribe"}, "points": -20},
    ],
}  # fmt: skip


@pytest.fixture
def schema() -> Schema:
    return SCHEMA


@pytest.fixture
def rules() -> dict[str, Any]:
    return copy.deepcopy(RULES)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def lead() -> Callable[..., Lead]:
    def make(**attributes: Value) -> Lead:
        return Lead("L1", NOW - timedelta(days=100), attributes)

    return make


@pytest.fixture
def event() -> Callable[..., Event]:
    def make(kind: str, days_ago: float, **properties: Value) -> Event:
        return Event("L1", NOW - timedelta(days=days_ago), kind, properties)

    return make


@pytest.fixture
def scorer_of() -> Callable[..., RulesScorer]:
    def make(
        rules: Mapping[str, Any], sla: Mapping[str, Any] | None = None, calibration: RulesCalibration | None = None
    ) -> RulesScorer:
        return RulesScorer(
            RuleSet.from_mapping(rules, SCHEMA),
            Agreement(Sla.from_mapping(sla or {})),
            calibration=calibration,
            reference=ModelReference("acme rules", "3", None),
        )

    return make
