from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from features.catalog import FeatureKind
from features.encoding import EncodedColumn, Encoder
from training.plan import TrainingPlan
from training.recipe.boosting import Rows, Shape
from training.recipe.table import Table
from training.recipe.target_statistics import PARTS, SMOOTHING, out_of_fold


def noise(count: int, levels: int) -> Rows:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, levels + 1, count).astype(float)
    return Rows(codes[:, None], (rng.random(count) < 0.3).astype(float), np.ones(count))


def test_the_scorer_reads_the_smoothed_rate_of_all_rows() -> None:
    codes = np.array([1.0, 1.0, 1.0, 2.0, np.nan, 0.0])
    rows = Rows(codes[:, None], np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0]), np.array([1.0, 1.0, 1.0, 2.0, 1.0, 1.0]))
    _, rates = out_of_fold(rows, np.arange(6), {0: 3}, 1)
    base = 3 / 7
    expected = [(0, 1), (2, 3), (0, 2), (1, 1)]
    assert rates.numbers[0] == pytest.approx([logit((r + SMOOTHING * base) / (n + SMOOTHING)) for r, n in expected])


def test_a_rows_own_outcome_is_not_in_the_number_that_it_learns_from() -> None:
    rows = noise(3000, 300)
    values, rates = out_of_fold(rows, np.arange(3000), {0: 301}, 1)
    # Levels say nothing here, which the rates of all rows, read for the rows themselves, would deny.
    assert np.corrcoef(rates.read(rows.matrix)[:, 0], rows.label)[0, 1] > 0.2
    assert np.corrcoef(values[:, 0], rows.label)[0, 1] < 0.03


def test_rows_of_one_lead_do_not_tell_each_other_the_outcome() -> None:
    leads = noise(400, 400)
    # Every lead has a level of its own and five moments.
    lead = np.repeat(np.arange(400), 5)
    rows = Rows(lead[:, None].astype(float), leads.label[lead], np.full(2000, 0.2))
    values, _ = out_of_fold(rows, lead, {0: 400}, 1)
    assert values[:, 0] == pytest.approx(np.full(2000, logit(leads.label.mean())))


def test_every_part_is_read_by_the_others() -> None:
    rows = noise(2000, 1)
    values, _ = out_of_fold(rows, np.arange(2000), {0: 2}, 1)
    assert np.unique(values[rows.matrix[:, 0] == 1.0]).size == PARTS


def test_without_categories_rows_stay_as_they_are() -> None:
    rows = noise(50, 3)
    values, rates = out_of_fold(rows, np.arange(50), {}, 1)
    assert np.array_equal(values, rows.matrix)
    assert np.array_equal(rates.read(rows.matrix), rows.matrix)


def test_trees_on_rates_tell_apart_levels_too_many_for_sets_and_score_as_they_were_grown() -> None:
    rng = np.random.default_rng(8)
    levels = tuple(f"l{i}" for i in range(60))
    codes, effect = rng.integers(0, 61, 6000).astype(float), rng.normal(0, 1.5, 61)
    label = (rng.random(6000) < expit(effect[codes.astype(int)])).astype(float)
    column = EncodedColumn("page", FeatureKind.CATEGORY, levels)
    group = np.arange(6000)
    table = Table(Encoder((column,)), Rows(codes[:, None], label, np.ones(6000)), group, TrainingPlan(threads=1))
    grown = table.trees(group[:4000], Shape(feature_fraction=1.0, by_rate=True), 80)
    margin = grown.margin(table.rows.matrix[4000:], 1)
    assert np.corrcoef(margin, effect[codes[4000:].astype(int)])[0, 1] > 0.9
    assert grown.member().margin(table.rows.matrix[4000:]) == pytest.approx(margin, abs=1e-12)
