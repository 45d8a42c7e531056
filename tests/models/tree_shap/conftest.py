"""Boosters of many shapes on invented rows, for comparing with LightGBM's own contributions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import pytest

COLUMNS = 8
CATEGORICAL = (5, 6)
QUIET = {"objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}


@dataclass(frozen=True)
class Grown:
    """A booster and rows of the kind it learned from."""

    booster: lightgbm.Booster
    rows: np.ndarray

    @property
    def text(self) -> str:
        return str(self.booster.model_to_string())

    def margin(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(self.booster.predict(rows, raw_score=True, num_threads=1))

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(self.booster.predict(rows, pred_contrib=True, num_threads=1))


def invented(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return rows of numbers, counts with many zeros, two categories, and gaps in all of them."""
    rows = rng.normal(size=(n, COLUMNS))
    rows[:, 2] = rng.poisson(0.7, n)
    rows[:, 3] = np.round(rows[:, 3], 1)
    rows[:, 4] = np.exp(3 * rows[:, 4])
    rows[:, 5] = rng.integers(0, 4, n)
    rows[:, 6] = rng.integers(0, 70, n)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    return rows


def grow(
    seed: int = 0, rounds: int = 12, n: int = 1500, categorical: tuple[int, ...] = CATEGORICAL, **parameters: Any
) -> Grown:
    """Grow a few trees on a target with interactions, so that features recur on a path."""
    rng = np.random.default_rng(seed)
    rows = invented(rng, n)
    filled = np.nan_to_num(rows, nan=-0.5)
    z = (
        filled[:, 0] * filled[:, 1]
        + np.sin(3 * filled[:, 3])
        + (filled[:, 6] % 3 == 1)
        + 0.5 * (filled[:, 2] > 0)
        - 0.7
    )
    label = (rng.random(n) < 1 / (1 + np.exp(-2 * z))).astype(float)
    data = lightgbm.Dataset(rows, label, categorical_feature=list(categorical), params={"verbosity": -1})
    booster = lightgbm.train({**QUIET, "seed": seed, "learning_rate": 0.1, **parameters}, data, rounds)
    return Grown(booster, rows)


@pytest.fixture(scope="session")
def grown() -> Callable[..., Grown]:
    """Grow boosters with the given LightGBM parameters."""
    return grow
