"""How much each member counts: non-negative weights in log-odds, learned on rows that no member saw (Wolpert 1992).

Each judged window keeps an intercept of its own, so that a level that moved between windows does not decide. The
weights are pulled towards an even average, which loses little anywhere and is hard to beat where rows are few or the
newest ones are not like those to come. Their sum is the slope of the whole and is pulled to 1: members that learned
from more rows need less correction than those that were judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from training.recipe.level import best_level
from training.recipe.losses import log_losses

Floats = NDArray[np.float64]

SLOPE_PULL = 60.0
"""Pull of the weights' sum to 1, in units of a log-loss summed over leads."""

SHARE_PULL = 10.0
"""Pull of the weights to their mean, in the same units (for two members, on the square of their difference)."""


def stack(margins: Floats, label: Floats, weight: Floats, window: NDArray[np.intp]) -> Floats:
    """Return one weight of at least 0 per member; their sum is the slope.

    Parameters
    ----------
    margins : array of shape (n, k)
        Out-of-sample log-odds of k members.
    label, weight : arrays of shape (n,)
        0 or 1, and weights that sum to 1 per lead.
    window : array of shape (n,)
        Number of each row's window, from 0.
    """
    members, windows = margins.shape[1], int(window.max()) + 1
    centred = margins - _window_means(margins, weight, window)
    levels = [best_level(centred[window == one].mean(axis=1), label[window == one], weight[window == one])
              for one in range(windows)]  # fmt: skip

    def penalised(theta: Floats) -> tuple[float, Floats]:
        shares = theta[:members]
        margin = centred @ shares + theta[members:][window]
        error = weight * (expit(margin) - label)
        off, apart = float(shares.sum()) - 1.0, shares - shares.mean()
        pulled = 0.5 * SLOPE_PULL * off**2 + 0.5 * SHARE_PULL * members * float(apart @ apart)
        slopes = centred.T @ error + SLOPE_PULL * off + SHARE_PULL * members * apart
        loss = float(weight @ log_losses(margin, label)) + pulled
        return loss, np.concatenate([slopes, np.bincount(window, error, windows)])

    start = np.concatenate([np.full(members, 1.0 / members), levels])
    bounds = [(0.0, None)] * members + [(None, None)] * windows
    found = minimize(penalised, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x[:members], dtype=np.float64)


def window_losses(margin: Floats, label: Floats, weight: Floats, window: NDArray[np.intp]) -> Floats:
    """Return each row's log-loss after its window's level is corrected; arrays of shape (n,)."""
    losses = np.empty_like(margin)
    for one in np.unique(window):
        rows = window == one
        losses[rows] = log_losses(margin[rows] + best_level(margin[rows], label[rows], weight[rows]), label[rows])
    return losses


def _window_means(values: Floats, weight: Floats, window: NDArray[np.intp]) -> Floats:
    means = np.empty_like(values)
    for one in np.unique(window):
        rows = window == one
        means[rows] = np.average(values[rows], axis=0, weights=weight[rows])
    return means
