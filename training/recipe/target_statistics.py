"""What each level of a category said of conversion, learned so that no row's number knows its own outcome.

Trees that read a category as its levels' smoothed rate (Micci-Barreca 2001) can part all its levels by one question,
where questions about sets of levels run out of leads. Were a row's own outcome in its number, the trees would trust the
numbers too much. So rows are learned with the rates of the other parts of the rows (out-of-fold; Pargent et al. 2022),
and the scorer reads the rates of all learning rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from models.level_rates import LevelRates
from training.recipe.boosting import Rows

Floats = NDArray[np.float64]

SMOOTHING = 10.0
"""Leads at the base rate that every level is given beside its own."""

PARTS = 10
"""Parts of the rows; the rates of one come from the others."""


def out_of_fold(rows: Rows, group: NDArray[np.int64], codes: Mapping[int, int], seed: int) -> tuple[Floats, LevelRates]:
    """Return the values with out-of-fold rates in place of category codes, and the rates of all rows.

    Parameters
    ----------
    rows : Rows
        Rows to learn from.
    group : array of shape (n,)
        Lead or company as codes from 0; one group is in one part.
    codes : mapping of int to int
        By place of the category column: how many codes it has (rare and levels).
    seed : int
        Of the parts.

    Returns
    -------
    tuple of array of shape (n, p) and LevelRates
        What to learn from, and what to score with.
    """
    part = np.random.default_rng(seed).integers(PARTS, size=int(group.max()) + 1)[group]
    base = float(np.average(rows.label, weights=rows.weight))
    values, numbers = rows.matrix.copy(), {}
    for column, missing in codes.items():
        own = rows.matrix[:, column]
        code = np.where(np.isnan(own), missing, own).astype(np.intp)
        shape = PARTS, missing + 1
        cell = np.ravel_multi_index((part, code), shape)
        leads = np.bincount(cell, rows.weight, shape[0] * shape[1]).reshape(shape)
        reached = np.bincount(cell, rows.weight * rows.label, shape[0] * shape[1]).reshape(shape)
        values[:, column] = _log_odds(reached.sum(axis=0) - reached, leads.sum(axis=0) - leads, base)[part, code]
        numbers[column] = _log_odds(reached.sum(axis=0), leads.sum(axis=0), base).tolist()
    return values, LevelRates(numbers)


def _log_odds(reached: Floats, leads: Floats, base: float) -> Floats:
    # Differences of sums may fall below zero in the last digit.
    smoothed = (np.maximum(reached, 0.0) + SMOOTHING * base) / (np.maximum(leads, 0.0) + SMOOTHING)
    return np.asarray(logit(smoothed), dtype=np.float64)
