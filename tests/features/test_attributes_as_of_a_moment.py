"""What features make of a lead's attributes, in the version known at a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import Group, Lead, Value
from features.schema import Column, ColumnType, Role, Schema
from features.snapshots import snapshots

NOW = datetime(2026, 3, 31, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")


def features_of(columns: tuple[Column, ...], **attributes: Value) -> dict[str, float | str | None]:
    builder = FeatureBuilder(Catalog.from_schema(Schema(columns=columns)))
    return builder.row(Lead("L", NOW - timedelta(days=9), attributes), [], NOW)


def versions(*known: tuple[datetime | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "lead_id": ["L"] * len(known),
            "created_at": pl.Series([NOW] * len(known), dtype=MOMENT),
            "known_at": pl.Series([since for since, _ in known], dtype=MOMENT),
            "attribute.industry": pl.Series([value for _, value in known], dtype=pl.String),
        }
    )


def moments(*as_of: datetime, lead_id: str = "L") -> pl.DataFrame:
    return pl.DataFrame(
        {"lead_id": [lead_id] * len(as_of), "as_of": as_of}, schema={"lead_id": pl.String, "as_of": MOMENT}
    )


def test_the_last_version_known_at_the_moment_counts() -> None:
    schema = Schema(columns=(Column("industry", ColumnType.CATEGORY),))
    builder = FeatureBuilder(Catalog.from_schema(schema))
    day = timedelta(days=1)
    leads = versions((NOW + 5 * day, "late"), (None, "first"), (NOW + 2 * day, "second"), (NOW + 3 * day, None))
    asked = moments(
        NOW - day, NOW, NOW + 2 * day - timedelta(microseconds=1), NOW + 2 * day, NOW + 4 * day, NOW + 9 * day
    )

    known = builder.frame(leads, None, asked)["industry"].to_list()

    assert known == [None, "first", "first", "second", None, "late"]
    assert [lead.attributes.get("industry") for lead, _, _ in snapshots(schema, leads, None, asked)] == known


def test_of_two_versions_known_since_the_same_moment_the_later_row_counts() -> None:
    builder = FeatureBuilder(Catalog.from_schema(Schema(columns=(Column("industry", ColumnType.CATEGORY),))))

    assert builder.frame(versions((NOW, "a"), (NOW, "b")), None, moments(NOW))["industry"].to_list() == ["b"]


def test_a_lead_that_nobody_knows_has_missing_attributes_and_no_age() -> None:
    builder = FeatureBuilder(Catalog.from_schema(Schema(columns=(Column("industry", ColumnType.CATEGORY),))))

    row = builder.frame(versions((NOW, "a")), None, moments(NOW, lead_id="X")).row(0, named=True)

    assert (row["industry"], row["lead_age_days"], row["attributes_filled"]) == (None, None, 0.0)


def test_no_moments_give_no_rows_but_every_column() -> None:
    catalog = Catalog.from_schema(Schema(columns=(Column("industry", ColumnType.CATEGORY),)))

    frame = FeatureBuilder(catalog).frame(versions((NOW, "a")), None, moments())

    assert frame.height == 0
    assert frame.columns == [feature.name for feature in catalog.features]


def test_a_date_after_the_moment_is_missing_everywhere() -> None:
    columns = (Column("founded", ColumnType.DATE),)

    assert features_of(columns, founded=NOW - timedelta(days=3))["founded_age_days"] == 3
    later = features_of(columns, founded=NOW + timedelta(microseconds=1))
    assert (later["founded_age_days"], later["attributes_filled"]) == (None, 0)


def test_without_times_a_date_gives_nothing() -> None:
    columns = (Column("closed_on", ColumnType.DATE), Column("industry", ColumnType.CATEGORY))

    catalog = Catalog.from_schema(Schema(columns=columns, timed=False))

    assert [feature.name for feature in catalog.features] == ["industry", "attributes_filled"]


def test_a_job_title_gives_seniority_and_function() -> None:
    row = features_of((Column("Position", ColumnType.JOB_TITLE),), Position="Abteilungsleiterin Einkauf")

    assert (row["position_seniority"], row["position_function"]) == (5.0, "purchasing")


def test_an_address_below_the_companys_website_is_the_companys_own() -> None:
    columns = (Column("email", ColumnType.EMAIL), Column("site", ColumnType.WEBSITE))

    assert features_of(columns, email="a@acme.com", site="https://www.acme.com")["email_domain_kind"] == "company"
    assert features_of(columns, email="a@acme.com")["email_domain_kind"] == "business"
    assert features_of(columns, email="a@acme.com")["site_present"] == 0.0


def test_spellings_of_a_country_are_one_category() -> None:
    columns = (Column("country", ColumnType.COUNTRY),)

    assert {features_of(columns, country=name)["country"] for name in ("DE", "Germany", "deutschland", "D")} == {"DE"}


@pytest.mark.parametrize("kind", [ColumnType.FREE_TEXT, ColumnType.IDENTIFIER, ColumnType.CONSTANT])
def test_texts_that_say_nothing_of_a_group_are_not_features(kind: ColumnType) -> None:
    assert set(features_of((Column("x", kind),), x="y")) == set(features_of(()))


def test_a_column_left_out_is_no_feature_and_an_engagement_column_is_one_of_engagement() -> None:
    columns = (Column("tags", ColumnType.CATEGORY, Role.LEFT_OUT), Column("visits", ColumnType.NUMBER, Role.ENGAGEMENT))

    catalog = Catalog.from_schema(Schema(columns=columns))

    assert "tags" not in catalog.concepts
    assert catalog.concepts["visits"].group is Group.ENGAGEMENT


def test_attributes_filled_is_the_share_of_fit_columns() -> None:
    columns = tuple(Column(name, ColumnType.CATEGORY) for name in "abcd")

    assert features_of(columns, a="x", c="y")["attributes_filled"] == 0.5
