"""Intervals of a mean over leads, by drawing whole leads again (paired cluster bootstrap)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CHUNK = 50


def cluster_means(value: Floats, weight: Floats, cluster: NDArray[np.int64], draws: int, seed: int) -> Floats:
    """Return the weighted mean of ``value`` in each of ``draws`` bootstrap samples of whole clusters.

    Parameters
    ----------
    value, weight : arrays of shape (n,)
        One per row, e.g. the difference of two log-losses.
    cluster : array of shape (n,)
        Lead or company; its rows are drawn together, because they are no independent evidence.
    draws, seed : int
        How many samples, and of which sequence.
    """
    place = np.unique(cluster, return_inverse=True)[1]
    total = np.bincount(place, weights=weight * value)
    mass = np.bincount(place, weights=weight)
    generator = np.random.default_rng(seed)
    means = np.empty(draws)
    for start in range(0, draws, _CHUNK):
        count = min(_CHUNK, draws - start)
        drawn = generator.integers(0, total.size, size=(count, total.size))
        means[start : start + count] = total[drawn].sum(axis=1) / mass[drawn].sum(axis=1)
    return means
