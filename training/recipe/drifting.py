"""Numbers that tell the date rather than the lead.

A column whose values in the newest window hardly overlap with those before it (an interest rate, a running total of
the company) separates old from new leads, so that whatever a model learns of it was never seen at the values to come.
Such columns have to prove their worth on the newest window, or they are left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from training.recipe.boosting import Shape
from training.recipe.losses import recalibrated_loss
from training.recipe.table import Table
from training.recipe.windows import Window

Floats = NDArray[np.float64]

LEFT_OUT = "its newest values lie outside what was learned from"
"""Why such a column is left out, as the encoder keeps it."""

CLEARLY_BETTER = 0.0002
"""Difference in log-loss (nats) that a drifting column must bring."""


def drifting_columns(matrix: Floats, numeric: NDArray[np.intp], window: Window, distance: float) -> NDArray[np.intp]:
    """Return the numeric columns whose distribution in the newest window is far from the one before.

    Parameters
    ----------
    matrix : array of shape (n, p)
        Encoded features.
    numeric : array of int
        Its numeric columns.
    window : Window
        The older rows and the newest ones.
    distance : float
        Kolmogorov-Smirnov distance (Smirnov 1948) from which a column counts as drifting; missing values count as
        one value below all others.
    """
    below = np.nan_to_num(matrix[:, numeric], nan=-np.inf)
    far = [
        ks_2samp(below[window.learn, i], below[window.judge, i], method="asymp").statistic > distance
        for i in range(numeric.size)
    ]
    return numeric[np.array(far, dtype=bool)] if far else numeric


def without_drifting(table: Table, window: Window) -> tuple[Table, tuple[str, ...]]:
    """Return the table without the numbers that tell the date, unless they earn their place on the newest window.

    Parameters
    ----------
    table : Table
        All rows.
    window : Window
        The older rows and the newest ones.

    Returns
    -------
    tuple of Table and tuple of str
        The table, and a sentence with the figures where there were such numbers.
    """
    numeric = np.setdiff1d(np.arange(len(table.encoder.columns)), table.categorical)
    drifting = drifting_columns(table.rows.matrix, numeric, window, table.plan.drift_distance)
    if drifting.size == 0 or drifting.size == len(table.encoder.columns):
        return table, ()
    narrow = table.narrowed(drifting, LEFT_OUT)
    judge = table.rows.take(window.judge)

    def loss(candidate: Table) -> float:
        grown = candidate.trees(window.learn, Shape(), table.plan.max_trees, window.judge)
        margin = grown.margin(candidate.rows.matrix[window.judge], table.plan.threads)
        return recalibrated_loss(margin, judge.label, judge.weight)

    names = ", ".join(table.encoder.columns[i].name for i in drifting)
    with_them, without = loss(table), loss(narrow)
    figures = f"log-loss on the newest window {with_them:.4f} with, {without:.4f} without"
    if with_them < without - CLEARLY_BETTER:
        return table, (f"Kept although their values moved away with time, because they help: {names} ({figures}).",)
    return narrow, (f"Left out because their newest values lie outside what was learned from: {names} ({figures}).",)
