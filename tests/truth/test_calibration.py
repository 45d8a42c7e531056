"""Calibrated probabilities against known truth: which map, whether a test finds what is off, whether a band holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

from models.calibration import Calibration
from models.logistic import fit_logistic
from training.calibration.curve import band
from training.calibration.line import calibration_line, spiegelhalter
from training.calibration.venn_abers import venn_abers
from training.exact_rates import design_effect

Curve = Callable[[np.ndarray], np.ndarray]


def wavy(z: np.ndarray) -> np.ndarray:
    """Return the margin of a model that is far too sure, bends and waves, where the true log-odds are ``z``.

    Uncalibrated it costs .0699 nats, the base rate alone .0311; the best line of Platt's is left with .0007, the best
    beta map with .0003.
    """
    return np.asarray(1.4 * (z + 2.5) + 0.5 * np.minimum(z + 2.5, 0) - 1.3 + 0.25 * np.sin(2.5 * z))


def bent(z: np.ndarray) -> np.ndarray:
    return np.asarray(np.where(z < -3, 1.9 * (z + 3), 1.15 * (z + 3)) - 1.8 + 0.1 * np.sin(3 * z))


def straight(z: np.ndarray) -> np.ndarray:
    return np.asarray(1.5 * z + 1 + 0.1 * np.sin(3 * z))


def true_log_odds(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return log-odds of leads of whom 6.2 % reach the target."""
    return rng.normal(-3.15, 1.08, count)


def divergence(truth: np.ndarray, told: np.ndarray) -> float:
    """Return the mean Kullback-Leibler divergence in nats: the loss that a better calibration would have saved."""
    told = np.clip(told, 1e-6, 1 - 1e-6)
    return float(np.mean(truth * np.log(truth / told) + (1 - truth) * np.log((1 - truth) / (1 - told))))


def spline(margin: np.ndarray, y: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return a natural-looking spline calibration: cubic, four knots at quantiles, straight outside."""
    shape = make_pipeline(
        SplineTransformer(n_knots=4, degree=3, knots="quantile", extrapolation="linear", include_bias=False),
        StandardScaler(),
    ).fit(margin[:, None])
    design = shape.transform(margin[:, None])
    theta = fit_logistic(design, y, np.ones_like(y), prior=np.zeros(design.shape[1] + 1), pull=0.5)
    return np.asarray(expit(np.column_stack([shape.transform(points[:, None]), np.ones(len(points))]) @ theta))


def rivals(margin: np.ndarray, y: np.ndarray, points: np.ndarray) -> dict[str, np.ndarray]:
    """Return the probabilities by every method of the list but ours."""
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(margin, y).predict(points)
    few = 1 / (len(y) + 2)
    grid = np.quantile(points, np.linspace(0, 1, 15))
    low, high = venn_abers(expit(margin), y, np.ones_like(y), expit(grid))
    smoothed = np.where(y == 1, (y.sum() + 1) / (y.sum() + 2), 1 / ((y == 0).sum() + 2))
    slope, shift = fit_logistic(margin[:, None], smoothed, np.ones_like(y), prior=np.array([1.0, 0.0]))
    below, above = -np.logaddexp(0, -margin), np.logaddexp(0, margin)
    a, b, c = fit_logistic(np.column_stack([below, above]), y, np.ones_like(y), prior=np.array([1.0, 1.0, 0.0]))
    return {
        "platt": expit(slope * points + shift),
        "beta": expit(-a * np.logaddexp(0, -points) + b * np.logaddexp(0, points) + c),
        "isotonic": isotonic,
        "isotonic clipped": np.clip(isotonic, few, 1 - few),
        "venn-abers": np.interp(points, grid, high / (1 - low + high)),
        "spline": spline(margin, y, points),
    }


def drawn(shape: Curve, positives: int, draws: int) -> dict[str, np.ndarray]:
    """Return each method's divergence from the truth in every draw."""
    truth = true_log_odds(np.random.default_rng(0), 2000)
    found: dict[str, list[float]] = {}
    for seed in range(draws):
        rng = np.random.default_rng([seed, positives])
        z = true_log_odds(rng, round(positives / 0.062))
        margin, y = shape(z), (rng.random(z.size) < expit(z)).astype(float)
        told = rivals(margin, y, shape(truth))
        told["ours"] = Calibration.fit(margin, y, positives=positives).probability(shape(truth))
        for name, probability in told.items():
            found.setdefault(name, []).append(divergence(expit(truth), probability))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.parametrize("positives", [60, 120, 300])
def test_our_map_is_near_the_best_of_the_list_at_least_as_often_as_any_of_it(truth: Any, positives: int) -> None:
    # The best of six in the very draw is partly luck: with 60 positives ours is within 1.3 of it in two draws of three
    # (docs/calibration.md tells what else was tried), with 120 and 300 in nine of ten.
    draws = truth.draws(25)
    found = drawn(wavy, positives, draws)
    best = np.min([values for name, values in found.items() if name != "ours"], axis=0)
    near = {name: int((values <= 1.3 * best).sum()) for name, values in found.items()}
    assert near["ours"] >= max(near.values()) - 0.04 * draws, near
    assert near["ours"] >= truth.least(draws, {60: 0.5, 120: 0.85, 300: 0.9}[positives]), near
    assert near["isotonic"] < 0.2 * draws, near


@pytest.mark.parametrize("positives", [60, 120, 300])
def test_whatever_the_distortion_our_map_is_on_average_near_the_best_of_the_list(truth: Any, positives: int) -> None:
    # Draw by draw, no one map is within 1.3 of the best of six: where the truth is a line, Platt's is; where it
    # bends, the free one. What is asked of all shapes is the mean, where those two each fail.
    draws = truth.draws(25)
    for shape in (wavy, bent, straight):
        means = {name: float(values.mean()) for name, values in drawn(shape, positives, draws).items()}
        best = min(value for name, value in means.items() if name != "ours")
        assert means["ours"] <= 1.35 * best, means
        assert means["isotonic"] > 1.35 * best, means


def test_spiegelhalter_finds_nothing_in_truth_and_overconfidence_nearly_always(truth: Any) -> None:
    draws = 2 * truth.draws(150)
    null, sloped, pivoted = 0, 0, 0
    everybody = np.arange(1200)
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        z, weight = rng.normal(-2.2, 1.2, 1200), np.ones(1200)
        y = (rng.random(1200) < expit(z)).astype(float)
        null += abs(spiegelhalter(expit(z), y, weight)) > 1.96
        # Told with log-odds that 0.6 brings back to the truth; about 200 events.
        sloped += abs(spiegelhalter(expit(z / 0.6), y, weight)) > 1.96
        # The same slope about the mean keeps the level, which hides half of it from Spiegelhalter's test where few
        # leads reach the target; the slope's own interval finds it.
        slope = calibration_line(expit(-2.2 + (z + 2.2) / 0.6), y, weight, everybody).slope
        pivoted += not slope.low <= 1.0 <= slope.high
    assert truth.least(draws, 0.03) <= null <= truth.most(draws, 0.07)
    assert sloped >= truth.least(draws, 0.8)
    assert pivoted >= truth.least(draws, 0.8)


def test_spiegelhalter_takes_rows_of_a_lead_for_one_piece_of_evidence(truth: Any) -> None:
    draws = 2 * truth.draws(100)
    beyond = {"leads": 0, "rows": 0}
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        probability = np.clip(np.repeat(expit(rng.normal(-2, 1, 400)), 5) * rng.uniform(0.8, 1.2, 2000), 0.001, 0.99)
        y = (np.repeat(rng.random(400), 5) < probability).astype(float)
        weight, lead = np.full(2000, 0.2), np.repeat(np.arange(400), 5)
        beyond["leads"] += abs(spiegelhalter(probability, y, weight, lead)) > 1.96
        beyond["rows"] += abs(spiegelhalter(probability, y, weight)) > 1.96
    assert beyond["leads"] <= truth.most(draws, 0.08), beyond
    assert beyond["rows"] > truth.most(draws, 0.08), beyond


NAIVE_DRAWS = 15

TRUE_CURVES: dict[str, Curve] = {
    "calibrated": lambda m: expit(m),
    "overconfident": lambda m: expit(0.6 * m - 1),
    "wavy": lambda m: expit(0.7 * m - 0.8 + 0.3 * np.sin(2 * m)),
    "flat": lambda m: np.full_like(m, 0.12),
    "a step": lambda m: np.where(m > -1, 0.4, 0.03),
}


@pytest.mark.parametrize("name", TRUE_CURVES)
@pytest.mark.parametrize("count", [500, 3000])
def test_the_band_holds_the_whole_true_curve(truth: Any, name: str, count: int) -> None:
    draws = truth.draws(40)
    inside = {"ours": 0, "drawn again": 0}
    for seed in range(draws):
        rng = np.random.default_rng([seed, count])
        margin = rng.normal(-1.8, 1.4, count)
        y = (rng.random(count) < TRUE_CURVES[name](margin)).astype(float)
        points = np.quantile(expit(margin), np.linspace(0.025, 0.975, 20))
        true = TRUE_CURVES[name](logit(points))
        low, high = band(expit(margin), y, np.ones(count), points)
        inside["ours"] += bool(((low <= true) & (true <= high)).all())
        if seed < NAIVE_DRAWS:
            low, high = bootstrap_band(expit(margin), y, points, rng)
            inside["drawn again"] += bool(((low <= true) & (true <= high)).all())
    assert inside["ours"] >= truth.least(draws, 0.9), inside
    # The bootstrap of the isotonic curve is what most plots show; it is no band of the curve.
    assert inside["drawn again"] < 0.75 * NAIVE_DRAWS, inside


def bootstrap_band(
    probability: np.ndarray, y: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % percentile band of isotonic curves of rows drawn again."""
    curves = []
    for _ in range(40):
        rows = rng.integers(0, y.size, y.size)
        curves.append(IsotonicRegression(out_of_bounds="clip").fit(probability[rows], y[rows]).predict(points))
    low, high = np.quantile(curves, [0.025, 0.975], axis=0)
    return low, high


def test_the_band_holds_for_companies_whose_leads_decide_together(truth: Any) -> None:
    draws = truth.draws(80)
    inside = {"companies": 0, "rows": 0}
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        company = np.repeat(np.arange(60), 30)
        probability = rng.uniform(0.05, 0.45, 1800)
        # One draw decides of all leads of a company; each lead's own probability stays what it is.
        y = (np.repeat(rng.random(60), 30) < probability).astype(float)
        points = np.quantile(probability, np.linspace(0.025, 0.975, 20))
        effect = design_effect(y - probability, probability * (1 - probability), np.ones(1800), company)
        for name, divided_by in (("companies", effect), ("rows", 1.0)):
            low, high = band(probability, y, np.ones(1800), points, divided_by)
            inside[name] += bool(((low <= points) & (points <= high)).all())
    assert inside["companies"] >= truth.least(draws, 0.9), inside
    assert inside["rows"] < truth.least(draws, 0.9), inside
