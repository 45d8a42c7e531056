"""How much each member counts: non-negative weights in log-odds, learned on rows that no member saw (Wolpert 1992).

Each judged window keeps an intercept of its own, so that a level that moved between windows does not decide; a ridge
pulls the weights to 0, which shares them among members that say the same and drops none for chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

Floats = NDArray[np.float64]

PULL = 20.0
"""Ridge on each weight, in leads' worth of curvature."""

LEAST_SHARE = 0.02
"""Share of all weights below which a member is left out: every score pays for it."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Weights that sum to 1 and the slope of their sum.

    Parameters
    ----------
    shares : array of shape (k,)
        At least 0; they sum to 1.
    slope : float
        By which the weighted mean of the margins is multiplied, at least 0.
    """

    shares: Floats
    slope: float


def stack(margins: Floats, label: Floats, weight: Floats, window: NDArray[np.intp]) -> Stack:
    """Return the weights with the lowest penalised log-loss.

    Parameters
    ----------
    margins : array of shape (n, k)
        Out-of-sample log-odds of k members.
    label, weight : arrays of shape (n,)
        0 or 1, and weights that sum to 1 per lead.
    window : array of shape (n,)
        Number of each row's window, from 0.
    """
    centred = margins - window_means(margins, weight, window)
    found = _solved(centred, label, weight, window)
    kept = found >= LEAST_SHARE * max(float(found.sum()), 1e-12)
    if not kept.all() and kept.any():
        found = np.zeros_like(found)
        found[kept] = _solved(centred[:, kept], label, weight, window)
    total = float(found.sum())
    if total <= 1e-6:
        return Stack(np.eye(len(found))[0], 0.0)
    # The slope of the sum is learned anew: the ridge on many weights pulls their sum less than the one on a few.
    shares = found / total
    return Stack(shares, float(_solved((centred @ shares)[:, None], label, weight, window)[0]))


def window_means(values: Floats, weight: Floats, window: NDArray[np.intp]) -> Floats:
    """Return each row's weighted mean over its window; ``values`` of shape (n,) or (n, k)."""
    means = np.zeros_like(values)
    for number in np.unique(window):
        rows = window == number
        means[rows] = np.average(values[rows], axis=0, weights=weight[rows])
    return means


def _solved(margins: Floats, label: Floats, weight: Floats, window: NDArray[np.intp]) -> Floats:
    members, windows = margins.shape[1], int(window.max()) + 1
    rate = float(np.average(label, weights=weight))
    start = np.concatenate([np.full(members, 1.0 / members), np.full(windows, float(logit(rate)))])

    def penalised(theta: Floats) -> tuple[float, Floats]:
        shares, levels = theta[:members], theta[members:]
        margin = margins @ shares + levels[window]
        loss = float(weight @ (np.logaddexp(0.0, margin) - label * margin)) + 0.5 * PULL * float(shares @ shares)
        error = weight * (expit(margin) - label)
        levels_slope = np.bincount(window, error, windows)
        return loss, np.concatenate([margins.T @ error + PULL * shares, levels_slope])

    bounds = [(0.0, None)] * members + [(None, None)] * windows
    found = minimize(penalised, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x[:members], dtype=np.float64)
