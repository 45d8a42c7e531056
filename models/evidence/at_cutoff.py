"""What a cutoff does on the leads held out, counted as certificates do: by the moments at which leads reach it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.cutoffs.cases import Cases
from models.cutoffs.conversion import measured_rate
from models.cutoffs.evidence import exact_interval
from models.cutoffs.leads import CertificationLeads
from models.evidence.interval import Interval, number

SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)
"""Shares of the leads at whose cutoffs the what-if table stands, beside the agreement's own two."""

CURVE_POINTS = 60

_NOTHING = Interval(float("nan"), float("nan"), float("nan"))


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

    def to_list(self) -> list[float | None]:
        """Return it as plain data."""
        plain = [self.probability, self.leads, self.converted, self.share, self.per_week]
        return [*plain, *self.rate.to_list(), *self.missed.to_list()]

    @classmethod
    def from_list(cls, stored: Sequence[float | None]) -> AtCutoff:
        """Return what was stored by :meth:`to_list`."""
        probability, leads, converted, share, per_week, *ranges = stored
        return cls(
            probability=number(probability),
            leads=int(number(leads)),
            converted=int(number(converted)),
            share=number(share),
            per_week=None if per_week is None else number(per_week),
            rate=Interval.from_list(ranges[:3]),
            missed=Interval.from_list(ranges[3:]),
        )


def at_cutoff(leads: CertificationLeads, probability: float, weeks: float | None) -> AtCutoff:
    """Return what a cutoff does.

    Parameters
    ----------
    leads : CertificationLeads
        Held out.
    probability : float
        The cutoff.
    weeks : float or None
        Over how many weeks these leads came in; None without times.
    """
    chosen = leads.chosen(probability)
    reached, converted = int(chosen.sum()), int(leads.converted[chosen].sum())
    customers = len(leads.customers)
    below = int(np.searchsorted(leads.customers, probability, side="left"))
    return AtCutoff(
        probability=probability,
        leads=reached,
        converted=converted,
        share=reached / max(leads.count, 1),
        per_week=None if weeks is None else reached / weeks,
        rate=measured(Cases.conversions(leads), probability),
        missed=Interval(below / customers, *exact_interval(below, customers)) if customers else _NOTHING,
    )


def measured(cases: Cases, probability: float) -> Interval:
    """Return the share of hits among the cases that reach a cutoff; NaN without a case."""
    estimate, between = measured_rate(cases, probability)
    return _NOTHING if estimate is None or between is None else Interval(estimate, *between)


def cutoff_of_share(leads: CertificationLeads, share: float) -> float:
    """Return the highest cutoff that at least this share of the leads ever reaches; ties are never split."""
    place = int(np.searchsorted(leads.selected, share * leads.count, side="left"))
    return float(leads.thresholds[min(place, len(leads.thresholds) - 1)])


def at_shares(leads: CertificationLeads, own: Sequence[float], weeks: float | None) -> tuple[AtCutoff, ...]:
    """Return cutoffs from strict to loose with what each does, the agreement's own among them."""
    cutoffs = {cutoff_of_share(leads, share) for share in SHARES} | set(own)
    return tuple(at_cutoff(leads, cutoff, weeks) for cutoff in sorted(cutoffs, reverse=True))


def along_cutoffs(leads: CertificationLeads, weeks: float | None) -> tuple[AtCutoff, ...]:
    """Return what cutoffs do, evenly by the share of leads and at most ``CURVE_POINTS`` of them, rising."""
    shares = np.linspace(0.005, 1.0, CURVE_POINTS)
    cutoffs = sorted({cutoff_of_share(leads, float(share)) for share in shares})
    return tuple(at_cutoff(leads, cutoff, weeks) for cutoff in cutoffs)
