"""T1 to T3: labels of young leads, facts of the future, and sides of a split, where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from features.schema import Schema
from tests.truth.conftest import Truth
from training.examples import make_examples
from training.young_rows import known_then

START = datetime(2025, 1, 1, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
HORIZON_DAYS = 90.0
MOMENTS = (0.0, 7.0, 30.0)
YEAR, UNTIL = 365.0, 270.0
NO_EVENTS = {"lead_id": pl.String, "occurred_at": MOMENT, "event": pl.String}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Invented:
    """A history made of arrays: days of creation, and of winning and losing (infinite where never)."""

    created: Floats
    won: Floats
    lost: Floats
    attributes: pl.DataFrame = field(default_factory=pl.DataFrame)
    happened: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NO_EVENTS))
    schema: Schema = field(default_factory=Schema)
    observed_until: datetime = START + timedelta(days=3000)

    def leads(self) -> pl.DataFrame:
        count = self.created.size
        frame = pl.DataFrame(
            {"lead_id": ids(count), "created_at": moments(self.created), "order": np.arange(count)}
        ).with_columns(known_at="created_at")
        return frame if self.attributes.is_empty() else frame.hstack(self.attributes)

    def events(self) -> pl.LazyFrame:
        return self.happened.lazy()

    def outcomes(self) -> pl.DataFrame:
        parts = [
            pl.DataFrame({"lead_id": ids(day.size), "occurred_at": moments(day), "outcome": [name] * day.size})
            for name, day in (("won", self.won), ("lost", self.lost))
        ]
        return pl.concat(parts).drop_nulls().with_columns(reason=pl.lit(None, pl.String))


def ids(count: int) -> list[str]:
    return [f"L{number:05d}" for number in range(count)]


def moments(days: Floats) -> pl.Series:
    since = np.where(np.isfinite(days), days, 0.0) * 86_400e6
    found = pl.Series(since.astype(np.int64)).cast(pl.Duration("us")) + START
    return pl.select(pl.when(pl.Series(np.isfinite(days))).then(found)).to_series().cast(MOMENT)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def hazards(seed: int, *, drift: float, count: int = 1500) -> Invented:
    """Return leads of a year that are won and lost by constant hazards; ``drift`` is the rise of the log hazard."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.uniform(0, UNTIL, count))
    rate = 0.00095 * np.exp(drift * (created / YEAR - 0.5))
    won, lost = rng.exponential(1 / rate), rng.exponential(1 / 0.004, count)
    return Invented(created, np.where(won < lost, created + won, np.inf), np.where(lost < won, created + lost, np.inf))


def shares_won(history: Invented) -> dict[str, float]:
    """Return what share of the rows before day 270 was won in the end, and what each way of counting said then."""
    frame = make_examples(history, "won", HORIZON_DAYS, MOMENTS).frame.filter(pl.col("as_of") < at(UNTIL))
    then = known_then(frame, at(UNTIL), timedelta(days=HORIZON_DAYS))
    each = frame.select(1.0 / pl.len().over("lead_id")).to_series().to_numpy()
    early = then.mature | (then.label == 1)
    return {
        "in the end": float(np.average(frame["label"].to_numpy(), weights=each)),
        "not yet is no": float(np.average(then.label, weights=each)),
        "mature and early": float(np.average(then.label[early], weights=each[early])),
        "mature": float(np.average(then.label, weights=then.weight)),
        "ipcw": float(np.average(then.label, weights=then.teaching)),
    }


@pytest.mark.parametrize("drift", [0.0, 0.7])
def test_t1_weights_of_young_rows_leave_no_bias_and_the_usual_mistakes_do(truth: Truth, drift: float) -> None:
    draws = truth.draws(20)
    found = [shares_won(hazards(seed, drift=drift)) for seed in range(draws)]
    bias = {name: 100 * float(np.mean([one[name] - one["in the end"] for one in found])) for name in found[0]}
    assert abs(bias["ipcw"]) <= 0.5
    assert abs(bias["mature"]) <= (0.5 if drift == 0.0 else 1.5)
    assert bias["not yet is no"] <= -1.0
    assert bias["mature and early"] >= 1.0
