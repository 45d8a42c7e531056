"""Logistic regression with a few parameters and fractional targets, by Newton's method."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

RIDGE = 1e-3
"""Pull towards the prior: a thousandth of one observation's weight keeps separable data finite and biases nobody."""


def fit_logistic(
    features: np.ndarray, targets: np.ndarray, weights: np.ndarray, *, prior: np.ndarray, steps: int = 100
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
    steps : int
        Most Newton steps.

    Returns
    -------
    numpy.ndarray, shape (q + 1,)
        Coefficients in the order of the columns, then the intercept.
    """
    design = np.column_stack([features, np.ones(len(features))])
    theta = np.asarray(prior, dtype=np.float64).copy()
    loss = _loss(design, targets, weights, theta, prior)
    for _ in range(steps):
        fitted = expit(design @ theta)
        gradient = design.T @ (weights * (fitted - targets)) + RIDGE * (theta - prior)
        curvature = design.T @ (design * (weights * fitted * (1.0 - fitted))[:, None]) + RIDGE * np.eye(len(theta))
        step = np.linalg.solve(curvature, gradient)
        length = 1.0
        while (new := _loss(design, targets, weights, theta - length * step, prior)) > loss and length > 1e-10:
            length *= 0.5
        if new >= loss:
            break
        theta, loss = theta - length * step, new
        if np.max(np.abs(length * step)) < 1e-12:
            break
    return theta


def _loss(design: np.ndarray, targets: np.ndarray, weights: np.ndarray, theta: np.ndarray, prior: np.ndarray) -> float:
    margin = design @ theta
    pull = 0.5 * RIDGE * float(np.sum((theta - prior) ** 2))
    return float(np.sum(weights * (np.logaddexp(0.0, margin) - targets * margin))) + pull
