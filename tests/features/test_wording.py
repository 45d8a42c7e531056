"""What a score's reasons say: the value seen, in two languages, with direction and without causes."""

from __future__ import annotations

import re

import pytest

from features.catalog import Catalog
from features.schema import Column, ColumnType, EventKind, Property, Role, Schema

SCHEMA = Schema(
    columns=(
        Column("employees", ColumnType.NUMBER),
        Column("annual_revenue", ColumnType.NUMBER),
        Column("industry", ColumnType.CATEGORY),
        Column("job_title", ColumnType.JOB_TITLE),
        Column("email", ColumnType.EMAIL),
        Column("website", ColumnType.WEBSITE),
        Column("country", ColumnType.COUNTRY),
        Column("founded", ColumnType.DATE),
        Column("visits", ColumnType.NUMBER, Role.ENGAGEMENT),
        Column("What is your role", ColumnType.CATEGORY, Role.ENGAGEMENT),
    ),
    event_kinds=tuple(EventKind(kind) for kind in ("pricing_view", "email_bounce", "DemoRequest", "A_ACCEPTED")),
    properties=(Property("amount", ColumnType.NUMBER), Property("channel", ColumnType.CATEGORY)),
)
CATALOG = Catalog.from_schema(SCHEMA)


@pytest.mark.parametrize(
    ("concept", "feature", "value", "seen", "english", "german"),
    [
        ("pricing_view", "count_7d", 3.0, "3 in 7 days", "Viewed the pricing page 3 times in 7 days",
         "Hat die Preisseite in 7 Tagen 3-mal besucht"),
        ("pricing_view", "count_1d", 1.0, "1 in 24 hours", "Viewed the pricing page once in 24 hours",
         "Hat die Preisseite in 24 Stunden einmal besucht"),
        ("pricing_view", "count_90d", 0.0, "0 in 90 days", "No pricing page views in 90 days",
         "Keine Besuche der Preisseite in 90 Tagen"),
        ("pricing_view", "count_total", 5.0, "5 in all", "Viewed the pricing page 5 times",
         "Hat die Preisseite 5-mal besucht"),
        ("pricing_view", "days_since_last", 3.2, "3 days ago", "Last pricing page view 3 days ago",
         "Letzter Besuch der Preisseite vor 3 Tagen"),
        ("pricing_view", "days_since_last", None, None, "No pricing page views so far",
         "Keine Besuche der Preisseite bisher"),
        ("pricing_view", "decayed_14d", 1.234, "1.23 after decay", "Pricing page views, the newest counting most: 1.23",
         "Besuche der Preisseite, die neuesten zählen am meisten: 1,23"),
        ("a_accepted", "count_7d", 2.0, "2 in 7 days", "Event 'A_ACCEPTED': 2 in 7 days",
         "Ereignis 'A_ACCEPTED': 2 in 7 Tagen"),
        ("a_accepted", "count_7d", 0.0, "0 in 7 days", "No event 'A_ACCEPTED' in 7 days",
         "Kein Ereignis 'A_ACCEPTED' in 7 Tagen"),
        ("demo_request", "count_30d", 1.0, "1 in 30 days", "Requested a demo once in 30 days",
         "Hat in 30 Tagen einmal eine Demo angefragt"),
        ("other_events", "count_30d", 2.0, "2 in 30 days", "Other events: 2 in 30 days",
         "Sonstige Ereignisse: 2 in 30 Tagen"),
    ],
)  # fmt: skip
def test_a_behaviour_is_said_as_its_strongest_feature_saw_it(
    concept: str, feature: str, value: float | None, seen: str | None, english: str, german: str
) -> None:
    name = f"{concept}_{feature}"

    said, text = CATALOG.describe(concept, {name: value}, name, raises=True)

    assert (said, text.en, text.de) == (seen, f"{english} (raises)", f"{german} (erhöht)")


@pytest.mark.parametrize(
    ("concept", "feature", "value", "english", "german"),
    [
        ("employees", "employees", 250.0, "Employees: 250", "Mitarbeiterzahl: 250"),
        ("annual_revenue", "annual_revenue", 1234.5, "Annual revenue: 1,234.5", "Jahresumsatz: 1.234,5"),
        ("industry", "industry", "retail", "Industry: retail", "Branche: retail"),
        ("industry", "industry", "Yes", "Industry: yes", "Branche: ja"),
        ("industry", "industry", "false", "Industry: no", "Branche: nein"),
        ("industry", "industry", "cf747f07a385ddb157f79df52898ab14", "Industry: cf747f07…", "Branche: cf747f07…"),
        ("industry", "industry", "6f1c0d3a-0b1e-4c5d-8e9f-001122334455", "Industry: 6f1c0d3a…", "Branche: 6f1c0d3a…"),
        ("industry", "industry", "two  words", "Industry: two words", "Branche: two words"),
        ("what_is_your_role", "what_is_your_role", None, "What is your role: not known",
         "What is your role: nicht bekannt"),
        ("industry", "industry", None, "Industry is not known", "Branche ist nicht bekannt"),
        ("job_title", "job_title_seniority", 6.0, "Job title shows seniority: director",
         "Berufsbezeichnung zeigt Hierarchiestufe: Bereichsleitung"),
        ("email", "email_domain_kind", "free", "Email domain: free mail provider", "E-Mail-Domain: Freemail-Anbieter"),
        ("website", "website_present", 0.0, "Website is not known", "Website ist nicht bekannt"),
        ("country", "country", "DE", "Country: Germany", "Land: Deutschland"),
        ("founded", "founded_age_days", 3652.5, "Founded: 10 years ago", "Gründung: vor 10 Jahren"),
        ("lead_age", "lead_age_days", 12.2, "Lead is 12 days old", "Lead ist 12 Tage alt"),
        ("attributes_filled", "attributes_filled", 0.5, "4 of 8 attributes are known", "4 von 8 Angaben sind bekannt"),
        ("activity", "active_days_30d", 3.0, "Active on 3 of 30 days", "An 3 von 30 Tagen aktiv"),
        ("activity", "activity_decayed_3d", 4.25, "Activity of the last days, the newest counting most: 4.2",
         "Aktivität der letzten Tage, die neueste zählt am meisten: 4,2"),
        ("activity", "activity_decayed_60d", 4.25, "Activity of the last months, the newest counting most: 4.2",
         "Aktivität der letzten Monate, die neueste zählt am meisten: 4,2"),
        ("activity", "sessions_7d", 1.0, "1 session in 7 days", "1 Sitzung in 7 Tagen"),
        ("activity", "activity_velocity", -1.0, "Less active last week than in the three weeks before",
         "Letzte Woche weniger aktiv als in den drei Wochen davor"),
        ("first_touch", "first_touch_delay_days", 0.0, "First activity at creation", "Erste Aktivität bei der Anlage"),
        ("first_touch", "first_touch_kind", "DemoRequest", "First activity: requested a demo",
         "Erste Aktivität: hat eine Demo angefragt"),
        ("last_touch", "last_touch_kind", "A_ACCEPTED", "Last activity: A_ACCEPTED", "Letzte Aktivität: A_ACCEPTED"),
        ("lead_age", "lead_age_days", 0.0, "Lead is less than a minute old", "Lead ist weniger als eine Minute alt"),
        ("activity", "days_since_last_activity", 0.0, "Last activity less than a minute ago",
         "Letzte Aktivität vor weniger als einer Minute"),
        ("amount", "amount_mean", 0.5, "Amount on average: 0.5", "Amount im Mittel: 0,5"),
    ],
)  # fmt: skip
def test_attributes_and_activity_are_said_in_both_languages(
    concept: str, feature: str, value: float | str | None, english: str, german: str
) -> None:
    _, text = CATALOG.describe(concept, {feature: value}, feature, raises=False)

    assert (text.en, text.de) == (f"{english} (lowers)", f"{german} (senkt)")


def test_every_feature_has_words_for_a_value_none_and_either_direction() -> None:
    for feature in CATALOG.features:
        for value in (None, 0.0, 3.7) if feature.kind == "number" else (None, "x"):
            row = {feature.name: value}
            _, raises = CATALOG.describe(feature.concept, row, feature.name, raises=True)
            _, lowers = CATALOG.describe(feature.concept, row, feature.name, raises=False)
            assert raises.en.removesuffix("(raises)") == lowers.en.removesuffix("(lowers)") != raises.en
            assert raises.de.removesuffix("(erhöht)") == lowers.de.removesuffix("(senkt)") != raises.de
            assert not re.search(r"because|due to|weil|wegen|None|nan", raises.en + raises.de)


def test_a_sentence_speaks_only_of_features_in_the_row() -> None:
    # The counts were dropped by the encoder: the decayed sum must speak for itself.
    row = {"pricing_view_count_30d": 4.0, "pricing_view_decayed_14d": 1.5}

    seen, _ = CATALOG.describe("pricing_view", row, "pricing_view_decayed_14d", raises=True)
    alone, _ = CATALOG.describe("pricing_view", {"pricing_view_decayed_14d": 1.5}, "pricing_view_decayed_14d", True)

    assert (seen, alone) == ("4 in 30 days", "1.5 after decay")


def test_without_a_strongest_feature_of_the_concept_the_first_in_the_row_speaks() -> None:
    seen, _ = CATALOG.describe("pricing_view", {"pricing_view_count_30d": 4.0}, "employees", raises=True)

    assert seen == "4 in 30 days"
