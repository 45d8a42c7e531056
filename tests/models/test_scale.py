from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.odds import logit_of, probability_of
from models.scale import POINTS_PER_LOGIT, Scale

shares = st.floats(0.001, 0.999)


@given(shares, shares)
def test_the_cutoffs_stand_at_fifty_and_seventy_five(one: float, other: float) -> None:
    mql, sql = sorted((one, other))
    assume(logit_of(sql) - logit_of(mql) >= math.log(1.25))
    scale = Scale.from_cutoffs(mql, sql)
    assert float(scale.points(logit_of(mql))) == pytest.approx(50, abs=1e-9)
    assert float(scale.points(logit_of(sql))) == pytest.approx(75, abs=1e-9)


@given(shares, shares, st.integers(-4, 4), st.sampled_from(["mql", "sql"]))
def test_a_score_reaches_a_cutoff_exactly_when_the_probability_does(
    one: float, other: float, steps: int, which: str
) -> None:
    mql, sql = sorted((one, other))
    assume(logit_of(sql) - logit_of(mql) >= math.log(1.25))
    scale = Scale.from_cutoffs(mql, sql)
    logit = float(logit_of(mql if which == "mql" else sql))
    for _ in range(abs(steps)):
        logit = float(np.nextafter(logit, math.copysign(math.inf, steps)))
    score = int(scale.score(scale.points(logit)))
    assert (score >= 50) == (float(probability_of(logit)) >= mql)
    assert (score >= 75) == (float(probability_of(logit)) >= sql)


@given(shares, st.floats(-700, 700), st.floats(-700, 700))
def test_more_probability_never_means_fewer_points(mql: float, one: float, other: float) -> None:
    scale = Scale.from_cutoffs(mql)
    low, high = sorted((one, other))
    assert float(scale.points(low)) <= float(scale.points(high))
    assert 0 <= int(scale.score(scale.points(low))) <= 100


def test_doubled_odds_are_twelve_and_a_half_points_while_one_cutoff_exists() -> None:
    for scale in (Scale.from_cutoffs(0.2), Scale.from_cutoffs(0.2, 0.22), Scale.from_cutoffs(0.2, 0.2)):
        assert scale.k == POINTS_PER_LOGIT
        assert float(scale.points(logit_of(0.2) + math.log(2))) == pytest.approx(62.5)


def test_an_sql_cutoff_alone_stands_at_seventy_five() -> None:
    scale = Scale.from_cutoffs(None, 0.4)
    assert float(scale.points(logit_of(0.4))) == pytest.approx(75)
    assert scale.k == POINTS_PER_LOGIT


def test_points_follow_the_log_odds_in_a_straight_line() -> None:
    scale = Scale.from_cutoffs(0.11, 0.29)
    logits = np.linspace(-9, 9, 50)
    assert np.diff(scale.points(logits)) == pytest.approx(np.full(49, scale.k * 18 / 49))


def test_a_score_is_rounded_down() -> None:
    assert list(Scale(0.1).score(np.array([-3.0, 49.999999, 50.0, 74.99, 75.0, 130.0]))) == [0, 49, 50, 74, 75, 100]


@pytest.mark.parametrize("mql", [0.0, 1.0])
def test_cutoffs_at_the_very_edge_keep_points_finite(mql: float) -> None:
    points = Scale.from_cutoffs(mql).points(np.array([-800.0, 0.0, 800.0]))
    assert np.isfinite(points).all()
    assert list(points >= 50) == [mql == 0.0, mql == 0.0, True]
