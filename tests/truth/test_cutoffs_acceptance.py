"""T7 and T21 of the acceptance clause: answers of sales on all leads above, and on those that were handed over only."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from features.domain import Sla
from models.cutoffs import State, certify
from models.cutoffs.betting import exceeds, interval, share

RATE, FLOOR = 0.4, 0.1
SLA = Sla.from_mapping({"sql": {"min_acceptance_rate": RATE}})


def world(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    """Return score, acceptance and hand-over: the old rules saw something that sales likes and the score does not."""
    z, hidden = rng.normal(0.0, 1.2, n), rng.normal(0.0, 1.0, n)
    accepted = rng.random(n) < expit(-0.9 + 0.8 * z + 1.2 * hidden)
    propensity = np.where(z + 1.2 * hidden > 0.6, 1.0, FLOOR)
    return expit(z - 2.0), accepted, propensity, rng.random(n) < propensity


def rates(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    score, accepted, _, _ = world(rng, 1_000_000)
    order = np.argsort(-score)
    return score[order], np.cumsum(accepted[order]) / np.arange(1, len(order) + 1)


def at(falling: np.ndarray, shares: np.ndarray, cutoff: float) -> float:
    return float(shares[max(int(np.searchsorted(-falling, -cutoff, side="right")) - 1, 0)])


def test_with_every_answer_known_a_certified_acceptance_is_seldom_false(truth: Any) -> None:
    population = rates(np.random.default_rng(5))
    draws = truth.draws(80)
    for n in (300, 1500):
        false = issued = 0
        for seed in range(draws):
            score, accepted, _, _ = world(np.random.default_rng([seed, n, 3]), n)
            cutoff = certify(score, np.zeros(n), SLA, accepted=accepted).sql
            if cutoff.state is State.CERTIFIED:
                issued += 1
                false += at(*population, cutoff.probability) < RATE
        assert false <= truth.most(draws)
        assert issued > 0.3 * draws


def test_answers_on_handed_over_leads_mislead_and_their_chances_set_them_right(truth: Any) -> None:
    population = rates(np.random.default_rng(5))
    draws = truth.draws(60)
    false = issued = naive_false = 0
    for seed in range(draws):
        score, accepted, propensity, handed = world(np.random.default_rng([seed, 4]), 6000)
        answers = np.where(handed, accepted, np.nan)
        cutoff = certify(score, np.zeros(6000), SLA, accepted=answers, propensity=propensity).sql
        if cutoff.state is State.CERTIFIED:
            issued += 1
            false += at(*population, cutoff.probability) < RATE
        naive = certify(score, np.zeros(6000), SLA, accepted=answers).sql
        naive_false += naive.state is State.CERTIFIED and at(*population, naive.probability) < RATE
    assert false <= truth.most(draws)
    assert issued > 0.5 * draws
    assert naive_false > 0.3 * draws, "the simulation would not notice answers that are taken for all leads'"


def test_the_weighted_share_is_unbiased_and_its_interval_covers(truth: Any) -> None:
    population = rates(np.random.default_rng(5))
    draws = truth.draws(80)
    cutoff = float(expit(-1.6))
    right = at(*population, cutoff)
    estimates, naive, covered = [], [], 0
    for seed in range(draws):
        score, accepted, propensity, handed = world(np.random.default_rng([seed, 21]), 4000)
        above = score >= cutoff
        weights = (handed / propensity)[above]
        hits = weights * accepted[above]
        estimates.append(share(hits, weights))
        naive.append(accepted[above & handed].mean())
        low, high = interval(hits, weights, 1.0 / FLOOR)
        covered += low <= right <= high
    noise = 3.0 * np.std(estimates) / np.sqrt(draws)
    assert abs(np.mean(estimates) - right) <= 0.01 + (noise if draws < 200 else 0.0)
    assert np.mean(naive) - right > 0.05, "the simulation would not notice selective answers"
    assert covered >= truth.least(draws, 0.93)


def test_betting_on_a_mean_that_just_is_not_exceeded_seldom_wins(truth: Any) -> None:
    draws = truth.draws(200)
    wins = 0
    for seed in range(draws):
        rng = np.random.default_rng([seed, 22])
        propensity = rng.choice([0.05, 0.3, 1.0], 1500, p=[0.6, 0.2, 0.2])
        weights = (rng.random(1500) < propensity) / propensity
        wins += exceeds(weights * (rng.random(1500) < RATE), weights, RATE, 20.0, 0.05)
    assert wins <= truth.most(draws)
