"""The promise that sales gets at most so many leads a week.

Conformal risk control over weeks (Angelopoulos et al. 2022): the share of weeks over the limit, with one more bad week
added, is held below epsilon. It holds on average over such data, not for every draw, so the service also caps the week.
"""

from __future__ import annotations

import numpy as np

from models.cutoffs.certificate import Clause, State
from models.cutoffs.evidence import Evidence, exact_interval
from models.cutoffs.leads import CertificationLeads, Floats, Whole
from models.cutoffs.sentences import capacity_sentence


def capacity_evidence(leads: CertificationLeads, name: str, limit: int, epsilon: float) -> Evidence | None:
    """Return where more than ``limit`` leads a week come in at most a share ``epsilon`` of the weeks.

    Parameters
    ----------
    leads : CertificationLeads
        With weeks of arrival.
    name : str
        The clause.
    limit : int
        Most leads a week, at least 1.
    epsilon : float
        Share of weeks that may exceed it, in (0, 1).

    Returns
    -------
    Evidence or None
        None without times of arrival.
    """
    if leads.week is None:
        return None
    # 1 - 0.9 is a little less than 0.1, and 2 of 20 weeks are not more than 10 %.
    epsilon = round(epsilon, 12)
    crowded = np.sort(crowded_from(leads, limit))
    weeks = len(crowded)
    # A week exceeds the limit at every cutoff up to the highest at which it does.
    over = weeks - np.searchsorted(crowded, leads.thresholds, side="left")
    certified = (over + 1.0) / (weeks + 1.0) <= epsilon
    observed = over <= round(epsilon * weeks, 9)
    enough = 1.0 / (weeks + 1.0) <= epsilon
    # The bound counts one more bad week than was seen; only weeks that were seen, and enough, exclude the promise.
    possible = observed if enough else np.ones_like(observed)

    def describe(probability: float) -> Clause:
        busy = int((crowded >= probability).sum())
        bound = (busy + 1.0) / (weeks + 1.0)
        excluded = enough and busy > round(epsilon * weeks, 9)
        state = State.CERTIFIED if bound <= epsilon else State.INFEASIBLE if excluded else State.PROVISIONAL
        interval = exact_interval(busy, weeks) if weeks else None
        sentence = capacity_sentence(limit, epsilon, state, weeks, busy, enough=enough)
        return Clause(name, limit, state, sentence, busy / weeks if weeks else None, interval, bound, weeks, busy)

    return Evidence(name, certified, possible, observed, bounds_below=True, describe=describe)


def whole_weeks(leads: CertificationLeads) -> Whole:
    """Return the numbers of the weeks that were seen whole: all but the first and the last.

    These are seldom seen whole, and half a week always looks quiet.
    """
    if leads.week is None or not len(leads.week):
        return np.array([], dtype=np.int64)
    return np.arange(int(leads.week.min()) + 1, int(leads.week.max()), dtype=np.int64)


def crowded_from(leads: CertificationLeads, limit: int) -> Floats:
    """Return per whole week the highest cutoff at which it exceeds the limit; -inf where it never does.

    A lead that reaches a lower cutoff in an earlier week leaves the later one, so that a week can have fewer leads at a
    lower cutoff; the loss that is controlled is the largest at this or any higher cutoff, which falls with it as the
    theorem asks.
    """
    weeks = whole_weeks(leads)
    if leads.week is None or not len(weeks):
        return np.array([])
    leaves = np.isfinite(leads.until)
    week = np.concatenate([leads.week, leads.week[leaves]])
    level = np.concatenate([leads.probability, leads.until[leaves]])
    step = np.concatenate([np.ones(len(leads.week), dtype=np.int64), np.full(int(leaves.sum()), -1)])
    order = np.lexsort((-level, week))
    week, level, step = week[order], level[order], step[order]
    starts, ends = np.searchsorted(week, weeks, side="left"), np.searchsorted(week, weeks, side="right")
    return np.array([_first_over(level[a:b], step[a:b], limit) for a, b in zip(starts, ends, strict=True)])


def _first_over(level: Floats, step: Whole, limit: int) -> float:
    inside = np.cumsum(step)
    # Equal levels come and go together.
    over = (inside > limit) & np.append(level[1:] != level[:-1], np.ones(min(1, len(level)), dtype=bool))
    return float(level[np.argmax(over)]) if over.any() else -np.inf
