"""What other cutoffs would have done, counted on the leads held out, beside those in force.

Nothing here is a promise: a promise is what a certificate says of cutoffs that were agreed on before anybody looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.domain import InputError, Sla
from models.cutoffs.capacity import crowded_from, whole_weeks
from models.cutoffs.cases import Cases
from models.cutoffs.evidence import exact_interval
from models.evidence.at_cutoff import AtCutoff, at_cutoff, measured
from models.evidence.held_out import HeldOutLeads
from models.evidence.interval import Interval
from models.evidence.weekly import Weekly, weekly


@dataclass(frozen=True, slots=True)
class Load:
    """What a cutoff asks of sales, against what sales agreed to take.

    Parameters
    ----------
    limit : int
        Leads a week at most, by the agreement.
    share : Interval or None
        Mean leads a week over the limit; None without weeks.
    busy : Interval
        Share of the weeks with more leads than the limit, with its exact 95 % interval; NaN without weeks.
    weeks : int
        Whole weeks counted.
    """

    limit: int
    share: Interval | None
    busy: Interval
    weeks: int


@dataclass(frozen=True, slots=True)
class StageOutlook:
    """What the cutoff of one stage would have done.

    Parameters
    ----------
    at : AtCutoff
        Leads, conversion and missed customers, with intervals.
    weekly : Weekly or None
        Leads a week; None where the history has no times.
    accepted : Interval or None
        Share that sales took on, of those it answered; None where nobody told.
    load : Load or None
        For SQLs, where the agreement limits them.
    """

    at: AtCutoff
    weekly: Weekly | None
    accepted: Interval | None
    load: Load | None


@dataclass(frozen=True, slots=True)
class Between:
    """The leads between two cutoffs: those that a move hands over in addition, or no more.

    Parameters
    ----------
    leads, converted : int
        How many reach the lower cutoff and never the higher one, and how many of them converted.
    rate : Interval
        Their conversion with its 95 % interval; NaN where there are none.
    """

    leads: int
    converted: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class CutoffPair:
    """An MQL and an SQL cutoff with what they would have done."""

    mql: StageOutlook
    sql: StageOutlook


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Moved cutoffs beside those in force.

    Parameters
    ----------
    moved : CutoffPair
        Asked for.
    in_force : CutoffPair or None
        None where none are in force.
    between_mql, between_sql : Between or None
        The leads that the move is about; None where nothing moves.
    """

    moved: CutoffPair
    in_force: CutoffPair | None
    between_mql: Between | None
    between_sql: Between | None


def what_if(
    held_out: HeldOutLeads, sla: Sla, moved: tuple[float, float], in_force: tuple[float | None, float | None]
) -> WhatIf:
    """Return what moved cutoffs would have done on the leads held out.

    Parameters
    ----------
    held_out : HeldOutLeads
        Of the model whose probabilities the cutoffs are compared with.
    sla : Sla
        For the leads a week that sales takes.
    moved : tuple of float
        MQL and SQL cutoffs as probabilities.
    in_force : tuple of float or None
        Those that hold now.

    Raises
    ------
    InputError
        If a cutoff lies outside 0 to 1, or the SQL cutoff below that of MQLs.
    """
    mql, sql = check_cutoffs(*moved)
    now_mql, now_sql = in_force
    holds = None if now_mql is None or now_sql is None else cutoffs_at(held_out, sla, now_mql, now_sql)
    return WhatIf(
        cutoffs_at(held_out, sla, mql, sql),
        holds,
        None if now_mql is None else _between(held_out, mql, now_mql),
        None if now_sql is None else _between(held_out, sql, now_sql),
    )


def check_cutoffs(mql: float, sql: float) -> tuple[float, float]:
    """Return both cutoffs.

    Raises
    ------
    InputError
        If they are none.
    """
    if not (0.0 < mql < 1.0 and 0.0 < sql < 1.0):
        raise InputError(
            f"Cutoffs of {mql:g} and {sql:g}.", "probabilities between 0 and 1.", "Give both between 0 and 1."
        )
    if sql < mql:
        raise InputError(
            f"An SQL cutoff of {sql:g} below the MQL cutoff of {mql:g}.",
            "an SQL cutoff at or above that of MQLs: every SQL is an MQL.",
            "Raise the SQL cutoff, or lower that of MQLs.",
        )
    return mql, sql


def cutoffs_at(held_out: HeldOutLeads, sla: Sla, mql: float, sql: float) -> CutoffPair:
    """Return what a pair of cutoffs would have done."""
    return CutoffPair(_outlook(held_out, mql, None), _outlook(held_out, sql, sla.sql.max_per_week))


@lru_cache(maxsize=64)
def _outlook(held_out: HeldOutLeads, cutoff: float, limit: int | None) -> StageOutlook:
    leads = held_out.leads
    answered = Cases.acceptances(leads)
    accepted = None if answered is None else measured(answered, cutoff)
    told = weekly(held_out, cutoff)
    return StageOutlook(
        at=at_cutoff(leads, cutoff, held_out.weeks),
        weekly=told,
        accepted=accepted,
        load=None if limit is None else _load(held_out, cutoff, limit, told),
    )


def _load(held_out: HeldOutLeads, cutoff: float, limit: int, told: Weekly | None) -> Load:
    leads = held_out.leads
    # Of a sample, every lead stands for several.
    crowded = crowded_from(leads, int(limit / held_out.weight))
    weeks, busy = len(whole_weeks(leads)), int((crowded >= cutoff).sum())
    mean = None if told is None else told.mean
    nothing = float("nan")
    return Load(
        limit=limit,
        share=None if mean is None else Interval(mean.value / limit, mean.low / limit, mean.high / limit),
        busy=Interval(busy / weeks, *exact_interval(busy, weeks)) if weeks else Interval(nothing, nothing, nothing),
        weeks=weeks,
    )


def _between(held_out: HeldOutLeads, one: float, other: float) -> Between | None:
    low, high = sorted((one, other))
    if low == high:
        return None
    leads = held_out.leads
    highest = leads.probability[leads.best][held_out.lead]
    inside = np.asarray(highest < high)
    cases = Cases(leads, inside, inside & leads.converted)
    count, hits = cases.counts(low)
    return Between(count, hits, measured(cases, low))
