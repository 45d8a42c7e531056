from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from features.domain import InputError, Sla, WorkspaceError
from models.cutoffs import State, Watch, certify

SLA = Sla.from_mapping({"mql": {"max_missed_customers": 0.3}, "sql": {"min_conversion_rate": 0.3, "max_per_week": 500}})
THROUGH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def watch() -> Watch:
    rng = np.random.default_rng(1)
    probability = 1 / (1 + np.exp(-rng.normal(-2.0, 1.4, 4000)))
    days = np.datetime64("2025-01-06") + rng.integers(0, 280, 4000)
    return Watch.of(certify(probability, rng.random(4000) < probability, SLA, days), SLA)


def test_every_certified_clause_is_watched_and_they_share_the_chance_of_a_false_alarm(watch: Watch) -> None:
    assert watch.names == ("mql.max_missed_customers", "sql.min_conversion_rate", "sql.max_per_week")
    assert [bet.allowed for bet in watch.bets] == pytest.approx([0.3, 0.7, 0.05])
    assert sum(bet.alpha for bet in watch.bets) == pytest.approx(0.05)
    assert watch.state is State.CERTIFIED


def test_a_clause_that_was_not_certified_is_not_watched() -> None:
    nothing = certify([0.2, 0.4], [0, 1], SLA)
    assert Watch.of(nothing, SLA).names == ()
    with pytest.raises(InputError, match="not watched"):
        Watch.of(nothing, SLA).update("sql.min_conversion_rate", [1])


def test_kept_promises_raise_no_alarm_and_broken_ones_do_for_good(watch: Watch) -> None:
    kept = watch.update("sql.min_conversion_rate", [1, 0, 0] * 100, THROUGH)
    assert kept.state is State.CERTIFIED
    broken = kept.update("sql.min_conversion_rate", [0] * 150)
    assert broken.state is State.VIOLATED
    (bet,) = broken.violated
    assert bet.alarm_after is not None
    assert 300 < bet.alarm_after <= 450
    assert (bet.seen, bet.broken, bet.through) == (450, 350, THROUGH)
    assert "is violated" in bet.sentence.en
    assert "ist verletzt" in bet.sentence.de
    assert broken.update("sql.min_conversion_rate", [1] * 1000).state is State.VIOLATED


def test_cases_told_at_once_and_one_by_one_give_the_same(watch: Watch) -> None:
    cases = [1, 0, None, 0, 1, 0, 0, 0, float("nan"), 0]
    at_once = watch.update("mql.max_missed_customers", cases)
    one_by_one = watch
    for case in cases:
        one_by_one = one_by_one.update("mql.max_missed_customers", [case])
    assert at_once.bet("mql.max_missed_customers").seen == 8
    ours, theirs = (one.bet("mql.max_missed_customers") for one in (at_once, one_by_one))
    assert ours.log_capital == pytest.approx(theirs.log_capital)
    assert dataclasses.replace(ours, log_capital=()) == dataclasses.replace(theirs, log_capital=())


def test_no_case_changes_nothing(watch: Watch) -> None:
    assert watch.update("sql.max_per_week", []) == watch
    assert "nothing has been seen" in watch.bet("sql.max_per_week").sentence.en


def test_a_watch_is_kept_as_plain_data(watch: Watch) -> None:
    after = watch.update("sql.max_per_week", [1, 1, 0], THROUGH).update("sql.min_conversion_rate", [0] * 80)
    assert Watch.from_mapping(after.to_mapping()) == after


@pytest.mark.parametrize("damage", [{"format": 9}, {"bets": [{}]}, {"bets": 3}, {"issued": "sure"}])
def test_a_damaged_watch_is_refused(watch: Watch, damage: dict[str, Any]) -> None:
    with pytest.raises(WorkspaceError):
        Watch.from_mapping({**watch.to_mapping(), **damage})


def test_what_is_neither_kept_nor_broken_is_refused(watch: Watch) -> None:
    with pytest.raises(InputError):
        watch.update("sql.max_per_week", [2])
