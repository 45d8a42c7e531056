"""The ladder by evidence: scorecard, trees, or both in one additive model, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.domain import NotTrainedError, Text
from training.losses import recalibrated_losses
from training.plan import TrainingPlan

Floats = NDArray[np.float64]

TREE_SHARES = (0.0, 1.0, 0.25, 0.5, 0.75)
"""Weights of the trees in the blend that are tried, the simplest scorer first."""

SAME_LOSS = 0.0002
"""Difference in log-loss (nats) that nobody would notice; within it the simpler scorer is taken."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What scores: the weight of the trees (0 = scorecard alone, 1 = trees alone) and why."""

    tree_share: float
    sentence: str

    @property
    def name(self) -> str:
        """The rung in one word."""
        return {0.0: "scorecard", 1.0: "trees"}.get(self.tree_share, "blend")


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
            Text(
                f"{positives:.0f} leads that reached the target and {negatives:.0f} that did not are left to learn "
                f"from.",
                f"Zum Lernen bleiben {positives:.0f} Leads, die das Ziel erreichten, und {negatives:.0f}, die es nicht "
                f"taten.",
            ),
            Text(f"at least {plan.min_outcomes} of each.", f"mindestens {plan.min_outcomes} von jeder Art."),
            Text(
                "The rules go on scoring; train again when more outcomes are recorded.",
                "Die Regeln bewerten weiter; trainieren Sie erneut, wenn mehr Ergebnisse vorliegen.",
            ),
        )
    return positives


def is_tree_rung(positives: float, plan: TrainingPlan) -> bool:
    """Return whether there are enough positive leads for trees to be worth trying."""
    return positives >= plan.trees_min_positives


def scorecard_rung(positives: float, plan: TrainingPlan) -> Rung:
    """Return the rung for a small history."""
    return Rung(
        0.0,
        f"A scorecard alone: {positives:.0f} positive leads are fewer than the {plan.trees_min_positives} "
        "from which trees are tried.",
    )


def choose_rung(scorecard: Floats, trees: Floats, label: Floats, weight: Floats, where: str) -> Rung:
    """Return the blend with the lowest log-loss after level and slope are corrected; the simpler one of equals.

    Parameters
    ----------
    scorecard, trees : arrays of shape (n,)
        Out-of-sample log-odds of the two members.
    label, weight : arrays of shape (n,)
        Of the same rows.
    where : str
        What the rows are, for the sentence, e.g. ``"the newest 25 %"``.
    """
    losses: Mapping[float, Floats] = {
        share: recalibrated_losses(share * trees + (1 - share) * scorecard, label, weight) for share in TREE_SHARES
    }
    means = {share: float(np.average(loss, weights=weight)) for share, loss in losses.items()}
    best = min(means.values())
    share = next(share for share in TREE_SHARES if means[share] <= best + SAME_LOSS)
    gain = losses[0.0] - losses[share]
    error = float(gain.std()) / float(np.sqrt(weight.sum()))
    figures = f"log-loss on {where}: scorecard {means[0.0]:.4f}, trees {means[1.0]:.4f}"
    if share == 0.0:
        return Rung(share, f"A scorecard alone: nothing with trees was noticeably better ({figures}).")
    what = "Trees alone" if share == 1.0 else f"{share:.0%} trees and {1 - share:.0%} scorecard, averaged in log-odds"
    return Rung(
        share,
        f"{what}: the lowest {figures}, chosen {means[share]:.4f}; "
        f"{means[0.0] - means[share]:.4f} ± {error:.4f} (one standard error) better than the scorecard.",
    )
