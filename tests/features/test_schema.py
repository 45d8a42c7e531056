"""One raw value, one canonical value, whichever road it came by."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import Catalog
from features.domain import ConfigError, InputError, Text
from features.schema import Column, ColumnType, EventKind, Property, Role, Schema, Use, canonical_value

SCHEMA = Schema(
    columns=(
        Column("city", ColumnType.CATEGORY),
        Column("employees", ColumnType.NUMBER),
        Column("Tags", ColumnType.CATEGORY, Role.LEFT_OUT, "hindsight"),
        Column("visits", ColumnType.NUMBER, Role.ENGAGEMENT),
    ),
    event_kinds=(EventKind("page_view"), EventKind("A_APPROVED", Use.OUTCOME)),
    properties=(Property("seconds", ColumnType.NUMBER),),
    missing_values=frozenset({"Select"}),
)


def test_left_out_columns_and_silent_kinds_are_not_for_features() -> None:
    assert [column.name for column in SCHEMA.used_columns] == ["city", "employees", "visits"]
    assert SCHEMA.engagement_kinds == ("page_view",)
    assert SCHEMA.silent_kinds == {"A_APPROVED"}


def test_unknown_attributes_are_reported_and_not_used() -> None:
    values, warnings = SCHEMA.canonical_attributes({"city": " Berlin ", "employees": "12", "shoe_size": 43})
    assert values == {"city": "Berlin", "employees": 12.0}
    assert warnings == ["unknown attribute 'shoe_size' was not used"]


def test_missing_tokens_and_empty_texts_are_missing() -> None:
    values, _ = SCHEMA.canonical_attributes({"city": "Select", "employees": " ", "visits": None})
    assert values == {}


@pytest.mark.parametrize("given_value", ["a few", "1.234,5", float("inf"), [1], {"n": 1}])
def test_a_number_that_is_none_is_refused(given_value: object) -> None:
    with pytest.raises(InputError, match="employees"):
        SCHEMA.canonical_attributes({"employees": given_value})


def test_json_true_and_csv_true_are_the_same_category() -> None:
    texts = [canonical_value(v, ColumnType.CATEGORY, (), "x") for v in (True, "True", "TRUE", "true")]
    assert texts == ["true"] * 4
    assert canonical_value(5, ColumnType.CATEGORY, (), "x") == canonical_value(5.0, ColumnType.CATEGORY, (), "x") == "5"


def test_dates_become_moments_in_utc() -> None:
    expected = datetime(2026, 1, 31, tzinfo=UTC)
    for given_value in ("2026-01-31", date(2026, 1, 31), "2026-01-31T01:00:00+01:00"):
        assert canonical_value(given_value, ColumnType.DATE, (), "x") == expected
    with pytest.raises(InputError, match="ISO 8601"):
        canonical_value("31.01.2026", ColumnType.DATE, (), "x")


@given(st.text(), st.sampled_from([ColumnType.CATEGORY, ColumnType.EMAIL, ColumnType.JOB_TITLE]))
def test_a_canonical_text_is_its_own_canonical_form(text: str, kind: ColumnType) -> None:
    once = canonical_value(text, kind, {"Select"}, "x")
    assert canonical_value(once, kind, {"Select"}, "x") == once


def test_a_stored_schema_reads_back_and_a_damaged_one_is_refused() -> None:
    stored = SCHEMA.to_mapping()
    again = Schema.from_mapping(stored)
    assert again.to_mapping() == stored
    assert again.used_columns[0].type is ColumnType.CATEGORY
    stored["columns"][0]["type"] = "colour"
    with pytest.raises(ConfigError, match="colour"):
        Schema.from_mapping(stored)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (10**400, ColumnType.NUMBER),
        (10**5000, ColumnType.NUMBER),
        (10**5000, ColumnType.CATEGORY),
        ("0001-01-01T00:00:00+14:00", ColumnType.DATE),
        ("9999-12-31T23:59:59-14:00", ColumnType.DATE),
    ],
    ids=["number", "long number", "long category", "before the year 1", "after the year 9999"],
)
def test_what_no_float_text_or_calendar_can_hold_is_refused(given: object, kind: ColumnType) -> None:
    with pytest.raises(InputError, match="x is"):
        canonical_value(given, kind, set(), "x")


def test_a_column_is_called_as_the_company_says_also_out_of_a_bundle() -> None:
    schema = Schema(columns=(Column("idt_4", ColumnType.CATEGORY, label=Text("Region", "Gebiet")),), timed=False)
    (column,) = Schema.from_mapping(schema.to_mapping()).columns
    assert column.called == Text("Region", "Gebiet")
    assert Catalog.from_schema(schema).feature("idt_4").label.de == "Gebiet"


def test_a_usual_column_has_a_name_in_both_languages_and_keeps_the_companys_word_in_its_own() -> None:
    named = {name: Column(name, ColumnType.CATEGORY).called for name in ("Lead Source", "branche", "shoe_size")}
    assert named["Lead Source"] == Text("Lead Source", "Herkunft")
    assert named["branche"] == Text("Industry", "Branche")
    assert named["shoe_size"] == Text("Shoe size", "Shoe size")
