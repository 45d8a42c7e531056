"""What other cutoffs would have done: counted as certificates count, with intervals that hold what they promise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from features.domain import InputError, Sla
from models.cutoffs.reading import read_leads
from models.evidence.held_out import HeldOutLeads
from models.evidence.weekly import weekly
from models.evidence.what_if import what_if

SLA = Sla.from_mapping({"sql": {"max_per_week": 6}})


def held_out(
    chance: np.ndarray, converted: np.ndarray, week: np.ndarray, accepted: np.ndarray | None = None
) -> HeldOutLeads:
    """Leads of one moment each, at noon of the Mondays of their weeks."""
    moments = (np.datetime64("2026-01-05T12:00:00") + week * np.timedelta64(7, "D")).astype("datetime64[s]")
    leads = read_leads(chance, converted, moments, "UTC", accepted=accepted)
    return HeldOutLeads(leads, len(chance), float(week.max() + 1), week, "2026-01-05", None)


def ten_weeks() -> HeldOutLeads:
    """Ten leads in each of twelve weeks, of 0.05 to 0.95; those from 0.75 on convert, and sales takes from 0.85 on."""
    chance = np.tile(np.arange(10) / 10 + 0.05, 12)
    return held_out(chance, chance > 0.7, np.repeat(np.arange(12), 10), np.where(chance > 0.8, 1.0, 0.0))


def test_a_moved_cutoff_is_counted_beside_the_one_in_force() -> None:
    told = what_if(ten_weeks(), SLA, (0.5, 0.8), (0.3, 0.8))
    assert told.in_force is not None
    assert (told.moved.mql.at.leads, told.in_force.mql.at.leads) == (60, 84)
    assert told.moved.mql.at.rate.value == pytest.approx(0.6)
    assert told.moved.mql.at.missed.value == 0.0
    assert told.moved.sql.at.missed.value == pytest.approx(1 / 3)
    assert told.moved.sql.accepted is not None
    assert told.moved.sql.accepted.value == 1.0
    assert told.between_sql is None
    assert told.between_mql is not None
    assert (told.between_mql.leads, told.between_mql.converted) == (24, 0)


def test_the_load_on_sales_is_the_weeks_over_what_was_agreed() -> None:
    light = what_if(ten_weeks(), SLA, (0.2, 0.5), (None, None))
    heavy = what_if(ten_weeks(), SLA, (0.2, 0.3), (None, None))
    assert light.in_force is None
    for told, share, busy in ((light, 5 / 6, 0.0), (heavy, 7 / 6, 1.0)):
        assert told.moved.sql.load is not None
        assert told.moved.sql.load.share is not None
        assert told.moved.sql.load.share.value == pytest.approx(share)
        assert (told.moved.sql.load.busy.value, told.moved.sql.load.weeks) == (busy, 10)
        assert told.moved.mql.load is None


def test_a_sample_speaks_of_all_leads_that_it_was_drawn_from() -> None:
    whole = ten_weeks()
    tenth = dataclasses.replace(whole, of=10 * whole.of)
    few, many = weekly(whole, 0.5), weekly(tenth, 0.5)
    assert few is not None
    assert many is not None
    assert many.mean.value == pytest.approx(10 * few.mean.value)
    busy = what_if(tenth, SLA, (0.2, 0.5), (None, None)).moved.sql.load
    assert busy is not None
    assert busy.busy.value == 1.0


def test_without_times_no_week_is_told() -> None:
    untimed = dataclasses.replace(ten_weeks(), arrived=None, weeks=None)
    told = what_if(untimed, SLA, (0.2, 0.5), (None, None))
    assert told.moved.mql.weekly is None
    assert told.moved.sql.load is not None
    assert told.moved.sql.load.share is None


@pytest.mark.parametrize("pair", [(0.5, 0.4), (0.0, 0.5), (0.5, 1.0), (float("nan"), 0.5), (0.5, float("inf"))])
def test_cutoffs_that_are_none_are_refused(pair: tuple[float, float]) -> None:
    with pytest.raises(InputError):
        what_if(ten_weeks(), SLA, pair, (None, None))


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_the_interval_of_a_week_holds_the_true_mean_also_where_seasons_differ(spread: float) -> None:
    draw = np.random.default_rng(7)
    inside, draws, mean, weeks = 0, 200, 8.0, 14
    for _ in range(draws):
        season = draw.gamma(1 / spread, spread, weeks) if spread else np.ones(weeks)
        week = np.repeat(np.arange(weeks), np.maximum(draw.poisson(mean * season), 0))
        if not len(week) or week.max() < weeks - 1:
            week = np.append(week, weeks - 1)
        told = weekly(held_out(np.full(len(week), 0.5), np.zeros(len(week), dtype=bool), week), 0.4)
        assert told is not None
        inside += told.mean.low <= mean <= told.mean.high
    assert inside / draws >= 0.94
