"""The agreement is read whole or refused with the entry's name."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from features.domain import ConfigError, Sla

FULL = {
    "version": 3,
    "valid_from": dt.date(2026, 1, 1),
    "agreed_by": {"marketing": "head of marketing", "sales": "head of sales"},
    "confidence": 0.95,
    "mql": {"min_conversion_rate": 0.15, "max_missed_customers": 0.20, "contact_within": "2 business days"},
    "sql": {
        "min_conversion_rate": 0.30,
        "min_acceptance_rate": 0.60,
        "max_per_week": 40,
        "contact_within": "4 business hours",
        "requires": ["email", "consent"],
    },
    "priority": ["sql.max_per_week", "mql.max_missed_customers"],
    "hysteresis": 5,
    "certificate_days": 90,
    "calendar": {"time_zone": "Europe/Berlin", "days": "mon-fri", "hours": "09:00-17:00", "holidays": "DE-BY"},
    "personas": [{"name": "Mid-size marketing", "match": {"job_function": "marketing", "employees": "50-1000"}}],
}


def test_every_clause_is_read() -> None:
    sla = Sla.from_mapping(FULL)
    assert (sla.version, sla.valid_from, sla.confidence) == (3, dt.date(2026, 1, 1), 0.95)
    assert (sla.mql.min_conversion_rate, sla.mql.max_missed_customers) == (0.15, 0.20)
    assert (sla.sql.max_per_week, sla.sql.requires) == (40, ("email", "consent"))
    assert str(sla.mql.contact_within) == "2 business days"
    assert sla.calendar.holidays == "DE-BY"


def test_an_empty_agreement_is_one_without_clauses() -> None:
    sla = Sla.from_mapping({})
    assert sla.mql.min_conversion_rate is None
    assert sla.sql.requires == ()
    assert sla.hysteresis == 5


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"mql": {"min_conversion_rate": 15}}, "min_conversion_rate"),
        ({"mql": {"min_conversion": 0.15}}, "min_conversion"),
        ({"sql": {"max_per_week": 0}}, "max_per_week"),
        ({"sql": {"max_per_week": True}}, "max_per_week"),
        ({"sql": {"contact_within": "soon"}}, "sql.contact_within"),
        ({"sql": {"requires": "email"}}, "sql.requires"),
        ({"sql": 3}, "sql"),
        ({"confidence": 1}, "confidence"),
        ({"confidence": True}, "confidence"),
        ({"priority": ["mql.speed"]}, "mql.speed"),
        ({"valid_from": "tomorrow"}, "valid_from"),
        ({"personas": [{"name": "x"}]}, "persona"),
        ({"cutoff": 3}, "cutoff"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(change: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        Sla.from_mapping(change)


def test_a_persona_matches_texts_without_case_and_numbers_by_range() -> None:
    persona = Sla.from_mapping(FULL).personas[0]
    assert persona.matches({"job_function": "Marketing", "employees": 250.0})
    assert not persona.matches({"job_function": "Marketing", "employees": 20.0})
    assert not persona.matches({"job_function": "Marketing"})


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../etc"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ConfigError, match="time_zone"):
        Sla.from_mapping({"calendar": {"time_zone": zone}})


def test_an_empty_calendar_entry_means_the_usual_one() -> None:
    assert Sla.from_mapping({"calendar": {"time_zone": None}}).calendar == Sla().calendar


def test_a_certificate_for_ever_is_refused() -> None:
    with pytest.raises(ConfigError, match="certificate_days"):
        Sla.from_mapping({"certificate_days": 10**30})


@pytest.mark.parametrize(
    ("entry", "value"),
    [("days", "mo-fr"), ("days", "mon-fri-sun"), ("days", []), ("days", ["mon", "feast"]), ("hours", "9-17"),
     ("hours", "17:00-09:00"), ("hours", "09:00-24:30"), ("hours", 540)],
)  # fmt: skip
def test_office_hours_that_nobody_keeps_are_refused_by_name(entry: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"calendar.{entry}"):
        Sla.from_mapping({"calendar": {entry: value}})


@pytest.mark.parametrize("days", ["mon-fri", "Mon-Sat", ["mon", "wed"], "monday, friday", "mon-wed, sat"])
def test_days_are_a_range_or_a_list(days: object) -> None:
    Sla.from_mapping({"calendar": {"days": days, "hours": "00:00-24:00"}})


def test_an_agreement_is_read_again_from_what_it_says_of_itself() -> None:
    written = {
        "version": 7, "valid_from": "2026-04-01", "agreed_by": {"sales": "Bo"}, "confidence": 0.9,
        "mql": {"min_conversion_rate": 0.15, "max_missed_customers": 0.1, "contact_within": "2 business days"},
        "sql": {"min_acceptance_rate": 0.5, "max_per_week": 40, "contact_within": "1.5 hours", "requires": ["email"]},
        "priority": ["sql.max_per_week"], "hysteresis": 3, "certificate_days": 30,
        "calendar": {"days": "mon, wed", "hours": "08:00-12:00", "holidays": "DE-BY"},
        "personas": [{"name": "Mid", "match": {"employees": "50-1000"}}],
    }  # fmt: skip
    for agreed in (Sla.from_mapping(written), Sla()):
        assert Sla.from_mapping(json.loads(json.dumps(agreed.to_mapping()))) == agreed
