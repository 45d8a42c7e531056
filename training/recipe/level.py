"""Where the level of conversion stands now, and how far it may have moved when the scorer is used.

Conversion rates move: campaigns start, prices change, seasons turn. The mean of all history is then too old and that
of the newest rows too noisy. A local-level model (a random walk of the intercept; Harvey 1989) weighs old against new
rows by how fast the level moves. Several speeds are followed side by side and averaged by how well each foretold the
next block of rows, newer blocks counting more (dynamic model averaging with forgetting; Raftery et al. 2010).
What the level may still do until the forecast is used flattens the probabilities: the mean of a logistic curve over a
normal level is nearly the curve at a smaller slope (MacKay 1992).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

BLOCKS = 40
"""Parts of the history, in order of time, between which the level may move."""

SPEEDS = (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""Variances of the level's step from block to block that are followed, in squared log-odds; 0 stands still."""

FORGETTING = 0.9
"""Factor per block on what older blocks say of the speed: markets that were calm for years may move now."""

AHEAD = 6.5
"""Blocks ahead for which the forecast is made: the middle of the next third of the history."""

FIRST = 1.0
"""Prior variance of the first block's level about the mean of all."""

_STEPS = 30


@dataclass(frozen=True, slots=True)
class Level:
    """The level after the newest row.

    Parameters
    ----------
    shift : float
        Log-odds to add to the margins.
    mean : float
        Log-odds that the mean of all rows would have added.
    flattening : float
        In (0, 1]: slope that the doubt about the level leaves.
    """

    shift: float
    mean: float
    flattening: float

    @property
    def stood_still(self) -> bool:
        """Whether nothing that would be noticed sets the newest rows apart."""
        return abs(self.shift - self.mean) < 0.05 and self.flattening > 0.98

    @property
    def odds_ratio(self) -> float:
        """Odds of conversion now over those of the mean of all rows."""
        return math.exp(self.shift - self.mean)

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        if self.stood_still:
            return "The level of conversion stood still through the history, so that all of it sets the level."
        return (
            "The level of conversion moves and is followed to where it stands now: the odds are "
            f"{self.odds_ratio:.2f} times those of the mean of all rows; its doubt takes {1 - self.flattening:.0%} off "
            "the slope."
        )


def track_level(margin: Floats, label: Floats, weight: Floats, order: NDArray[np.int64]) -> Level:
    """Return the level that margins need for the rows to come.

    Parameters
    ----------
    margin : array of shape (n,)
        Log-odds of models that did not see the rows but did see their time.
    label, weight : arrays of shape (n,)
        0 or 1, and weights that sum to 1 per lead.
    order : array of shape (n,)
        Smaller is older.
    """
    in_time = np.argsort(order, kind="stable")
    speeds = np.array(SPEEDS)
    start = best_level(margin, label, weight)
    mean, variance, evidence = np.full(speeds.size, start), np.full(speeds.size, FIRST), np.zeros(speeds.size)
    for number, rows in enumerate(np.array_split(in_time, min(BLOCKS, in_time.size))):
        if number:
            variance = variance + speeds
        mean, variance, gained = _posterior(margin[rows], label[rows], weight[rows], mean, variance)
        if number:
            evidence = FORGETTING * evidence + gained
    trust = np.exp(evidence - evidence.max())
    trust /= trust.sum()
    shift = float(trust @ mean)
    doubt = float(trust @ (variance + AHEAD * speeds + (mean - shift) ** 2))
    return Level(shift, start, 1.0 / math.sqrt(1.0 + math.pi * doubt / 8.0))


def best_level(margin: Floats, label: Floats, weight: Floats) -> float:
    """Return the shift in log-odds with the lowest log-loss of these rows; of one class only, a finite one."""
    mean, _, _ = _posterior(margin, label, weight, np.zeros(1), np.full(1, 1e6))
    return float(mean[0])


def _posterior(
    margin: Floats, label: Floats, weight: Floats, mean: Floats, variance: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return mode, variance and log evidence (Laplace) of the level of one block, for every normal prior at once.

    Parameters
    ----------
    margin, label, weight : arrays of shape (n,)
        Of the block.
    mean, variance : arrays of shape (k,)
        Of the priors.
    """
    level, pull = mean.copy(), 1.0 / variance
    for _ in range(_STEPS):
        chance = expit(margin + level[:, None])
        slope = (label - chance) @ weight - pull * (level - mean)
        step = np.clip(slope / ((chance * (1.0 - chance)) @ weight + pull), -2.0, 2.0)
        level = level + step
        if float(np.abs(step).max()) < 1e-9:
            break
    moved = margin + level[:, None]
    chance = expit(moved)
    curvature = (chance * (1.0 - chance)) @ weight + pull
    fit = (label * moved - np.logaddexp(0.0, moved)) @ weight
    return level, 1.0 / curvature, fit - 0.5 * pull * (level - mean) ** 2 - 0.5 * np.log(variance * curvature)
