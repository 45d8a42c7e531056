"""Whether cutoffs kept the agreement on leads that nothing was learned from: observed rates beside the promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Sla
from models.cutoffs.evidence import exact_interval
from training.dataset import Side

Floats = NDArray[np.float64]


class Kept(StrEnum):
    """What the observed rate says of a promise."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Promise:
    """One clause of the agreement, observed.

    Parameters
    ----------
    name : str
        As in sla.yaml's ``priority``.
    promise : float
        A share in (0, 1).
    k, n : int
        ``k`` of ``n`` leads, customers or weeks.
    interval : tuple of float
        Two-sided 95 % interval of the share (Clopper and Pearson 1934); (0, 1) where nobody was observed.
    at_least : bool
        Whether the share must not be lower than the promise (else not higher).
    """

    name: str
    promise: float
    k: int
    n: int
    interval: tuple[float, float]
    at_least: bool

    @property
    def share(self) -> float | None:
        """The observed share; None where nobody was observed."""
        return self.k / self.n if self.n else None

    @property
    def state(self) -> Kept:
        """Kept or broken where the interval lies on one side of the promise, else undecided."""
        low, high = self.interval
        if low >= self.promise:
            return Kept.KEPT if self.at_least else (Kept.BROKEN if low > self.promise else Kept.KEPT)
        if high <= self.promise:
            return Kept.KEPT if not self.at_least else (Kept.BROKEN if high < self.promise else Kept.KEPT)
        return Kept.UNDECIDED

    def to_mapping(self) -> dict[str, Any]:
        """Return the clause as plain data."""
        return {
            "name": self.name, "promise": self.promise, "at_least": self.at_least, "observed": self.share, "k": self.k,
            "n": self.n, "interval": list(self.interval), "state": self.state.value,
        }  # fmt: skip


def observe_promises(side: Side, probability: Floats, sla: Sla, mql: float, sql: float) -> tuple[Promise, ...]:
    """Return what two cutoffs did on leads whose outcome is known.

    Each lead counts with the moment at which it first reaches a cutoff, as sales meets it; a customer is missed where
    none of its moments reaches the MQL cutoff.

    Parameters
    ----------
    side : Side
        The rows; a lead's stand in order of time.
    probability : array of shape (n,)
        Calibrated, of the rows.
    sla : Sla
        The agreement.
    mql, sql : float
        The cutoffs.
    """
    return tuple(_observed(side, probability, sla, mql, sql))


def _observed(side: Side, probability: Floats, sla: Sla, mql: float, sql: float) -> Iterator[Promise]:
    as_mql, as_sql = (_first_crossings(side, probability, cutoff) for cutoff in (mql, sql))
    if sla.mql.min_conversion_rate is not None:
        yield _rate("mql.min_conversion_rate", sla.mql.min_conversion_rate, side.label[as_mql])
    if sla.mql.max_missed_customers is not None:
        customers = np.unique(side.lead[side.label == 1])
        missed = ~np.isin(customers, side.lead[as_mql])
        yield _rate("mql.max_missed_customers", sla.mql.max_missed_customers, missed, at_least=False)
    if sla.sql.min_conversion_rate is not None:
        yield _rate("sql.min_conversion_rate", sla.sql.min_conversion_rate, side.label[as_sql])
    if sla.sql.min_acceptance_rate is not None and "accepted" in side.examples.columns:
        answers = side.examples["accepted"][as_sql].drop_nulls().to_numpy()
        yield _rate("sql.min_acceptance_rate", sla.sql.min_acceptance_rate, answers)
    moments = side.examples["as_of"]
    if sla.sql.max_per_week is not None and not moments.null_count():
        over = _crowded_weeks(moments, as_sql, sla.sql.max_per_week, sla.calendar.time_zone)
        yield _rate("sql.max_per_week", 1.0 - sla.confidence, over, at_least=False)


def _first_crossings(side: Side, probability: Floats, cutoff: float) -> NDArray[np.intp]:
    """Return each lead's first row that reaches a cutoff."""
    reached = np.flatnonzero(probability >= cutoff)
    return reached[np.unique(side.lead[reached], return_index=True)[1]]


def _rate(name: str, promise: float, answers: NDArray[Any], *, at_least: bool = True) -> Promise:
    k, n = int(answers.sum()), int(answers.size)
    return Promise(name, promise, k, n, exact_interval(k, n) if n else (0.0, 1.0), at_least)


def _crowded_weeks(moments: pl.Series, handed: NDArray[np.intp], limit: int, zone: str) -> NDArray[np.bool_]:
    """Return for each whole week whether more leads than agreed were handed over; the first and last are left out."""
    week = (moments.dt.convert_time_zone(zone).dt.truncate("1w").dt.epoch("d") // 7).to_numpy()
    counts = np.bincount(week[handed] - week.min(), minlength=int(week.max() - week.min()) + 1)
    return np.asarray(counts[1:-1] > limit, dtype=bool)
