"""Where more can only be better, and that the encoder hands it on."""

from __future__ import annotations

import json

import polars as pl
import pytest

from features.catalog import Catalog, FeatureKind
from features.domain import ConfigError
from features.encoding import EncodedColumn, Encoder
from features.schema import Column, ColumnType, EventKind, Schema

CATALOG = Catalog.from_schema(
    Schema(
        columns=(Column("employees", ColumnType.NUMBER), Column("title", ColumnType.JOB_TITLE)),
        event_kinds=tuple(map(EventKind, ("page_view", "email_open", "PricingView", "demo_request", "acme_thing"))),
    )
)


def test_intent_counts_for_a_lead_while_it_is_recent_and_fades_with_the_days_since() -> None:
    demo = {f.name.removeprefix("demo_request_"): f.direction for f in CATALOG.features if f.concept == "demo_request"}
    assert demo == {
        "count_1d": 1, "count_7d": 1, "count_30d": 1, "count_90d": 0, "count_total": 0, "days_since_last": -1,
        "decayed_14d": 1,
    }  # fmt: skip


def test_nothing_else_has_a_direction() -> None:
    assert {f.concept for f in CATALOG.features if f.direction} == {"demo_request", "pricing_view"}


def test_the_encoder_takes_the_catalogs_direction_and_keeps_it_in_the_bundle() -> None:
    frame = pl.DataFrame(
        {
            feature.name: pl.Series([1.0 + i, 2.0 + i, None, 7.0 + i])
            if feature.kind is FeatureKind.NUMBER
            else pl.Series(["a", "b", None, "a"])
            for i, feature in enumerate(CATALOG.features)
        }
    )
    encoder = Encoder.fit(CATALOG, frame, min_level_count=1)
    assert [c.direction for c in encoder.columns] == [CATALOG.feature(c.name).direction for c in encoder.columns]
    stored = json.loads(json.dumps(encoder.to_mapping()))
    assert Encoder.from_mapping(stored) == encoder
    assert {"direction" in column for column in stored["columns"]} == {True, False}


def test_an_encoder_stored_without_directions_has_none() -> None:
    column = EncodedColumn("demo_request_count_7d", FeatureKind.NUMBER)
    assert "direction" not in column.to_mapping()
    assert Encoder.from_mapping(Encoder((column,)).to_mapping()).columns[0].direction == 0


@pytest.mark.parametrize("damage", [2, "up", None, 0.5])
def test_a_direction_that_is_none_is_refused(damage: object) -> None:
    stored = Encoder((EncodedColumn("size", FeatureKind.NUMBER),)).to_mapping()
    stored["columns"][0]["direction"] = damage
    with pytest.raises(ConfigError):
        Encoder.from_mapping(stored)
