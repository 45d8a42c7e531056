"""T11: the watch on a certificate seldom cries wolf, however often one looks, and soon sees a promise broken."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import binom

from models.cutoffs.watch import Bet

WEEKS, A_WEEK, PROMISE = 52, 40, 0.3


def weeks_to_alarm(rate: float, draws: int) -> np.ndarray:
    """Return the week of the alarm of each draw, infinite without one."""
    found = np.full(draws, np.inf)
    for seed in range(draws):
        rng = np.random.default_rng([seed, 11, round(1000 * rate)])
        bet = Bet("sql.min_acceptance_rate", 1.0 - PROMISE, 0.05)
        bet = bet.update(rng.random(WEEKS * A_WEEK) < rate)
        if bet.alarm_after is not None:
            found[seed] = np.ceil(bet.alarm_after / A_WEEK)
    return found


def test_while_the_promise_just_holds_at_most_one_year_in_twenty_has_an_alarm(truth: Any) -> None:
    draws = truth.draws(150)
    assert np.isfinite(weeks_to_alarm(PROMISE, draws)).sum() <= truth.most(draws)
    # A promise kept with room to spare is promised no less: its alarms are rarer still (measured 3 of 500).
    assert np.isfinite(weeks_to_alarm(0.35, draws)).sum() <= truth.most(draws)


def test_a_broken_promise_is_seen_in_weeks(truth: Any) -> None:
    draws = truth.draws(100)
    assert np.median(weeks_to_alarm(0.22, draws)) <= 10
    assert np.median(weeks_to_alarm(0.15, draws)) <= 4
    assert np.isfinite(weeks_to_alarm(0.25, draws)).sum() >= truth.least(draws, 0.9)


def test_a_weekly_look_at_an_ordinary_p_value_would_cry_wolf(truth: Any) -> None:
    draws = truth.draws(150)
    alarms = 0
    for seed in range(draws):
        accepted = np.random.default_rng([seed, 12]).random((WEEKS, A_WEEK)) < PROMISE
        alarms += bool(
            (binom.cdf(accepted.sum(axis=1).cumsum(), A_WEEK * np.arange(1, WEEKS + 1), PROMISE) < 0.05).any()
        )
    assert alarms > 0.15 * draws, "the simulation would not notice a watch that pays nothing for looking every week"
