"""Intervals by drawing whole companies again within calendar weeks (paired, stratified cluster bootstrap).

Rows of one company are no independent evidence, so they are drawn together; weeks differ, so each keeps its number of
companies. Drawing one company fewer than a week has, and weighting up, makes the variance of a mean unbiased also
where weeks are small (Rao and Wu 1988, the rescaling bootstrap).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

FEWEST_IN_WEEK = 20
"""Companies below which a week is joined with the next: fewer give a distribution of steps."""

_CELLS = 4_000_000
"""Numbers held at once, so that memory stays bounded (32 MB)."""


@dataclass(frozen=True, slots=True)
class Resampler:
    """Which rows are drawn together, and which companies stand in for each other.

    Parameters
    ----------
    place : array of int, shape (n,)
        Company of each row, from 0.
    strata : tuple of arrays of int
        The companies of each stretch of time; every company is in one.
    """

    place: Codes
    strata: tuple[Codes, ...]

    @classmethod
    def of(cls, company: Codes, week: Codes | None = None) -> Resampler:
        """Return the resampler of rows.

        Parameters
        ----------
        company : array of int, shape (n,)
            Company of each row, or lead where none is known.
        week : array of int, shape (n,), optional
            Calendar week of each row's lead; a company belongs to its first. Without weeks, all stand in for all.
        """
        codes, place = np.unique(company, return_inverse=True)
        if week is None:
            return cls(place.astype(np.int64), (np.arange(codes.size),))
        first = np.full(codes.size, np.iinfo(np.int64).max)
        np.minimum.at(first, place, week)
        return cls(place.astype(np.int64), tuple(_stretches(first)))

    @property
    def companies(self) -> int:
        """How many are drawn from."""
        return sum(stratum.size for stratum in self.strata)

    def totals(self, columns: Floats) -> Floats:
        """Return the sum of each column over each company's rows, shape (companies, k)."""
        return np.column_stack([np.bincount(self.place, weights=column) for column in columns.T])

    def sums(self, columns: Floats, draws: int, seed: int) -> Floats:
        """Return the column sums of each bootstrap sample.

        Parameters
        ----------
        columns : array of shape (n, k)
            One row per row; figures of one sample are functions of these sums, so all are drawn together.
        draws, seed : int
            How many samples, and of which sequence.

        Returns
        -------
        numpy.ndarray of shape (draws, k)
        """
        totals = self.totals(columns)
        generator = np.random.default_rng(seed)
        answer = np.zeros((draws, columns.shape[1]))
        for stratum in self.strata:
            answer += _drawn(totals[stratum], draws, generator)
        return answer


def _drawn(totals: Floats, draws: int, generator: np.random.Generator) -> Floats:
    count = totals.shape[0]
    if count == 1:
        return np.repeat(totals, draws, axis=0)
    answer = np.empty((draws, totals.shape[1]))
    chunk = max(1, _CELLS // count)
    for start in range(0, draws, chunk):
        rows = min(chunk, draws - start)
        picked = generator.integers(0, count, size=(rows, count - 1))
        picked += np.arange(rows)[:, None] * count
        times = np.bincount(picked.ravel(), minlength=rows * count).reshape(rows, count)
        answer[start : start + rows] = times @ totals
    answer *= count / (count - 1)
    return answer


def _stretches(first: Codes) -> list[Codes]:
    """Return the companies of each calendar week, small weeks joined with the next (the last with the one before)."""
    parts: list[Codes] = []
    pending: list[Codes] = []
    for week in np.unique(first):
        pending.append(np.flatnonzero(first == week))
        if sum(part.size for part in pending) >= FEWEST_IN_WEEK:
            parts.append(np.concatenate(pending))
            pending = []
    if pending:
        rest = np.concatenate(pending)
        if parts:
            parts[-1] = np.concatenate([parts[-1], rest])
        else:
            parts.append(rest)
    return parts


def cluster_means(
    value: Floats, weight: Floats, cluster: Codes, draws: int, seed: int, week: Codes | None = None
) -> Floats:
    """Return the weighted mean of ``value`` in each of ``draws`` bootstrap samples of whole clusters.

    Parameters
    ----------
    value, weight : arrays of shape (n,)
        One per row, e.g. the difference of two log-losses.
    cluster : array of shape (n,)
        Lead or company; its rows are drawn together.
    draws, seed : int
        How many samples, and of which sequence.
    week : array of shape (n,), optional
        Calendar week of each row's lead.
    """
    sums = Resampler.of(cluster, week).sums(np.column_stack([weight * value, weight]), draws, seed)
    return np.asarray(sums[:, 0] / sums[:, 1], dtype=np.float64)
