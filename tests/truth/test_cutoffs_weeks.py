"""T12: weekly volume and contact times, which are promised on average over such data."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from features.domain import Sla
from models.cutoffs import State, certify

WEEKS = 32
MONDAY = np.datetime64("2025-01-06T00:00:00")


def scores(rng: np.random.Generator, n: int) -> np.ndarray:
    return expit(rng.normal(-2.6, 1.4, n))


def test_weeks_over_the_limit_stay_below_epsilon_on_average(truth: Any) -> None:
    sla = Sla.from_mapping({"sql": {"max_per_week": 10}, "confidence": 0.9, "calendar": {"time_zone": "UTC"}})
    days = MONDAY + np.arange(7 * WEEKS).astype("timedelta64[D]")
    draws = truth.draws(40)
    exceeded, naive = [], []
    for seed in range(draws):
        rng = np.random.default_rng([seed, 3])
        arrived = np.repeat(days, rng.poisson(rng.gamma(5, 0.8, 7 * WEEKS)))
        score = scores(rng, len(arrived))
        cutoff = certify(score, rng.random(len(score)) < score, sla, arrived).sql
        assert cutoff.state is State.CERTIFIED
        fresh = rng.poisson(rng.gamma(5, 0.8, (400, 7))).sum(axis=1)
        population = scores(rng, 50_000)
        # As many as fit into the average week, as it is usually planned.
        usual = np.quantile(score, 1.0 - 10 * WEEKS / len(score))
        for limit, found in ((cutoff.probability, exceeded), (usual, naive)):
            found.append(np.mean(rng.binomial(fresh, np.mean(population >= limit)) > 10))
    assert np.mean(exceeded) <= 0.1 + 2 * np.std(exceeded) / np.sqrt(draws)
    assert np.mean(naive) > 0.3, "the simulation would not notice a broken method"


def test_a_rate_beside_a_weekly_limit_is_seldom_false_and_mostly_certified(truth: Any) -> None:
    sla = Sla.from_mapping(
        {"sql": {"min_conversion_rate": 0.3, "max_per_week": 3}, "confidence": 0.9, "calendar": {"time_zone": "UTC"}}
    )
    days = MONDAY + np.arange(7 * WEEKS).astype("timedelta64[D]")
    drawn = np.random.default_rng(8).normal(-2.6, 1.4, 400_000)
    falling = np.sort(expit(drawn))[::-1]
    draws = truth.draws(60)
    # Told leads convert as often as their score says, or less often the higher it is.
    for worth, least in ((1.0, 0.9), (0.55, 0.0)):
        rates = np.cumsum(worth * falling) / np.arange(1, len(falling) + 1)
        false = issued = 0
        for seed in range(draws):
            rng = np.random.default_rng([seed, 13])
            arrived = np.repeat(days, rng.poisson(6.0, 7 * WEEKS))
            score = scores(rng, len(arrived))
            cutoff = certify(score, rng.random(len(score)) < worth * score, sla, arrived).sql
            certified = {clause.name for clause in cutoff.clauses if clause.state is State.CERTIFIED}
            issued += cutoff.state is State.CERTIFIED
            if "sql.min_conversion_rate" in certified:
                place = int(np.searchsorted(-falling, -cutoff.probability, side="right")) - 1
                false += rates[max(place, 0)] < 0.3
        assert false <= truth.most(draws, 0.1)
        assert issued >= least * draws, issued


def arrivals(rng: np.random.Generator, weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return moments and scores: 60 leads a week in bursts, on week days from 7 to 19 o'clock."""
    days = (MONDAY + np.arange(7 * weeks).astype("timedelta64[D]"))[np.arange(7 * weeks) % 7 < 5]
    per_day = rng.poisson(rng.gamma(4, 3.0, len(days)))
    moments = np.repeat(days, per_day) + rng.integers(7 * 3600, 19 * 3600, per_day.sum()).astype("timedelta64[s]")
    return np.sort(moments), scores(rng, per_day.sum())


def late_share(moments: np.ndarray, score: np.ndarray, cutoff: float, per_week: int) -> float:
    """Return the mean over weeks of the share contacted after 8 business hours, by a plain loop in minutes worked."""
    free, weeks = 0.0, {}
    for moment in moments[score >= cutoff]:
        day, second = divmod(int((moment - MONDAY).astype("timedelta64[s]").astype(int)), 86_400)
        week, weekday = divmod(day, 7)
        worked = week * 2400 + weekday * 480 + min(max(second / 60 - 540, 0.0), 480.0)
        begins = max(worked, free)
        free = begins + 2400 / per_week
        weeks.setdefault(week, []).append(begins > worked + 480 + 1e-6)
    whole = [np.mean(late) for week, late in weeks.items() if 0 < week < max(weeks)]
    return float(np.mean(whole)) if whole else 0.0


def test_late_contacts_stay_below_epsilon_on_average(truth: Any) -> None:
    sla = Sla.from_mapping(
        {"sql": {"contact_within": "8 business hours", "max_per_week": 20}, "calendar": {"time_zone": "UTC"}}
        | {"confidence": 0.9, "priority": ["sql.contact_within"]}
    )
    draws = truth.draws(25)
    late, naive = [], []
    for seed in range(draws):
        rng = np.random.default_rng([seed, 6])
        moments, score = arrivals(rng, WEEKS)
        cutoff = certify(score, np.zeros(len(score)), sla, moments).sql
        clause = next(one for one in cutoff.clauses if one.name == "sql.contact_within")
        if clause.state is not State.CERTIFIED:
            continue
        fresh_moments, fresh = arrivals(rng, 60)
        late.append(late_share(fresh_moments, fresh, cutoff.probability, 20))
        naive.append(late_share(fresh_moments, fresh, float(np.quantile(score, 1 - 20 * WEEKS / len(score))), 20))
    assert len(late) > 0.5 * draws
    assert np.mean(late) <= 0.1 + 2 * np.std(late) / np.sqrt(len(late))
    assert np.mean(naive) > 0.15, "the simulation would not notice a queue that is planned at its limit"
