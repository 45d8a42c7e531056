"""From an agreement's promises to cutoffs on the probability, with a certificate."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from features.domain import Sla
from models.cutoffs.capacity import capacity_evidence
from models.cutoffs.certificate import Clause, Cutoffs, State
from models.cutoffs.choice import Stage, choose
from models.cutoffs.conversion import conversion_evidence
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads, read_leads
from models.cutoffs.missed import missed_evidence
from models.cutoffs.sentences import default_sentence, not_measured_sentence

MQL_ODDS = 1.5
SQL_ODDS = 3.0
"""Odds over the base rate's at which cutoffs stand where nothing measurable was agreed."""


def certify(
    probability: Sequence[float] | np.ndarray,
    converted: Sequence[Any] | np.ndarray,
    sla: Sla,
    arrived_at: Sequence[Any] | np.ndarray | None = None,
) -> Cutoffs:
    """Return the cutoffs that keep the agreement, and what can be promised of each clause.

    Over repeated draws of such data, all clauses called certified hold together with the agreement's confidence
    (``max_per_week`` on average). The chance of error is shared equally by the conversion and missed-customers clauses.

    Parameters
    ----------
    probability : array-like, shape (n,)
        Calibrated probability of each lead: newest mature leads, one row each, that were not used for training,
        calibration or the choice of the model. NaN is left out and counted.
    converted : array-like, shape (n,)
        1 or True where the lead converted, else 0; missing is left out and counted.
    sla : Sla
        The agreement.
    arrived_at : array-like of moments, shape (n,), optional
        When each lead came, for ``max_per_week``; moments without a zone are UTC.

    Returns
    -------
    Cutoffs
        Both cutoffs with state and clauses; never an exception for few, tied or one-sided data.

    Raises
    ------
    InputError
        If the columns differ in length or hold something else than probabilities, outcomes and moments.

    Examples
    --------
    >>> agreed = Sla.from_mapping({"mql": {"min_conversion_rate": 0.3}})
    >>> cutoffs = certify([0.9] * 50 + [0.1] * 150, [1] * 40 + [0] * 160, agreed)
    >>> cutoffs.mql.probability, cutoffs.mql.state.value
    (0.9, 'certified')
    """
    leads = read_leads(probability, converted, arrived_at, sla.calendar.time_zone)
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
        converted=int(leads.converted.sum()),
        left_out=leads.left_out,
    )


def _stages(leads: CertificationLeads, sla: Sla) -> tuple[Stage, Stage]:
    statistical = (sla.mql.min_conversion_rate, sla.mql.max_missed_customers, sla.sql.min_conversion_rate)
    epsilon = 1.0 - sla.confidence
    delta = epsilon / max(1, sum(promise is not None for promise in statistical))
    mql: list[Evidence] = []
    sql: list[Evidence] = []
    if sla.mql.min_conversion_rate is not None:
        mql.append(conversion_evidence(leads, "mql.min_conversion_rate", sla.mql.min_conversion_rate, delta))
    if sla.mql.max_missed_customers is not None:
        mql.append(missed_evidence(leads, "mql.max_missed_customers", sla.mql.max_missed_customers, delta))
    if sla.sql.min_conversion_rate is not None:
        sql.append(conversion_evidence(leads, "sql.min_conversion_rate", sla.sql.min_conversion_rate, delta))
    unmeasured = _unmeasured(sla)
    if sla.sql.max_per_week is not None:
        capacity = capacity_evidence(leads, "sql.max_per_week", sla.sql.max_per_week, epsilon)
        if capacity is None:
            unmeasured["sql"].append(_not_measured("sql.max_per_week", sla.sql.max_per_week))
        else:
            sql.append(capacity)
    return (
        Stage(tuple(mql), tuple(unmeasured["mql"]), MQL_ODDS, default_sentence(MQL_ODDS), sla.mql.min_conversion_rate),
        Stage(tuple(sql), tuple(unmeasured["sql"]), SQL_ODDS, default_sentence(SQL_ODDS), sla.sql.min_conversion_rate),
    )


def _unmeasured(sla: Sla) -> dict[str, list[Clause]]:
    clauses: dict[str, list[Clause]] = {"mql": [], "sql": []}
    if sla.mql.contact_within is not None:
        clauses["mql"].append(_not_measured("mql.contact_within", str(sla.mql.contact_within)))
    if sla.sql.min_acceptance_rate is not None:
        clauses["sql"].append(_not_measured("sql.min_acceptance_rate", sla.sql.min_acceptance_rate))
    if sla.sql.contact_within is not None:
        clauses["sql"].append(_not_measured("sql.contact_within", str(sla.sql.contact_within)))
    return clauses


def _not_measured(name: str, promise: float | str) -> Clause:
    return Clause(name, promise, State.NOT_MEASURED, not_measured_sentence(name))
