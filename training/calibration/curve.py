"""The reliability curve: what became of leads with a probability, without choosing bins, and how sure that is.

The curve is the isotonic regression of the outcome on the probability (CORP: Dimitriadis, Gneiting and Jordan 2021).
Drawing the rows again does not tell how sure it is: at corners of an isotonic fit the bootstrap is inconsistent
(Sen, Banerjee and Woodroofe 2010), and its 95 % bands held the whole true curve in 0 to 65 % of simulated draws. The
band here is honest for every true curve that does not fall (after Dimitriadis, Duembgen, Henzi, Puke and Ziegel 2023):
where the curve lies above ``u``, so does every run of leads to its right, and exact binomial bounds on all such runs
contradict what they can. Their common level comes from drawing the runs' joint variation again and again, so that all
hold together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.isotonic import IsotonicRegression

from training.exact_rates import exact_bounds

Floats = NDArray[np.float64]

POINTS = 80
"""Points at which the curve is told, at quantiles of the probability."""

GROUPS = 24
"""Groups of equal mass whose runs bound the curve; there are 300 runs."""

CONFIDENCE = 0.95

_DRAWS = 4000
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Curve:
    """The reliability curve at some probabilities, ascending; arrays of shape (points,).

    Parameters
    ----------
    probability : array
        What was said.
    observed : array
        What became of such leads, never falling.
    low, high : array
        Band that holds the whole true curve with ``CONFIDENCE``, provided that it does not fall.
    """

    probability: Floats
    observed: Floats
    low: Floats
    high: Floats

    def to_mapping(self) -> dict[str, Any]:
        """Return the curve as plain data."""
        return {name: getattr(self, name).tolist() for name in ("probability", "observed", "low", "high")}


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A mean score split: ``score = miscalibration - discrimination + uncertainty``.

    Parameters
    ----------
    score : float
        The mean loss.
    miscalibration : float
        Lost because probabilities are not what became of the leads; at least 0, and above 0 by chance alone.
    discrimination : float
        Gained over the base rate by telling leads apart.
    uncertainty : float
        Loss of the base rate.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


def isotonic(probability: Floats, label: Floats, weight: Floats) -> Floats:
    """Return the isotonic regression of the label at each row (pool adjacent violators)."""
    fitted = IsotonicRegression().fit(probability, label, sample_weight=weight).predict(probability)
    return np.asarray(fitted, dtype=np.float64)


def decompose_brier(probability: Floats, label: Floats, weight: Floats) -> Decomposition:
    """Return the split of the Brier score."""
    return _decompose(*(_brier(p, label, weight) for p in _three(probability, label, weight)))


def decompose_log_loss(probability: Floats, label: Floats, weight: Floats) -> Decomposition:
    """Return the split of the log-loss, in nats."""
    return _decompose(*(_log_loss(p, label, weight) for p in _three(probability, label, weight)))


def _three(probability: Floats, label: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    base = np.full_like(probability, np.average(label, weights=weight))
    return probability, isotonic(probability, label, weight), base


def _decompose(score: float, recalibrated: float, base: float) -> Decomposition:
    return Decomposition(score, score - recalibrated, base - recalibrated, base)


def _brier(probability: Floats, label: Floats, weight: Floats) -> float:
    return float(np.average((label - probability) ** 2, weights=weight))


def _log_loss(probability: Floats, label: Floats, weight: Floats) -> float:
    held = np.where(label == 1, probability, 1 - probability)
    return float(np.average(-np.log(np.maximum(held, _TINY)), weights=weight))


def reliability_curve(probability: Floats, label: Floats, weight: Floats, effect: float = 1.0) -> Curve:
    """Return the curve with its band.

    Parameters
    ----------
    probability, label, weight : arrays of shape (n,)
        In [0, 1]; 0 or 1; above 0 and summing to 1 per lead.
    effect : float
        Design effect, by which the evidence is divided (``training.exact_rates.design_effect``).
    """
    fitted = IsotonicRegression(out_of_bounds="clip").fit(probability, label, sample_weight=weight)
    points = np.unique(np.quantile(probability, np.linspace(0.0, 1.0, POINTS)))
    low, high = band(probability, label, weight, points, effect)
    return Curve(points, np.asarray(fitted.predict(points), dtype=np.float64), low, high)


def band(
    probability: Floats, label: Floats, weight: Floats, points: Floats, effect: float = 1.0
) -> tuple[Floats, Floats]:
    """Return the lower and upper bound of the true curve at some probabilities, all of them holding together.

    Parameters
    ----------
    probability, label, weight : arrays of shape (n,)
        As for :func:`reliability_curve`.
    points : array of shape (m,)
        Where the bounds are wanted.
    effect : float
        Design effect.
    """
    values, place = np.unique(probability, return_inverse=True)
    mass = np.bincount(place, weights=weight)
    # Rounded, so that weights that sum to the same within float error fall into the same groups.
    middle = np.round((np.cumsum(mass) - 0.5 * mass) / mass.sum(), 9)
    group = np.unique(np.minimum((GROUPS * middle).astype(np.int64), GROUPS - 1), return_inverse=True)[1]
    count = int(group.max()) + 1
    total = np.concatenate([[0.0], np.cumsum(np.bincount(group, weights=mass))]) / effect
    hits = np.bincount(place, weights=weight * label)
    found = np.concatenate([[0.0], np.cumsum(np.bincount(group, weights=hits))]) / effect
    start, end = np.triu_indices(count)
    n = total[end + 1] - total[start]
    lows, highs = exact_bounds(np.clip(found[end + 1] - found[start], 0.0, n), n, _level_of_each(count))
    # A run bounds the curve from above at all that lies left of its first lead, from below right of its last.
    edge_low, edge_high = np.zeros(count), np.ones(count)
    np.maximum.at(edge_low, end, lows)
    np.minimum.at(edge_high, start, highs)
    sizes = np.bincount(group)
    last = np.cumsum(sizes) - 1
    ends, begins = values[last], values[last - sizes + 1]
    low = np.concatenate([[0.0], np.maximum.accumulate(edge_low)])
    high = np.concatenate([np.minimum.accumulate(edge_high[::-1])[::-1], [1.0]])
    return low[np.searchsorted(ends, points, side="right")], high[np.searchsorted(begins, points, side="left")]


@lru_cache(maxsize=64)
def _level_of_each(count: int) -> float:
    """Return the level of one bound at which those of all runs of ``count`` groups hold together.

    From the joint variation of the runs where the curve is flat, which is the worst case: elsewhere a run's own rate
    lies on the safe side of the rate at its end.
    """
    steps = np.random.default_rng(2021).normal(size=(_DRAWS, count))
    sums = np.concatenate([np.zeros((_DRAWS, 1)), np.cumsum(steps, axis=1)], axis=1)
    largest = np.zeros(_DRAWS)
    for length in range(1, count + 1):
        runs = np.abs(sums[:, length:] - sums[:, :-length]) / np.sqrt(length)
        largest = np.maximum(largest, runs.max(axis=1))
    return float(norm.sf(np.quantile(largest, CONFIDENCE)))
