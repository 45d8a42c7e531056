"""From features to floats: learnt from the training rows, equal for a table and for one row."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog import Catalog
from features.domain import ConfigError
from features.encoding import Encoder
from features.schema import Column, ColumnType, Schema

CATALOG = Catalog.from_schema(
    Schema(
        columns=(
            Column("size", ColumnType.NUMBER),
            Column("twin", ColumnType.NUMBER),
            Column("colour", ColumnType.CATEGORY),
        ),
        timed=False,
    )
)


def frame(size: list[float | None], colour: list[str | None], twin: list[float | None] | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "size": pl.Series(size, dtype=pl.Float64),
            "twin": pl.Series(twin or [None] * len(size), dtype=pl.Float64),
            "colour": pl.Series(colour, dtype=pl.String),
            "attributes_filled": pl.Series([1.0] * len(size)),
        }
    )


def test_levels_are_numbered_by_frequency_and_rare_or_unseen_ones_are_zero() -> None:
    training = frame([1.0, 2.0] * 20, ["red"] * 12 + ["blue"] * 20 + ["rare"] * 8)
    encoder = Encoder.fit(CATALOG, training)

    codes = encoder.matrix(frame([1.0] * 5, ["blue", "red", "rare", "never seen", None]))[:, 1]

    assert codes[:4].tolist() == [1, 2, 0, 0]
    assert math.isnan(codes[4])


def test_no_more_levels_than_allowed() -> None:
    training = frame([1.0, 2.0] * 30, ["a"] * 30 + ["b"] * 20 + ["c"] * 10)

    colour = Encoder.fit(CATALOG, training, min_level_count=1, max_levels=2).columns[1]

    assert colour.levels == ("a", "b")


def test_levels_do_not_depend_on_the_order_of_rows() -> None:
    colours = ["a", "b", "c"] * 20
    orders = (colours, colours[::-1], sorted(colours))
    encoders = {Encoder.fit(CATALOG, frame([1.0, 2.0] * 30, order)).columns for order in orders}

    assert len(encoders) == 1


def test_large_tables_need_more_rows_for_a_level() -> None:
    training = frame([1.0, 2.0] * 10_000, ["a"] * 19_985 + ["b"] * 15)

    assert Encoder.fit(CATALOG, training).columns[1].levels == ("a",)


def test_numbers_stay_as_they_are_and_carry_a_robust_scale() -> None:
    normal = np.random.default_rng(3).normal(50.0, 8.0, 20_000)
    normal[:20] = 1e9
    size = Encoder.fit(CATALOG, frame(normal.tolist(), [None] * len(normal))).columns[0]

    assert size.center == pytest.approx(50, abs=0.3)
    assert size.scale == pytest.approx(8, rel=0.03)
    assert 20 < size.low < size.center < size.high < 80


def test_a_count_that_is_mostly_zero_still_has_a_scale() -> None:
    size = Encoder.fit(CATALOG, frame([0.0] * 95 + [3.0] * 5, [None] * 100)).columns[0]

    assert size.scale > 0.1


def test_features_without_use_are_dropped_with_the_reason() -> None:
    sizes: list[float | None] = [1.0, 2.0, None]

    encoder = Encoder.fit(CATALOG, frame(sizes, [None] * 3, twin=sizes))

    assert [column.name for column in encoder.columns] == ["size"]
    assert encoder.dropped == {
        "twin": "the same as size in every training row",
        "colour": "never filled in the training rows",
        "attributes_filled": "always 1.0 in the training rows",
    }


def test_a_value_that_is_sometimes_missing_is_variation_enough() -> None:
    encoder = Encoder.fit(CATALOG, frame([5.0, None], ["a", "a"], twin=[1.0, 2.0]))

    assert [column.name for column in encoder.columns] == ["size", "twin"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
            st.one_of(st.none(), st.text(max_size=3), st.sampled_from(["a", "b"])),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_one_row_and_a_table_give_the_same_bits(values: list[tuple[float | None, str | None]]) -> None:
    training = frame([1.0, 2.0, None] * 10, ["a", "b", None] * 10)
    encoder = Encoder.fit(CATALOG, training, min_level_count=2)
    table = frame([size for size, _ in values], [colour for _, colour in values])

    matrix = encoder.matrix(table)

    rows = np.array([encoder.vector(row) for row in table.iter_rows(named=True)])
    assert matrix.tobytes() == rows.tobytes()


def test_a_stored_encoder_is_the_same_encoder() -> None:
    encoder = Encoder.fit(CATALOG, frame([1.0, 2.5, None] * 20, ["a", "b", None] * 20))

    stored = json.loads(json.dumps(encoder.to_mapping()))

    assert Encoder.from_mapping(stored) == encoder


@pytest.mark.parametrize("damage", [{"format": 0}, {"columns": [{"name": "size"}]}, {"columns": None}])
def test_a_damaged_encoder_is_refused(damage: dict[str, object]) -> None:
    stored = Encoder.fit(CATALOG, frame([1.0, 2.5], ["a", "b"])).to_mapping()

    with pytest.raises(ConfigError, match="Train again"):
        Encoder.from_mapping(stored | damage)


def test_numbers_at_the_edge_of_a_float_leave_a_finite_encoder_and_one_answer() -> None:
    size = [1e308, -1e308, 1.7e308, -0.0, math.inf, -math.inf] * 5
    table = frame(size, [None] * 30)
    encoder = Encoder.fit(CATALOG, table)
    json.dumps(encoder.to_mapping(), allow_nan=False)
    matrix = encoder.matrix(table)
    assert np.isfinite(matrix).all()
    rows = [encoder.vector(row) for row in table.to_dicts()]
    assert np.array_equal(matrix, np.array(rows))


def test_a_missing_number_may_be_none_or_nan() -> None:
    encoder = Encoder.fit(CATALOG, frame([1.0, 2.0, None] * 10, ["red", "blue", None] * 10), min_level_count=1)
    for missing in (None, math.nan):
        row = {"size": missing, "colour": None, "twin": None, "attributes_filled": 1.0}
        assert np.isnan(encoder.vector(row)).all()
