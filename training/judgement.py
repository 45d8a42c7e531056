"""A fitted scorer on the hold-out: probabilities, figures, cutoffs, grades and the gate's verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.catalog import Catalog
from features.domain import Sla
from models.cutoffs import Cutoffs
from models.evidence import comparison as scorers
from models.grades import Grades
from models.reason_groups import ReasonGroups
from models.reasons import Explainer, Shares
from training.calibration.reliability import Reliability, assess
from training.certification import best_moments, certify_holdout
from training.dataset import Side
from training.evaluate import Evaluation, evaluate, halves
from training.fit import FittedScorer
from training.gates import Rival, Verdict, decide
from training.plan import TrainingPlan

Floats = NDArray[np.float64]

MODEL = scorers.MODEL
VOLUMES = (0.05, 0.5)
"""Shares of leads between which the gate compares what is handed over."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the hold-out says.

    Parameters
    ----------
    probabilities : mapping from name to array of shape (n,)
        Of the model and its rivals on the held-out rows.
    evaluations : mapping from name to Evaluation
        Rows of equal weight, together as much as there are leads.
    older_newer : mapping from name to tuple of float
        Log-loss in the older and newer half; empty tuples without an order.
    cutoffs : Cutoffs
        Proposed by the model.
    grades : Grades
        Edges of fit and engagement.
    verdict : Verdict
        The gate's.
    shares : Shares
        Contributions by concept of each lead's best moment.
    concepts : tuple of str
        Their names.
    best : array of int
        Each lead's row with the highest probability.
    reliability : Reliability
        Whether the model's probabilities can be taken at their word.
    """

    probabilities: Mapping[str, Floats]
    evaluations: Mapping[str, Evaluation]
    older_newer: Mapping[str, tuple[float, ...]]
    cutoffs: Cutoffs
    grades: Grades
    verdict: Verdict
    shares: Shares
    concepts: tuple[str, ...]
    best: NDArray[np.intp]
    reliability: Reliability


def judge(
    fitted: FittedScorer,
    catalog: Catalog,
    side: Side,
    sla: Sla,
    *,
    gate: Mapping[str, Rival],
    report: Mapping[str, Floats],
    plan: TrainingPlan,
    looks_before: int = 0,
    groups: ReasonGroups | None = None,
) -> Judgement:
    """Return what the held-out rows say of a scorer.

    Parameters
    ----------
    fitted : FittedScorer
        The scorer; it has seen none of these rows.
    catalog : Catalog
        For concepts.
    side : Side
        The held-out rows.
    sla : Sla
        The agreement whose cutoffs are certified.
    gate : mapping from name to Rival
        Those that have to be beaten.
    report : mapping from name to array of shape (n,)
        Probabilities of those that are shown beside.
    plan : TrainingPlan
        Of the gate.
    looks_before : int
        Times that the gate was asked in the twelve months before.
    groups : ReasonGroups, optional
        Which concepts are one reason.
    """
    matrix = fitted.encoder.matrix(side.features)
    margin = fitted.model.margin(matrix)
    probability: Floats = fitted.calibration.probability(margin)
    everybody = {MODEL: probability, **{name: rival.probability for name, rival in gate.items()}, **report}
    evaluations = {name: evaluate(p, side.label, side.lead, side.weight) for name, p in everybody.items()}
    cutoffs = certify_holdout(side, probability, sla)
    best = best_moments(side.examples["lead_id"], probability)
    explainer = Explainer(catalog, [column.name for column in fitted.encoder.columns], groups)
    shares = explainer.take_apart(margin[best], fitted.model.contributions(matrix[best]))
    highest = probability[best]
    volumes = volumes_at(highest, cutoffs.mql.probability, cutoffs.sql.probability)
    verdict = decide(probability, gate, side.held_out(), volumes, plan, looks_before=looks_before)
    return Judgement(
        probabilities=everybody,
        evaluations=evaluations,
        older_newer={name: _older_newer(p, side) for name, p in everybody.items()},
        cutoffs=cutoffs,
        grades=Grades.fit(*explainer.sub_scores(shares, fitted.calibration)),
        verdict=verdict,
        shares=shares,
        concepts=explainer.concepts,
        best=best,
        reliability=assess(side, probability, catalog, seed=plan.seed),
    )


def volumes_at(highest: Floats, mql: float, sql: float) -> tuple[float, float]:
    """Return the shares of leads that both cutoffs hand over, held within bounds at which rates can be compared.

    Parameters
    ----------
    highest : array of shape (leads,)
        Each lead's highest probability.
    mql, sql : float
        The cutoffs.
    """
    as_mql, as_sql = (float(np.clip(np.mean(highest >= cutoff), *VOLUMES)) for cutoff in (mql, sql))
    return as_mql, as_sql


def _older_newer(probability: Floats, side: Side) -> tuple[float, ...]:
    if side.order is None:
        return ()
    parts = []
    for half in halves(side.order):
        if np.unique(side.label[half]).size < 2:
            return ()
        parts.append(evaluate(probability[half], side.label[half], side.lead[half], side.weight[half]).log_loss)
    return tuple(parts)
