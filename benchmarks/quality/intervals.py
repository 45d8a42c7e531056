"""Intervals of differences between methods that judged the same rows (paired bootstrap, Efron and Tibshirani 1993).

Every method is judged on the same draws of the rows, so that what is hard for all of them cancels. Rows are drawn
within their fold and figures averaged over folds, as the table does. The intervals hold the chance of the judged rows,
not that of the rows learned from, nor of the seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from training.evaluate import EDGE
from training.recipe.losses import log_losses

Floats = NDArray[np.float64]

DRAWS = 1000
LEVEL = 0.95
_CELLS = 1_000_000
"""Numbers held at once, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference with its two-sided 95 % percentile interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it for the table, always with its sign."""
        return f"{self.value:+.4f} ({self.low:+.4f} to {self.high:+.4f})"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A method's figures: on the rows as they are (first), then on each draw of them.

    Parameters
    ----------
    log_loss, auc : arrays of shape (1 + draws,)
        Means over the folds; nan where a draw held one class only.
    """

    log_loss: Floats
    auc: Floats


def drawn(
    labels: Sequence[Floats], probabilities: Mapping[str, Sequence[Floats]], seed: int, draws: int = DRAWS
) -> dict[str, Drawn]:
    """Return each method's figures on the same draws of the judged rows.

    Parameters
    ----------
    labels : sequence of arrays
        0 or 1, one array a fold; both in each.
    probabilities : mapping of str to sequence of arrays
        Of each method, likewise.
    seed, draws : int
        Which draws and how many.
    """
    generator = np.random.default_rng(seed)
    losses = {name: np.zeros(1 + draws) for name in probabilities}
    aucs = {name: np.zeros(1 + draws) for name in probabilities}
    for fold, label in enumerate(labels):
        step = max(1, _CELLS // label.size)
        for start in range(0, 1 + draws, step):
            places = slice(start, min(start + step, 1 + draws))
            counts = _counts(label.size, places.stop - start, generator)
            if start == 0:
                counts[0] = 1.0
            for name, folds in probabilities.items():
                loss = log_losses(logit(np.clip(folds[fold], EDGE, 1 - EDGE)), label)
                losses[name][places] += counts @ loss / (label.size * len(labels))
                aucs[name][places] += weighted_aucs(folds[fold], label, counts) / len(labels)
    return {name: Drawn(losses[name], aucs[name]) for name in probabilities}


def difference(peer: Floats, ours: Floats) -> Interval:
    """Return peer minus ours from figures on the same draws, the first of which is on the rows as they are."""
    gap = peer - ours
    low, high = np.nanquantile(gap[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(gap[0]), float(low), float(high))


def weighted_aucs(probability: Floats, label: Floats, counts: Floats) -> Floats:
    """Return the area under the ROC curve where each row counts so often; rows with equal probabilities count half.

    Parameters
    ----------
    probability, label : arrays of shape (n,)
        Scores, and 0 or 1.
    counts : array of shape (draws, n)
        How often each row was drawn.

    Returns
    -------
    numpy.ndarray of shape (draws,)
        In [0, 1]; nan where a draw holds one class only.
    """
    ranked = np.argsort(probability, kind="stable")
    starts = np.flatnonzero(np.diff(probability[ranked], prepend=-np.inf))
    ordered, positive = counts[:, ranked], label[ranked]
    won = np.add.reduceat(ordered * positive, starts, axis=1)
    lost = np.add.reduceat(ordered * (1 - positive), starts, axis=1)
    below = np.cumsum(lost, axis=1) - lost / 2
    pairs = won.sum(axis=1) * lost.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((won * below).sum(axis=1) / pairs, dtype=np.float64)


def _counts(rows: int, draws: int, generator: np.random.Generator) -> Floats:
    picked = generator.integers(0, rows, size=(draws, rows)) + np.arange(draws)[:, None] * rows
    return np.bincount(picked.ravel(), minlength=draws * rows).reshape(draws, rows).astype(np.float64)
