"""Whether a promise waits for data or clashes with the truth, told from the curves that the data draw.

The shares that convert, and that sales takes on, at each probability are fitted by the ordinary calibration; weekly
limits and contact times leave the cutoffs at which the weeks seen keep them. If the promises cannot hold on that, no
number of leads will certify them; if they can, histories of more and more leads are drawn from it and put through the
procedure that certifies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from features.domain import Sla, Text
from models.calibration import Calibration, CalibrationKind
from models.cutoffs.cases import Cases
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads, Flags, Floats
from models.cutoffs.measure import measure, needs_no_outcome, promise_of
from models.cutoffs.outlook_sentences import (
    beyond_reach_sentence,
    more_leads_sentence,
    out_of_reach_sentence,
    together_out_of_reach_sentence,
    truth_sentence,
)
from models.cutoffs.reading import read_leads
from models.odds import logit_of

MULTIPLES = (2, 3, 5, 10, 20)
"""How many times the leads there are."""

WANTED = 0.8
"""Chance of a certificate that is called enough."""

_DRAWS = 30
_MOST_ROWS = 200_000
_WEIGHED_DRAWS, _MOST_WEIGHED_ROWS = 10, 20_000
"""Betting on weighted answers takes a hundred times as long as a binomial test."""
_SEED = 20260101
_SMALLEST_SHARE = 0.01
_EDGE = 1e-9


def outlook(leads: CertificationLeads, sla: Sla, evidence: Sequence[Evidence], *, excluded: bool) -> Text | None:
    """Return whether more leads would certify some promises of one stage, and how many; None where that is not known.

    Parameters
    ----------
    leads : CertificationLeads
        The data.
    sla : Sla
        The agreement.
    evidence : sequence of Evidence
        Of the clauses that are not certified together.
    excluded : bool
        Whether the data exclude that they hold together; else a curve on which they do not is no proof.
    """
    if not leads.count or all(needs_no_outcome(one.name) for one in evidence):
        return None
    curves = _Curves.of(leads, evidence)
    impossible = _against_truth(curves, sla, [one.name for one in evidence], excluded=excluded)
    if impossible is not None:
        return impossible
    if any(needs_no_outcome(one.name) and not one.certified.any() for one in evidence):
        # What is missing is weeks, and the clause says how many.
        return None
    draws, most = (_DRAWS, _MOST_ROWS) if curves.weight is None else (_WEIGHED_DRAWS, _MOST_WEIGHED_ROWS)
    rng = np.random.default_rng(_SEED)
    tried = 0
    for multiple in MULTIPLES:
        rows = multiple * leads.count
        if rows > most:
            break
        tried = multiple
        share = np.mean([curves.certify(rows, sla, rng) for _ in range(draws)])
        if share >= WANTED:
            return more_leads_sentence(multiple, rows, float(share))
    return beyond_reach_sentence(tried) if tried else None


@dataclass(frozen=True)
class _Curves:
    """What the data say of their leads, the most probable first.

    Parameters
    ----------
    chance : array, shape (leads,)
        Highest probability of each lead, falling.
    converts, accepted : array, shape (leads,)
        Fitted share that reaches the target, and that sales takes on, at each probability; ``accepted`` is None where
        no acceptance is asked about.
    answered : array of bool, shape (leads,)
        Leads that sales answered for.
    weight : array, shape (leads,), or None
        Chance with which each lead was handed over; None where it is not known.
    left : array of bool, shape (leads,)
        Whether the weeks seen keep the weekly promises at a lead's probability.
    names : tuple of str
        Of the promises that outcomes decide.
    """

    chance: Floats
    converts: Floats
    accepted: Floats | None
    answered: Flags
    weight: Floats | None
    left: Flags
    names: tuple[str, ...]

    @classmethod
    def of(cls, leads: CertificationLeads, evidence: Sequence[Evidence]) -> _Curves:
        best = np.flatnonzero(leads.best)
        best = best[np.argsort(-leads.probability[best], kind="stable")]
        chance = np.clip(leads.probability[best], _EDGE, 1 - _EDGE)
        margin = logit_of(chance)
        names = tuple(one.name for one in evidence if not needs_no_outcome(one.name))
        cases = Cases.acceptances(leads) if any(name.endswith("min_acceptance_rate") for name in names) else None
        answered = np.zeros(len(best), dtype=bool) if cases is None else cases.known[best]
        accepted = weight = None
        if cases is not None and answered.any():
            known = best[answered]
            counted = np.ones(len(known)) if cases.weight is None else cases.weight[known]
            hits = cases.hit[known].astype(np.float64)
            fitted = Calibration.fit(margin[answered], hits, counted / counted.mean())
            # The probability of converting is none of being accepted: too few answers for a curve give their mean.
            flat = np.full(len(margin), (counted @ hits + 0.5) / (counted.sum() + 1.0))
            accepted = flat if fitted.kind is CalibrationKind.NONE else fitted.probability(margin)
            weight = None if leads.propensity is None else leads.propensity[best]
        left = np.ones(len(best), dtype=bool)
        for one in evidence:
            if needs_no_outcome(one.name):
                place = np.searchsorted(-leads.thresholds, -leads.probability[best], side="left")
                left &= one.observed[np.minimum(place, len(one.observed) - 1)]
        converts = Calibration.fit(margin, leads.customer[best].astype(np.float64)).probability(margin)
        return cls(chance, converts, accepted, answered, weight, left, names)

    @cached_property
    def worth(self) -> Flags:
        """Cutoffs that select more than a handful of leads at the very top."""
        return np.arange(1, len(self.chance) + 1) >= _SMALLEST_SHARE * len(self.chance)

    def rate(self, name: str) -> Floats:
        """Return the share with the outcome that a clause speaks of, of the leads down to each."""
        curve = self.accepted if name.endswith("min_acceptance_rate") else self.converts
        assert curve is not None  # noqa: S101 - a clause is measured only where answers are known
        return np.asarray(np.cumsum(curve) / np.arange(1, len(curve) + 1))

    @cached_property
    def missed(self) -> Floats:
        """Share of customers below the leads down to each."""
        found = np.cumsum(self.converts)
        return np.asarray(1 - found / found[-1])

    def certify(self, rows: int, sla: Sla, rng: np.random.Generator) -> bool:
        """Return whether a history of so many leads, drawn from the curves, certifies the promises."""
        drawn = rng.integers(0, len(self.chance), rows)
        told: dict[str, Any] = {}
        if self.accepted is not None:
            accepted = (rng.random(rows) < self.accepted[drawn]).astype(np.float64)
            known = self.answered[drawn] if self.weight is None else rng.random(rows) < self.weight[drawn]
            told = {"accepted": np.where(known, accepted, np.nan)}
            told |= {} if self.weight is None else {"propensity": self.weight[drawn]}
        converted = rng.random(rows) < self.converts[drawn]
        leads = read_leads(self.chance[drawn], converted, None, sla.calendar.time_zone, **told)
        left = None
        if not self.left.all():
            lowest = float(self.chance[self.left].min(initial=np.inf))
            left = leads.thresholds >= lowest
        evidence = [measure(leads, sla, name, left) for name in self.names]
        certified = [one.certified for one in evidence if one is not None]
        return bool(np.logical_and.reduce(certified if left is None else [left, *certified]).any())


def _against_truth(curves: _Curves, sla: Sla, names: Sequence[str], *, excluded: bool) -> Text | None:
    """Return what even a perfect estimate of the curves could not promise; None where it could."""
    promises = {name: promise_of(sla, name) for name in names}
    rates = {name: float(value) for name, value in promises.items() if name.endswith("_rate")}  # type: ignore[arg-type]
    for name, wanted in rates.items():
        highest = float(curves.rate(name)[curves.worth].max())
        if highest < wanted:
            return out_of_reach_sentence(name, wanted, highest, excluded=excluded)
    keeps = np.logical_and.reduce([curves.left, *(curves.rate(name) >= wanted for name, wanted in rates.items())])
    keeps &= curves.worth if rates else True
    others = [(name, value) for name, value in promises.items() if not name.endswith("max_missed_customers")]
    if not keeps.any():
        return together_out_of_reach_sentence(others, excluded=excluded)
    for name, allowed in promises.items():
        missed = float(curves.missed[keeps].min())
        if name.endswith("max_missed_customers") and others and missed > float(allowed):  # type: ignore[arg-type]  # a share
            return truth_sentence(others, float(allowed), missed, excluded=excluded)  # type: ignore[arg-type]
    return None
