"""On which rows a choice is judged: the newest window where there is an order in time, else folds.

The newest rows resemble most what the scorer will meet, so choices that win there hold when a market moves; weights
chosen on chance folds do not (measured on bank_additional, whose rate moves from 5 % to 46 %).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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
    return _window(order, group, 1.0 - share, 1.0)


def rolling_windows(order: NDArray[np.int64], group: NDArray[np.int64], cuts: Sequence[float]) -> list[Window]:
    """Return one window per pair of neighbouring cuts: its rows judge, all older rows of other groups teach.

    Parameters
    ----------
    order, group : arrays of shape (n,)
        As :func:`newest_window` takes them.
    cuts : sequence of float
        Shares of the rows, rising, in (0, 1], e.g. ``(0.7, 0.85, 1.0)`` for two windows.
    """
    return [_window(order, group, begin, end) for begin, end in itertools.pairwise(cuts)]


def _window(order: NDArray[np.int64], group: NDArray[np.int64], begin: float, end: float) -> Window:
    older, within = (order <= np.quantile(order, share, method="lower") for share in (begin, end))
    judged = within & ~older
    straddles = np.isin(group, np.unique(group[judged]))
    return Window(np.flatnonzero(older & ~straddles), np.flatnonzero(judged))


@dataclass(frozen=True, slots=True)
class Views:
    """The rows that choices are judged on.

    Parameters
    ----------
    windows : tuple of Window
        On whose judged rows the members' weights are learned: forward windows, or folds without an order in time.
    search : Window
        The newest rows and the older ones, or the first fold: for what has many settings to try.
    calibrated : array of int
        Rows that a plain calibration is fitted on: the newest, or all.
    where : str
        What the windows are, for sentences, e.g. ``"4 forward windows"``.
    """

    windows: tuple[Window, ...]
    search: Window
    calibrated: NDArray[np.intp]
    where: str

    @property
    def judged(self) -> NDArray[np.intp]:
        """Rows judged, window after window."""
        return np.concatenate([window.judge for window in self.windows])

    @property
    def number(self) -> NDArray[np.intp]:
        """Number of the window of each row of ``judged``, from 0."""
        return np.repeat(np.arange(len(self.windows)), [window.judge.size for window in self.windows])


FORWARD_CUTS = (0.4, 0.55, 0.7, 0.85, 1.0)
"""Shares of the rows between which the forward windows lie."""

FEWEST = 20
"""Leads of each class that a window must teach with and be judged on."""


def forward_views(
    order: NDArray[np.int64],
    group: NDArray[np.int64],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    mature: NDArray[np.bool_],
    share: float,
) -> Views:
    """Return forward windows and the newest ``share`` of the rows; only mature rows judge.

    Parameters
    ----------
    order, group : arrays of shape (n,)
        As :func:`newest_window` takes them.
    label, weight : arrays of shape (n,)
        0 or 1, and weights that sum to 1 per lead.
    mature : array of bool of shape (n,)
        Rows whose whole horizon was observed.
    share : float
        Of the rows, in (0, 1).
    """

    def judged_by_mature(window: Window) -> Window:
        return Window(window.learn, window.judge[mature[window.judge]])

    def holds_enough(rows: NDArray[np.intp]) -> bool:
        reached = float(weight[rows] @ label[rows])
        return min(reached, float(weight[rows].sum()) - reached) >= FEWEST

    # The newest mature rows, not the mature ones among the newest: those may be none.
    begin = 1.0 - share * float(mature.mean())
    aged = np.where(mature, order, int(order.min()) - 1) if not mature.all() else order
    newest = judged_by_mature(_window(aged, group, begin, 1.0))
    rolled = [judged_by_mature(window) for window in rolling_windows(order, group, FORWARD_CUTS)]
    able = [window for window in rolled if holds_enough(window.learn) and holds_enough(window.judge)]
    windows = tuple(able) or (newest,)
    where = f"{len(windows)} forward windows" if len(windows) > 1 else "the newest rows"
    return Views(windows, newest, newest.judge, where)


def chance_views(
    label: NDArray[np.float64], group: NDArray[np.int64], mature: NDArray[np.bool_], folds: int, seed: int
) -> Views:
    """Return folds of the rows where nothing says which lead is older; only mature rows judge."""
    parts = [Window(fold.learn, fold.judge[mature[fold.judge]]) for fold in chance_folds(label, group, folds, seed)]
    return Views(tuple(parts), parts[0], np.concatenate([part.judge for part in parts]), f"{folds} chance folds")


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
