"""Log-loss of margins, with and without a fair chance to correct level and slope first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from models.logistic import fit_logistic

Floats = NDArray[np.float64]


def log_losses(margin: Floats, label: Floats) -> Floats:
    """Return the log-loss of each row in nats; ``margin`` in log-odds."""
    losses: Floats = np.logaddexp(0.0, margin) - label * margin
    return losses


def recalibrated(margin: Floats, label: Floats, weight: Floats) -> Floats:
    """Return ``slope * margin + shift`` with the best two numbers for these rows, the slope not below 0.

    Choices are compared after this correction, so that a shift of the base rate between the rows learned from and the
    rows judged on does not decide.

    Parameters
    ----------
    margin, label, weight : arrays of shape (n,)
        Log-odds, 0 or 1, and positive weights.
    """
    slope, shift = fit_logistic(margin[:, None], label, weight, prior=np.array([1.0, 0.0]))
    if slope > 0:
        return np.asarray(slope * margin + shift, dtype=np.float64)
    rate = float(np.average(label, weights=weight))
    return np.full_like(margin, float(logit(rate)))


def recalibrated_loss(margin: Floats, label: Floats, weight: Floats) -> float:
    """Return the weighted mean log-loss after :func:`recalibrated`."""
    return float(np.average(log_losses(recalibrated(margin, label, weight), label), weights=weight))
