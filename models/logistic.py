"""Logistic regression with a few parameters and fractional targets, by Newton's method."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

RIDGE = 1e-3
"""Pull towards the prior: a thousandth of one observation's weight keeps separable data finite and biases nobody."""


def fit_logistic(
    features: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    *,
    prior: np.ndarray,
    pull: np.ndarray | float = RIDGE,
    steps: int = 100,
) -> np.ndarray:
    """Return the coefficients and, last, the intercept that minimise the weighted log-loss.

    Parameters
    ----------
    features : numpy.ndarray, shape (n, q)
        A few columns, without the constant.
    targets : numpy.ndarray, shape (n,)
        Between 0 and 1; fractions are allowed (Platt's smoothed targets need them).
    weights : numpy.ndarray, shape (n,)
        At least 0.
    prior : numpy.ndarray, shape (q + 1,)
        Where the coefficients stand without data, and where the search begins.
    pull : numpy.ndarray of shape (q + 1,), or float
        Strength of the prior: the inverse variance of each coefficient about it.
    steps : int
        Most Newton steps.

    Returns
    -------
    numpy.ndarray, shape (q + 1,)
        Coefficients in the order of the columns, then the intercept.
    """
    design = np.column_stack([features, np.ones(len(features))])
    theta = np.asarray(prior, dtype=np.float64).copy()
    strength = np.broadcast_to(np.asarray(pull, dtype=np.float64), theta.shape)
    loss = _loss(design, targets, weights, theta, prior, strength)
    for _ in range(steps):
        fitted = expit(design @ theta)
        gradient = design.T @ (weights * (fitted - targets)) + strength * (theta - prior)
        curvature = design.T @ (design * (weights * fitted * (1.0 - fitted))[:, None]) + np.diag(strength)
        step = np.linalg.solve(curvature, gradient)
        length = 1.0

        def at(share: float, start: np.ndarray = theta, step: np.ndarray = step) -> float:
            return _loss(design, targets, weights, start - share * step, prior, strength)

        while (new := at(length)) > loss and length > 1e-10:
            length *= 0.5
        if new >= loss:
            break
        theta, loss = theta - length * step, new
        if np.max(np.abs(length * step)) < 1e-12:
            break
    return theta


def _loss(
    design: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    theta: np.ndarray,
    prior: np.ndarray,
    strength: np.ndarray,
) -> float:
    margin = design @ theta
    held = 0.5 * float(strength @ (theta - prior) ** 2)
    return float(np.sum(weights * (np.logaddexp(0.0, margin) - targets * margin))) + held
