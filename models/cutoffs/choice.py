"""Which cutoff a stage gets, from what is known of all its clauses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.domain import Text
from models.cutoffs.certificate import Clause, Cutoff, State
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.sentences import (
    AT_PROMISE,
    BY_PRIORITY,
    CERTIFIED,
    FEW_DATA,
    RAISED,
    clash_sentence,
    excluded_here_sentence,
    no_selection_sentence,
)
from models.odds import logit_of, probability_of

HARDLY_SELECTS = 0.9
"""Share of the leads at or above a cutoff, beyond which its sentence says that it hardly selects."""


@dataclass(frozen=True)
class Stage:
    """A stage's clauses as measured.

    Parameters
    ----------
    evidence : tuple of Evidence
        Measured clauses, in the order of the agreement.
    unmeasured : tuple of Clause
        Agreed clauses that these data say nothing about.
    default_factor : float
        Odds over the base rate's, where nothing measurable was agreed.
    default_sentence : Text
        Says so.
    promised_rate : float or None
        Conversion rate promised, the last resort where data are too few.
    """

    evidence: tuple[Evidence, ...]
    unmeasured: tuple[Clause, ...]
    default_factor: float
    default_sentence: Text
    promised_rate: float | None


def choose(leads: CertificationLeads, stage: Stage, priority: Sequence[str], least: float = 0.0) -> Cutoff:
    """Return the stage's cutoff: the lowest at which everything is certified, or the best that can be said.

    Parameters
    ----------
    leads : CertificationLeads
        The data.
    stage : Stage
        Its clauses.
    priority : sequence of str
        Clause names, the most important first, for when they clash.
    least : float
        The cutoff is not below this probability (an SQL is an MQL).
    """
    if not stage.evidence:
        odds = logit_of(leads.base_rate) + np.log(stage.default_factor)
        probability = max(float(probability_of(odds)), least)
        return Cutoff(probability, State.PROVISIONAL, stage.unmeasured, stage.default_sentence)
    allowed = leads.thresholds >= least
    certified = allowed & np.logical_and.reduce([one.certified for one in stage.evidence])
    if certified.any():
        probability = _end(leads, certified, stage.evidence)
        return _cutoff(leads, stage, probability, State.CERTIFIED, CERTIFIED)
    possible = allowed & np.logical_and.reduce([one.possible for one in stage.evidence])
    if not possible.any() and allowed.any():
        probability = _by_priority(leads, stage, priority, allowed, lambda one: one.certified, least)
        clash = clash_sentence(clashing(stage.evidence, allowed))
        return _cutoff(leads, stage, probability, State.INFEASIBLE, clash)
    observed = allowed & np.logical_and.reduce([one.observed for one in stage.evidence])
    if observed.any():
        return _cutoff(leads, stage, _end(leads, observed, stage.evidence), State.PROVISIONAL, FEW_DATA)
    if stage.promised_rate is not None:
        cutoff = _cutoff(leads, stage, max(stage.promised_rate, least), State.PROVISIONAL, AT_PROMISE)
        if not possible.any() or all(clause.state is not State.INFEASIBLE for clause in cutoff.clauses):
            return cutoff
    # Only where nothing is excluded, so that the cutoff is as provisional as its clauses.
    probability = _by_priority(leads, stage, priority, possible, lambda one: one.observed, least)
    cutoff = _cutoff(leads, stage, probability, State.PROVISIONAL, BY_PRIORITY if allowed.any() else RAISED)
    excluded = tuple(clause.name for clause in cutoff.clauses if clause.state is State.INFEASIBLE)
    if excluded:
        # The whole table can exclude a clause, though it is too small to exclude it of every cutoff.
        return _cutoff(leads, stage, probability, State.PROVISIONAL, excluded_here_sentence(excluded))
    return cutoff


def _end(leads: CertificationLeads, holds: np.ndarray, evidence: Sequence[Evidence]) -> float:
    """Return the lowest cutoff that holds (most leads), or the highest where nothing asks for a high one."""
    places = np.flatnonzero(holds)
    lowest_wanted = any(one.bounds_below for one in evidence)
    return float(leads.thresholds[places[-1] if lowest_wanted else places[0]])


def _by_priority(
    leads: CertificationLeads,
    stage: Stage,
    priority: Sequence[str],
    allowed: np.ndarray,
    holds: Callable[[Evidence], np.ndarray],
    least: float,
) -> float:
    """Return the cutoff at which as many clauses hold as can, the most important first."""
    ranked = sorted(stage.evidence, key=lambda one: priority.index(one.name) if one.name in priority else len(priority))
    region, kept = allowed, []
    for one in ranked:
        if (region & holds(one)).any():
            region = region & holds(one)
            kept.append(one)
    if kept:
        return _end(leads, region, kept)
    if region.any() and not region.all():
        return _end(leads, region, ranked)
    return max(leads.base_rate if stage.promised_rate is None else stage.promised_rate, least)


def clashing(evidence: Sequence[Evidence], allowed: np.ndarray) -> tuple[str, ...]:
    """Return the smallest set of clauses that the data exclude together.

    Parameters
    ----------
    evidence : sequence of Evidence
        A stage's measured clauses.
    allowed : array of bool, shape (thresholds,)
        Cutoffs at which the stage may begin.
    """
    for size in range(1, len(evidence) + 1):
        for some in itertools.combinations(evidence, size):
            if not (allowed & np.logical_and.reduce([one.possible for one in some])).any():
                return tuple(one.name for one in some)
    return tuple(one.name for one in evidence)


def _cutoff(leads: CertificationLeads, stage: Stage, probability: float, state: State, sentence: Text) -> Cutoff:
    clauses = tuple(one.describe(probability) for one in stage.evidence)
    share = float(leads.chosen(probability).sum()) / leads.count if leads.count else 0.0
    if share > HARDLY_SELECTS:
        more = no_selection_sentence(share, stage.promised_rate, len(leads.customers) / leads.count)
        sentence = Text(f"{sentence.en} {more.en}", f"{sentence.de} {more.de}")
    return Cutoff(probability, state, clauses + stage.unmeasured, sentence)
