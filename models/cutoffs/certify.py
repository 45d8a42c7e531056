"""From an agreement's promises to cutoffs on the probability, with a certificate."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from features.domain import Sla, Text
from features.domain.sla import Duration
from models.cutoffs.acceptance import acceptance_evidence
from models.cutoffs.capacity import capacity_evidence
from models.cutoffs.certificate import Clause, Cutoffs, State
from models.cutoffs.choice import Stage, choose
from models.cutoffs.contact import contact_evidence
from models.cutoffs.conversion import conversion_evidence
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.missed import missed_evidence
from models.cutoffs.rate_sentences import CONVERSION
from models.cutoffs.reading import read_leads
from models.cutoffs.sentences import NO_CAPACITY, default_sentence, not_measured_sentence

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
        If the columns differ in length or hold something else than probabilities, outcomes and moments.
    ConfigError
        If the agreement's calendar names unknown holidays.

    Examples
    --------
    >>> agreed = Sla.from_mapping({"mql": {"min_conversion_rate": 0.3}})
    >>> cutoffs = certify([0.9] * 50 + [0.1] * 150, [1] * 40 + [0] * 160, agreed)
    >>> cutoffs.mql.probability, cutoffs.mql.state.value
    (0.9, 'certified')
    """
    zone = sla.calendar.time_zone
    return certify_leads(
        read_leads(probability, converted, arrived_at, zone, accepted=accepted, propensity=propensity), sla
    )


def certify_leads(leads: CertificationLeads, sla: Sla) -> Cutoffs:
    """Return the cutoffs that keep the agreement on leads with one or several records.

    Parameters
    ----------
    leads : CertificationLeads
        From :func:`models.cutoffs.reading.read_leads`.
    sla : Sla
        The agreement.
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
    return Cutoffs(
        mql=mql_cutoff,
        sql=sql_cutoff,
        confidence=sla.confidence,
        leads=leads.count,
        converted=len(leads.customers),
        left_out=leads.left_out,
    )


def shared_delta(sla: Sla, *, answered: bool) -> float:
    """Return the chance of a false certificate that each statistical clause may spend.

    Parameters
    ----------
    sla : Sla
        The agreement.
    answered : bool
        Whether the data tell what sales said of the leads, so that acceptance is a clause to be tested.
    """
    acceptance = sla.sql.min_acceptance_rate if answered else None
    promised = (sla.mql.min_conversion_rate, sla.mql.max_missed_customers, sla.sql.min_conversion_rate, acceptance)
    return (1.0 - sla.confidence) / max(1, sum(promise is not None for promise in promised))


def _stages(leads: CertificationLeads, sla: Sla) -> tuple[Stage, Stage]:
    delta, epsilon = shared_delta(sla, answered=leads.accepted is not None), 1.0 - sla.confidence
    mql, sql = _Collected(), _Collected()
    if (rate := sla.mql.min_conversion_rate) is not None:
        mql.add("mql.min_conversion_rate", rate, lambda name: conversion_evidence(leads, name, rate, delta, CONVERSION))
    if (missed := sla.mql.max_missed_customers) is not None:
        mql.add("mql.max_missed_customers", missed, lambda name: missed_evidence(leads, name, missed, delta))
    if (span := sla.mql.contact_within) is not None:
        # The agreement's weekly capacity is of SQLs.
        mql.add_contact(leads, "mql.contact_within", span, None, sla)
    if (sql_rate := sla.sql.min_conversion_rate) is not None:
        sql.add(
            "sql.min_conversion_rate",
            sql_rate,
            lambda name: conversion_evidence(leads, name, sql_rate, delta, CONVERSION),
        )
    if (taken := sla.sql.min_acceptance_rate) is not None:
        sql.add("sql.min_acceptance_rate", taken, lambda name: acceptance_evidence(leads, name, taken, delta))
    if (limit := sla.sql.max_per_week) is not None:
        sql.add("sql.max_per_week", limit, lambda name: capacity_evidence(leads, name, limit, epsilon))
    if (sql_span := sla.sql.contact_within) is not None:
        sql.add_contact(leads, "sql.contact_within", sql_span, sla.sql.max_per_week, sla)
    return (
        mql.stage(MQL_ODDS, sla.mql.min_conversion_rate),
        sql.stage(SQL_ODDS, sla.sql.min_conversion_rate),
    )


@dataclasses.dataclass
class _Collected:
    """A stage's clauses while they are measured."""

    measured: list[Evidence] = dataclasses.field(default_factory=list)
    unmeasured: list[Clause] = dataclasses.field(default_factory=list)

    def add(
        self, name: str, promise: float | str, measure: Callable[[str], Evidence | None], why: Text | None = None
    ) -> None:
        evidence = measure(name)
        if evidence is not None:
            self.measured.append(evidence)
        else:
            sentence = not_measured_sentence(name) if why is None else why
            self.unmeasured.append(Clause(name, promise, State.NOT_MEASURED, sentence))

    def add_contact(self, leads: CertificationLeads, name: str, span: Duration, per_week: int | None, sla: Sla) -> None:
        epsilon = 1.0 - sla.confidence
        timed = leads.seconds is not None
        self.add(
            name,
            str(span),
            lambda name: contact_evidence(leads, name, span, per_week, sla.calendar, epsilon),
            NO_CAPACITY if timed and leads.count else None,
        )

    def stage(self, odds: float, promised_rate: float | None) -> Stage:
        return Stage(tuple(self.measured), tuple(self.unmeasured), odds, default_sentence(odds), promised_rate)
