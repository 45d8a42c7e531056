"""Where the level stands now: a local-level model of the log-odds, and how far it may have moved when it is used.

Conversion rates move: campaigns start, prices change, seasons turn. The mean of all history is then too old and the
mean of the newest rows too noisy. A random walk of the intercept (the local-level model; Harvey 1989) weighs both by
how much the level was seen to move: its innovation variance is chosen by marginal likelihood on a grid that begins at
0, where the level is the mean of all rows. What the level may do until the forecast is used flattens the probabilities:
the mean of a logistic curve over a normal level is nearly the curve at a smaller slope (MacKay 1992).
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

AHEAD = 5
"""Blocks ahead for which the forecast is made: the middle of a next quarter of the history."""

VARIANCES = (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""Innovation variances between blocks that are tried, in squared log-odds."""

_STEPS = 12


@dataclass(frozen=True, slots=True)
class Level:
    """The level after the newest row.

    Parameters
    ----------
    shift : float
        Log-odds to add to the margins.
    flattening : float
        In (0, 1]: slope that the uncertainty of the level leaves.
    variance : float
        Innovation variance per block that was chosen; 0 where the level did not move.
    """

    shift: float
    flattening: float
    variance: float


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
    blocks = [(margin[part], label[part], weight[part]) for part in np.array_split(in_time, min(BLOCKS, in_time.size))]
    whole = best_level(margin, label, weight)
    best, chosen = -math.inf, Level(whole, 1.0, 0.0)
    for variance in VARIANCES:
        evidence, shift, spread = _filtered(blocks, variance, whole, (margin, label, weight))
        if evidence > best:
            best = evidence
            doubt = spread + AHEAD * variance
            chosen = Level(shift, 1.0 / math.sqrt(1.0 + math.pi * doubt / 8.0), variance)
    return chosen


def best_level(margin: Floats, label: Floats, weight: Floats) -> float:
    """Return the shift in log-odds with the lowest log-loss of these rows."""
    return _posterior((margin, label, weight), 0.0, math.inf)[0]


_Block = tuple[Floats, Floats, Floats]


def _filtered(blocks: list[_Block], variance: float, whole: float, rows: _Block) -> tuple[float, float, float]:
    """Return the log of the marginal likelihood, and mean and variance of the level after the last block."""
    if variance == 0.0:
        # One level for all: its own spread is the prior, as the grid's others begin around the same mean.
        mean, spread, _ = _posterior(rows, whole, math.inf)
        return _fit(rows, whole), mean, spread
    mean, spread, evidence = whole, _FIRST, 0.0
    for block in blocks:
        mean, spread, gained = _posterior(block, mean, spread + variance)
        evidence += gained
    return evidence, mean, spread


_FIRST = 0.5
"""Variance of the first block's level around the mean of all."""


def _posterior(block: _Block, mean: float, variance: float) -> tuple[float, float, float]:
    """Return the level's mode, its variance and the log evidence (Laplace) of a block under a normal prior."""
    margin, label, weight = block
    pull = 0.0 if math.isinf(variance) else 1.0 / variance
    level = mean
    for _ in range(_STEPS):
        chance = expit(margin + level)
        slope = float(weight @ (label - chance)) - pull * (level - mean)
        level += float(np.clip(slope / _curvature(weight, chance, pull), -2.0, 2.0))
    curvature = _curvature(weight, expit(margin + level), pull)
    evidence = _fit(block, level) - 0.5 * pull * (level - mean) ** 2
    if pull:
        evidence -= 0.5 * math.log(variance * curvature)
    return level, 1.0 / curvature, evidence


def _curvature(weight: Floats, chance: Floats, pull: float) -> float:
    return float(weight @ (chance * (1.0 - chance))) + pull + 1e-9


def _fit(block: _Block, level: float) -> float:
    margin, label, weight = block
    moved = margin + level
    return float(weight @ (label * moved - np.logaddexp(0.0, moved)))
