"""How well one column of the matrix stands in for another: rank correlation of numbers, Cramér's V of categories."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_ROWS = 30
"""Rows on which both columns must be known; on fewer, a rank correlation of 0 has a standard error above 0.19."""


def associations(matrix: Floats, is_category: Flags) -> Floats:
    """Return, for every pair of columns, how well the second stands in for the first, from 0 to 1.

    Numbers are compared by Spearman's correlation without its sign, categories by Cramér's V, a number with a category
    by the correlation ratio of its ranks; the last two with their bias under independence taken off (Bergsma 2013,
    Kelley 1935). Each is taken on the rows where both are known, times the share of the first one's rows that these
    are: what is known of few leads only cannot replace what is known of all.

    Parameters
    ----------
    matrix : array of shape (n, p)
        Encoded features; NaN is missing, codes in a category.
    is_category : array of bool, shape (p,)
        Which columns hold codes.

    Returns
    -------
    array of shape (p, p)
        Row: the column that is replaced; column: its replacement. The diagonal is 1.
    """
    known = ~np.isnan(matrix)
    together = known.T.astype(np.float64) @ known.astype(np.float64)
    ranks = _ranks(matrix, known, ~is_category)
    strength = _rank_correlations(ranks, known)
    categories = np.flatnonzero(is_category)
    for place in categories:
        codes = np.where(known[:, place], matrix[:, place], -1).astype(np.int64)
        ratio = _correlation_ratios(ranks, known, codes)
        strength[place, ~is_category] = strength[~is_category, place] = ratio[~is_category]
        for other in categories[categories < place]:
            value = _cramers_v(codes, np.where(known[:, other], matrix[:, other], -1).astype(np.int64))
            strength[place, other] = strength[other, place] = value
    strength[together < LEAST_ROWS] = 0.0
    replaced = strength * together / np.maximum(np.diag(together), 1.0)[:, None]
    np.fill_diagonal(replaced, 1.0)
    return np.clip(replaced, 0.0, 1.0)


def _ranks(matrix: Floats, known: Flags, is_number: Flags) -> Floats:
    """Return the numbers' standardised ranks among their known values; 0 where missing, and in categories."""
    ranks = np.zeros_like(matrix)
    for place in np.flatnonzero(is_number):
        rows = known[:, place]
        if not rows.any():
            continue
        rank = rankdata(matrix[rows, place])
        spread = float(rank.std())
        if spread > 0:
            ranks[rows, place] = (rank - rank.mean()) / spread
    return ranks


def _rank_correlations(ranks: Floats, known: Flags) -> Floats:
    """Return correlations of ranks over the rows where both are known, without sign; 0 where one does not vary."""
    mask = known.astype(np.float64)
    count = np.maximum(mask.T @ mask, 1.0)
    sums = ranks.T @ mask
    spread = np.maximum((ranks**2).T @ mask - sums**2 / count, 0.0)
    covariance = ranks.T @ ranks - sums * sums.T / count
    scale = np.sqrt(spread * spread.T)
    correlation: Floats = np.abs(np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 1e-9 * count))
    return correlation


def _correlation_ratios(ranks: Floats, known: Flags, codes: NDArray[np.int64]) -> Floats:
    """Return the share of each number's ranks that a category's levels explain, as a correlation."""
    rows = codes >= 0
    if not rows.any():
        return np.zeros(ranks.shape[1])
    level = np.zeros((int(rows.sum()), int(codes.max()) + 1))
    level[np.arange(len(level)), codes[rows]] = 1.0
    mask, values = known[rows].astype(np.float64), ranks[rows]
    count = level.T @ mask
    sums = level.T @ values
    total = np.maximum(count.sum(axis=0), 1.0)
    between = (
        np.divide(sums**2, count, out=np.zeros_like(sums), where=count > 0).sum(axis=0) - sums.sum(axis=0) ** 2 / total
    )
    spread = (values**2 * mask).sum(axis=0) - sums.sum(axis=0) ** 2 / total
    explained = np.divide(between, spread, out=np.zeros_like(spread), where=spread > 1e-9 * total)
    free = np.maximum(total - (count > 0).sum(axis=0), 1.0)
    ratio: Floats = np.sqrt(np.clip(1.0 - (1.0 - explained) * (total - 1.0) / free, 0.0, 1.0))
    return ratio


def _cramers_v(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    rows = (one >= 0) & (other >= 0)
    count = int(rows.sum())
    if count < LEAST_ROWS:
        return 0.0
    width = int(other.max()) + 1
    table = np.bincount(one[rows] * width + other[rows], minlength=(int(one.max()) + 1) * width).reshape(-1, width)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    across, down = table.shape
    if min(across, down) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / count
    phi = float(((table - expected) ** 2 / expected).sum()) / count
    unbiased = max(0.0, phi - (across - 1) * (down - 1) / (count - 1))
    sides = (across - (across - 1) ** 2 / (count - 1), down - (down - 1) ** 2 / (count - 1))
    return float(np.sqrt(min(1.0, unbiased / (min(sides) - 1.0)))) if min(sides) > 1.0 else 0.0
