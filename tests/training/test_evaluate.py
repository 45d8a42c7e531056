from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss

from training.certification import best_moments
from training.evaluate import evaluate, top, top_part


def sample(seed: int, count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.5, 1.2, count)
    return expit(margin), (rng.random(count) < expit(margin)).astype(float)


def test_figures_agree_with_scikit_learn() -> None:
    probability, label = sample(1)
    figures = evaluate(probability, label, np.arange(label.size))
    assert figures.log_loss == pytest.approx(log_loss(label, probability))
    assert figures.brier == pytest.approx(brier_score_loss(label, probability))


def test_true_probabilities_pass_the_calibration_tests() -> None:
    beyond = 0
    for seed in range(60):
        figures = evaluate(*sample(seed, 2000), np.arange(2000))
        beyond += abs(figures.spiegelhalter) > 1.96
        assert figures.observed_to_expected.low < figures.observed_to_expected.value < figures.observed_to_expected.high
    assert beyond <= 8


def test_distorted_probabilities_show_in_slope_and_z() -> None:
    probability, label = sample(3)
    figures = evaluate(expit(np.log(probability / (1 - probability)) / 0.6), label, np.arange(label.size))
    assert figures.slope == pytest.approx(0.6, abs=0.07)
    assert abs(figures.spiegelhalter) > 4


def test_the_calibration_error_does_not_depend_on_the_order_of_equal_probabilities() -> None:
    probability, label = np.repeat([0.3, 0.4, 0.6], 500), np.tile([0.0, 1.0, 0.0, 0.0, 1.0], 300)
    early_first = np.lexsort((1 - label, probability))
    shuffled, sorted_ = (
        evaluate(probability[rows], label[rows], np.arange(1500)) for rows in (np.arange(1500), early_first)
    )
    assert shuffled.calibration_error == pytest.approx(sorted_.calibration_error)
    assert shuffled.calibration_error == pytest.approx((0.1 + 0.0 + 0.2) / 3)


def test_weights_of_one_over_rows_count_leads() -> None:
    probability, label = sample(4, 500)
    lead = np.arange(500)
    once = evaluate(probability, label, lead)
    thrice = evaluate(np.repeat(probability, 3), np.repeat(label, 3), np.repeat(lead, 3), np.full(1500, 1 / 3))
    for key in ("log_loss", "brier", "auc", "average_precision", "slope", "lift_10", "observed_to_expected"):
        assert np.allclose(
            np.array([*vars_of(once, key)]), np.array([*vars_of(thrice, key)]), atol=1e-6
        ), key  # fmt: skip


def vars_of(figures: object, key: str) -> list[float]:
    value = getattr(figures, key)
    return [value] if isinstance(value, float) else [value.value, value.low, value.high]


@given(st.lists(st.sampled_from([0.1, 0.2, 0.5]), min_size=3, max_size=40), st.floats(0.05, 1.0))
@settings(deadline=None)
def test_the_top_is_exactly_its_share_and_ties_share_it(values: list[float], share: float) -> None:
    probability, weight = np.array(values), np.ones(len(values))
    part = top_part(probability, weight, share)
    assert part.sum() == pytest.approx(share * len(values))
    assert all(len({round(p, 9) for p in part[probability == value]}) == 1 for value in set(values))


def test_a_constant_has_a_lift_of_one() -> None:
    _, label = sample(5)
    assert top(np.full(label.size, 0.3), label, np.ones(label.size), 0.1)[0] == pytest.approx(1.0)


def test_each_lead_counts_once_at_its_highest_probability() -> None:
    import polars as pl

    rows = best_moments(pl.Series(["a", "a", "b", "b", "c"]), np.array([0.1, 0.4, 0.3, 0.3, 0.9]))
    assert rows.tolist() == [1, 2, 4]
