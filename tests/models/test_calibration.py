from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from features.domain import BundleError
from models.calibration import BEND, Calibration, CalibrationKind

finite = st.floats(-1e6, 1e6)
slopes = st.floats(0, 50)
calibrations = st.builds(Calibration, st.just(CalibrationKind.BETA), slopes, slopes, st.floats(-20, 20))


@given(calibrations, finite, finite)
def test_the_map_is_finite_and_never_falls(calibration: Calibration, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert np.isfinite(calibration.logit(low))
    # One unit in the last place is rounding, not a fall.
    slack = 1e-12 * (1 + abs(float(calibration.logit(low))))
    assert calibration.logit(high) >= calibration.logit(low) - slack
    assert 0 <= calibration.probability(low) <= 1


@given(calibrations, st.floats(-60, 60), st.floats(-60, 60))
def test_the_secant_times_the_distance_is_the_difference(calibration: Calibration, base: float, margin: float) -> None:
    rise = float(calibration.secant(base, margin)) * (margin - base)
    assert rise == pytest.approx(float(calibration.logit(margin) - calibration.logit(base)), abs=1e-9)


def test_the_secant_of_a_point_is_the_derivative() -> None:
    calibration = Calibration(CalibrationKind.BETA, 0.7, 1.6, -0.4)
    step = 1e-5
    slope = float(calibration.logit(0.3 + step) - calibration.logit(0.3 - step)) / (2 * step)
    assert float(calibration.secant(0.3, 0.3)) == pytest.approx(slope, rel=1e-8)
    assert float(calibration.secant(0.3, 0.3 + 1e-5)) == pytest.approx(slope, rel=1e-4)


def test_no_change_is_exactly_the_models_own_probability() -> None:
    margin = np.linspace(-40, 40, 81)
    assert Calibration().logit(margin) == pytest.approx(margin, abs=1e-12)


@pytest.mark.parametrize(
    ("positives", "kind"),
    [(29, CalibrationKind.NONE), (30, CalibrationKind.PLATT), (99, CalibrationKind.PLATT), (100, CalibrationKind.BETA)],
)
def test_the_kind_follows_the_number_of_positives(positives: int, kind: CalibrationKind) -> None:
    margin = np.random.default_rng(1).normal(size=1000)
    assert Calibration.fit(margin, np.arange(1000) < positives).kind is kind


def test_repeated_rows_of_one_lead_do_not_count_as_more_positives() -> None:
    rng = np.random.default_rng(2)
    margin = np.repeat(rng.normal(size=500), 4)
    y = np.repeat(np.arange(500) < 40, 4)
    assert Calibration.fit(margin, y).kind is CalibrationKind.BETA
    assert Calibration.fit(margin, y, np.full(2000, 0.25), positives=40).kind is CalibrationKind.PLATT


def bent(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.5, 1.5, count)
    y = rng.random(count) < expit(0.6 * -np.logaddexp(0, -margin) + 1.4 * np.logaddexp(0, margin) - 0.3)
    return margin, y, rng.uniform(0.5, 2.0, count)


def test_beta_is_the_most_likely_map_under_its_prior() -> None:
    margin, y, weight = bent(3, 3000)
    ours = Calibration.fit(margin, y, weight)

    def loss(numbers: np.ndarray) -> float:
        a, b, c = numbers
        logits = -a * np.logaddexp(0, -margin) + b * np.logaddexp(0, margin) + c
        return float(weight @ (np.logaddexp(0, logits) - y * logits)) + 0.5 * ((a - b) / BEND) ** 2

    best = minimize(loss, np.array([1.0, 1.0, 0.0]), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    assert (ours.a, ours.b, ours.c) == pytest.approx(tuple(best.x), abs=2e-3)


def test_with_many_rows_beta_is_the_maximum_likelihood_fit() -> None:
    margin, y, weight = bent(3, 400_000)
    ours = Calibration.fit(margin, y, weight)
    design = np.column_stack([-np.logaddexp(0, -margin), np.logaddexp(0, margin)])
    reference = LogisticRegression(C=1e8, tol=1e-10, max_iter=10_000).fit(design, y, sample_weight=weight)
    assert (ours.a, ours.b) == pytest.approx(tuple(reference.coef_[0]), abs=3e-3)
    assert ours.c == pytest.approx(reference.intercept_[0], abs=3e-3)


def test_a_slope_that_would_be_negative_is_dropped() -> None:
    rng = np.random.default_rng(4)
    margin = rng.normal(0, 2, 4000)
    falling_below = expit(np.where(margin > 0, margin, -0.4 * margin) - 1.0)
    fitted = Calibration.fit(margin, rng.random(4000) < falling_below)
    assert fitted.a == 0
    assert fitted.b > 0


def test_a_score_that_orders_leads_the_wrong_way_gives_everyone_the_base_rate() -> None:
    rng = np.random.default_rng(5)
    margin = rng.normal(-2, 1, 3000)
    y = rng.random(3000) < expit(-2 - (margin + 2))
    for rows in (slice(None), np.sort(np.concatenate([np.flatnonzero(y)[:60], np.flatnonzero(~y)[:500]]))):
        fitted = Calibration.fit(margin[rows], y[rows])
        assert fitted.a == fitted.b == 0
        assert fitted.probability(margin[rows]).mean() == pytest.approx(y[rows].mean(), rel=0.05)


@pytest.mark.parametrize("shift", [-800.0, 0.0, 800.0])
def test_separated_and_extreme_margins_still_give_a_finite_map(shift: float) -> None:
    y = np.arange(400) < 200
    fitted = Calibration.fit(np.where(y, 5.0, -5.0) + shift, y)
    assert np.isfinite([fitted.a, fitted.b, fitted.c]).all()


def test_weights_of_zero_are_as_if_the_rows_were_not_there() -> None:
    rng = np.random.default_rng(6)
    margin = rng.normal(-1, 1, 1500)
    y = rng.random(1500) < expit(margin)
    weight = (np.arange(1500) < 1000).astype(float)
    some, all_rows = Calibration.fit(margin[:1000], y[:1000]), Calibration.fit(margin, y, weight)
    assert (all_rows.a, all_rows.b, all_rows.c) == pytest.approx((some.a, some.b, some.c), abs=1e-9)


@given(calibrations)
def test_a_stored_map_comes_back_unchanged(calibration: Calibration) -> None:
    assert Calibration.from_mapping(calibration.to_mapping()) == calibration


@pytest.mark.parametrize("damage", [{"a": -1.0}, {"b": float("nan")}, {"kind": "magic"}, {"c": None}])
def test_a_damaged_map_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(BundleError):
        Calibration.from_mapping({**Calibration().to_mapping(), **damage})


def excess_loss(fitted: np.ndarray, truth: np.ndarray) -> float:
    """Kullback-Leibler divergence of fitted from true probabilities, the loss that calibration can avoid."""
    return float(np.mean(truth * (logit(truth) - logit(fitted)) + np.log1p(-truth) - np.log1p(-fitted)))


@pytest.mark.parametrize(("positives", "factor"), [(60, 0.15), (120, 0.12), (300, 0.06)])
def test_calibration_removes_most_of_a_known_distortion(positives: int, factor: float) -> None:
    n = round(positives / 0.062)
    ours, untouched = [], []
    for seed in range(25):
        rng = np.random.default_rng([seed, positives])
        z = rng.normal(-3.3, 1.3, n)
        distorted = 1.5 * z + 1.0 + 0.1 * np.sin(3 * z)
        fitted = Calibration.fit(distorted, rng.random(n) < expit(z))
        ours.append(excess_loss(fitted.probability(distorted), expit(z)))
        untouched.append(excess_loss(expit(distorted), expit(z)))
    assert np.mean(ours) <= factor * np.mean(untouched)
