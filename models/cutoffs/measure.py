"""From one clause of an agreement to what the data say of it at every cutoff."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from features.domain import Sla
from features.domain.sla import CLAUSES, Duration
from models.cutoffs.acceptance import acceptance_evidence
from models.cutoffs.capacity import capacity_evidence
from models.cutoffs.contact import contact_evidence
from models.cutoffs.conversion import conversion_evidence
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads, Flags
from models.cutoffs.missed import missed_evidence
from models.cutoffs.rate_sentences import CONVERSION

_ANSWERED = "min_acceptance_rate"
_TESTED = ("min_conversion_rate", "max_missed_customers", _ANSWERED)
_NEEDS_NO_OUTCOME = ("max_per_week", "contact_within")


def promise_of(sla: Sla, name: str) -> float | Duration | None:
    """Return what the agreement promises by a clause, e.g. ``mql.min_conversion_rate``; None where it does not."""
    stage, _, key = name.partition(".")
    promise: float | Duration | None = getattr(getattr(sla, stage), key)
    return promise


def with_promise(sla: Sla, name: str, promise: float | Duration) -> Sla:
    """Return the agreement with another promise of one clause."""
    stage, _, key = name.partition(".")
    clauses = dataclasses.replace(getattr(sla, stage), **{key: promise})
    return dataclasses.replace(sla, **{stage: clauses})


def statistical_clauses(sla: Sla) -> tuple[str, ...]:
    """Return the agreed clauses that share the chance of a false certificate; the others hold on average."""
    return tuple(name for name in CLAUSES if name.endswith(_TESTED) and promise_of(sla, name) is not None)


def shared_delta(sla: Sla, *, answered: bool) -> float:
    """Return the chance of a false certificate that each statistical clause may spend.

    Parameters
    ----------
    sla : Sla
        The agreement.
    answered : bool
        Whether the data tell what sales said of the leads, so that acceptance is a clause to be tested.
    """
    tested = [name for name in statistical_clauses(sla) if answered or not name.endswith(_ANSWERED)]
    return (1.0 - sla.confidence) / max(1, len(tested))


def needs_no_outcome(name: str) -> bool:
    """Return whether a clause is judged by probabilities and times of arrival alone."""
    return name.endswith(_NEEDS_NO_OUTCOME)


def left_by(evidence: Iterable[Evidence]) -> Flags | None:
    """Return the cutoffs that the clauses without outcomes leave to a stage; None where there are no such clauses.

    Where a clause is certified nowhere, those at which the weeks seen keep it.
    """
    known = [one.certified if one.certified.any() else one.observed for one in evidence if needs_no_outcome(one.name)]
    return np.logical_and.reduce(known) if known else None


def measure(leads: CertificationLeads, sla: Sla, name: str, left: Flags | None = None) -> Evidence | None:
    """Return what the data say of an agreed clause; None where they say nothing.

    Parameters
    ----------
    leads : CertificationLeads
        Never used for training, calibration or the choice of the model.
    sla : Sla
        The agreement; it promises something by this clause.
    name : str
        The clause, one of ``features.domain.sla.CLAUSES``.
    left : array of bool, shape (thresholds,), optional
        Cutoffs that the stage's other clauses leave, known without outcomes (:func:`left_by`): rates are tested from
        one of these on, where that is promising.
    """
    promise, key = promise_of(sla, name), name.partition(".")[2]
    epsilon = 1.0 - sla.confidence
    if isinstance(promise, Duration):
        # The agreement's weekly capacity is of SQLs.
        per_week = sla.sql.max_per_week if name.startswith("sql.") else None
        return contact_evidence(leads, name, promise, per_week, sla.calendar, epsilon)
    if promise is None:
        raise ValueError(f"{name} is not agreed")
    if key == "max_per_week":
        return capacity_evidence(leads, name, int(promise), epsilon)
    delta = shared_delta(sla, answered=leads.accepted is not None)
    if key == "max_missed_customers":
        return missed_evidence(leads, name, promise, delta)
    if key == "min_acceptance_rate":
        return acceptance_evidence(leads, name, promise, delta, left)
    return conversion_evidence(leads, name, promise, delta, CONVERSION, left)
