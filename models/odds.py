"""Probabilities and log-odds, one into the other, finite everywhere and the same way wherever it is done."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

EDGE = 1e-12
"""Log-odds of 0 and 1 are infinite; they are taken at this distance from the edge (27.6 in log-odds)."""


def probability_of(logit: np.ndarray | float) -> np.ndarray:
    """Return the probability with these log-odds.

    Parameters
    ----------
    logit : numpy.ndarray or float
        Log-odds.

    Returns
    -------
    numpy.ndarray
        Probabilities in [0, 1], of the same shape.

    Examples
    --------
    >>> float(probability_of(0.0))
    0.5
    """
    return np.asarray(expit(logit), dtype=np.float64)


def logit_of(probability: np.ndarray | float) -> np.ndarray:
    """Return the log-odds of a probability, held ``EDGE`` away from 0 and 1.

    Parameters
    ----------
    probability : numpy.ndarray or float
        Probabilities in [0, 1].

    Returns
    -------
    numpy.ndarray
        Finite log-odds, of the same shape.

    Examples
    --------
    >>> float(logit_of(0.5))
    0.0
    """
    held = np.clip(np.asarray(probability, dtype=np.float64), EDGE, 1.0 - EDGE)
    return np.asarray(np.log(held) - np.log1p(-held), dtype=np.float64)
