"""How good a set of probabilities is, for the model, the rules and the scorecard alike (STATISTICS section 2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.metrics import average_precision_score, roc_auc_score

from models.evidence.interval import Interval
from models.logistic import fit_logistic
from training.calibration.line import spiegelhalter
from training.exact_rates import observed_over_expected
from training.recipe.losses import log_losses

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

BINS = 15
"""Groups of equal mass of the expected calibration error."""

EDGE = 1e-12
"""Probabilities are held this far from 0 and 1, so that one certain mistake costs 27.6 nats and not infinity."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one set of probabilities on one set of rows.

    Parameters
    ----------
    rows, leads, positives, positive_leads : int
        Rows, leads, positive rows, and leads with a positive row.
    base_rate : float
        Weighted share of positives.
    log_loss, brier : float
        Weighted means, in nats and squared probability.
    brier_skill : float
        Share of the base rate's Brier score that is gained (1 perfect, 0 as the base rate).
    auc, average_precision : float
        Discrimination, in [0, 1].
    calibration_error : float
        Expected calibration error over 15 groups of equal mass; biased upwards, an aid to the picture only.
    observed_to_expected : Interval
        Positives over the sum of probabilities, with the exact binomial interval (Clopper and Pearson 1934).
    slope, intercept : float
        Of a logistic regression of the outcome on the log-odds; 1 and 0 are perfect.
    spiegelhalter : float
        z of Spiegelhalter's test (1986); beyond 1.96 the probabilities do not fit.
    lift_10, lift_20 : float
        Rate among the tenth and the fifth with the highest probabilities over the base rate.
    hits_10, hits_20 : float
        Share of all positives found there.
    """

    rows: int
    leads: int
    positives: int
    positive_leads: int
    base_rate: float
    log_loss: float
    brier: float
    brier_skill: float
    auc: float
    average_precision: float
    calibration_error: float
    observed_to_expected: Interval
    slope: float
    intercept: float
    spiegelhalter: float
    lift_10: float
    lift_20: float
    hits_10: float
    hits_20: float

    def to_mapping(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)

    def metrics(self, prefix: str) -> dict[str, float]:
        """Return the figures by flat names, for MLflow."""
        flat = {k: v for k, v in asdict(self).items() if not isinstance(v, dict)}
        return {f"{prefix}.{k}": float(v) for k, v in flat.items()} | {
            f"{prefix}.observed_to_expected": self.observed_to_expected.value
        }


def evaluate(probability: Floats, label: Floats, lead: Codes, weight: Floats | None = None) -> Evaluation:
    """Return the figures of probabilities on rows that nothing was learned from.

    Parameters
    ----------
    probability : array of shape (n,)
        In [0, 1].
    label : array of shape (n,)
        0 or 1, both present.
    lead : array of shape (n,)
        Lead of each row, as codes.
    weight : array of shape (n,), optional
        Weights above 0; equal by default.
    """
    weight = np.ones_like(probability) if weight is None else weight
    probability = np.clip(probability, EDGE, 1 - EDGE)
    margin: Floats = logit(probability)
    rate = float(np.average(label, weights=weight))
    brier = float(np.average((label - probability) ** 2, weights=weight))
    slope, intercept = fit_logistic(margin[:, None], label, weight, prior=np.array([1.0, 0.0]))
    (lift_10, hits_10), (lift_20, hits_20) = (top(probability, label, weight, share) for share in (0.1, 0.2))
    return Evaluation(
        rows=int(label.size),
        leads=int(np.unique(lead).size),
        positives=int(label.sum()),
        positive_leads=int(np.unique(lead[label == 1]).size),
        base_rate=rate,
        log_loss=float(np.average(log_losses(margin, label), weights=weight)),
        brier=brier,
        brier_skill=1 - brier / (rate * (1 - rate)),
        auc=float(roc_auc_score(label, probability, sample_weight=weight)),
        average_precision=float(average_precision_score(label, probability, sample_weight=weight)),
        calibration_error=calibration_error(probability, label, weight),
        observed_to_expected=observed_over_expected(
            float(weight @ label), float(weight @ probability), float(weight.sum())
        ),
        slope=float(slope),
        intercept=float(intercept),
        spiegelhalter=spiegelhalter(probability, label, weight, lead),
        lift_10=lift_10,
        lift_20=lift_20,
        hits_10=hits_10,
        hits_20=hits_20,
    )


def top(probability: Floats, label: Floats, weight: Floats, share: float) -> tuple[float, float]:
    """Return lift and share of positives among the ``share`` of weight with the highest probabilities."""
    hits = float((weight * label) @ top_part(probability, weight, share)) / float(weight @ label)
    return hits / share, hits


def top_part(probability: Floats, weight: Floats, share: float) -> Floats:
    """Return how much of each row, 0 to 1, belongs to the ``share`` of weight with the highest probabilities.

    Rows with equal probabilities share what is left of the top equally, so that their order does not matter.
    """
    values, place = np.unique(-probability, return_inverse=True)
    mass = np.bincount(place, weights=weight, minlength=values.size)
    before = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    part: Floats = np.clip((share * float(weight.sum()) - before) / mass, 0.0, 1.0)
    return part[place]


def calibration_error(probability: Floats, label: Floats, weight: Floats) -> float:
    """Return the expected calibration error over groups of equal mass.

    Rows with equal probabilities share their rate, so that their order does not matter where a group ends among them.
    """
    _, tie = np.unique(probability, return_inverse=True)
    rate = (np.bincount(tie, weights=weight * label) / np.bincount(tie, weights=weight))[tie]
    ranked = np.argsort(probability, kind="stable")
    place = np.cumsum(weight[ranked]) - 0.5 * weight[ranked]
    group = np.minimum((BINS * place / weight.sum()).astype(np.int64), BINS - 1)
    gap = np.bincount(group, weights=(weight * (rate - probability))[ranked], minlength=BINS)
    return float(np.abs(gap).sum() / weight.sum())


def halves(order: Codes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the older and the newer half of the leads, as masks over the rows."""
    older = order <= np.median(np.unique(order))
    return older, ~older
