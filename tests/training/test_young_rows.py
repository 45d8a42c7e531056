from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.domain import ConfigError
from training.gap import with_gap
from training.plan import TrainingPlan
from training.young_rows import IPCW, LEAVE_OUT, MOST_WEIGHT, known_then

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
HORIZON = timedelta(days=30)


def day(number: float | None) -> datetime | None:
    return None if number is None else START + timedelta(days=number)


def rows(*told: tuple[float | None, float | None, float | None]) -> pl.DataFrame:
    """Return one row per lead: day of creation, of winning and of losing."""
    frame = pl.DataFrame(
        {
            "lead_id": [f"L{number:03d}" for number in range(len(told))],
            "created_at": [day(born) for born, _, _ in told],
            "target_at": [day(won) for _, won, _ in told],
            "lost_at": [day(lost) for _, _, lost in told],
        },
        schema_overrides=dict.fromkeys(("created_at", "target_at", "lost_at"), MOMENT),
    )
    reached = (pl.col("target_at") <= pl.col("created_at") + HORIZON).fill_null(value=False)
    return frame.with_columns(as_of="created_at", label=reached.cast(pl.Int8))


def at(frame: pl.DataFrame, moment: float) -> pl.DataFrame:
    then = known_then(frame, START + timedelta(days=moment), HORIZON)
    return pl.DataFrame({"label": then.label, "known": then.known, "mature": then.mature, "weight": then.weight})


def test_a_young_row_is_known_from_its_outcome_on_and_a_mature_one_always() -> None:
    told = rows((0.0, None, None), (50.0, 55.0, None), (50.0, None, 55.0), (50.0, None, None), (50.0, 65.0, None))
    found = at(told, 60.0)
    assert found["known"].to_list() == [True, True, True, False, False]
    assert found["mature"].to_list() == [True, False, False, False, False]
    assert found["label"].to_list() == [0, 1, 0, 0, 0]
    assert found["weight"].to_list() == [1, 0, 0, 0, 0]


def test_a_lead_that_was_lost_and_came_back_later_is_lost_as_far_as_was_known() -> None:
    frame = rows((0.0, None, None), (50.0, 70.0, 55.0))
    assert frame["label"].to_list() == [0, 1]
    assert at(frame, 60.0)["label"].to_list() == [0, 0]


def test_known_rows_stand_for_all_by_the_share_watched_as_long_as_they_had_to_wait() -> None:
    # Watched 60, 40, 20 and 10 days: half of the rows were watched 30 days, three quarters 15 days.
    frame = rows((0.0, None, None), (20.0, 22.0, None), (40.0, 55.0, None), (50.0, None, None))
    then = known_then(frame, START + timedelta(days=60), HORIZON)
    factors = np.array([2.0, 1.0, 4 / 3, 0.0])
    assert then.teaching == pytest.approx(3 * factors / factors.sum())


def test_no_factor_is_larger_than_ten() -> None:
    # One of forty rows was watched for the whole horizon; the others were won at once.
    then = known_then(rows((0.0, None, None), *[(59.0, 59.5, None)] * 39), START + timedelta(days=60), HORIZON)
    assert then.teaching[0] / then.teaching[1] == pytest.approx(MOST_WEIGHT)


def test_undated_outcomes_are_known_once_the_horizon_has_ended() -> None:
    frame = rows((0.0, None, None), (50.0, None, None), (None, None, None)).with_columns(label=pl.lit(1, pl.Int8))
    found = at(frame, 60.0)
    assert found["known"].to_list() == [True, False, True]
    assert found["label"].to_list() == [1, 0, 1]


def test_young_rows_are_learned_from_or_left_out_as_the_plan_says() -> None:
    frame = rows(*[(0.0, 5.0 if n % 2 else None, None) for n in range(20)], *[(50.0, 55.0, None)] * 4,
                 *[(50.0, None, None)] * 6, (60.0, None, None))  # fmt: skip
    older, start = np.arange(frame.height) < 30, START + timedelta(days=60)
    with_young = with_gap(frame, older, start, HORIZON, 10, IPCW)
    assert with_young.learn.nonzero()[0].tolist() == list(range(24))
    assert "4 whose outcome was known" in with_young.sentence
    assert "Of the 10 rows" in with_young.sentence
    assert with_young.then is not None
    assert with_young.then.weight[20:].tolist() == [0.0] * 11
    without = with_gap(frame, older, start, HORIZON, 10, LEAVE_OUT)
    assert without.learn.nonzero()[0].tolist() == list(range(20))
    assert TrainingPlan().young_rows == IPCW
    assert TrainingPlan.from_mapping({"young_rows": LEAVE_OUT}).young_rows == LEAVE_OUT
    with pytest.raises(ConfigError, match="young_rows"):
        TrainingPlan.from_mapping({"young_rows": "keep"})
