"""The ladder by evidence: scorecard, trees, or both in one additive model, and the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.domain import NotTrainedError, Text
from training.moment_weight import leads_of_both_outcomes
from training.plan import TrainingPlan
from training.recipe.stacking import stack, window_losses

Floats = NDArray[np.float64]

SCORECARD, TREES, BLEND = "scorecard", "trees", "blend"
"""The rungs in one word."""

SAME_LOSS = 0.00005
"""Difference in log-loss (nats) that nobody would notice; within it the scorecard scores alone."""

LEAST_SHARE = 0.02
"""Share of the weights below which a member is left out: every score pays for it."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What scores.

    Parameters
    ----------
    scorecard : float
        Weight of the scorecard's log-odds, at least 0; 0 leaves it out.
    trees : tuple of float
        Weight of the trees of each shape; empty where a scorecard scores alone.
    sentence : str
        Why.
    """

    scorecard: float
    trees: tuple[float, ...]
    sentence: str

    @property
    def name(self) -> str:
        """The rung in one word."""
        if not any(self.trees):
            return SCORECARD
        return TREES if self.scorecard == 0.0 else BLEND


def require_outcomes(label: Floats, lead: NDArray[np.int64], plan: TrainingPlan) -> int:
    """Return the number of positive leads, or refuse when either class has too few.

    Raises
    ------
    NotTrainedError
        Below ``plan.min_outcomes`` leads of either class; the rules go on speaking.
    """
    positives, negatives = leads_of_both_outcomes(label, lead)
    if min(positives, negatives) < plan.min_outcomes:
        raise NotTrainedError(
            Text(
                f"{positives} leads that reached the target and {negatives} that did not are left to learn from.",
                f"Zum Lernen bleiben {positives} Leads, die das Ziel erreichten, und {negatives}, die es nicht taten.",
            ),
            Text(f"at least {plan.min_outcomes} of each.", f"mindestens {plan.min_outcomes} von jeder Art."),
            Text(
                "The rules go on scoring; train again when more outcomes are recorded.",
                "Die Regeln bewerten weiter; trainieren Sie erneut, wenn mehr Ergebnisse vorliegen.",
            ),
        )
    return positives


def is_tree_rung(positives: int, plan: TrainingPlan) -> bool:
    """Return whether there are enough positive leads for trees to be worth trying."""
    return positives >= plan.trees_min_positives


def scorecard_rung(slope: float, positives: int, plan: TrainingPlan) -> Rung:
    """Return the rung for a small history; ``slope`` is the scorecard's weight."""
    return Rung(
        slope,
        (),
        f"A scorecard alone: {positives} positive leads are fewer than the {plan.trees_min_positives} "
        "from which trees are tried.",
    )


def choose_rung(
    scorecard: Floats, trees: Floats, label: Floats, weight: Floats, window: NDArray[np.intp], where: str
) -> Rung:
    """Return the members' weights, or one kind alone where the other beside it brings nothing that would be noticed.

    Parameters
    ----------
    scorecard : array of shape (n,)
        Out-of-sample log-odds of the scorecard.
    trees : array of shape (n, shapes)
        Those of the trees of each shape.
    label, weight : arrays of shape (n,)
        Of the same rows.
    window : array of shape (n,)
        Number of the window that each row was judged in, from 0.
    where : str
        What the windows are, for the sentence, e.g. ``"4 forward windows"``.
    """
    tried = {}
    for name, margins in (
        ("scorecard", scorecard[:, None]),
        ("trees", trees),
        ("both", np.column_stack([scorecard, trees])),
    ):
        weights = stack(margins, label, weight, window)
        losses = window_losses(margins @ weights, label, weight, window)
        tried[name] = weights, losses, float(np.average(losses, weights=weight))
    figures = f"log-loss on {where}: " + ", ".join(f"{name} {mean:.4f}" for name, (_, _, mean) in tried.items())
    by_card, by_trees, by_both = (tried[name][2] for name in ("scorecard", "trees", "both"))
    found = tried["both"][0]
    share = float(found[1:].sum() / max(found.sum(), 1e-12))
    if by_card <= min(by_both, by_trees) + SAME_LOSS:
        sentence = f"A scorecard alone: trees beside it were not noticeably better ({figures})."
        return Rung(float(tried["scorecard"][0][0]), (), sentence)
    if by_trees <= by_both or share > 1.0 - LEAST_SHARE:
        sentence = f"Trees alone: a scorecard beside them was not worth its weight ({figures})."
        return Rung(0.0, tuple(float(one) for one in tried["trees"][0]), sentence)
    gain = tried["scorecard"][1] - tried["both"][1]
    error = float(gain.std()) / float(np.sqrt(weight.sum()))
    return Rung(
        float(found[0]),
        tuple(float(one) for one in found[1:]),
        f"{share:.0%} trees and {1 - share:.0%} scorecard, averaged in log-odds ({figures}); "
        f"{by_card - by_both:.4f} ± {error:.4f} (one standard error) better than the scorecard.",
    )
