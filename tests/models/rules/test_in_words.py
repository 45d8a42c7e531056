import pytest

from features.domain import Text
from features.schema import Column, ColumnType, EventKind, Property, Schema
from models.rules import RuleSet
from models.rules.in_words import conditions_in_words

SCHEMA = Schema(
    columns=(
        Column("employees", ColumnType.NUMBER, label=Text("Staff", "Belegschaft")),
        Column("industry", ColumnType.CATEGORY, label=Text("Industry", "Branche")),
        Column("title", ColumnType.JOB_TITLE, label=Text("Job title", "Position")),
        Column("email", ColumnType.EMAIL, label=Text("E-mail", "E-Mail")),
    ),
    event_kinds=(EventKind("demo_request"), EventKind("page_view")),
    properties=(Property("page", ColumnType.CATEGORY, label=Text("Page", "Seite")),),
)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"attribute": "employees", "from": 1000}, ("Staff: from 1,000", "Belegschaft: ab 1.000")),
        ({"attribute": "employees", "below": 2.5}, ("Staff: below 2.5", "Belegschaft: unter 2,5")),
        (
            {"attribute": "employees", "from": 50, "below": 1000},
            ("Staff: from 50 to below 1,000", "Belegschaft: von 50 bis unter 1.000"),
        ),
        ({"attribute": "employees", "one_of": [10, 20]}, ("Staff: 10 or 20", "Belegschaft: 10 oder 20")),
        ({"attribute": "industry", "is": "IT"}, ("Industry: IT", "Branche: IT")),
        ({"attribute": "industry", "filled": False}, ("Industry: not filled in", "Branche: nicht ausgefüllt")),
        ({"attribute": "industry", "filled": True}, ("Industry: filled in", "Branche: ausgefüllt")),
        ({"attribute": "industry", "contains": ["soft"]}, ("Industry: contains “soft”", "Branche: enthält “soft”")),
        ({"seniority": {"from": 6}}, ("Level (Job title): from director", "Ebene (Position): ab Bereichsleitung")),
        ({"function": "sales"}, ("Function (Job title): sales", "Funktion (Position): Vertrieb")),
        (
            {"email_kind": "free"},
            ("Kind of address (E-mail): free mail provider", "Art der Adresse (E-Mail): Freemail-Anbieter"),
        ),
        (
            {"event": "demo_request", "within_days": 90, "at_least": 2, "half_life_days": 30, "daily_cap": 5},
            (
                "Demo requests, at least 2 times, within 90 days, worth half after 30 days, at most 5 a day",
                "Demo-Anfragen, mindestens 2-mal, innerhalb von 90 Tagen, nach 30 Tagen halb so viel, "
                "höchstens 5 am Tag",
            ),
        ),
    ],
)
def test_a_condition_is_said_in_both_languages(when, said):
    (rule,) = RuleSet.from_mapping({"rules": [{"id": "one", "when": when, "points": 1}]}, SCHEMA).rules
    assert conditions_in_words(rule, SCHEMA, {"it": "IT"}) == (Text(*said),)


def test_each_condition_of_a_rule_is_said():
    when = [{"attribute": "industry", "is": "it"}, {"event": "page_view", "where": {"page": {"contains": "price"}}}]
    (rule,) = RuleSet.from_mapping({"rules": [{"id": "one", "when": when, "points": 1}]}, SCHEMA).rules
    assert [text.en for text in conditions_in_words(rule, SCHEMA, {})] == [
        "Industry: it", "Page views", "Page: contains “price”",
    ]  # fmt: skip
