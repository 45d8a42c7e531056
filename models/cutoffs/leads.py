"""The leads that a certificate is drawn from, sorted into the cutoffs that can be told apart.

A lead may have several records: each time its probability rises above all it had before. At a cutoff, it counts with
the record at which it first reaches the cutoff, because that is when sales meets it and from then on its outcome
counts. A table of one row per lead is the same with one record each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

MOST_THRESHOLDS = 20_000
"""Cutoffs that are told apart. Beyond, they are thinned by rank, without a look at outcomes: neighbours of five million
leads differ in a handful of leads, and every clause would be computed for each."""
_TOP = 2_000


@dataclass(frozen=True)
class CertificationLeads:
    """Records of leads with a probability and an outcome.

    Parameters
    ----------
    probability : array, shape (records,)
        Calibrated probabilities in [0, 1].
    until : array, shape (records,)
        The lead's next lower record: at cutoffs up to this one, the lead was reached earlier; -inf for its lowest.
    best : array of bool, shape (records,)
        The lead's highest record, one per lead.
    converted : array of bool, shape (records,)
        Whether the target was reached within the horizon of the record's moment.
    customer : array of bool, shape (records,)
        Whether the lead became a customer after any of its moments.
    accepted : array, shape (records,), or None
        1 where sales took the lead on, 0 where not, NaN where not known; None where nothing is known.
    propensity : array, shape (records,), or None
        Chance with which the lead was handed over, in [0, 1]; None where it is not known.
    seconds : array, shape (records,), or None
        Moment of the record, in seconds since 1970 UTC.
    week : array of int64, shape (records,), or None
        Number of the calendar week (Monday to Sunday, in the agreement's zone) of the record.
    company : array of int64, shape (records,), or None
        Leads of one company do not decide independently of each other; None where none is known.
    left_out : int
        Rows dropped because a value was missing.
    """

    probability: Floats
    until: Floats
    best: Flags
    converted: Flags
    customer: Flags
    accepted: Floats | None
    propensity: Floats | None
    seconds: Floats | None
    week: Whole | None
    company: Whole | None
    left_out: int

    @cached_property
    def count(self) -> int:
        """Number of leads."""
        return int(self.best.sum())

    @cached_property
    def customers(self) -> Floats:
        """Highest probability of each later customer, rising."""
        return np.sort(self.probability[self.best & self.customer])

    @property
    def base_rate(self) -> float:
        """Share that became customers, half an observation added to either side so that it is never 0 or 1."""
        return (len(self.customers) + 0.5) / (self.count + 1.0)

    @cached_property
    def thresholds(self) -> Floats:
        """The different probabilities, falling: every cutoff between two of them selects the same leads."""
        return thinned(np.unique(self.probability)[::-1])

    @cached_property
    def selected(self) -> Whole:
        """Leads at or above each threshold; ties are never split."""
        return self.tally(np.ones(len(self.probability), dtype=np.int64))

    @cached_property
    def selected_converted(self) -> Whole:
        """Leads at or above each threshold that converted after they first reached it."""
        return self.tally(self.converted.astype(np.int64))

    @cached_property
    def mean_probability(self) -> Floats:
        """Mean probability, at its first crossing, of the leads at or above each threshold."""
        return self.tally(self.probability) / np.maximum(self.selected, 1)

    def chosen(self, cutoff: float) -> Flags:
        """Return the records with which leads first reach a cutoff."""
        return (self.probability >= cutoff) & (self.until < cutoff)

    def tally(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of a value of the records over the leads at or above each threshold.

        Parameters
        ----------
        values : array, shape (records,)
            Whole numbers are summed exactly.

        Returns
        -------
        array, shape (thresholds,)
            One sum per threshold.
        """
        order, counts = self._falling
        sums = _summed(values[order], counts)
        left = self._left
        # A record that gives way to an earlier one of the same lead takes its value with it.
        return sums if left is None else sums - _summed(values[left[0]], left[1])

    @cached_property
    def _falling(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return _order(self.probability, self.thresholds)

    @cached_property
    def _left(self) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
        return _order(self.until, self.thresholds) if np.isfinite(self.until).any() else None


def thinned(thresholds: Floats) -> Floats:
    """Return at most about ``MOST_THRESHOLDS`` thresholds: all of the top, then evenly by the logarithm of rank."""
    count = len(thresholds)
    if count <= MOST_THRESHOLDS:
        return thresholds
    ranks = np.geomspace(_TOP, count, MOST_THRESHOLDS - _TOP).round().astype(np.int64) - 1
    kept: Floats = thresholds[np.unique(np.concatenate([np.arange(_TOP), ranks]))]
    return kept


def _order(values: Floats, thresholds: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the order from high to low and how many values are at or above each threshold."""
    order = np.argsort(-values, kind="stable")
    return order, np.searchsorted(-values[order], -thresholds, side="right")


def _summed(values: np.ndarray, counts: NDArray[np.intp]) -> np.ndarray:
    return np.concatenate([np.zeros(1, dtype=values.dtype), np.cumsum(values)])[counts]
