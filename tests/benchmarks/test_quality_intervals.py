from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.quality.comparison import compare
from benchmarks.quality.intervals import difference, drawn, weighted_aucs
from benchmarks.quality.kept import Prediction
from benchmarks.quality.methods import OURS


def sample(seed: int, rows: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, their true probabilities, and those seen through noise."""
    generator = np.random.default_rng(seed)
    margin = generator.normal(0.0, 1.2, rows)
    label = (generator.random(rows) < expit(margin)).astype(float)
    return label, expit(margin), expit(margin + generator.normal(0.0, 1.0, rows))


def prediction(probability: np.ndarray, *, reused: bool = False) -> Prediction:
    return Prediction(probability, 2.0, 3.0, 0.5, {"library": "1.0"}, reused)


def test_the_auc_of_counted_rows_is_that_of_the_rows_written_out() -> None:
    generator = np.random.default_rng(1)
    label = generator.integers(0, 2, 60).astype(float)
    probability = generator.integers(0, 8, 60) / 8
    counts = generator.integers(0, 4, (5, 60))
    expected = [roc_auc_score(np.repeat(label, one), np.repeat(probability, one)) for one in counts]
    np.testing.assert_allclose(weighted_aucs(probability, label, counts.astype(float)), expected)


def test_a_draw_of_one_class_has_no_auc_and_the_interval_does_without_it() -> None:
    label, probability = np.array([0.0, 1.0]), np.array([0.2, 0.7])
    assert np.isnan(weighted_aucs(probability, label, np.array([[2.0, 0.0]]))).all()
    found = drawn([label], {"one": [probability]}, seed=1, draws=40)["one"]
    assert np.isnan(found.auc).any()
    same = difference(found.auc, found.auc)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_figures_on_the_rows_as_they_are_are_means_over_the_folds() -> None:
    folds = [sample(1, 300), sample(2, 300)]
    found = drawn([one[0] for one in folds], {"noisy": [one[2] for one in folds]}, seed=3, draws=10)["noisy"]
    assert found.log_loss[0] == pytest.approx(np.mean([log_loss(one[0], one[2]) for one in folds]))
    assert found.auc[0] == pytest.approx(np.mean([roc_auc_score(one[0], one[2]) for one in folds]))


def test_a_method_differs_from_itself_by_nothing() -> None:
    label, probability, _ = sample(4)
    found = drawn([label], {"one": [probability], "same": [probability.copy()]}, seed=5)
    for figure in ("log_loss", "auc"):
        gap = difference(getattr(found["same"], figure), getattr(found["one"], figure))
        assert (gap.value, gap.low, gap.high) == (0.0, 0.0, 0.0)


def test_intervals_are_as_wide_as_the_differences_of_fresh_rows_vary() -> None:
    gaps, widths = [], []
    for seed in range(200):
        label, true, noisy = sample(seed, 400)
        found = drawn([label], {"true": [true], "noisy": [noisy]}, seed=seed, draws=200)
        both = [difference(getattr(found["noisy"], k), getattr(found["true"], k)) for k in ("log_loss", "auc")]
        gaps.append([one.value for one in both])
        widths.append([one.high - one.low for one in both])
    spread = np.std(gaps, axis=0, ddof=1)
    np.testing.assert_allclose(np.mean(widths, axis=0) / (2 * 1.96 * spread), 1.0, atol=0.15)


def test_a_peer_is_ahead_only_beyond_its_paired_interval() -> None:
    label, true, noisy = sample(7, 3000)
    ahead = compare("set", [label], {OURS: [prediction(noisy)], "peer": [prediction(true)]}, seed=1)
    assert ahead.ahead == ["peer"]
    assert not ahead.against["peer"].is_behind
    behind = compare("set", [label], {OURS: [prediction(true)], "peer": [prediction(noisy)]}, seed=1)
    assert behind.ahead == []
    assert behind.against["peer"].is_behind
    equal = np.clip(true + np.random.default_rng(8).normal(0, 0.005, true.size), 0.001, 0.999)
    even = compare("set", [label], {OURS: [prediction(true)], "peer": [prediction(equal)]}, seed=1)
    assert even.ahead == []
    assert not even.against["peer"].is_behind


def test_lift_does_not_depend_on_the_order_of_ties() -> None:
    label = np.array([1.0] * 5 + [0.0] * 15)
    probability = np.full(20, 0.25)
    for rows in (np.arange(20), np.arange(20)[::-1]):
        found = compare("set", [label[rows]], {OURS: [prediction(probability)]}, seed=1)
        assert found.reached[OURS].figures["lift_10"] == pytest.approx(1.0)
        assert found.reached[OURS].figures["calibration_error"] == pytest.approx(0.0)


def test_times_are_of_one_fit_and_of_one_row() -> None:
    label, probability, _ = sample(9, 250)
    folds = [prediction(probability), prediction(probability, reused=True)]
    found = compare("set", [label, label], {OURS: folds, "lightgbm": folds}, seed=1)
    assert found.reached[OURS].fit_seconds == 2.0
    assert found.reached[OURS].predict_microseconds == pytest.approx(1e6 * 1.0 / 500)
    assert found.reached[OURS].reused
    assert found.share_of_fit_time("lightgbm") == 1.0
    assert found.share_of_fit_time("autogluon_medium") is None
