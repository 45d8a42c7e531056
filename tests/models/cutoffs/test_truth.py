"""Certificates against known truth: how often is what they promise false?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from features.domain import Sla
from models.cutoffs import State, certify

DRAWS = 150
PROMISED_RATE = 0.3
PROMISED_MISSES = 0.2


def logistic(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """A score that orders leads well and whose probabilities are right."""
    truth = expit(rng.normal(-2.6, 1.4, n))
    return truth, truth


def distorted(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are far too high and a truth that falls again at the very top."""
    z = rng.normal(-2.6, 1.4, n)
    return expit(1.5 * z + 1.5), expit(np.where(z > 0, -z, z))


def tied(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Fifteen levels only, as isotonic calibration leaves them."""
    level = rng.integers(0, 15, n)
    truth = expit(-4.0 + 0.3 * level)
    return truth, truth


def wrong_conversion(draw: Callable[..., tuple[np.ndarray, np.ndarray]], n: int, draws: int) -> tuple[int, int, int]:
    """Return draws with a false certificate, with a broken naive cutoff, and with any certificate."""
    sla = Sla.from_mapping({"sql": {"min_conversion_rate": PROMISED_RATE}})
    # The truth of a cutoff is read off a population far larger than a draw.
    population_score, population_truth = draw(np.random.default_rng(7), 400_000)
    false = naive_false = issued = 0
    for seed in range(draws):
        rng = np.random.default_rng([seed, n])
        score, truth = draw(rng, n)
        converted = rng.random(n) < truth
        cutoff = certify(score, converted, sla).sql
        if cutoff.state is State.CERTIFIED:
            issued += 1
            false += bool(population_truth[population_score >= cutoff.probability].mean() < PROMISED_RATE)
        naive = naive_cutoff(score, converted)
        naive_false += bool(population_truth[population_score >= naive].mean() < PROMISED_RATE)
    return false, naive_false, issued


def naive_cutoff(score: np.ndarray, converted: np.ndarray) -> float:
    """The lowest score at which the observed rate reaches the promise, as it is usually done."""
    order = np.argsort(-score, kind="stable")
    rate = np.cumsum(converted[order]) / np.arange(1, len(score) + 1)
    ends = np.append(np.diff(score[order]) != 0, True)
    good = np.flatnonzero((rate >= PROMISED_RATE) & ends)
    return float(score[order][good[-1]]) if len(good) else 1.1


def wrong_misses(n: int, draws: int) -> tuple[int, int, int]:
    """Return draws with a false missed-customers certificate, broken naive cutoffs, and certificates."""
    sla = Sla.from_mapping({"mql": {"max_missed_customers": PROMISED_MISSES}})
    rng = np.random.default_rng(7)
    score, truth = logistic(rng, 400_000)
    order = np.argsort(score)
    rising = score[order]
    # Share of the customers below each score: every lead counts by its true probability, so no draw blurs the truth.
    below = np.cumsum(truth[order]) / truth.sum()

    def missed(cutoff: float) -> float:
        place = int(np.searchsorted(rising, cutoff))
        return float(below[place - 1]) if place else 0.0

    false = naive_false = issued = 0
    for seed in range(draws):
        rng = np.random.default_rng([seed, n, 1])
        score, truth = logistic(rng, n)
        converted = rng.random(n) < truth
        cutoff = certify(score, converted, sla).mql
        if cutoff.state is State.CERTIFIED:
            issued += 1
            false += missed(cutoff.probability) > PROMISED_MISSES
        naive = np.quantile(score[converted], PROMISED_MISSES, method="higher")
        naive_false += missed(naive) > PROMISED_MISSES
    return false, naive_false, issued


def most_allowed(draws: int, delta: float = 0.05) -> int:
    """Return how many false draws chance explains (99.9 %) if the method keeps its five per cent."""
    return int(binom.ppf(0.999, draws, delta))


@pytest.mark.parametrize("n", [300, 1000, 3000])
def test_a_certified_conversion_rate_is_false_in_at_most_five_per_cent_of_draws(n: int) -> None:
    false, naive_false, issued = wrong_conversion(logistic, n, DRAWS)
    assert false <= most_allowed(DRAWS)
    assert naive_false > 0.3 * DRAWS, "the simulation would not notice a broken method"
    assert issued > 0.3 * DRAWS


@pytest.mark.parametrize("draw", [distorted, tied])
def test_certificates_hold_for_wrong_probabilities_and_for_ties(
    draw: Callable[..., tuple[np.ndarray, np.ndarray]],
) -> None:
    false, _, _ = wrong_conversion(draw, 1500, DRAWS)
    assert false <= most_allowed(DRAWS)


def test_certified_misses_are_false_in_at_most_five_per_cent_of_draws() -> None:
    false, naive_false, issued = wrong_misses(800, DRAWS)
    assert false <= most_allowed(DRAWS)
    assert naive_false > 0.3 * DRAWS, "the simulation would not notice a broken method"
    assert issued > 0.8 * DRAWS


def test_promises_that_cannot_hold_together_are_called_infeasible() -> None:
    sla = Sla.from_mapping({"mql": {"min_conversion_rate": 0.3, "max_missed_customers": 0.1}})
    found = 0
    for seed in range(30):
        rng = np.random.default_rng([seed, 2])
        score, truth = logistic(rng, 8000)
        cutoff = certify(score, rng.random(8000) < truth, sla).mql
        found += cutoff.state is State.INFEASIBLE
        assert "mql.min_conversion_rate and mql.max_missed_customers" in cutoff.sentence.en
    assert found == 30


def test_weeks_over_the_limit_stay_below_epsilon_on_average() -> None:
    sla = Sla.from_mapping({"sql": {"max_per_week": 10}, "confidence": 0.9})
    days = np.datetime64("2025-01-06") + np.arange(7 * 32).astype("timedelta64[D]")
    exceeded = []
    for seed in range(60):
        rng = np.random.default_rng([seed, 3])
        per_day = rng.poisson(rng.gamma(5, 0.8, 7 * 32))
        arrived = np.repeat(days, per_day)
        score, truth = logistic(rng, len(arrived))
        cutoff = certify(score, rng.random(len(arrived)) < truth, sla, arrived).sql
        assert cutoff.state is State.CERTIFIED
        fresh = rng.poisson(rng.gamma(5, 0.8, (400, 7))).sum(axis=1)
        share = np.mean(logistic(rng, 50_000)[0] >= cutoff.probability)
        exceeded.append(np.mean(rng.binomial(fresh, share) > 10))
    assert np.mean(exceeded) <= 0.1 + 2 * np.std(exceeded) / np.sqrt(60)
