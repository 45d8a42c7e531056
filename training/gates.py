"""Whether a new model may replace what serves (STATISTICS section 4).

A new model is promoted only if, on the leads held out, it is better than the calibrated rules and than the champion
beyond chance, calibrated, better in both halves of the time, and finds no fewer later customers at equal volume. With
too few positives held out nothing can be said, and what serves stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.logistic import fit_logistic
from training.bootstrap import cluster_means
from training.evaluate import EDGE, halves, top_part
from training.losses import log_losses
from training.plan import TrainingPlan

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

SLOPES = (0.8, 1.25)
"""Calibration slopes that are good enough; the slope's 95 % interval must meet them."""

MARGIN_OF_RATE = 0.01
"""How much lower the conversion rate of those handed over may be at equal volume, at the lower bound."""


class Decision(StrEnum):
    """What the gate says."""

    PROMOTED = "promoted"
    NOT_PROMOTED = "not_promoted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The held-out rows as the gate needs them; every array has one entry per row.

    Parameters
    ----------
    label : array
        0 or 1.
    weight : array
        Sums to 1 per lead.
    lead, company : array of int
        Codes; companies are what the bootstrap draws (a lead of no known company is its own).
    order : array of int or None
        Smaller is older.
    """

    label: Floats
    weight: Floats
    lead: Codes
    company: Codes
    order: Codes | None

    @property
    def positive_leads(self) -> int:
        """Leads with a positive row."""
        return int(np.unique(self.lead[self.label == 1]).size)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The new model against one rival.

    Parameters
    ----------
    rival : str
        What it was compared with, e.g. ``"calibrated rules"``.
    gain, low : float
        Mean log-loss gained (nats per lead) and its one-sided lower bound.
    halves : tuple of float
        The gain in the older and the newer half; empty without an order.
    rate_low : float
        Lower bound of the difference in conversion rate among the leads on top at equal volume.
    passed : bool
        Whether the new model is better.
    reasons : tuple of str
        In sentences.
    """

    rival: str
    gain: float
    low: float
    halves: tuple[float, ...]
    rate_low: float
    passed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer with its reasons."""

    decision: Decision
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...] = ()
    slope: tuple[float, float] | None = None

    @property
    def promoted(self) -> bool:
        """Whether the new model may serve."""
        return self.decision is Decision.PROMOTED

    def to_mapping(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return {
            "decision": self.decision.value,
            "reasons": list(self.reasons),
            "slope_interval": None if self.slope is None else list(self.slope),
            "comparisons": [
                {
                    "rival": c.rival, "log_loss_gained": c.gain, "lower_bound": c.low, "halves": list(c.halves),
                    "rate_difference_lower_bound": c.rate_low, "passed": c.passed,
                }
                for c in self.comparisons
            ],
        }  # fmt: skip


def decide(
    challenger: Floats, rivals: Mapping[str, Floats], held_out: HeldOut, volume: float, plan: TrainingPlan
) -> Verdict:
    """Return whether the challenger may be promoted.

    Parameters
    ----------
    challenger : array of shape (n,)
        Its probabilities on the held-out rows.
    rivals : mapping from name to array of shape (n,)
        Probabilities of the calibrated rules and, where there is one, of the champion, on the same rows.
    held_out : HeldOut
        Labels, weights, leads and order.
    volume : float
        Share of the rows at which what is handed over is compared, in (0, 1).
    plan : TrainingPlan
        Confidence, draws, seed and least number of positives.
    """
    count = held_out.positive_leads
    if count < plan.gate_min_positives:
        return Verdict(
            Decision.UNDECIDED,
            (
                f"Undecided: {count} positive leads are held out, {plan.gate_min_positives} are needed to tell a "
                "better model from chance. What serves now stays.",
            ),
        )
    comparisons = tuple(_compare(challenger, name, rival, held_out, volume, plan) for name, rival in rivals.items())
    slope = slope_interval(challenger, held_out)
    calibrated = slope[0] <= SLOPES[1] and slope[1] >= SLOPES[0]
    words = "is compatible with" if calibrated else "lies outside"
    reasons = [reason for comparison in comparisons for reason in comparison.reasons]
    reasons.append(f"The calibration slope ({slope[0]:.2f} to {slope[1]:.2f}) {words} {SLOPES[0]:g} to {SLOPES[1]:g}.")
    passed = calibrated and bool(comparisons) and all(comparison.passed for comparison in comparisons)
    return Verdict(Decision.PROMOTED if passed else Decision.NOT_PROMOTED, tuple(reasons), comparisons, slope)


def _compare(
    challenger: Floats, name: str, rival: Floats, held_out: HeldOut, volume: float, plan: TrainingPlan
) -> Comparison:
    label, weight = held_out.label, held_out.weight
    gain = _losses(rival, label) - _losses(challenger, label)
    mean, low = _lower_bound(gain, held_out, plan)
    older_newer = () if held_out.order is None else halves(held_out.order)
    parts = tuple(float(np.average(gain[half], weights=weight[half])) for half in older_newer)
    chosen = (top_part(challenger, weight, volume) - top_part(rival, weight, volume)) * label / volume
    _, rate_low = _lower_bound(chosen, held_out, plan)
    reasons = [
        f"Log-loss is {_more(mean, 'lower', 'higher')} than that of the {name}; at {plan.gate_confidence:.0%} "
        f"confidence by {low:+.4f} at least, {'which is' if low > 0 else 'where it must be'} above 0."
    ]
    if low > 0 and min(parts, default=1.0) <= 0:
        reasons.append(
            f"It is not better than the {name} in both halves of the time ({parts[0]:+.4f} in the older, "
            f"{parts[1]:+.4f} in the newer)."
        )
    if low > 0 and rate_low < -MARGIN_OF_RATE:
        reasons.append(
            f"Among the {volume:.0%} of leads on top, conversion may be {100 * -rate_low:.1f} points lower than "
            f"with the {name}; {100 * MARGIN_OF_RATE:g} is the most that is allowed."
        )
    passed = low > 0 and min(parts, default=1.0) > 0 and rate_low >= -MARGIN_OF_RATE
    return Comparison(name, mean, low, parts, rate_low, passed, tuple(reasons))


def _more(gain: float, better: str, worse: str) -> str:
    return f"{abs(gain):.4f} {better if gain >= 0 else worse}"


def _lower_bound(value: Floats, held_out: HeldOut, plan: TrainingPlan) -> tuple[float, float]:
    """Return the weighted mean and its one-sided bootstrap bound, drawing whole companies."""
    mean = float(np.average(value, weights=held_out.weight))
    draws = cluster_means(value, held_out.weight, held_out.company, plan.gate_draws, plan.seed)
    return mean, float(np.quantile(draws, 1 - plan.gate_confidence))


def _losses(probability: Floats, label: Floats) -> Floats:
    return log_losses(logit(np.clip(probability, EDGE, 1 - EDGE)), label)


def slope_interval(probability: Floats, held_out: HeldOut) -> tuple[float, float]:
    """Return the 95 % interval of the calibration slope, robust to rows of one company resembling each other.

    The sandwich of Liang and Zeger (1986) around the logistic regression of the outcome on the log-odds.
    """
    margin = logit(np.clip(probability, EDGE, 1 - EDGE))
    theta = fit_logistic(margin[:, None], held_out.label, held_out.weight, prior=np.array([1.0, 0.0]))
    design = np.column_stack([margin, np.ones_like(margin)])
    fitted = expit(design @ theta)
    bread = np.linalg.pinv((design * (held_out.weight * fitted * (1 - fitted))[:, None]).T @ design)
    place = np.unique(held_out.company, return_inverse=True)[1]
    residual = held_out.weight * (held_out.label - fitted)
    scores = np.column_stack([np.bincount(place, weights=residual * design[:, i]) for i in range(2)])
    error = float(np.sqrt((bread @ (scores.T @ scores) @ bread)[0, 0]))
    return float(theta[0] - 1.96 * error), float(theta[0] + 1.96 * error)
