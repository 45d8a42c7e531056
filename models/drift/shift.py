"""Whether a distribution moved: the population stability index against what chance alone gives it.

The usual limits of 0.1 and 0.25 forget how many leads there are and how many bins: with 100 leads and ten bins chance
alone gives 0.1. Without any drift the index is about a chi-squared number of ``bins - 1`` degrees times ``1/n + 1/m``
(both samples drawn alike), so an alarm needs more than that and more than 0.1, which is what matters in practice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from models.drift.bins import Bins

Floats = NDArray[np.float64]

WORTH_TELLING = 0.1
"""Index below which a shift does not matter, however sure it is."""

FEWEST_EXPECTED = 5.0
"""Leads that chance would put into a bin at least, so that the approximation holds; smaller bins are joined."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one feature moved.

    Parameters
    ----------
    name : str
        The feature, or ``score``.
    index : float
        Population stability index, in nats.
    by_chance : float
        Its 99 % quantile without drift, for these numbers of leads.
    p_value : float
        Chance of such an index without drift.
    missing_before, missing_now : float
        Shares of missing values.
    new_share : float or None
        Share of values that were rare or never seen; None for numbers.
    """

    name: str
    index: float
    by_chance: float
    p_value: float
    missing_before: float
    missing_now: float
    new_share: float | None

    def to_mapping(self) -> dict[str, Any]:
        """Return the shift as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def shift(bins: Bins, counts: Floats, *, effect_before: float = 1.0, effect_now: float = 1.0) -> Shift:
    """Return how far later leads lie from the reference.

    Parameters
    ----------
    bins : Bins
        The reference.
    counts : array of shape (bins,)
        Later leads in each bin (``Bins.count``).
    effect_before, effect_now : float
        Design effects: how many leads count as one, because they are of one company.
    """
    before = np.asarray(bins.counts) / effect_before
    now = np.asarray(counts, dtype=np.float64) / effect_now
    n, m = float(before.sum()), float(now.sum())
    missing_now = float(counts[-1] / counts.sum()) if counts.sum() else 0.0
    new = None if bins.levels is None or not counts.sum() else float(counts[-2] / counts.sum())
    if n == 0 or m == 0:
        return Shift(bins.name, 0.0, 0.0, 1.0, bins.missing, missing_now, new)
    before, now = joined(before, now, in_order=bins.levels is None)
    # Half a lead in each bin keeps the logarithm finite and hardly moves bins that hold five.
    p, q = (before + 0.5) / (before + 0.5).sum(), (now + 0.5) / (now + 0.5).sum()
    index = float(np.sum((q - p) * np.log(q / p)))
    degrees, spread = before.size - 1, 1 / n + 1 / m
    if degrees == 0:
        return Shift(bins.name, index, 0.0, 1.0, bins.missing, missing_now, new)
    by_chance = float(chi2.ppf(0.99, degrees) * spread)
    p_value = float(chi2.sf(index / spread, degrees))
    return Shift(bins.name, index, by_chance, p_value, bins.missing, missing_now, new)


def joined(before: Floats, now: Floats, *, in_order: bool) -> tuple[Floats, Floats]:
    """Return both counts with bins joined until chance would put enough leads of either sample into each.

    Parameters
    ----------
    before, now : arrays of shape (bins,)
        Counts; the last bin is of missing values.
    in_order : bool
        Whether neighbours resemble each other; else the smallest bins are joined with each other.
    """
    share = (before + now) / (before + now).sum()
    expected = share * min(before.sum(), now.sum())
    places = np.zeros(before.size, dtype=np.int64)
    values = np.arange(before.size - 1)
    ranked = values if in_order else values[np.argsort(-expected[:-1], kind="stable")]
    place, held = 0, 0.0
    for i in ranked:
        places[i] = place
        held += expected[i]
        if held >= FEWEST_EXPECTED:
            place, held = place + 1, 0.0
    if held and place:
        # What is left over at the end goes to the bin before it.
        places[ranked[places[ranked] == place]] = place - 1
    last = int(places[:-1].max()) if values.size else 0
    places[-1] = last + 1 if expected[-1] >= FEWEST_EXPECTED else last
    places = np.unique(places, return_inverse=True)[1]
    one, other = (np.bincount(places, weights=counts).astype(np.float64) for counts in (before, now))
    return one, other
