"""Area under the ROC curve with its variance, alone and of two scorers on the same leads (DeLong et al. 1988).

With weights per row and whole companies as the independent units (Obuchowski 1997): the influence of a row is how far
its own rank mean lies from the area, and the influences of a company's rows are summed before they are squared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

COIN = 0.5
"""Area of a scorer that tosses a coin."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area, or a difference of two, with its standard error.

    Parameters
    ----------
    value, error : float
        The figure and its standard error; the error is NaN where fewer than two companies speak.
    """

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """Two-sided 95 % interval by the normal approximation."""
        return self.value - 1.96 * self.error, self.value + 1.96 * self.error

    @property
    def better(self) -> float:
        """One-sided p-value of "not above 0"; 1 where nothing differs."""
        return float(norm.sf(self.value / self.error)) if self.error > 0 else float(self.value <= 0)


def area(score: Floats, label: Floats, weight: Floats, company: Codes) -> Area:
    """Return the area under the ROC curve of one scorer.

    Parameters
    ----------
    score, label, weight : arrays of shape (n,)
        Scores, 0 or 1 with both present, and positive weights.
    company : array of int, shape (n,)
        Whose rows are no independent evidence.
    """
    value, influence = _influences(score, label, weight)
    return Area(value, _error(influence, company))


def tells_apart(found: Area) -> bool:
    """Return whether a scorer tells leads apart beyond chance: its 95 % interval lies above that of tossing a coin."""
    return bool(found.interval[0] > COIN)


def area_gained(new: Floats, old: Floats, label: Floats, weight: Floats, company: Codes) -> Area:
    """Return how much larger the area of ``new`` is than that of ``old`` on the same rows."""
    new_value, new_influence = _influences(new, label, weight)
    old_value, old_influence = _influences(old, label, weight)
    return Area(new_value - old_value, _error(new_influence - old_influence, company))


def _influences(score: Floats, label: Floats, weight: Floats) -> tuple[float, Floats]:
    values, place = np.unique(score, return_inverse=True)
    positive, negative = weight * label, weight * (1 - label)
    ups = np.bincount(place, weights=positive, minlength=values.size)
    downs = np.bincount(place, weights=negative, minlength=values.size)
    # Share of the other class that a row beats, ties counting half.
    below = (np.cumsum(downs) - 0.5 * downs) / downs.sum()
    above = 1 - (np.cumsum(ups) - 0.5 * ups) / ups.sum()
    value = float((ups / ups.sum()) @ below)
    influence = positive / positive.sum() * (below[place] - value) + negative / negative.sum() * (above[place] - value)
    return value, influence


def _error(influence: Floats, company: Codes) -> float:
    totals = np.bincount(np.unique(company, return_inverse=True)[1], weights=influence)
    if totals.size < 2:
        return float("nan")
    return float(np.sqrt((totals @ totals) * totals.size / (totals.size - 1)))
