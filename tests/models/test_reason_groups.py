"""Which concepts one reason speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr
from scipy.stats.contingency import association

from features.catalog import Catalog, FeatureKind
from features.domain import BundleError, Group
from features.encoding import EncodedColumn, Encoder
from features.schema import Column, ColumnType, Role, Schema
from models.associations import associations
from models.calibration import Calibration
from models.reason_groups import MOST_CONCEPTS, ReasonGroups
from models.reasons import Explainer
from models.scale import Scale

ROWS = 2_000


def fitted(columns: dict[str, np.ndarray], roles: dict[str, Role] | None = None) -> tuple[Catalog, Encoder, np.ndarray]:
    kinds = {name: ColumnType.CATEGORY if v.dtype.kind in "UO" else ColumnType.NUMBER for name, v in columns.items()}
    schema = Schema(
        tuple(Column(name, kind, (roles or {}).get(name, Role.FIT)) for name, kind in kinds.items()), timed=False
    )
    catalog = Catalog.from_schema(schema)
    frame = pl.DataFrame({name: pl.Series(list(values), strict=False) for name, values in columns.items()})
    frame = frame.with_columns(pl.lit(1.0).alias("attributes_filled"))
    encoder = Encoder.fit(catalog, frame)
    return catalog, encoder, encoder.matrix(frame)


def groups_of(columns: dict[str, np.ndarray], roles: dict[str, Role] | None = None) -> set[frozenset[str]]:
    catalog, encoder, matrix = fitted(columns, roles)
    shares = np.ones((10, len(encoder.columns)))
    return {frozenset(group) for group in ReasonGroups.fit(catalog, encoder.columns, matrix, shares).merged}


def twin(values: np.ndarray, rho: float, rng: np.random.Generator) -> np.ndarray:
    return rho * values + np.sqrt(1 - rho**2) * rng.normal(size=len(values))


def test_twins_are_one_reason_and_strangers_are_not() -> None:
    rng = np.random.default_rng(1)
    size = rng.normal(size=ROWS)
    found = groups_of({"staff": size, "desks": np.exp(twin(size, 0.95, rng)), "age": twin(size, 0.5, rng)})
    assert found == {frozenset({"staff", "desks"})}


def test_opposites_are_one_reason_too() -> None:
    rng = np.random.default_rng(2)
    size = rng.normal(size=ROWS)
    assert groups_of({"staff": size, "free_desks": -twin(size, 0.95, rng)}) == {frozenset({"staff", "free_desks"})}


def test_fit_and_engagement_are_never_one_reason() -> None:
    rng = np.random.default_rng(3)
    size = rng.normal(size=ROWS)
    assert groups_of({"staff": size, "visits": twin(size, 0.99, rng)}, {"visits": Role.ENGAGEMENT}) == set()


def test_a_chain_does_not_swallow_everything() -> None:
    rng = np.random.default_rng(4)
    links = [rng.normal(size=ROWS)]
    for _ in range(5):
        links.append(twin(links[-1], 0.85, rng))
    found = groups_of({f"link{place}": link for place, link in enumerate(links)})
    assert found
    for group in found:
        places = sorted(int(name[-1]) for name in group)
        assert places[-1] - places[0] <= 1  # 0.85 ** 2 is close, but its sample may be under: no link of three


def test_a_reason_names_no_more_concepts_than_a_sentence_can() -> None:
    rng = np.random.default_rng(5)
    size = rng.normal(size=ROWS)
    found = groups_of({f"same{place}": twin(size, 0.99, rng) for place in range(MOST_CONCEPTS + 3)})
    assert max(map(len, found)) == MOST_CONCEPTS


def test_categories_that_follow_from_each_other_are_one_reason() -> None:
    rng = np.random.default_rng(6)
    city = rng.choice(["Berlin", "Hamburg", "Wien", "Graz", "Zug"], ROWS)
    state = np.where(np.isin(city, ["Berlin", "Hamburg"]), "de", np.where(city == "Zug", "ch", "at"))
    tier = np.where(city == "Wien", 3.0, np.where(city == "Graz", 1.0, 9.0)) + rng.normal(0, 0.1, ROWS)
    colour = rng.choice(["red", "blue"], ROWS)
    assert groups_of({"city": city, "state": state, "colour": colour}) == {frozenset({"city", "state"})}
    assert groups_of({"city": city, "tier": tier, "colour": colour}) == {frozenset({"city", "tier"})}


def test_what_is_known_of_few_leads_replaces_nothing_that_is_known_of_all() -> None:
    rng = np.random.default_rng(7)
    size = rng.normal(size=ROWS)
    rare = np.where(rng.random(ROWS) < 0.3, size, np.nan)
    close = associations(np.column_stack([size, rare]), np.array([False, False]))
    assert close[0, 1] == pytest.approx(0.3, abs=0.05)
    assert close[1, 0] == pytest.approx(1.0, abs=0.001)


def test_associations_are_those_of_the_textbook() -> None:
    rng = np.random.default_rng(8)
    one, two = rng.normal(size=500), rng.integers(0, 4, 500).astype(float)
    three = np.where(rng.random(500) < 0.7, two, rng.integers(0, 4, 500))
    other = np.where(rng.random(500) < 0.2, np.nan, one + rng.normal(size=500))
    found = associations(np.column_stack([one, other, two, three]), np.array([False, False, True, True]))
    both = ~np.isnan(other)
    assert found[1, 0] == pytest.approx(abs(spearmanr(one[both], other[both]).statistic), abs=0.01)
    table = np.histogram2d(two, three, bins=4)[0].astype(int)
    assert found[2, 3] == pytest.approx(association(table, method="cramer"), abs=0.01)
    assert found[0, 2] < 0.1
    assert (np.diag(found) == 1).all()


def test_the_largest_concept_names_the_reason_and_the_others_are_said() -> None:
    rng = np.random.default_rng(9)
    size = rng.normal(size=ROWS)
    catalog, encoder, matrix = fitted(
        {"staff": size, "desk_count": twin(size, 0.95, rng), "age": rng.normal(size=ROWS)}
    )
    names = [column.name for column in encoder.columns]
    shares = np.zeros((1, len(names) + 1))
    shares[0, names.index("staff")], shares[0, names.index("desk_count")] = -0.4, 1.0
    groups = ReasonGroups.fit(catalog, encoder.columns, matrix, shares[:, :-1])
    assert groups.merged == (("desk_count", "staff"),)
    explainer = Explainer(catalog, names, groups)
    row = {"staff": 20.0, "desk_count": 1234.5, "age": 3.0}
    (told,) = explainer.explain(
        explainer.take_apart(shares.sum(axis=1), shares), Calibration(), Scale.from_cutoffs(0.1, 0.3), [row]
    )
    reason = told.reasons[0]
    assert (reason.feature, reason.value) == ("desk_count", "1,234.5")
    assert reason.text.en == "Desk count and staff: Desk count: 1,234.5 (raises)"
    assert reason.text.de == "Desk count und Staff: Desk count: 1.234,5 (erhöht)"
    assert [r.feature for r in told.reasons] == ["desk_count", "other"]
    assert reason.points == pytest.approx(Scale.from_cutoffs(0.1, 0.3).k * 0.6)


def test_stored_groups_are_the_same_groups_and_damaged_ones_are_refused() -> None:
    groups = ReasonGroups((("a", "b"), ("c", "d", "e")))
    assert ReasonGroups.from_mapping(groups.to_mapping()) == groups
    for damage in ({}, {"merged": [["a"]]}, {"merged": [["a", "b"], ["b", "c"]]}, {"merged": 3}):
        with pytest.raises(BundleError):
            ReasonGroups.from_mapping(damage)


def test_groups_of_concepts_that_are_not_read_any_more_shrink() -> None:
    groups = ReasonGroups((("a", "b", "c"),))
    assert groups.of(["c", "x", "a"]) == (("a", "c"), ("x",))
    assert groups.of(["x", "c"]) == (("x",), ("c",))


def test_merging_keeps_sums_and_sub_scores(small: Any) -> None:
    names: Sequence[str] = [column.name for column in small.encoder.columns]
    assert small.background.groups.merged
    matrix = small.encoder.matrix(small.frame[:200])
    margin, contributions = small.model.margin(matrix), small.model.contributions(matrix)
    single, merged = Explainer(small.catalog, names), Explainer(small.catalog, names, small.background.groups)
    parts = [explainer.take_apart(margin, contributions) for explainer in (single, merged)]
    assert len(merged.concepts) < len(single.concepts)
    assert parts[0].concepts.sum(axis=1) == pytest.approx(parts[1].concepts.sum(axis=1), abs=1e-12)
    for one, two in zip(
        single.sub_scores(parts[0], small.calibration), merged.sub_scores(parts[1], small.calibration), strict=True
    ):
        assert one == pytest.approx(two, abs=1e-12)
    for concept in merged.concepts:
        parts_of = {small.catalog.feature(names[place]).group for place in merged.columns_of(concept)}
        assert len(parts_of) == 1
        assert parts_of <= set(Group)


def test_a_column_that_never_varies_is_close_to_nothing() -> None:
    matrix = np.column_stack([np.ones(100), np.arange(100.0), np.full(100, np.nan)])
    found = associations(matrix, np.array([False, False, False]))
    assert found == pytest.approx(np.eye(3))


def test_a_model_of_one_column_has_no_groups() -> None:
    column = EncodedColumn("staff", FeatureKind.NUMBER)
    catalog = Catalog.from_schema(Schema((Column("staff", ColumnType.NUMBER),), timed=False))
    assert ReasonGroups.fit(catalog, (column,), np.ones((5, 1)), np.ones((5, 1))) == ReasonGroups()
