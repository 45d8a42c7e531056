"""docs/rules.md shows rules that are accepted and do what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from features.domain import Lead, ModelReference, Sla
from features.schema import Column, ColumnType, EventKind, Property, Schema
from models.agreement import Agreement
from models.rules import RuleSet, RulesScorer
from models.rules.rule import DAILY_CAP
from models.rules.rule_set import HELD_BELOW_MQL

DOCUMENT = Path(__file__).parents[3] / "docs" / "rules.md"
SCHEMA = Schema(
    columns=(
        Column("email", ColumnType.EMAIL),
        Column("job_title", ColumnType.JOB_TITLE),
        Column("industry", ColumnType.CATEGORY),
        Column("source", ColumnType.CATEGORY),
        Column("employees", ColumnType.NUMBER),
    ),
    event_kinds=tuple(map(EventKind, ("demo_request", "page_view", "email_click", "unsubscribe"))),
    properties=(Property("page", ColumnType.CATEGORY),),
)


@pytest.fixture(scope="module")
def document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example(document: str) -> dict[str, Any]:
    block = re.search(r"```yaml\n(.*?)```", document, re.DOTALL)
    assert block is not None
    return dict(YAML(typ="safe", pure=True).load(block[1]))


def test_the_example_is_accepted(example: dict[str, Any]) -> None:
    assert len(RuleSet.from_mapping(example, SCHEMA).rules) == 9


def test_the_example_scores(example: dict[str, Any], event: Callable[..., Any], now: datetime) -> None:
    scorer = RulesScorer(
        RuleSet.from_mapping(example, SCHEMA), Agreement(Sla()), reference=ModelReference("rules", "3", None)
    )
    lead = Lead(
        "L1", None, {"industry": "Software", "employees": 220.0, "email": "a@acme.example", "source": "partner"}
    )
    score = scorer.score(lead, [event("demo_request", 30)], now, scored_at=now)
    assert score.points == pytest.approx(20 + 15 + 10 + 5 + 12.5)


def test_the_document_tells_the_numbers_of_the_code(document: str) -> None:
    assert f"(default {DAILY_CAP})" in document
    assert f"held at {HELD_BELOW_MQL:g} " in document
