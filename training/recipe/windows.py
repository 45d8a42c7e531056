"""On which rows a choice is judged: windows that follow each other in time where there is an order, else folds.

The newest rows resemble most what the scorer will meet, and several windows in a row tell what holds from one stretch
of time to the next; choices made on chance folds do not (measured on bank_additional, whose rate moves from 5 % to
46 %).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from training.moment_weight import leads_of_both_outcomes
from training.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class Window:
    """Rows to learn from and rows to judge on, as indices; no group is in both."""

    learn: NDArray[np.intp]
    judge: NDArray[np.intp]


FORWARD_CUTS = (0.4, 0.55, 0.7, 0.85, 1.0)
"""Shares of the rows, from the oldest, between which the forward windows lie."""

FEWEST = 20
"""Leads of each class that a forward window must teach with and be judged on."""


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


def forward_windows(
    order: NDArray[np.int64], group: NDArray[np.int64], label: NDArray[np.float64], lead: NDArray[np.int64]
) -> list[Window]:
    """Return windows that follow each other in time, each judged by what is older; none where classes are too few.

    Parameters
    ----------
    order, group : arrays of shape (n,)
        As :func:`newest_window` takes them.
    label, lead : arrays of shape (n,)
        0 or 1, and the lead of each row as codes.
    """

    def holds_enough(rows: NDArray[np.intp]) -> bool:
        return min(leads_of_both_outcomes(label[rows], lead[rows])) >= FEWEST

    rolled = [_window(order, group, begin, end) for begin, end in itertools.pairwise(FORWARD_CUTS)]
    return [window for window in rolled if holds_enough(window.learn) and holds_enough(window.judge)]


def _window(order: NDArray[np.int64], group: NDArray[np.int64], begin: float, end: float) -> Window:
    older, within = (order <= np.quantile(order, share, method="lower") for share in (begin, end))
    judged = within & ~older
    straddles = np.isin(group, np.unique(group[judged]))
    return Window(np.flatnonzero(older & ~straddles), np.flatnonzero(judged))


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


@dataclass(frozen=True, slots=True)
class Views:
    """The rows that choices are judged on.

    Parameters
    ----------
    windows : tuple of Window
        Forward windows, or chance folds where nothing says which lead is older: the members are weighted there.
    newest : Window
        The newest rows and the older ones, or the first fold: for what has many settings to try.
    calibrated : array of int
        The newest rows, or all: what stands beside the model, like the rules, is calibrated there.
    forward : bool
        Whether the windows follow each other in time.
    where : str
        What the windows are, for sentences.
    """

    windows: tuple[Window, ...]
    newest: Window
    calibrated: NDArray[np.intp]
    forward: bool
    where: str

    @property
    def judged(self) -> NDArray[np.intp]:
        """Rows judged, window after window."""
        return np.concatenate([window.judge for window in self.windows])

    @property
    def number(self) -> NDArray[np.intp]:
        """Number of the window of each row of ``judged``, from 0."""
        return np.repeat(np.arange(len(self.windows)), [window.judge.size for window in self.windows])


def views_of(
    order: NDArray[np.int64] | None,
    group: NDArray[np.int64],
    label: NDArray[np.float64],
    lead: NDArray[np.int64],
    plan: TrainingPlan,
) -> Views:
    """Return the rows that choices are judged on; arrays of shape (n,) as the functions above take them."""
    if order is None:
        folds = tuple(chance_folds(label, group, plan.crossfit_folds, plan.seed))
        return Views(folds, folds[0], np.arange(label.size), False, f"{len(folds)} chance folds")
    newest = newest_window(order, group, plan.validation_share)
    windows = tuple(forward_windows(order, group, label, lead)) or (newest,)
    where = f"{len(windows)} forward windows" if len(windows) > 1 else "the newest rows"
    return Views(windows, newest, newest.judge, True, where)
