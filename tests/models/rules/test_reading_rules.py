"""rules.yaml is checked, and every complaint names the rule, the entry and the likely meaning."""

from __future__ import annotations

from typing import Any

import pytest

from features.domain import ConfigError, Group
from features.schema import Schema
from models.rules import RuleSet


def with_rule(rules: dict[str, Any], **rule: Any) -> dict[str, Any]:
    return {**rules, "rules": [{"id": "mine", "points": 5, **rule}]}


def test_the_file_of_the_example_is_read_whole(rules: dict[str, Any], schema: Schema) -> None:
    rule_set = RuleSet.from_mapping(rules, schema)
    assert (rule_set.version, rule_set.base_points, len(rule_set.rules)) == (3, 10.0, 10)
    assert rule_set.kinds == {"page_view", "email_click", "demo_request", "unsubscribe"}
    assert set(rule_set.columns) == {"email", "job_title", "industry", "employees"}


def test_rules_on_attributes_belong_to_fit_and_rules_on_events_to_engagement(
    rules: dict[str, Any], schema: Schema
) -> None:
    parts = {name: group.part_of for name, group in RuleSet.from_mapping(rules, schema).group_of.items()}
    assert parts["industry"] is Group.FIT
    assert parts["demo"] is Group.ENGAGEMENT
    assert parts["click"] is Group.ENGAGEMENT


@pytest.mark.parametrize(
    ("when", "named"),
    [
        ({"attribute": "indutsry", "is": "Software"}, r"indutsry.*Did you mean 'industry'"),
        ({"event": "demo_requst"}, r"demo_requst.*Did you mean 'demo_request'"),
        ({"event": "page_view", "where": {"pages": "/x"}}, r"pages.*Did you mean 'page'"),
        ({"event": "page_view", "half_life": 3}, r"half_life.*Did you mean 'half_life_days'"),
        ({"event": "page_view", "within_days": 0}, r"within_days.*above 0"),
        ({"event": "page_view", "at_least": 1.5}, "at_least"),
        ({"event": "contract_signed"}, "leaves out of scoring.*it is the target"),
        ({"attribute": "deal_amount", "from": 5}, "leaves out of scoring.*filled for customers only"),
        ({"attribute": "industry", "from": 5}, "from"),
        ({"attribute": "employees", "from": 50, "below": 50}, "below"),
        ({"attribute": "employees", "is": "many"}, "numbers"),
        ({"attribute": "founded_on", "is": "2020-01-01"}, "filled"),
        ({"attribute": "industry", "filled": "yes"}, "filled"),
        ({"attribute": "industry"}, "one question"),
        ({"attribute": "industry", "is": "a", "filled": True}, "one question"),
        ({"function": "marketting"}, r"Did you mean 'marketing'"),
        ({"email_kind": "private"}, "email_kind"),
        ({"points": 3}, "attribute, event"),
        (None, "when of rule mine"),
        ([{"event": "page_view"}, {"event": "demo_request"}], "at most one about events"),
    ],
)
def test_a_wrong_condition_is_named(rules: dict[str, Any], schema: Schema, when: object, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        RuleSet.from_mapping(with_rule(rules, when=when), schema)
    assert "rule mine" in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"points": "many"}, "points"),
        ({"points": True}, "points"),
        ({"points": float("nan")}, "points"),
        ({"max_points": -10}, "max_points"),
        ({"max_points": 3}, "max_points"),
        ({"group": "fti"}, r"Did you mean 'fit'"),
        ({"poitns": 3}, r"Did you mean 'points'"),
        ({"text": {"fr": "oui"}}, "fr"),
        ({"text": {}}, "text"),
    ],
)
def test_a_wrong_entry_is_named(rules: dict[str, Any], schema: Schema, entry: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        RuleSet.from_mapping(with_rule(rules, when={"event": "page_view"}, **entry), schema)


def test_max_points_without_events_are_refused(rules: dict[str, Any], schema: Schema) -> None:
    with pytest.raises(ConfigError, match="max_points"):
        RuleSet.from_mapping(with_rule(rules, when={"attribute": "industry", "is": "a"}, max_points=10), schema)


@pytest.mark.parametrize(
    ("top", "named"),
    [
        ({"version": 0}, "version"),
        ({"base_points": None, "groups": {"fit": {"cap": -5}}}, "cap"),
        ({"groups": {"web": {"cap": 5}}}, "part_of"),
        ({"groups": {"fit": {"part_of": "engagement"}}}, "part_of"),
        ({"groups": {"fit": {"celling": 5}}}, "celling"),
        ({"rules": {"id": "x"}}, "a list"),
        ({"rules": [{"points": 3}]}, "rule 1.*id"),
        ({"required": ["emial"]}, "Did you mean 'email'"),
        ({"ruels": []}, "Did you mean 'rules'"),
    ],
)
def test_a_wrong_top_is_named(rules: dict[str, Any], schema: Schema, top: dict[str, Any], named: str) -> None:
    changed = {key: value for key, value in {**rules, **top}.items() if value is not None}
    with pytest.raises(ConfigError, match=named):
        RuleSet.from_mapping(changed, schema)


def test_two_rules_of_one_name_are_refused(rules: dict[str, Any], schema: Schema) -> None:
    with pytest.raises(ConfigError, match="two rules 'demo'"):
        RuleSet.from_mapping({**rules, "rules": [*rules["rules"], rules["rules"][5]]}, schema)


def test_a_derived_fact_needs_its_column_named_where_there_is_not_exactly_one(rules: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="0 columns have the type job_title"):
        RuleSet.from_mapping(with_rule(rules, when={"seniority": {"from": 6}}), Schema())


def test_without_a_schema_names_are_taken_at_their_word() -> None:
    rule_set = RuleSet.from_mapping(
        {"rules": [{"id": "a", "when": {"attribute": "anything", "is": 5}, "points": 1}]}, None
    )
    assert rule_set.columns == ("anything",)


def test_no_rules_at_all_are_a_rule_set(schema: Schema) -> None:
    assert RuleSet.from_mapping({"version": 1}, schema).rules == ()


@pytest.mark.parametrize("points", [float("nan"), float("inf"), 1e300, 10**400], ids=["nan", "inf", "huge", "long"])
def test_points_without_measure_are_refused(points: float) -> None:
    with pytest.raises(ConfigError, match="base_points"):
        RuleSet.from_mapping({"base_points": points})
