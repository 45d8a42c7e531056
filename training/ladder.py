"""The ladder by evidence: a scorecard, trees, or several members in one additive model, and why in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.domain import NotTrainedError
from training.candidates import Candidate, Kind
from training.level import best_level
from training.losses import log_losses
from training.plan import TrainingPlan
from training.stacking import Stack, stack

Floats = NDArray[np.float64]

SAME_LOSS = 0.0002
"""Difference in log-loss (nats) that nobody would notice; within it the simpler scorer is taken."""

SAME_SHARE = 0.05
"""Share of what the best explains beyond the level that the simpler scorer may lose; it counts where little is."""


BEYOND_CHANCE = 2.0
"""Standard errors by which members that see what tells the date must be better than those that do not."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What scores and why.

    Parameters
    ----------
    candidates : tuple of Candidate
        The members that count.
    shares : tuple of float
        Their weights in log-odds, above 0; they sum to 1.
    slope : float or None
        By which the weighted mean is multiplied, as rows to come need it; at least 0. None where too few positives
        are known for forward windows and the calibration has to say.
    sentence : str
        The choice and its figures.
    """

    candidates: tuple[Candidate, ...]
    shares: tuple[float, ...]
    slope: float | None
    sentence: str

    @property
    def name(self) -> str:
        """The rung in one word: ``scorecard``, ``trees`` or ``blend``."""
        grown = {candidate.kind is Kind.TREES for candidate in self.candidates}
        if len(grown) > 1:
            return "blend"
        return "trees" if grown == {True} else "scorecard"


def require_outcomes(label: Floats, weight: Floats, plan: TrainingPlan) -> float:
    """Return the number of positive leads, or refuse when either class has too few.

    Raises
    ------
    NotTrainedError
        Below ``plan.min_outcomes`` leads of either class; the rules go on speaking.
    """
    positives, negatives = float(weight @ label), float(weight @ (1 - label))
    if min(positives, negatives) < plan.min_outcomes:
        raise NotTrainedError(
            f"{positives:.0f} leads that reached the target and {negatives:.0f} that did not are left to learn from.",
            f"at least {plan.min_outcomes} of each.",
            "The rules go on scoring; train again when more outcomes are recorded.",
        )
    return positives


def is_tree_rung(positives: float, plan: TrainingPlan) -> bool:
    """Return whether there are enough positive leads for trees to be worth trying."""
    return positives >= plan.trees_min_positives


def scorecard_rung(card: Candidate, positives: float, plan: TrainingPlan) -> Rung:
    """Return the rung for a small history."""
    return Rung(
        (card,),
        (1.0,),
        None,
        f"A scorecard alone: {positives:.0f} positive leads are fewer than the {plan.trees_min_positives} "
        "from which trees are tried.",
    )


def choose_rung(
    candidates: Sequence[Candidate],
    margins: Floats,
    label: Floats,
    weight: Floats,
    window: NDArray[np.intp],
    where: str,
) -> Rung:
    """Return the stack of the candidates, or the first of them where nothing is noticeably better.

    Parameters
    ----------
    candidates : sequence of Candidate
        The simplest first.
    margins : array of shape (n, candidates)
        Their out-of-sample log-odds.
    label, weight : arrays of shape (n,)
        Of the same rows.
    window : array of shape (n,)
        Number of the window that each row was judged in, from 0.
    where : str
        What the rows are, for the sentence, e.g. ``"4 forward windows"``.
    """
    everyone, blind = np.arange(len(candidates)), np.array([candidate.blind for candidate in candidates])
    tried = [
        _tried(chosen, margins, label, weight, window)
        for chosen in (everyone[:1], everyone[blind], everyone)
        if chosen.size
    ]
    if blind.any() and not blind.all():
        # What tells the date must have helped beyond chance, because the dates to come were never seen.
        *without, seeing = tried
        gained = min(without, key=lambda one: one[3])[2] - seeing[2]
        error = float(gained.std()) / float(np.sqrt(weight.sum()))
        if float(np.average(gained, weights=weight)) <= BEYOND_CHANCE * error:
            tried = without
    best = min(mean for _, _, _, mean in tried)
    level = float(np.average(window_losses(np.zeros_like(label), label, weight, window), weights=weight))
    same = min(SAME_LOSS, SAME_SHARE * max(level - best, 0.0))
    chosen, found, losses, mean = next(one for one in tried if one[3] <= best + same)
    _, alone, simple, simple_mean = tried[0]
    gain = simple - losses
    error = float(gain.std()) / float(np.sqrt(weight.sum()))
    figures = f"log-loss on {where}: {candidates[0].name} {simple_mean:.4f}, all members weighted {tried[-1][3]:.4f}"
    if chosen.size == 1:
        sentence = f"A scorecard alone: nothing beside it was noticeably better ({figures})."
        return Rung((candidates[0],), (1.0,), alone.slope, sentence)
    counted = [i for i in np.argsort(-found.shares, kind="stable") if found.shares[i] > 0]
    parts = ", ".join(f"{found.shares[i]:.0%} {candidates[chosen[i]].name}" for i in counted)
    return Rung(
        tuple(candidates[chosen[i]] for i in counted),
        tuple(float(found.shares[i]) for i in counted),
        found.slope,
        f"Weighted in log-odds: {parts}; {figures}, chosen {mean:.4f}; "
        f"{simple_mean - mean:.4f} ± {error:.4f} (one standard error) better than the {candidates[0].name}.",
    )


def _tried(
    chosen: NDArray[np.intp], margins: Floats, label: Floats, weight: Floats, window: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Stack, Floats, float]:
    """Return some candidates' stack, its losses on the windows and their mean."""
    found = stack(margins[:, chosen], label, weight, window)
    losses = window_losses(found.slope * (margins[:, chosen] @ found.shares), label, weight, window)
    return chosen, found, losses, float(np.average(losses, weights=weight))


def window_losses(margin: Floats, label: Floats, weight: Floats, window: NDArray[np.intp]) -> Floats:
    """Return each row's log-loss after its window's level is corrected."""
    losses = np.empty_like(margin)
    for number in np.unique(window):
        rows = window == number
        level = best_level(margin[rows], label[rows], weight[rows])
        losses[rows] = log_losses(margin[rows] + level, label[rows])
    return losses
