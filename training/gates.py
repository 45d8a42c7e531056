"""Whether a new model may replace what serves (STATISTICS section 4).

A new model is promoted only if, on the leads held out, it is better than the calibrated rules and than the champion
beyond chance, calibrated, better in both halves of the time, and hands over no fewer later customers and no fewer
leads that sales accepts at equal volume. Where that cannot be told, what serves stays, and the words say what would
help.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.calibration.line import calibration_line
from training.discrimination import Area, area, tells_apart
from training.held_out import HeldOut
from training.paired import Difference, Finding, Paired, compare_pair
from training.plan import TrainingPlan

Floats = NDArray[np.float64]

SLOPES = (0.8, 1.25)
"""Calibration slopes that are good enough; the slope's 95 % interval must meet them."""

MARGIN_OF_RATE = 0.01
"""How much lower a rate of those handed over may be at equal volume, at the lower bound."""

FEWEST_COMPANIES = 20
"""Companies below which the bootstrap says nothing, however many leads they have."""

_DRAWS_BEYOND = 10
"""Bootstrap samples that lie beyond a bound at least, so that a strict one is not a matter of a single sample."""


class Decision(StrEnum):
    """What the gate says."""

    PROMOTED = "promoted"
    NOT_PROMOTED = "not_promoted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Rival:
    """What has to be beaten.

    Parameters
    ----------
    probability : array of shape (n,)
        On the held-out rows.
    rows : array of bool, shape (n,), optional
        Those on which the comparison is fair; all by default.
    note : str, optional
        Which rows these are, in a sentence.
    """

    probability: Floats
    rows: NDArray[np.bool_] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The new model against one rival, with what follows from it.

    Parameters
    ----------
    paired : Paired
        The figures.
    decision : Decision
        Promoted where the new model passes against this rival.
    reasons : tuple of str
        In sentences.
    """

    paired: Paired
    decision: Decision
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the new model is better."""
        return self.decision is Decision.PROMOTED


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer with its reasons.

    Parameters
    ----------
    decision : Decision
        The answer.
    reasons : tuple of str
        In sentences.
    comparisons : tuple of Comparison
        One per rival; empty where too little is held out.
    slope : tuple of float or None
        95 % interval of the calibration slope.
    confidence : float or None
        One-sided, of every bound.
    """

    decision: Decision
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...] = ()
    slope: tuple[float, float] | None = None
    confidence: float | None = None

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
            "confidence": self.confidence,
            "comparisons": [
                {**c.paired.to_mapping(), "decision": c.decision.value, "passed": c.passed} for c in self.comparisons
            ],
        }


def decide(
    challenger: Floats,
    rivals: Mapping[str, Rival | Floats],
    held_out: HeldOut,
    volumes: tuple[float, float],
    plan: TrainingPlan,
    *,
    looks_before: int = 0,
) -> Verdict:
    """Return whether the challenger may be promoted.

    Parameters
    ----------
    challenger : array of shape (n,)
        Its probabilities on the held-out rows.
    rivals : mapping from name to Rival or array of shape (n,)
        The calibrated rules and, where there is one, the champion, on the same rows.
    held_out : HeldOut
        Labels, weights, leads, companies, order and weeks.
    volumes : tuple of float
        Shares of the leads at which what is handed over is compared, as MQL and as SQL, in (0, 1].
    plan : TrainingPlan
        Confidence, looks that share it, draws, seed and least number of positives.
    looks_before : int
        Times that the gate was asked in the twelve months before.
    """
    short = too_little(held_out, plan)
    apart = _area(challenger, held_out)
    nothing = () if apart is None or tells_apart(apart) else (_no_signal(apart),)
    if short is not None:
        return Verdict(Decision.UNDECIDED, (short, *nothing))
    confidence = shared_confidence(plan)
    comparisons = tuple(
        _against(name, rival if isinstance(rival, Rival) else Rival(rival), challenger, held_out, volumes, plan)
        for name, rival in rivals.items()
    )
    line = calibration_line(challenger, held_out.label, held_out.weight, held_out.company).slope
    slope = (line.low, line.high)
    calibrated = slope[0] <= SLOPES[1] and slope[1] >= SLOPES[0]
    words = "is compatible with" if calibrated else "lies outside"
    reasons = [*nothing, *(reason for comparison in comparisons for reason in comparison.reasons)]
    reasons.append(f"The calibration slope ({slope[0]:.2f} to {slope[1]:.2f}) {words} {SLOPES[0]:g} to {SLOPES[1]:g}.")
    reasons += _looks(looks_before, plan)
    found = [comparison.decision for comparison in comparisons]
    if nothing or not calibrated or Decision.NOT_PROMOTED in found or not found:
        decision = Decision.NOT_PROMOTED
    else:
        decision = Decision.UNDECIDED if Decision.UNDECIDED in found else Decision.PROMOTED
    return Verdict(decision, tuple(reasons), comparisons, slope, confidence)


def shared_confidence(plan: TrainingPlan) -> float:
    """Return the confidence of one look: the chance of error is shared by the looks of a year (Bonferroni)."""
    return 1 - (1 - plan.gate_confidence) / plan.gate_looks


def draws_for(plan: TrainingPlan) -> int:
    """Return how many samples the bootstrap draws: the plan's, or more where a strict bound needs them."""
    return max(plan.gate_draws, math.ceil(_DRAWS_BEYOND / (1 - shared_confidence(plan))))


def too_little(held_out: HeldOut, plan: TrainingPlan) -> str | None:
    """Return why nothing can be told on these rows, with what would help; None where something can."""
    count, leads = held_out.positive_leads, int(np.unique(held_out.lead).size)
    if count < plan.gate_min_positives:
        per_positive = f", about {math.ceil(leads * plan.gate_min_positives / count):,} leads" if count else ""
        return (
            f"Undecided: {count} positive leads are held out, {plan.gate_min_positives} are needed to tell a "
            f"better model from chance ({plan.gate_min_positives - count} more{per_positive}). What serves now stays."
        )
    if count == leads:
        return "Undecided: every lead held out is positive, which tells no model from another. What serves now stays."
    companies = int(np.unique(held_out.company).size)
    if companies < FEWEST_COMPANIES:
        return (
            f"Undecided: the leads held out are of {companies} companies, {FEWEST_COMPANIES} are needed, because "
            "leads of one company are no independent evidence. What serves now stays."
        )
    return None


def _area(challenger: Floats, held_out: HeldOut) -> Area | None:
    if np.unique(held_out.label).size < 2:
        return None
    return area(challenger, held_out.label, held_out.weight, held_out.company)


def _no_signal(apart: Area) -> str:
    low, high = apart.interval
    return (
        f"No signal: the model tells leads apart no better than chance (ROC-AUC {apart.value:.3f}, 95 % interval "
        f"{max(low, 0.0):.3f} to {min(high, 1.0):.3f}; 0.5 is tossing a coin). Do not choose leads by it."
    )


def _against(
    name: str, rival: Rival, challenger: Floats, held_out: HeldOut, volumes: tuple[float, float], plan: TrainingPlan
) -> Comparison:
    new, old, rows, note = challenger, rival.probability, held_out, None
    if rival.rows is not None and not rival.rows.all():
        fewer = held_out.take(rival.rows)
        if too_little(fewer, plan) is None:
            new, old, rows, note = new[rival.rows], old[rival.rows], fewer, rival.note
        else:
            note = (
                f"The {name} learned from some of the leads held out, and too few others are left: on those it has "
                "an advantage, which is the safe side for what serves."
            )
    paired = compare_pair(
        new, old, name, rows, volumes,
        confidence=shared_confidence(plan), draws=draws_for(plan), seed=plan.seed, note=note,
    )  # fmt: skip
    decision, reasons = judge_pair(paired, shared_confidence(plan))
    return Comparison(paired, decision, reasons)


def judge_pair(paired: Paired, confidence: float) -> tuple[Decision, tuple[str, ...]]:
    """Return what a paired comparison means for promotion, with the reasons in sentences.

    Parameters
    ----------
    paired : Paired
        The figures.
    confidence : float
        One-sided, of its bounds.
    """
    gain, name = paired.gain, paired.rival
    reasons = [] if paired.note is None else [paired.note]
    reasons.append(_gain_sentence(paired, confidence))
    if gain.finding in (Finding.WORSE, Finding.SAME):
        return Decision.NOT_PROMOTED, tuple(reasons)
    decisions = [Decision.PROMOTED if gain.finding is Finding.BETTER else Decision.UNDECIDED]
    if gain.low > 0 and min(paired.halves, default=1.0) <= 0:
        older, newer = paired.halves
        decisions.append(Decision.NOT_PROMOTED)
        reasons.append(
            f"It is not better than the {name} in both halves of the time ({older:+.4f} in the older, {newer:+.4f} in "
            "the newer)."
        )
    clauses = [("reach the target", paired.customers, paired.volumes[0])]
    if paired.accepted is not None:
        clauses.append(("are accepted by sales", paired.accepted, paired.volumes[1]))
    for what, difference, volume in clauses:
        decision, sentence = _not_inferior(what, difference, volume, paired, confidence)
        decisions.append(decision)
        reasons += [] if sentence is None else [sentence]
    for worst in (Decision.NOT_PROMOTED, Decision.UNDECIDED):
        if worst in decisions:
            return worst, tuple(reasons)
    return Decision.PROMOTED, tuple(reasons)


def _gain_sentence(paired: Paired, confidence: float) -> str:
    gain, name = paired.gain, paired.rival
    if gain.finding is Finding.SAME:
        return f"Its probabilities are those of the {name}: there is nothing to gain."
    said = (
        f"Log-loss is {abs(gain.value):.4f} {'lower' if gain.value >= 0 else 'higher'} than that of the {name} on "
        f"{paired.leads:,} leads ({paired.positives:,} positive); at {100 * confidence:.4g} % confidence by "
        f"{gain.low:+.4f} at least, and by {gain.high:+.4f} at most"
    )
    if gain.finding is Finding.BETTER:
        return f"{said}: better."
    if gain.finding is Finding.WORSE:
        return f"{said}: worse."
    needed = gain.positives_needed(paired.positives, 0.0, confidence)
    if needed is None:
        return f"{said}: undecided, and nothing so far says that it is better."
    return f"{said}: undecided. {_would_help(needed, paired.positives, 'If the gain is what it seems')}"


def _not_inferior(
    what: str, difference: Difference, volume: float, paired: Paired, confidence: float
) -> tuple[Decision, str | None]:
    if difference.low >= -MARGIN_OF_RATE:
        return Decision.PROMOTED, None
    words = (
        f"Among the {volume:.0%} of leads on top, the share of those that {what} is {100 * difference.value:+.1f} "
        f"points against the {paired.rival} and may be {100 * -difference.low:.1f} lower; {100 * MARGIN_OF_RATE:g} is "
        "the most that is allowed"
    )
    if difference.high < -MARGIN_OF_RATE:
        return Decision.NOT_PROMOTED, f"{words}: too few."
    needed = difference.positives_needed(paired.positives, MARGIN_OF_RATE, confidence)
    if needed is None:
        return Decision.UNDECIDED, f"{words}: undecided."
    return (
        Decision.UNDECIDED,
        f"{words}: undecided. {_would_help(needed, paired.positives, 'If it is what it seems')}",
    )


def _would_help(needed: int, positives: int, condition: str) -> str:
    more = max(1, needed - positives)
    return (
        f"{condition}, {max(needed, positives + 1):,} positive leads held out would tell it four times in five "
        f"({more:,} more)."
    )


def _looks(before: int, plan: TrainingPlan) -> Sequence[str]:
    if before < plan.gate_looks:
        return ()
    error = 1 - plan.gate_confidence
    share = (
        f"the {plan.gate_looks} looks planned share {error:.0%}" if plan.gate_looks > 1 else f"each risks {error:.0%}"
    )
    times = "once" if before == 1 else f"{before} times"
    return (
        f"The gate was asked {times} in the twelve months before, and {share} to promote a model that is no "
        f"better; set training: gate_looks in leadscore.yaml to the number of trainings a year to share it.",
    )
