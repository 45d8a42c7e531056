"""The promise that every lead is contacted in time, judged by a replay of the queue.

The leads that reach a cutoff queue up as they arrived. Sales takes them one after the other, at the pace of the agreed
weekly capacity and within its opening hours. A lead is late if its turn comes after the agreed span. The loss of a week
is the share of its leads that were late, made to fall with the cutoff by taking the largest at this or any higher one;
conformal risk control (Angelopoulos et al. 2022) holds its mean, with one wholly late week added, below epsilon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.domain.sla import Calendar, Duration
from models.calendar import HOUR, BusinessClock
from models.cutoffs.capacity import whole_weeks
from models.cutoffs.certificate import Clause, State
from models.cutoffs.contact_sentences import contact_sentence
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads, Floats

_REPLAYS = 60
"""Cutoffs at which the queue is replayed, evenly by the logarithm of rank; others take the loss of the next lower."""
_HOPELESS = 0.5
"""Mean late share from which lower cutoffs are not replayed any more: they can only be worse."""
_INSTANT = 1e-6


@dataclass(frozen=True)
class _Queue:
    """The leads' records in order of arrival, on the business clock."""

    leads: CertificationLeads
    order: np.ndarray
    worked: Floats
    limit: Floats
    turn: float

    def late(self, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the records that reach a cutoff, in order of arrival, and which of them are contacted late."""
        rows = self.leads.chosen(cutoff)[self.order]
        arrived = self.worked[rows]
        place = np.arange(len(arrived))
        # Each begins when it has come and the one before is done (Lindley 1952), unrolled.
        begins = np.maximum.accumulate(arrived - self.turn * place) + self.turn * place
        return self.order[rows], begins > self.limit[rows]


def contact_evidence(
    leads: CertificationLeads, name: str, span: Duration, per_week: int | None, calendar: Calendar, epsilon: float
) -> Evidence | None:
    """Return where at most a share ``epsilon`` of a week's leads is contacted late, on average over the weeks.

    Parameters
    ----------
    leads : CertificationLeads
        With moments of arrival.
    name : str
        The clause.
    span : Duration
        Within which a lead is to be contacted.
    per_week : int or None
        Leads that can be taken in a week without holidays; None where that was not agreed: then only the calendar is
        judged, with as many people as it takes.
    calendar : Calendar
        When sales works.
    epsilon : float
        Share that may be late, in (0, 1).

    Returns
    -------
    Evidence or None
        None without times of arrival, and where no capacity was agreed and the calendar alone makes nobody late.
    """
    if leads.seconds is None or not len(leads.seconds):
        return None
    clock = BusinessClock.between(calendar, float(leads.seconds.min()), float(leads.seconds.max()))
    queue = _queue(leads, clock, span, per_week)
    weeks = whole_weeks(leads)
    losses = _losses(queue, weeks)
    if per_week is None and not losses.any():
        return None
    epsilon = round(epsilon, 12)
    count = len(weeks)
    bound = (losses * count + 1.0) / (count + 1.0)
    enough = 1.0 / (count + 1.0) <= epsilon
    certified, observed = bound <= epsilon, losses <= epsilon + 1e-12
    possible = observed if enough else np.ones_like(observed)

    def describe(probability: float) -> Clause:
        place = min(int(np.searchsorted(-leads.thresholds, -probability, side="right")), len(losses)) - 1
        loss = float(losses[place]) if place >= 0 else 0.0
        kept = (loss * count + 1.0) / (count + 1.0)
        excluded = enough and loss > epsilon + 1e-12
        state = State.CERTIFIED if kept <= epsilon else State.INFEASIBLE if excluded else State.PROVISIONAL
        rows, late = queue.late(probability)
        inside = _inside(leads, rows, weeks)
        n, k = int(inside.sum()), int(late[inside].sum())
        sentence = contact_sentence(span, epsilon, state, n, k, count, per_week, enough=enough)
        return Clause(name, str(span), state, sentence, k / n if n else None, None, kept, n, k)

    return Evidence(name, certified, possible, observed, bounds_below=True, describe=describe)


def _queue(leads: CertificationLeads, clock: BusinessClock, span: Duration, per_week: int | None) -> _Queue:
    seconds = np.asarray(leads.seconds)
    order = np.argsort(seconds, kind="stable")
    arrived = seconds[order]
    worked = clock.worked(arrived)
    if span.business and span.unit == "hour":
        limit = worked + span.amount * HOUR + _INSTANT
    else:
        due = clock.due(arrived, span)
        # Outside opening hours no turn comes: what has not begun by then begins at the next opening, too late.
        limit = clock.worked(due) + np.where(clock.is_open(due), _INSTANT, -_INSTANT)
    turn = 0.0 if per_week is None else clock.week_seconds / per_week
    return _Queue(leads, order, worked, limit, turn)


def _losses(queue: _Queue, weeks: np.ndarray) -> Floats:
    """Return the mean over weeks of the largest late share at this or a higher cutoff, one per threshold."""
    leads = queue.leads
    count = len(leads.thresholds)
    means, worst, before = np.ones(count), np.zeros(len(weeks)), 0
    for place in np.unique(np.geomspace(1, count, _REPLAYS).round().astype(np.int64) - 1):
        rows, late = queue.late(float(leads.thresholds[place]))
        inside = _inside(leads, rows, weeks)
        week = np.asarray(leads.week)[rows[inside]] - (weeks[0] if len(weeks) else 0)
        arrived = np.bincount(week, minlength=len(weeks))
        worst = np.maximum(worst, np.bincount(week, late[inside], minlength=len(weeks)) / np.maximum(arrived, 1))
        mean = float(worst.mean()) if len(weeks) else 0.0
        means[before : place + 1], before = mean, place + 1
        if mean > _HOPELESS:
            break
    return means


def _inside(leads: CertificationLeads, rows: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    week = np.asarray(leads.week)[rows]
    return np.asarray((week >= weeks[0]) & (week <= weeks[-1])) if len(weeks) else np.zeros(len(week), dtype=bool)
