"""What an agreement that cannot be kept leaves open: which promise to relax and how far, and whether more leads help.

Each of the clashing promises is relaxed in turn while the others stay as agreed, in steps of half a percentage point,
one lead a week, or one hour or day, by the same procedure that certifies. What is found so was chosen after a look at
the data: it is what to negotiate about, and a new agreement is certified anew.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np

from features.domain import Sla
from features.domain.sla import Duration
from models.cutoffs.certificate import Cutoff, Option, State
from models.cutoffs.choice import Stage, clashing
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads, Flags
from models.cutoffs.measure import left_by, measure, promise_of, with_promise
from models.cutoffs.outlook import outlook
from models.cutoffs.outlook_sentences import option_sentence

_STEPS = 200
"""Steps between a promise of nothing and one of everything: half a percentage point each."""
_LONGEST: Final = {("hour", True): 40, ("day", True): 10, ("hour", False): 336, ("day", False): 14}
"""Longest time to contact that is tried, by unit and whether it counts business time: two weeks, or one of hours."""

_Step = TypeVar("_Step")


def with_ways_out(cutoff: Cutoff, leads: CertificationLeads, stage: Stage, sla: Sla, *, least: float = 0.0) -> Cutoff:
    """Return an infeasible cutoff with its options and outlook; any other as it is.

    Parameters
    ----------
    cutoff : Cutoff
        As it was chosen.
    leads : CertificationLeads
        The data.
    stage : Stage
        The stage's clauses.
    sla : Sla
        The agreement; its ``priority`` orders the options, the least important promise first.
    least : float
        The stage does not begin below this probability.
    """
    if cutoff.state is not State.INFEASIBLE:
        return cutoff
    allowed = leads.thresholds >= least
    names = clashing(stage.evidence, allowed)
    rank = {name: place for place, name in enumerate(sla.priority)}
    giving_way = sorted(names, key=lambda name: rank.get(name, len(rank)), reverse=True)
    options = tuple(_option(leads, sla, name, names, stage.evidence, allowed) for name in giving_way)
    clash = [one for one in stage.evidence if one.name in names]
    return dataclasses.replace(cutoff, options=options, outlook=outlook(leads, sla, clash, excluded=True))


def with_outlook(cutoff: Cutoff, leads: CertificationLeads, stage: Stage, sla: Sla) -> Cutoff:
    """Return a provisional cutoff with the answer to whether more leads would certify it; any other as it is.

    Parameters
    ----------
    cutoff : Cutoff
        As it was chosen.
    leads : CertificationLeads
        The data.
    stage : Stage
        The stage's clauses.
    sla : Sla
        The agreement.
    """
    if cutoff.state is not State.PROVISIONAL or not stage.evidence:
        return cutoff
    return dataclasses.replace(cutoff, outlook=outlook(leads, sla, stage.evidence, excluded=False))


def _option(
    leads: CertificationLeads, sla: Sla, name: str, clash: Sequence[str], evidence: Sequence[Evidence], allowed: Flags
) -> Option:
    kept = [one for one in evidence if one.name in clash and one.name != name]
    region = allowed & np.logical_and.reduce([one.certified for one in kept]) if kept else allowed
    left = left_by(evidence)
    promise = promise_of(sla, name)
    assert promise is not None  # noqa: S101 - only agreed clauses clash

    def holds(easier: float | Duration) -> Flags:
        relaxed = measure(leads, with_promise(sla, name, easier), name, left)
        # Without a capacity nothing is left to measure once the opening hours allow the contact.
        return region if relaxed is None else region & relaxed.certified

    steps = _easier(name, promise, leads) if region.any() else ()
    best = _first(steps, lambda easier: bool(holds(easier).any()))
    probability = None
    if best is not None:
        places = np.flatnonzero(holds(best))
        # The relaxed promise decides which end of what holds is wanted.
        probability = float(leads.thresholds[places[0] if _falls(name) else places[-1]])
    others = [(one.name, promise_of(sla, one.name)) for one in kept]
    staffed = not isinstance(promise, Duration) or (name.startswith("sql.") and sla.sql.max_per_week is not None)
    sentence = option_sentence(name, promise, best, probability, others, furthest=_furthest(steps), staffed=staffed)
    return Option(name, _plain(promise), None if best is None else _plain(best), probability, sentence)


def _falls(name: str) -> bool:
    return name.endswith("max_missed_customers")


def _plain(promise: float | Duration) -> float | str:
    return str(promise) if isinstance(promise, Duration) else promise


def _furthest(steps: Sequence[float | Duration]) -> Duration | None:
    return steps[-1] if steps and isinstance(steps[-1], Duration) else None


def _easier(name: str, promise: float | Duration, leads: CertificationLeads) -> Sequence[float | Duration]:
    """Return promises that are easier and easier to keep than the agreed one."""
    if isinstance(promise, Duration):
        amounts = range(math.floor(promise.amount) + 1, _LONGEST[promise.unit, promise.business] + 1)
        return [dataclasses.replace(promise, amount=float(amount)) for amount in amounts]
    if name.endswith("max_per_week"):
        most = int(np.bincount(leads.week - leads.week.min()).max()) if leads.week is not None else 0
        return [float(limit) for limit in range(int(promise) + 1, max(most, int(promise) + 1) + 1)]
    if name.endswith("_rate"):
        return [step / _STEPS for step in range(math.ceil(promise * _STEPS) - 1, 0, -1)]
    return [step / _STEPS for step in range(math.floor(promise * _STEPS) + 1, _STEPS)]


def _first(steps: Sequence[_Step], holds: Callable[[_Step], bool]) -> _Step | None:
    """Return the first of the steps, each easier than the one before, that holds; None where none does."""
    low, high = 0, len(steps)
    while low < high:
        middle = (low + high) // 2
        if holds(steps[middle]):
            high = middle
        else:
            low = middle + 1
    return steps[low] if low < len(steps) else None
