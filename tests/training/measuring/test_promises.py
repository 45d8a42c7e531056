from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.domain import Sla
from models.cutoffs.evidence import exact_interval
from training.dataset import Side
from training.measuring.promises import Kept, Promise, observe_promises

SLA = Sla.from_mapping(
    {
        "mql": {"min_conversion_rate": 0.2, "max_missed_customers": 0.3},
        "sql": {"min_conversion_rate": 0.4, "min_acceptance_rate": 0.5, "max_per_week": 5},
    }
)


def side(label: np.ndarray, accepted: np.ndarray | None = None) -> Side:
    size = label.size
    start = datetime(2026, 1, 5, 12, tzinfo=UTC)
    moments = [start + timedelta(days=7 * (row % 10)) for row in range(size)]
    frame = pl.DataFrame({"lead_id": [f"L{row}" for row in range(size)], "as_of": moments, "created_at": moments})
    if accepted is not None:
        frame = frame.with_columns(accepted=pl.Series(accepted, dtype=pl.Int8))
    rows = np.arange(size)
    ones = np.ones(size)
    return Side(frame, pl.DataFrame(), label, ones, rows, rows, rows, np.ones(size, dtype=bool), ones)


def test_observed_rates_are_counted_at_the_cutoffs() -> None:
    probability = np.repeat([0.05, 0.25, 0.6], [100, 100, 100])
    label = np.concatenate([np.ones(4), np.zeros(96), np.ones(20), np.zeros(80), np.ones(60), np.zeros(40)])
    accepted = np.concatenate([np.full(200, 0), np.ones(70), np.zeros(30)])
    found = {one.name: one for one in observe_promises(side(label, accepted), probability, SLA, 0.2, 0.5)}
    assert (found["mql.min_conversion_rate"].k, found["mql.min_conversion_rate"].n) == (80, 200)
    assert (found["mql.max_missed_customers"].k, found["mql.max_missed_customers"].n) == (4, 84)
    assert (found["sql.min_conversion_rate"].k, found["sql.min_conversion_rate"].n) == (60, 100)
    assert (found["sql.min_acceptance_rate"].k, found["sql.min_acceptance_rate"].n) == (70, 100)
    # Ten SQLs came in each of the ten weeks, of which the first and the last are not whole.
    assert (found["sql.max_per_week"].k, found["sql.max_per_week"].n) == (8, 8)
    states = {name: one.state for name, one in found.items()}
    assert states["sql.max_per_week"] is Kept.BROKEN
    assert {state for name, state in states.items() if name != "sql.max_per_week"} == {Kept.KEPT}


def test_a_lead_counts_once_with_the_moment_that_first_reaches_the_cutoff() -> None:
    rows = side(np.array([0.0, 1.0, 1.0, 1.0, 0.0]))
    twice = dataclasses.replace(rows, lead=np.array([0, 0, 0, 1, 2]))
    found = observe_promises(twice, np.array([0.1, 0.3, 0.8, 0.1, 0.3]), SLA, 0.2, 0.9)
    assert (found[0].k, found[0].n) == (1, 2)
    assert (found[1].k, found[1].n) == (1, 2)
    assert found[2].share is None
    assert found[2].state is Kept.UNDECIDED


@pytest.mark.parametrize(
    ("k", "at_least", "state"),
    [(30, True, Kept.KEPT), (10, True, Kept.BROKEN), (21, True, Kept.UNDECIDED), (10, False, Kept.KEPT),
     (30, False, Kept.BROKEN)],
)  # fmt: skip
def test_a_promise_is_kept_or_broken_only_where_the_interval_says_so(k: int, at_least: bool, state: Kept) -> None:
    assert Promise("mql.min_conversion_rate", 0.2, k, 100, exact_interval(k, 100), at_least).state is state
