"""The promise that sales gets at most so many leads a week.

Conformal risk control over weeks (Angelopoulos et al. 2022): the share of weeks over the limit, with one more bad week
added, is held below epsilon. It holds on average over such data, not for every draw, so the service also caps the week.
"""

from __future__ import annotations

import numpy as np

from models.cutoffs.certificate import Clause, State
from models.cutoffs.evidence import Evidence, exact_interval
from models.cutoffs.leads import CertificationLeads
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
    crowded = np.sort(_crowded_from(leads, limit))
    weeks = len(crowded)
    # A week exceeds the limit at every cutoff up to its own (limit + 1)-th highest score.
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


def _crowded_from(leads: CertificationLeads, limit: int) -> np.ndarray:
    """Return per whole week the highest cutoff at which it exceeds the limit; -inf where it never does."""
    if leads.week is None or not leads.count:
        return np.array([])
    first, last = int(leads.week.min()), int(leads.week.max())
    # The first and the last week are seldom seen whole, and half a week always looks quiet.
    weeks = range(first + 1, last)
    order = np.lexsort((-leads.probability, leads.week))
    week, falling = leads.week[order], leads.probability[order]
    starts = np.searchsorted(week, list(weeks), side="left")
    ends = np.searchsorted(week, list(weeks), side="right")
    return np.array(
        [falling[start + limit] if end - start > limit else -np.inf for start, end in zip(starts, ends, strict=True)]
    )
