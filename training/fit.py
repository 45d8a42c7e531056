"""The recipe: from encoded rows to a calibrated, additive scorer.

Small lead histories overfit easily (on half of the public sets a logistic regression beats LightGBM's defaults) and
markets move. So the trees are small and strongly pulled to the mean, a spline scorecard stands beside them, every
choice is judged on the newest window after level and slope are corrected, and the calibration is fitted on the newest
rows with margins of models that did not see them but did see their time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.domain import NotTrainedError, Text
from features.encoding import Encoder
from models.additive import AdditiveModel
from models.calibration import Calibration
from models.members import Member
from models.scorecard import ScorecardMember
from models.trees import TreeMember
from training.boosting import Rows, Shape
from training.drifting import drifting_columns
from training.ladder import Rung, choose_rung, is_tree_rung, require_outcomes, scorecard_rung
from training.losses import recalibrated_losses
from training.plan import TrainingPlan
from training.progress import Progress
from training.search import search_shape
from training.table import Margins, Table
from training.windows import Window, chance_folds, newest_window, thin

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse penalties of the scorecard that are tried, the strongest pull first."""

CLEARLY_BETTER = 0.0002
"""Difference in log-loss (nats) that a weaker penalty or a drifting column must bring."""


@dataclass(frozen=True, slots=True)
class FittedScorer:
    """What a fit hands on.

    Parameters
    ----------
    encoder : Encoder
        Narrowed to the columns that the model may read.
    model : AdditiveModel
        Members and weights, fitted on all rows.
    calibration : Calibration
        From margin to probability.
    rung : str
        ``scorecard``, ``trees`` or ``blend``.
    choices : tuple of str
        What was chosen and why, in sentences.
    trials : tuple of dict
        Every shape tried and its log-loss.
    calibrated_on : array of int
        Indices of the rows that the calibration was fitted on; rules are calibrated on the same.
    scorecard : ScorecardMember or None
        The scorecard alone, for comparison; None where the model is that already.
    scorecard_calibration : Calibration
        Its calibration, fitted on the same rows.
    """

    encoder: Encoder
    model: AdditiveModel
    calibration: Calibration
    rung: str
    choices: tuple[str, ...]
    trials: tuple[dict[str, Any], ...]
    calibrated_on: NDArray[np.intp]
    scorecard: ScorecardMember | None
    scorecard_calibration: Calibration


def fit_scorer(
    encoder: Encoder,
    matrix: Floats,
    label: Floats,
    weight: Floats,
    order: Codes | None,
    group: Codes,
    plan: TrainingPlan,
    progress: Progress,
    *,
    mature: NDArray[np.bool_] | None = None,
    teaching: Floats | None = None,
) -> FittedScorer:
    """Return the scorer that all of these rows teach; the hold-out is not among them.

    Parameters
    ----------
    encoder : Encoder
        Fitted on these rows.
    matrix : array of shape (n, p)
        Encoded features; NaN is missing, category codes from 0.
    label, weight : arrays of shape (n,)
        0 or 1, and weights that sum to 1 per lead.
    order : array of shape (n,) or None
        Smaller is older, one value per lead; None where nothing says which lead is older.
    group : array of shape (n,)
        Lead or company as codes from 0; one group is never learned from and judged on at once.
    plan : TrainingPlan
        Every choice.
    progress : Progress
        Told of the stages.
    mature : array of bool of shape (n,), optional
        Rows whose whole horizon was observed; choices and calibration rest on these alone. All by default.
    teaching : array of shape (n,), optional
        Weights with which the members learn from all rows in the end (:class:`training.dataset.Side`); ``weight`` by
        default. Only ``weight`` counts in choices and calibration: among mature rows alone, ``teaching`` would count
        early outcomes too little.

    Raises
    ------
    NotTrainedError
        If either class has too few leads, or nothing tells them apart.
    """
    all_rows, all_groups = Rows(matrix, label, weight if teaching is None else teaching), group
    chosen_on = None if mature is None or mature.all() else np.flatnonzero(mature)
    if chosen_on is not None:
        matrix, label, weight, group = matrix[chosen_on], label[chosen_on], weight[chosen_on], group[chosen_on]
        order = None if order is None else order[chosen_on]
    positives = require_outcomes(label, weight, plan)
    if not encoder.columns:
        raise NotTrainedError(
            Text(
                "Nothing that may be read of these leads differs between them.",
                "Nichts, was von diesen Leads gelesen werden darf, unterscheidet sie voneinander.",
            ),
            Text(
                "a column or event that tells leads apart.",
                "eine Spalte oder ein Ereignis, das Leads unterscheidet.",
            ),
            Text(
                "See in leadscore.yaml which columns were left out and why, or add what is known of the leads.",
                "Sehen Sie in leadscore.yaml nach, welche Spalten warum ausgelassen wurden, oder ergänzen Sie, was von "
                "den Leads bekannt ist.",
            ),
        )
    table = Table(encoder, Rows(matrix, label, weight), group, plan)
    if order is None:
        windows = chance_folds(label, group, plan.crossfit_folds, plan.seed)
        where = f"{plan.crossfit_folds} chance folds"
    else:
        windows = [newest_window(order, group, plan.validation_share)]
        where = f"the newest {plan.validation_share:.0%}"
    table, told = _without_drifting(table, windows[0]) if order is not None else (table, ())
    recipe, choices, trials, forward = _choose(table, windows, where, positives, progress)

    progress.stage("Calibrating")
    rows = np.concatenate([window.judge for window in windows])
    if order is not None:
        forward = _crossfitted(table, recipe, rows)
    reached = float(weight[rows] @ label[rows])

    def calibrated(margin: Floats) -> Calibration:
        return Calibration.fit(margin, label[rows], weight[rows], positives=reached)

    progress.stage("Fitting on all rows")
    table = _like(table, Table(encoder, all_rows, all_groups, plan))
    everything = np.arange(all_rows.label.size)
    share = recipe.rung.tree_share
    card = table.scorecard(everything, recipe.strength)
    members: list[Member] = [card] if share < 1 else []
    if share > 0:
        rounds = _scaled_rounds(recipe, everything.size, windows[0], plan)
        members.insert(0, TreeMember(table.trees(everything, recipe.shape, rounds).text()))
    model = AdditiveModel(members, [part for part in (share, 1 - share) if part > 0])
    return FittedScorer(
        encoder=table.encoder,
        model=model,
        calibration=calibrated(forward.blend(share)),
        rung=recipe.rung.name,
        choices=told + choices,
        trials=trials,
        calibrated_on=rows if chosen_on is None else chosen_on[rows],
        scorecard=card if share > 0 else None,
        scorecard_calibration=calibrated(forward.scorecard),
    )


def _like(narrow: Table, table: Table) -> Table:
    """Return a table of the same columns with those that the other one reads."""
    kept = {column.name for column in narrow.encoder.columns}
    out = np.flatnonzero([column.name not in kept for column in table.encoder.columns])
    return table.narrowed(out) if out.size else table


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the newest rows chose: the rung, the scorecard's penalty, the trees' shape and number."""

    rung: Rung
    strength: float
    shape: Shape
    rounds: int


def _choose(
    table: Table, windows: Sequence[Window], where: str, positives: float, progress: Progress
) -> tuple[Recipe, tuple[str, ...], tuple[dict[str, Any], ...], Margins]:
    """Return the recipe, sentences, trials and the members' out-of-sample margins on the judged rows."""
    plan, rows = table.plan, table.rows
    judged = np.concatenate([window.judge for window in windows])
    label, weight = rows.label[judged], rows.weight[judged]

    progress.stage("Fitting the scorecard", len(STRENGTHS))
    strength = _strength(table, windows[0], progress)
    card = _forward(windows, lambda learn: table.scorecard(learn, strength).margin, rows)
    if not is_tree_rung(positives, plan):
        rung = scorecard_rung(positives, plan)
        return Recipe(rung, strength, Shape(), 0), (rung.sentence,), (), Margins(card, None)

    learn = thin(windows[0].learn, table.group, plan.search_rows, plan.seed)
    judge = thin(windows[0].judge, table.group, plan.search_rows, plan.seed)
    found = search_shape(rows.take(learn), rows.take(judge), table.categorical, plan, progress)
    progress.stage("Growing the trees", len(windows))
    grown = [table.trees(window.learn, found.shape, plan.max_trees, window.judge) for window in windows]
    trees = np.concatenate(
        [one.margin(rows.matrix[w.judge], plan.threads) for one, w in zip(grown, windows, strict=True)]
    )
    rung = choose_rung(card, trees, label, weight, where)
    recipe = Recipe(rung, strength, found.shape, int(np.median([one.rounds for one in grown])))
    return recipe, (found.sentence, rung.sentence), found.trials, Margins(card, trees)


def _forward(
    windows: Sequence[Window], fitted: Callable[[NDArray[np.intp]], Callable[[Floats], Floats]], rows: Rows
) -> Floats:
    return np.concatenate([fitted(window.learn)(rows.matrix[window.judge]) for window in windows])


def _strength(table: Table, window: Window, progress: Progress) -> float:
    """Return the strongest penalty that is not clearly worse than the best.

    Weaker penalties take ever longer to fit, so the grid is left once two in a row brought nothing.
    """
    # The penalty is the amounts' prior spread, which does not depend on how many rows there are.
    learn = thin(window.learn, table.group, table.plan.search_rows // 2, table.plan.seed)
    judge = table.rows.take(thin(window.judge, table.group, table.plan.search_rows, table.plan.seed))
    losses: list[float] = []
    for strength in STRENGTHS:
        if len(losses) > 2 and min(losses[-2:]) > min(losses[:-2]):
            break
        margin = table.scorecard(learn, strength).margin(judge.matrix)
        losses.append(float(np.average(recalibrated_losses(margin, judge.label, judge.weight), weights=judge.weight)))
        progress.step(f"log-loss {min(losses):.4f}")
    return next(s for s, loss in zip(STRENGTHS, losses, strict=False) if loss <= min(losses) + CLEARLY_BETTER)


def _crossfitted(table: Table, recipe: Recipe, rows: NDArray[np.intp]) -> Margins:
    """Return these rows' margins from models that did not see their lead or company but did see their time.

    A model of the older rows only would need a correction that the final model, which has learned the newest rows
    too, no longer needs: its level would be shifted twice.
    """
    matrix, plan = table.rows.matrix, table.plan
    card = np.empty(table.rows.label.size)
    trees = np.zeros_like(card) if recipe.rung.tree_share > 0 else None
    newest = np.zeros(card.size, dtype=bool)
    newest[rows] = True
    # Two parts do for many rows: half of them teach nearly what two thirds do.
    folds = 2 if card.size > plan.search_rows else plan.crossfit_folds
    for window in chance_folds(table.rows.label, table.group, folds, plan.seed):
        asked = window.judge[newest[window.judge]]
        card[asked] = table.scorecard(window.learn, recipe.strength).margin(matrix[asked])
        if trees is not None:
            trees[asked] = table.trees(window.learn, recipe.shape, recipe.rounds).margin(matrix[asked], plan.threads)
    return Margins(card[rows], None if trees is None else trees[rows])


def _scaled_rounds(recipe: Recipe, rows: int, window: Window, plan: TrainingPlan) -> int:
    """Return the number of trees for all rows: more rows bear a few more trees (by the square root)."""
    return int(np.clip(round(recipe.rounds * np.sqrt(rows / window.learn.size)), 1, plan.max_trees))


def _without_drifting(table: Table, window: Window) -> tuple[Table, tuple[str, ...]]:
    """Return the table without the numbers that tell the date, unless they earn their place on the newest window."""
    numeric = np.setdiff1d(np.arange(len(table.encoder.columns)), table.categorical)
    drifting = drifting_columns(table.rows.matrix, numeric, window, table.plan.drift_distance)
    if drifting.size == 0 or drifting.size == len(table.encoder.columns):
        return table, ()
    narrow = table.narrowed(drifting)
    judge = table.rows.take(window.judge)

    def loss(candidate: Table) -> float:
        grown = candidate.trees(window.learn, Shape(), table.plan.max_trees, window.judge)
        margin = grown.margin(candidate.rows.matrix[window.judge], table.plan.threads)
        return float(np.average(recalibrated_losses(margin, judge.label, judge.weight), weights=judge.weight))

    names = ", ".join(table.encoder.columns[i].name for i in drifting)
    with_them, without = loss(table), loss(narrow)
    figures = f"log-loss on the newest window {with_them:.4f} with, {without:.4f} without"
    if with_them < without - CLEARLY_BETTER:
        return table, (f"Kept although their values moved away with time, because they help: {names} ({figures}).",)
    return narrow, (f"Left out because their newest values lie outside what was learned from: {names} ({figures}).",)
