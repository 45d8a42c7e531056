"""The cases of a rate: which leads above a cutoff count, how much, and which of them are hits.

Plain cases count one each and are independent: exact binomial tests judge them. Where leads were handed over with known
chances (weights), or several belong to one company, sums per unit are judged by betting instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.cutoffs.leads import CertificationLeads, Flags, Floats

_BETTING_COSTS = 1.5
"""Betting asks for about so many times the cases of a binomial test of the same power (simulated: 1.3 to 1.5)."""

LEAST_PROPENSITY = 1e-9
"""Chance of being handed over below which a lead counts as never handed over: its weight would outweigh all others."""


@dataclass(frozen=True)
class Cases:
    """What a rate counts.

    Parameters
    ----------
    leads : CertificationLeads
        The leads.
    known : array of bool, shape (records,)
        Records whose outcome is known.
    hit : array of bool, shape (records,)
        Records with the outcome that is promised; False where not known.
    weight : array, shape (records,), or None
        One over the chance of being known, where that is known; None for plain cases.
    """

    leads: CertificationLeads
    known: Flags
    hit: Flags
    weight: Floats | None = None

    @classmethod
    def conversions(cls, leads: CertificationLeads) -> Cases:
        """Return every lead, a hit where it converted."""
        return cls(leads, np.ones(len(leads.converted), dtype=bool), leads.converted)

    @classmethod
    def acceptances(cls, leads: CertificationLeads) -> Cases | None:
        """Return the leads that sales answered, a hit where it took the lead on; None where that is not told."""
        if leads.accepted is None:
            return None
        known = ~np.isnan(leads.accepted)
        weight = None
        if leads.propensity is not None:
            known &= leads.propensity >= LEAST_PROPENSITY
            weight = np.where(known, 1.0 / np.where(known, leads.propensity, 1.0), 0.0)
        return cls(leads, known, known & (leads.accepted == 1.0), weight)

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Known cases at or above each threshold."""
        return self.leads.tally(self.known.astype(np.int64))

    @cached_property
    def k(self) -> NDArray[np.int64]:
        """Hits at or above each threshold."""
        return self.leads.tally(self.hit.astype(np.int64))

    @cached_property
    def plain(self) -> bool:
        """Whether the cases count one each and are independent."""
        return self.weight is None and not self._companies_repeat

    @cached_property
    def worth(self) -> float:
        """Independent plain cases that a known case is worth when rates are tested; told without outcomes.

        Kish's effective size (1965) of the units' sums of weight over the number of cases, less what betting costs
        beside the binomial test.
        """
        if self.plain or not self.known.any():
            return 1.0
        sums = self.known.astype(np.float64) if self.weight is None else self.weight
        rows = self.known & self.leads.best
        unit = np.flatnonzero(rows) if self.leads.company is None else self.leads.company[rows]
        whole = np.bincount(unit, sums[rows])
        return float(whole.sum() ** 2 / (whole @ whole) / rows.sum() / _BETTING_COSTS)

    @cached_property
    def _companies_repeat(self) -> bool:
        company = self.leads.company
        return company is not None and bool((np.bincount(company[self.leads.best]) > 1).any())

    @cached_property
    def observed_share(self) -> Floats:
        """Share of hits at or above each threshold, weighted where there are weights; 0 without cases."""
        if self.weight is None:
            hits, whole = self.k.astype(np.float64), self.n.astype(np.float64)
        else:
            hits, whole = self.leads.tally(self.weight * self.hit), self.leads.tally(self.weight)
        return np.divide(hits, whole, out=np.zeros(len(hits)), where=whole > 1e-9)

    def counts(self, cutoff: float) -> tuple[int, int]:
        """Return the known cases and the hits among the leads that reach a cutoff."""
        chosen = self.leads.chosen(cutoff)
        return int((chosen & self.known).sum()), int((chosen & self.hit).sum())

    def units(self, cutoff: float) -> tuple[Floats, Floats, float]:
        """Return, for betting at a cutoff, each unit's sum of weight over hits and over cases, and the largest sum.

        A unit is a company, or a lead where no company is known. Leads that reach the cutoff and were not handed over
        count nothing but belong to the draw; the largest sum that a unit could have is known without outcomes.
        """
        chosen = self.leads.chosen(cutoff)
        weight = self.known.astype(np.float64) if self.weight is None else self.weight
        # With chances given, whoever could be known belongs to the draw; without, only the known ones do.
        rows = chosen & (self.known if self.leads.propensity is None or self.weight is None else chosen)
        possible = np.ones(int(rows.sum()))
        if self.weight is not None and self.leads.propensity is not None:
            possible = 1.0 / np.maximum(self.leads.propensity[rows], LEAST_PROPENSITY)
        hits, whole = (weight * self.hit)[rows], weight[rows]
        if self.leads.company is not None:
            unit = np.unique(self.leads.company[rows], return_inverse=True)[1]
            hits, whole, possible = (np.bincount(unit, values) for values in (hits, whole, possible))  # type: ignore[assignment]  # sums of floats
        return hits, whole, float(possible.max(initial=0.0))

    @cached_property
    def support(self) -> float:
        """Lowest cutoff at which the cases can speak for all leads above it; infinite where none does."""
        probability = self.leads.probability
        if self.leads.propensity is not None and self.weight is not None:
            # Above it, every lead had a chance of being handed over.
            never = probability[self.leads.propensity < LEAST_PROPENSITY]
            seen = probability[self.known]
            lowest = float(seen.min(initial=np.inf))
            return max(lowest, float(np.nextafter(never.max(), 2.0))) if len(never) else lowest
        return float(probability[self.known].min(initial=np.inf))
