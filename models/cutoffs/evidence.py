"""What the data say about one clause at every possible cutoff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from models.cutoffs.cases import Cases
from models.cutoffs.certificate import Clause


@dataclass(frozen=True)
class Evidence:
    """One measured clause over all thresholds.

    Parameters
    ----------
    name : str
        As in sla.yaml's ``priority``.
    certified : numpy.ndarray of bool, shape (thresholds,)
        Where the promise is certified.
    possible : numpy.ndarray of bool, shape (thresholds,)
        Where the data do not exclude it.
    observed : numpy.ndarray of bool, shape (thresholds,)
        Where the observed share keeps it.
    bounds_below : bool
        Whether it asks for a high cutoff (conversion, capacity) rather than a low one (missed customers).
    describe : callable
        From a probability to the clause there.
    cases : Cases or None
        What a rate counts; None for the other clauses.
    """

    name: str
    certified: np.ndarray
    possible: np.ndarray
    observed: np.ndarray
    bounds_below: bool
    describe: Callable[[float], Clause]
    cases: Cases | None = None


def exact_interval(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided Clopper-Pearson interval (1934) of a share.

    Examples
    --------
    >>> low, high = exact_interval(3, 10)
    >>> round(low, 3), round(high, 3)
    (0.067, 0.652)
    """
    tail = (1.0 - confidence) / 2.0
    return float(lower_bound(np.array(k), np.array(n), tail)), float(upper_bound(np.array(k), np.array(n), tail))


def lower_bound(k: np.ndarray, n: np.ndarray, delta: float) -> np.ndarray:
    """Return the exact one-sided lower bound of a share, wrong with a chance of at most ``delta``."""
    return np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, delta), 0.0)


def upper_bound(k: np.ndarray, n: np.ndarray, delta: float) -> np.ndarray:
    """Return the exact one-sided upper bound of a share, wrong with a chance of at most ``delta``."""
    return np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1.0 - delta), 1.0)
