"""Exact binomial statements on observed against expected, where rows of one lead or company count as less evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import beta

from models.evidence.interval import Interval

Floats = NDArray[np.float64]


def design_effect(residual: Floats, variance: Floats, weight: Floats, cluster: NDArray[np.int64]) -> float:
    """Return how many times the variance of independent leads the weighted sum of residuals has (Kish 1965).

    Parameters
    ----------
    residual, variance : arrays of shape (n,)
        Outcome less expectation, and the variance ``p (1 - p)`` of each row.
    weight : array of shape (n,)
        Sums to 1 per lead, so that its total counts leads.
    cluster : array of int, shape (n,)
        Lead or company; rows of one cluster resemble each other.

    Returns
    -------
    float
        At least 1: that rows would be more than independent is not believed.
    """
    place = np.unique(cluster, return_inverse=True)[1]
    together = np.bincount(place, weights=weight * residual)
    alone = float(np.sum(weight * variance))
    return max(1.0, float(together @ together) / alone) if alone > 0 else 1.0


def observed_over_expected(found: float, expected: float, total: float, effect: float = 1.0) -> Interval:
    """Return observed over expected with the exact binomial interval (Clopper and Pearson 1934).

    Parameters
    ----------
    found, expected, total : float
        Positives, sum of probabilities, and leads.
    effect : float
        Design effect, by which the evidence is divided.

    Examples
    --------
    >>> one = observed_over_expected(12, 10, 100)
    >>> round(one.value, 2), round(one.low, 2), round(one.high, 2)
    (1.2, 0.64, 2.0)
    """
    k, n = found / effect, total / effect
    low = beta.ppf(0.025, k, n - k + 1) if found > 0 else 0.0
    high = beta.ppf(0.975, k + 1, n - k) if found < total else 1.0
    return Interval(found / expected, float(low) * total / expected, float(high) * total / expected)


def exact_p_value(found: float, expected: float, total: float, effect: float = 1.0) -> float:
    """Return the two-sided p-value of observed against expected: twice the smaller exact binomial tail.

    Leads of different probabilities vary less than a binomial number, so that the test is on the safe side.
    """
    k, n, rate = found / effect, total / effect, expected / total
    least = float(beta.cdf(rate, k, n - k + 1)) if k > 0 else 1.0
    most = float(beta.sf(rate, k + 1, n - k)) if k < n else 1.0
    return min(1.0, 2 * min(least, most))


def exact_bounds(found: Floats, total: Floats, error: float) -> tuple[Floats, Floats]:
    """Return the lower and the upper bound of shares, each wrong with a chance of at most ``error``.

    Parameters
    ----------
    found, total : arrays of shape (n,)
        Positives and leads, fractions allowed.
    error : float
        In (0, 1), of each single bound.
    """
    tiny = 1e-9
    low = betaincinv(np.maximum(found, tiny), total - found + 1, error)
    high = betaincinv(found + 1, np.maximum(total - found, tiny), 1 - error)
    return np.where(found > 0, low, 0.0), np.where(found < total, high, 1.0)


def holm(p_values: Sequence[float], level: float) -> tuple[bool, ...]:
    """Return which of several findings are beyond chance, with one chance of error over all of them (Holm 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03], 0.05)
    (True, False, False)
    """
    flags = [False] * len(p_values)
    ranked = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for place, i in enumerate(ranked):
        if not p_values[i] <= level / (len(p_values) - place):
            break
        flags[i] = True
    return tuple(flags)
