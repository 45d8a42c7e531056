"""What cutoffs do and how periods fared on the leads held out, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Text
from features.domain.say import month, quarter
from models.cutoffs.cases import Cases
from models.cutoffs.conversion import measured_rate
from models.cutoffs.leads import CertificationLeads
from training.discrimination import Area, area
from training.evaluate import EDGE
from training.exact_rates import Interval, exact_bounds

Floats = NDArray[np.float64]

WHAT_IF = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)
"""Shares of the leads at whose cutoffs the what-if table stands, beside the agreement's own two."""

CURVE_POINTS = 60
FEWEST_IN_PERIOD = 20
MONTHS_UP_TO = timedelta(days=400)
PARTS_IN_ORDER = 5


@dataclass(frozen=True, slots=True)
class AtCutoff:
    """What a cutoff does on the leads held out.

    Parameters
    ----------
    probability : float
        The cutoff.
    leads, converted : int
        Leads that ever reach it, and those of them that reached the target after they first did.
    share : float
        ``leads`` of all.
    per_week : float or None
        Leads a week; None without times.
    rate : Interval
        Conversion with its two-sided 95 % interval, as certificates measure it; NaN where nobody reaches it.
    missed : Interval
        Share of the later customers that never reach it, likewise.
    """

    probability: float
    leads: int
    converted: int
    share: float
    per_week: float | None
    rate: Interval
    missed: Interval


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time among the leads held out.

    Parameters
    ----------
    name : Text
        A month, a quarter, or the number of a part where leads have an order and no times.
    leads, positives : float
        Leads, and those that reached the target (each lead weighs 1).
    rate : Interval
        Share that reached the target.
    mean_probability, log_loss : float
        Of the model.
    auc : Area or None
        None where one class is missing.
    """

    name: Text
    leads: float
    positives: float
    rate: Interval
    mean_probability: float
    log_loss: float
    auc: Area | None


def _exact(k: float, n: float) -> Interval:
    if n <= 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = exact_bounds(np.array(k), np.array(n), 0.025)
    return Interval(k / n, float(low), float(high))


def weeks_of(created: pl.Series) -> float | None:
    """Return how many weeks these leads came in over, at least one; None without times."""
    first, last = created.min(), created.max()
    if created.null_count() or not isinstance(first, datetime) or not isinstance(last, datetime):
        return None
    return max(1.0, (last - first) / timedelta(days=7))


def at_cutoff(leads: CertificationLeads, probability: float, weeks: float | None) -> AtCutoff:
    """Return what a cutoff does, as the certificate counts it: a lead with the moment at which it first reaches it."""
    estimate, between = measured_rate(Cases.conversions(leads), probability)
    nothing = float("nan")
    low, high = (nothing, nothing) if between is None else between
    chosen = leads.chosen(probability)
    reached, converted = int(chosen.sum()), int(leads.converted[chosen].sum())
    customers = len(leads.customers)
    missed = int(np.searchsorted(leads.customers, probability, side="left"))
    return AtCutoff(
        probability=probability,
        leads=reached,
        converted=converted,
        share=reached / max(leads.count, 1),
        per_week=None if weeks is None else reached / weeks,
        rate=Interval(nothing if estimate is None else estimate, low, high),
        missed=_exact(missed, customers),
    )


def cutoff_of_share(leads: CertificationLeads, share: float) -> float:
    """Return the highest cutoff that at least this share of the leads ever reaches; ties are never split."""
    place = int(np.searchsorted(leads.selected, share * leads.count, side="left"))
    return float(leads.thresholds[min(place, len(leads.thresholds) - 1)])


def what_if(leads: CertificationLeads, own: Sequence[float], weeks: float | None) -> tuple[AtCutoff, ...]:
    """Return cutoffs from strict to loose with what each does, the agreement's own among them."""
    cutoffs = {cutoff_of_share(leads, share) for share in WHAT_IF} | set(own)
    return tuple(at_cutoff(leads, cutoff, weeks) for cutoff in sorted(cutoffs, reverse=True))


def along_cutoffs(leads: CertificationLeads, weeks: float | None) -> tuple[AtCutoff, ...]:
    """Return what cutoffs do, evenly by the share of leads and at most ``CURVE_POINTS`` of them, rising."""
    shares = np.linspace(0.005, 1.0, CURVE_POINTS)
    cutoffs = sorted({cutoff_of_share(leads, float(share)) for share in shares})
    return tuple(at_cutoff(leads, cutoff, weeks) for cutoff in cutoffs)


def periods_of(created: pl.Series, order: NDArray[np.int64] | None) -> tuple[pl.Series, Mapping[str, Text]] | None:
    """Return each row's period by a key that sorts by age, and the keys' names; None without any order.

    Periods are months, or quarters where there are many, or parts of the order where leads have no times.
    """
    if not created.null_count():
        first, last = created.min(), created.max()
        short = isinstance(first, datetime) and isinstance(last, datetime) and last - first <= MONTHS_UP_TO
        every = "1mo" if short else "1q"
        begins = created.dt.truncate(every)
        keys = begins.dt.strftime("%Y-%m")
        names = dict(zip(keys, begins, strict=True))
        return keys, {key: month(begin) if short else quarter(begin) for key, begin in names.items()}
    if order is None:
        return None
    ranks = np.unique(order, return_inverse=True)[1]
    parts = np.minimum(ranks * PARTS_IN_ORDER // (ranks.max() + 1), PARTS_IN_ORDER - 1) + 1
    return pl.Series(parts).cast(pl.String), {
        str(n): Text(f"part {n}", f"Teil {n}") for n in range(1, PARTS_IN_ORDER + 1)
    }


def periods(
    keys: pl.Series,
    names: Mapping[str, Text],
    probability: Floats,
    label: Floats,
    weight: Floats,
    company: NDArray[np.int64],
    effect: float,
) -> tuple[Period, ...]:
    """Return the figures of each period, the oldest first; periods of a handful of leads are left out.

    Parameters
    ----------
    keys : pl.Series
        Each row's period.
    names : mapping from key to Text
        What the periods are called.
    probability, label, weight, company : arrays of shape (n,)
        As in :class:`training.dataset.Side`.
    effect : float
        Design effect: by how much rows of one company weaken the evidence.
    """
    chance = np.clip(probability, EDGE, 1 - EDGE)
    loss = -(label * np.log(chance) + (1 - label) * np.log1p(-chance))
    told = []
    for key in sorted(set(keys)):
        rows = (keys == key).to_numpy()
        leads, positives = float(weight[rows].sum()), float(weight[rows] @ label[rows])
        if leads < FEWEST_IN_PERIOD:
            continue
        both = np.unique(label[rows]).size == 2
        told.append(
            Period(
                name=names[key],
                leads=leads,
                positives=positives,
                rate=_exact(positives / effect, leads / effect),
                mean_probability=float(np.average(chance[rows], weights=weight[rows])),
                log_loss=float(np.average(loss[rows], weights=weight[rows])),
                auc=area(chance[rows], label[rows], weight[rows], company[rows]) if both else None,
            )
        )
    return tuple(told)
