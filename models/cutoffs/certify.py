"""From an agreement's promises to cutoffs on the probability, with a certificate."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from features.domain import InputError, Sla
from features.domain.sla import CLAUSES, Duration
from models.cutoffs.certificate import Clause, Cutoffs, State
from models.cutoffs.choice import Stage, choose
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.measure import left_by, measure, needs_no_outcome, promise_of
from models.cutoffs.reading import read_leads
from models.cutoffs.sentences import NO_CAPACITY, default_sentence, not_measured_sentence
from models.cutoffs.ways_out import with_outlook, with_ways_out

MQL_ODDS = 1.5
SQL_ODDS = 3.0
"""Odds over the base rate's at which cutoffs stand where nothing measurable was agreed."""


def certify(
    probability: Sequence[float] | np.ndarray,
    converted: Sequence[Any] | np.ndarray,
    sla: Sla,
    arrived_at: Sequence[Any] | np.ndarray | None = None,
    *,
    accepted: Sequence[Any] | np.ndarray | None = None,
    propensity: Sequence[float] | np.ndarray | None = None,
) -> Cutoffs:
    """Return the cutoffs that keep the agreement, and what can be promised of each clause.

    Over repeated draws of such data, all clauses called certified hold together with the agreement's confidence
    (``max_per_week`` and ``contact_within`` on average). The chance of error is shared equally by the conversion,
    acceptance and missed-customers clauses.

    Parameters
    ----------
    probability : array-like, shape (n,)
        Calibrated probability of each lead: newest mature leads, one row each, that were not used for training,
        calibration or the choice of the model. NaN and infinite ones are left out and counted.
    converted : array-like, shape (n,)
        1 or True where the lead converted, else 0; missing is left out and counted.
    sla : Sla
        The agreement.
    arrived_at : array-like of moments, shape (n,), optional
        When each lead came, for ``max_per_week`` and ``contact_within``; moments without a zone are UTC, days without
        a time begin in the agreement's zone.
    accepted : array-like, shape (n,), optional
        1 where sales took the lead on, 0 where it did not, missing where it was not handed over or not answered.
    propensity : array-like, shape (n,), optional
        Chance in [0, 1] with which each lead, handed over or not, was to be handed over; with it, answers stand for
        the leads that were not.

    Returns
    -------
    Cutoffs
        Both cutoffs with state and clauses; never an exception for few, tied or one-sided data.

    Raises
    ------
    InputError
        If the columns differ in length or hold something else than probabilities, outcomes and moments, or the
        agreement is none.
    ConfigError
        If the agreement's calendar names unknown holidays.

    Examples
    --------
    >>> agreed = Sla.from_mapping({"mql": {"min_conversion_rate": 0.3}})
    >>> cutoffs = certify([0.9] * 50 + [0.1] * 150, [1] * 40 + [0] * 160, agreed)
    >>> cutoffs.mql.probability, cutoffs.mql.state.value
    (0.9, 'certified')
    """
    if not isinstance(sla, Sla):
        raise InputError(
            f"An agreement of type {type(sla).__name__}.",
            "a features.domain.Sla.",
            "Read it with Sla.from_mapping(...), or Workspace.sla().",
        )
    zone = sla.calendar.time_zone
    return certify_leads(
        read_leads(probability, converted, arrived_at, zone, accepted=accepted, propensity=propensity), sla
    )


def certify_leads(leads: CertificationLeads, sla: Sla, *, look_ahead: bool = False) -> Cutoffs:
    """Return the cutoffs that keep the agreement on leads with one or several records.

    Parameters
    ----------
    leads : CertificationLeads
        From :func:`models.cutoffs.reading.read_leads`.
    sla : Sla
        The agreement.
    look_ahead : bool
        Whether provisional cutoffs, too, say how many leads would probably certify them; some seconds of simulation.
    """
    mql, sql = _stages(leads, sla)
    if mql.evidence or not sql.evidence:
        mql_cutoff = choose(leads, mql, sla.priority)
        sql_cutoff = choose(leads, sql, sla.priority, least=mql_cutoff.probability)
    else:
        # A default MQL cutoff must not push the agreed SQL cutoff up.
        sql_cutoff = choose(leads, sql, sla.priority)
        mql_cutoff = choose(leads, mql, sla.priority)
        lower = min(mql_cutoff.probability, sql_cutoff.probability)
        mql_cutoff = dataclasses.replace(mql_cutoff, probability=lower)
    mql_cutoff = with_ways_out(mql_cutoff, leads, mql, sla)
    least = mql_cutoff.probability if mql.evidence or not sql.evidence else 0.0
    sql_cutoff = with_ways_out(sql_cutoff, leads, sql, sla, least=least)
    if look_ahead:
        mql_cutoff = with_outlook(mql_cutoff, leads, mql, sla)
        sql_cutoff = with_outlook(sql_cutoff, leads, sql, sla)
    return Cutoffs(
        mql=mql_cutoff,
        sql=sql_cutoff,
        confidence=sla.confidence,
        leads=leads.count,
        converted=len(leads.customers),
        left_out=leads.left_out,
    )


def _stages(leads: CertificationLeads, sla: Sla) -> tuple[Stage, Stage]:
    return _stage(leads, sla, "mql", MQL_ODDS), _stage(leads, sla, "sql", SQL_ODDS)


def _stage(leads: CertificationLeads, sla: Sla, stage: str, odds: float) -> Stage:
    told = {name: promise_of(sla, name) for name in CLAUSES if name.startswith(f"{stage}.")}
    agreed = {name: promise for name, promise in told.items() if promise is not None}
    found = {name: measure(leads, sla, name) for name in agreed if needs_no_outcome(name)}
    left = left_by(one for one in found.values() if one is not None)
    found |= {name: measure(leads, sla, name, left) for name in agreed if not needs_no_outcome(name)}
    measured: list[Evidence] = []
    unmeasured: list[Clause] = []
    for name, promise in agreed.items():
        evidence = found[name]
        if evidence is not None:
            measured.append(evidence)
            continue
        idle = isinstance(promise, Duration) and leads.seconds is not None and leads.count > 0
        sentence = NO_CAPACITY if idle else not_measured_sentence(name)
        plain = str(promise) if isinstance(promise, Duration) else promise
        unmeasured.append(Clause(name, plain, State.NOT_MEASURED, sentence))
    promised_rate: float | None = getattr(sla, stage).min_conversion_rate
    return Stage(tuple(measured), tuple(unmeasured), odds, default_sentence(odds), promised_rate)
