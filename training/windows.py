"""On which rows a choice is judged: the newest window where there is an order in time, else folds.

The newest rows resemble most what the scorer will meet, so choices that win there hold when a market moves; weights
chosen on chance folds do not (measured on bank_additional, whose rate moves from 5 % to 46 %).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold


@dataclass(frozen=True, slots=True)
class Window:
    """Rows to learn from and rows to judge on, as indices; no group is in both."""

    learn: NDArray[np.intp]
    judge: NDArray[np.intp]


def newest_window(order: NDArray[np.int64], group: NDArray[np.int64], share: float) -> Window:
    """Return the newest share of rows as judge and the older rows of other groups to learn from.

    Parameters
    ----------
    order : array of shape (n,)
        Smaller is older; the rows of one lead share one value.
    group : array of shape (n,)
        Lead or company, as codes.
    share : float
        Of the rows, in (0, 1).
    """
    newest = order > np.quantile(order, 1.0 - share, method="lower")
    straddles = np.isin(group, np.unique(group[newest]))
    return Window(np.flatnonzero(~newest & ~straddles), np.flatnonzero(newest))


def chance_folds(label: NDArray[np.float64], group: NDArray[np.int64], folds: int, seed: int) -> list[Window]:
    """Return stratified folds in which no group is on two sides."""
    values = np.zeros(label.size)
    if np.unique(group).size == group.size:
        # StratifiedGroupKFold loops over groups in Python; with one row each, they need no care.
        parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(values, label)
    else:
        parts = StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(values, label, group)
    return [Window(learn, judge) for learn, judge in parts]


def thin(rows: NDArray[np.intp], group: NDArray[np.int64], most: int, seed: int) -> NDArray[np.intp]:
    """Return at most about ``most`` of the rows, whole groups at a time, by a seeded draw."""
    if rows.size <= most:
        return rows
    keep = np.random.default_rng(seed).random(int(group.max()) + 1) < most / rows.size
    return rows[keep[group[rows]]]
