"""T10: leads with several moments and leads of one company; what is promised is what sales meets."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from features.domain import Sla
from models.cutoffs import State, certify
from models.cutoffs.certify import certify_leads
from models.cutoffs.reading import read_leads

RATE, MOMENTS = 0.3, 4
SLA = Sla.from_mapping({"sql": {"min_conversion_rate": RATE}})


def histories(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and outcomes of leads at four moments, shape (n, 4): what makes a lead buy is mostly its own.

    An outcome falls into a moment's horizon with 96 % of the chance at the first moment, with 75 % at the last.
    """
    own = rng.normal(-2.6, 1.1, (n, 1))
    score = expit(own + rng.normal(0.0, 0.9, (n, MOMENTS)).cumsum(axis=1) * 0.6)
    buys = rng.random((n, 1)) < expit(1.4 * own + 1.2)
    late = rng.random((n, 1)) < np.linspace(0.04, 0.25, MOMENTS)
    return score, buys & ~late


def flat(score: np.ndarray, converted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lead = np.repeat(np.arange(len(score)), MOMENTS)
    return lead, score.ravel(), converted.ravel()


def crossing_rate(score: np.ndarray, converted: np.ndarray, cutoff: float) -> float:
    """Return the share that converts of the leads that ever reach a cutoff, from when they first do."""
    reached = score >= cutoff
    ever = reached.any(axis=1)
    return float(converted[np.arange(len(score)), reached.argmax(axis=1)][ever].mean()) if ever.any() else 1.0


def test_first_crossings_keep_the_promise_and_moments_as_leads_of_their_own_do_not(truth: Any) -> None:
    population = histories(np.random.default_rng(77), 200_000)
    draws = truth.draws(60)
    false = issued = naive_false = 0
    for seed in range(draws):
        lead, score, converted = flat(*histories(np.random.default_rng([seed, 10]), 1500))
        cutoff = certify_leads(read_leads(score, converted, None, "UTC", lead=lead), SLA).sql
        if cutoff.state is State.CERTIFIED:
            issued += 1
            false += crossing_rate(*population, cutoff.probability) < RATE
        naive = certify(score, converted, SLA).sql
        naive_false += naive.state is State.CERTIFIED and crossing_rate(*population, naive.probability) < RATE
    assert false <= truth.most(draws)
    assert issued > 0.4 * draws
    assert naive_false > 0.1 * draws, "the simulation would not notice moments that are taken for leads"


def colleagues(rng: np.random.Generator, companies: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return company, score and outcome of leads: colleagues share half of what makes them buy beyond the score."""
    sizes = rng.choice([1, 4, 12], companies, p=[0.4, 0.3, 0.3])
    company = np.repeat(np.arange(companies), sizes)
    z = rng.normal(-2.2, 1.4, companies)[company] + rng.normal(0.0, 0.3, len(company))
    together = rng.normal(0.0, 1.6, companies)[company]
    return company, expit(z), rng.random(len(company)) < expit(z + together)


def test_colleagues_are_judged_together_and_taken_as_strangers_they_would_break_the_promise(truth: Any) -> None:
    _, score, converted = colleagues(np.random.default_rng(78), 400_000)
    order = np.argsort(-score)
    falling, rates = score[order], np.cumsum(converted[order]) / np.arange(1, len(order) + 1)

    def rate(cutoff: float) -> float:
        return float(rates[max(int(np.searchsorted(-falling, -cutoff, side="right")) - 1, 0)])

    draws = truth.draws(60)
    false = issued = naive_false = 0
    for seed in range(draws):
        company, p, outcome = colleagues(np.random.default_rng([seed, 20]), 700)
        cutoff = certify_leads(read_leads(p, outcome, None, "UTC", company=company), SLA).sql
        if cutoff.state is State.CERTIFIED:
            issued += 1
            false += rate(cutoff.probability) < RATE
        naive = certify(p, outcome, SLA).sql
        naive_false += naive.state is State.CERTIFIED and rate(naive.probability) < RATE
    assert false <= truth.most(draws)
    assert issued > 0.2 * draws
    assert naive_false > 0.1 * draws, "the simulation would not notice colleagues that are taken for strangers"
