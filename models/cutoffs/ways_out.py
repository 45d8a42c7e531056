"""What an agreement that cannot be kept leaves open: which promise to relax and how far, and whether more leads help.

Each of the clashing promises is relaxed in turn while the others stay as agreed, in steps of half a percentage point
(or one lead a week), by the same procedure that certifies. What is found so was chosen after a look at the data: it is
what to negotiate about, and a new agreement is certified anew.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from features.domain import Sla
from models.cutoffs.certificate import Cutoff, Option, State
from models.cutoffs.choice import Stage, clashing
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads, Flags
from models.cutoffs.measure import measure, promise_of, with_promise
from models.cutoffs.outlook import RATES, outlook
from models.cutoffs.outlook_sentences import option_sentence

_STEPS = 200
"""Steps between a promise of nothing and one of everything: half a percentage point each."""


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
    return dataclasses.replace(cutoff, options=options, outlook=outlook(leads, sla, names))


def with_outlook(cutoff: Cutoff, leads: CertificationLeads, sla: Sla) -> Cutoff:
    """Return a provisional cutoff with the answer to whether more leads would certify its rates; any other as it is.

    Parameters
    ----------
    cutoff : Cutoff
        As it was chosen.
    leads : CertificationLeads
        The data.
    sla : Sla
        The agreement.
    """
    measured = [clause.name for clause in cutoff.clauses if clause.state is not State.NOT_MEASURED]
    names = [name for name in measured if name.endswith(RATES)]
    if cutoff.state is not State.PROVISIONAL or not names:
        return cutoff
    return dataclasses.replace(cutoff, outlook=outlook(leads, sla, names))


def _option(
    leads: CertificationLeads, sla: Sla, name: str, clash: Sequence[str], evidence: Sequence[Evidence], allowed: Flags
) -> Option:
    kept = [one for one in evidence if one.name in clash and one.name != name]
    region = allowed & np.logical_and.reduce([one.certified for one in kept]) if kept else allowed
    promise = promise_of(sla, name)
    best = probability = None
    if isinstance(promise, int | float):

        def holds(value: float) -> Flags:
            relaxed = measure(leads, with_promise(sla, name, value), name)
            none: Flags = np.zeros_like(region)
            return none if relaxed is None else region & relaxed.certified

        best = _best(name, promise, leads, lambda value: bool(holds(value).any())) if region.any() else None
        if best is not None:
            places = np.flatnonzero(holds(best))
            # The relaxed promise decides which end of what holds is wanted.
            probability = float(leads.thresholds[places[0] if _falls(name) else places[-1]])
    others = [(one.name, promise_of(sla, one.name)) for one in kept]
    told = promise if isinstance(promise, int | float) else str(promise)
    return Option(name, told, best, probability, option_sentence(name, told, best, probability, others))


def _falls(name: str) -> bool:
    return name.endswith("max_missed_customers")


def _best(name: str, promise: float, leads: CertificationLeads, holds: Callable[[float], bool]) -> float | None:
    """Return the promise nearest to the agreed one that holds; None where none does."""
    if name.endswith("max_per_week"):
        most = int(np.bincount(leads.week - leads.week.min()).max()) if leads.week is not None else 0
        weekly = range(int(promise) + 1, max(most, int(promise) + 1) + 1)
        return _first(weekly, lambda value: holds(float(value)))
    if name.endswith("_rate"):
        shares = range(math.ceil(promise * _STEPS) - 1, 0, -1)
    else:
        shares = range(math.floor(promise * _STEPS) + 1, _STEPS)
    found = _first(shares, lambda step: holds(step / _STEPS))
    return None if found is None else found / _STEPS


def _first(steps: Sequence[int], holds: Callable[[int], bool]) -> int | None:
    """Return the first of the steps, each easier than the one before, that holds."""
    low, high = 0, len(steps)
    while low < high:
        middle = (low + high) // 2
        if holds(steps[middle]):
            high = middle
        else:
            low = middle + 1
    return steps[low] if low < len(steps) else None
