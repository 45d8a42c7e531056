from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

from features.domain import BundleError
from models.calibration import Calibration, CalibrationKind
from models.drift.bins import Bins
from models.drift.level_watch import LevelWatch
from models.drift.reference import Reference, company_effect
from models.drift.shift import joined, shift


def reference(count: int = 800) -> Reference:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"size": rng.normal(0, 1, count), "channel": rng.choice(["ads", "web"], count)})
    week = np.arange(count) // 50
    return Reference.of(
        frame, ("size", "channel"), rng.normal(-2, 1, count), np.arange(count), age_days=7.0, week=week,
        cutoff_margins=(-1.5, 0.0),
    )  # fmt: skip


def test_deciles_hold_a_tenth_each_and_missing_stands_apart() -> None:
    values = pl.Series("x", [*range(1000), *[None] * 100], dtype=pl.Float64)
    bins = Bins.of("x", values)
    assert bins.counts == pytest.approx((*[100.0] * 10, 100.0), abs=1)
    assert bins.missing == pytest.approx(1 / 11)
    assert bins.count(pl.Series([-5.0, 5000.0, float("nan"), None])).tolist() == [1, *[0] * 8, 1, 2]


def test_few_different_numbers_have_a_bin_each() -> None:
    bins = Bins.of("x", pl.Series([0.0, 0.0, 1.0, 2.0, 2.0, 2.0]))
    assert bins.counts == (2.0, 1.0, 3.0, 0.0)


def test_a_value_never_seen_counts_as_new() -> None:
    bins = Bins.of("x", pl.Series(["a"] * 60 + ["b"] * 40))
    moved = shift(bins, bins.count(pl.Series(["a"] * 50 + ["c"] * 50)))
    assert moved.new_share == 0.5
    assert moved.p_value < 1e-6
    assert moved.index > moved.by_chance > 0


def test_joined_bins_hold_enough_and_lose_nobody() -> None:
    rng = np.random.default_rng(2)
    for in_order in (True, False):
        before, now = rng.poisson(2.0, 12).astype(float), rng.poisson(2.0, 12).astype(float)
        one, other = joined(before, now, in_order=in_order)
        assert (one.sum(), other.sum()) == (before.sum(), now.sum())
        expected = (one + other) / (one + other).sum() * min(one.sum(), other.sum())
        assert (expected[:-1] >= 4.999).all() or one.size == 1


def test_nobody_to_compare_is_no_shift() -> None:
    bins = Bins.of("x", pl.Series([1.0, 2.0, 3.0]))
    assert shift(bins, bins.count(pl.Series([], dtype=pl.Float64))).p_value == 1.0
    empty = Bins.of("x", pl.Series([None, None], dtype=pl.Float64))
    assert shift(empty, empty.count(pl.Series([None], dtype=pl.Float64))).p_value == 1.0


def test_a_reference_comes_back_as_it_was_written() -> None:
    before = reference()
    after = Reference.from_mapping(json.loads(json.dumps(before.to_mapping())))
    assert after.to_mapping() == before.to_mapping()
    assert sum(week[0] for week in after.weeks) == 800


@pytest.mark.parametrize(
    "damage", [{"format": 2}, {"margins": [1.0]}, {"effect": 0.5}, {"features": [{"name": "x"}]}, {"weeks": [[1, 2]]}]
)
def test_a_damaged_reference_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(BundleError):
        Reference.from_mapping({**reference().to_mapping(), **damage})


def test_the_share_above_a_cutoff_follows_a_new_calibration() -> None:
    one = reference()
    assert one.share_above(float(expit(-2.0)), Calibration()) == pytest.approx(0.5, abs=0.05)
    lifted = Calibration(CalibrationKind.PLATT, 1.0, 1.0, 1.0)
    assert one.share_above(float(expit(-1.0)), lifted) == pytest.approx(0.5, abs=0.05)
    assert one.share_above(0.0, Calibration()) == 1.0


def test_weeks_that_differ_by_chance_alone_widen_no_band() -> None:
    assert reference(4000).spread_of_weeks(1) < 1.6
    wild = reference()
    weeks = tuple((50, 40 if week % 2 else 5, 0) for week in range(12))
    assert Reference.from_mapping(wild.to_mapping() | {"weeks": [list(w) for w in weeks]}).spread_of_weeks(1) > 10


def test_colleagues_count_as_one_where_all_leads_are_of_few_companies() -> None:
    assert company_effect(np.arange(50)) == 1.0
    assert company_effect(np.repeat(np.arange(10), 5)) == 5.0


def watched(seed: int, level: float, count: int = 2000) -> LevelWatch:
    rng = np.random.default_rng(seed)
    told = expit(rng.normal(-2, 1, count))
    label = (rng.random(count) < expit(logit(told) + level)).astype(float)
    return LevelWatch.of(told, label, np.ones(count), np.arange(count) // 50, -2.0)


def test_a_level_that_fell_raises_an_alarm_and_a_true_one_does_not() -> None:
    assert not watched(1, 0.0).alarm
    fallen = watched(1, -0.8)
    assert fallen.alarm
    assert fallen.alarm_after < 1500
    assert fallen.observed < fallen.expected


def test_rows_that_share_a_weight_say_no_more_than_one() -> None:
    rng = np.random.default_rng(3)
    told = expit(rng.normal(-2, 1, 500))
    label = (rng.random(500) < told).astype(float)
    once = LevelWatch.of(told, label, np.ones(500), np.arange(500), -2.0)
    four = [np.repeat(one, 4) for one in (told, label, np.full(500, 0.25), np.arange(500))]
    assert LevelWatch.of(*four, -2.0).capital == pytest.approx(once.capital)


def test_nothing_matured_is_no_alarm() -> None:
    none = np.zeros(0)
    assert LevelWatch.of(none, none, none, none.astype(np.int64), 0.0) == LevelWatch(0.0, 0.0, 0.0, 1.0, None)


def test_one_lead_that_was_all_but_excluded_wins_no_bet() -> None:
    told = np.array([1e-11, *np.full(200, 0.1)])
    label = np.array([1.0, *(np.arange(200) % 10 == 0)])
    assert not LevelWatch.of(told, label, np.ones(201), np.zeros(201, dtype=np.int64), -2.2).alarm
