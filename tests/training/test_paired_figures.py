"""The paired figures against slow, plain computations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from training.bootstrap import FEWEST_IN_WEEK, Resampler, cluster_means
from training.discrimination import area, area_gained
from training.held_out import HeldOut
from training.paired import compare_pair


def test_the_area_and_its_error_are_those_of_delong() -> None:
    rng = np.random.default_rng(1)
    label = (rng.random(300) < 0.3).astype(float)
    new, old = rng.normal(size=300) + label, np.round(rng.normal(size=300) + 0.5 * label, 1)
    ones, alone = np.ones(300), np.arange(300)

    def kernel(score: np.ndarray) -> np.ndarray:
        difference = score[label == 1][:, None] - score[label == 0][None, :]
        return (difference > 0) + 0.5 * (difference == 0)

    gap = kernel(new) - kernel(old)
    m, n = gap.shape
    error = np.sqrt(gap.mean(axis=1).var() / m + gap.mean(axis=0).var() / n)
    found = area_gained(new, old, label, ones, alone)
    assert found.value == pytest.approx(gap.mean(), abs=1e-12)
    assert found.error == pytest.approx(error * np.sqrt(300 / 299), rel=1e-9)
    assert area(new, label, ones, alone).value == pytest.approx(roc_auc_score(label, new))


def test_repeating_rows_changes_neither_the_area_nor_its_error() -> None:
    rng = np.random.default_rng(2)
    label = (rng.random(200) < 0.4).astype(float)
    score, company = rng.normal(size=200) + label, rng.integers(0, 60, 200)
    weight = rng.random(200)
    once = area(score, label, weight, company)
    twice = area(np.repeat(score, 2), np.repeat(label, 2), np.repeat(weight, 2) / 2, np.repeat(company, 2))
    assert twice.value == pytest.approx(once.value, abs=1e-12)
    assert twice.error == pytest.approx(once.error, rel=1e-12)


def test_the_bootstraps_spread_is_that_of_a_stratified_mean() -> None:
    rng = np.random.default_rng(3)
    week = np.repeat(np.arange(10), 40)
    value = 2.0 * week + rng.normal(size=400)
    drawn = cluster_means(value, np.ones(400), np.arange(400), 20_000, 1, week)
    within = np.sqrt(sum(value[week == w].var(ddof=1) / 40 for w in range(10)) / 100)
    assert drawn.std() == pytest.approx(within, rel=0.03)
    assert drawn.mean() == pytest.approx(value.mean(), abs=0.003)
    loose = cluster_means(value, np.ones(400), np.arange(400), 2_000, 1)
    assert loose.std() > 3 * within


def test_every_company_is_in_one_stretch_of_enough() -> None:
    rng = np.random.default_rng(4)
    company, week = rng.integers(0, 130, 900), rng.integers(0, 52, 900)
    resampler = Resampler.of(company, week)
    together = np.concatenate(resampler.strata)
    assert sorted(together) == list(range(resampler.companies))
    assert min(stratum.size for stratum in resampler.strata) >= FEWEST_IN_WEEK
    sums = resampler.sums(np.ones((900, 1)), 50, 1)
    assert sums.mean() == pytest.approx(900, rel=0.05)


def test_a_company_is_drawn_as_a_whole() -> None:
    company = np.repeat(np.arange(25), 4)
    rows = np.random.default_rng(5).normal(size=100)
    sums = Resampler.of(company).sums(np.column_stack([rows, np.ones(100)]), 100, 1)
    times = sums[:, 1] / 4 * 24 / 25
    assert np.allclose(times, np.round(times))


def test_the_rate_of_customers_at_equal_volume_is_that_of_the_leads_handed_over() -> None:
    rng = np.random.default_rng(6)
    seen, hidden = rng.normal(size=1000), rng.normal(size=1000)
    label = (rng.random(1000) < expit(-2 + seen + hidden)).astype(float)
    index = np.arange(1000)
    held = HeldOut(label, np.ones(1000), index, index, index)
    new, old = expit(-2 + seen + hidden), expit(-1.8 + 0.9 * seen)
    paired = compare_pair(new, old, "rules", held, (0.2, 0.1), confidence=0.95, draws=4000, seed=1)
    tops = [label[np.argsort(-scores)[:200]].mean() for scores in (new, old)]
    assert paired.customers.value == pytest.approx(tops[0] - tops[1], abs=1e-9)

    # Who is handed over is decided anew in each of these samples; the influence function does without.
    generator, anew = np.random.default_rng(7), []
    for _ in range(4000):
        drawn = generator.integers(0, 1000, 1000)
        anew.append(
            label[drawn][np.argsort(-new[drawn])[:200]].mean() - label[drawn][np.argsort(-old[drawn])[:200]].mean()
        )
    assert paired.customers.error == pytest.approx(np.std(anew), rel=0.08)
    assert paired.customers.low == pytest.approx(np.quantile(anew, 0.05), abs=0.008)


def test_the_permutation_agrees_with_the_bootstrap_and_sees_nothing_where_nothing_is() -> None:
    rng = np.random.default_rng(8)
    margin = -2 + rng.normal(size=2000)
    label = (rng.random(2000) < expit(margin)).astype(float)
    index = np.arange(2000)
    held = HeldOut(label, np.ones(2000), index, index, index)
    flat, full = np.full(2000, label.mean()), expit(margin)
    better = compare_pair(full, flat, "base rate", held, (0.2, 0.1), confidence=0.95, draws=500, seed=1)
    worse = compare_pair(flat, full, "model", held, (0.2, 0.1), confidence=0.95, draws=500, seed=1)
    assert better.swap_p < 0.01
    assert worse.swap_p > 0.99
    assert better.area.better < 1e-6
    same = compare_pair(full, full, "model", held, (0.2, 0.1), confidence=0.95, draws=500, seed=1)
    assert same.swap_p == 1.0
    assert same.area.better == 1.0
