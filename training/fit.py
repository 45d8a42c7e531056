"""The recipe: from encoded rows to a calibrated, additive scorer.

Small lead histories overfit easily (on half of the public sets a logistic regression beats LightGBM's defaults) and
markets move. So the trees are small and strongly pulled to the mean, a spline scorecard stands beside them, and both
are weighted on windows that follow each other in time, whose levels are left free. Where the level of conversion stands
is then followed through the whole history, with margins of models that did not see a row but did see its time. Where
nothing says which lead is older, the windows are chance folds, and a search sets the trees' shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.domain import NotTrainedError, Text
from features.encoding import Encoder
from models.additive import AdditiveModel
from models.calibration import Calibration, CalibrationKind
from models.members import Member
from models.scorecard import ScorecardMember
from training.plan import TrainingPlan
from training.progress import Progress
from training.recipe.boosting import IN_TIME, OTHER_READINGS, Grown, Rows, Shape
from training.recipe.drifting import LEFT_OUT, without_drifting
from training.recipe.ladder import SCORECARD, Rung, choose_rung, is_tree_rung, require_outcomes, scorecard_rung
from training.recipe.level import Level, track_level
from training.recipe.losses import recalibrated_loss
from training.recipe.search import search_shape
from training.recipe.stacking import stack
from training.recipe.table import Table
from training.recipe.windows import Views, Window, chance_folds, thin, views_of

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse penalties of the scorecard that are tried, the strongest pull first."""

CLEARLY_BETTER = 0.0002
"""Difference in log-loss (nats) that a weaker penalty must bring."""


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
    trees_tried : bool
        Whether there were enough positive leads to try trees.
    calibrated_on : array of int
        Indices of the newest rows, or of all where nothing says which are: the rules are calibrated on them.
    scorecard : ScorecardMember or None
        The scorecard alone, for comparison; None where the model is that already.
    scorecard_calibration : Calibration
        Its calibration, made in the same way.
    level : Level or None
        Where the level of conversion was followed to; None where nothing says which lead is older.
    """

    encoder: Encoder
    model: AdditiveModel
    calibration: Calibration
    rung: str
    choices: tuple[str, ...]
    trees_tried: bool
    calibrated_on: NDArray[np.intp]
    scorecard: ScorecardMember | None
    scorecard_calibration: Calibration
    level: Level | None


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
    lead: Codes | None = None,
) -> FittedScorer:
    """Return the scorer that all of these rows teach; the hold-out is not among them.

    Parameters
    ----------
    encoder : Encoder
        Fitted on these rows.
    matrix : array of shape (n, p)
        Encoded features; NaN is missing, category codes from 0.
    label, weight : arrays of shape (n,)
        0 or 1, and weights that sum to the number of leads.
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
    lead : array of shape (n,), optional
        Lead of each row, as codes; every row is one of its own by default.

    Raises
    ------
    NotTrainedError
        If either class has too few leads, or nothing tells them apart.
    """
    all_rows, all_groups = Rows(matrix, label, weight if teaching is None else teaching), group
    lead = np.arange(label.size) if lead is None else lead
    chosen_on = None if mature is None or mature.all() else np.flatnonzero(mature)
    if chosen_on is not None:
        matrix, label, weight, group = matrix[chosen_on], label[chosen_on], weight[chosen_on], group[chosen_on]
        lead = lead[chosen_on]
        order = None if order is None else order[chosen_on]
    positives = require_outcomes(label, lead, plan)
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
    views = views_of(order, group, label, lead, plan)
    told: tuple[str, ...] = ()
    if order is not None:
        table, told = without_drifting(table, views.newest)
    recipe, choices = _choose(table, views, positives, progress)

    progress.stage("Calibrating")
    margins = _crossfitted(table, recipe)
    calibration, level = _calibration(margins @ recipe.weights, 1.0, table.rows, positives, order)
    card_calibration, _ = _calibration(margins[:, 0], recipe.card_slope, table.rows, positives, order)

    progress.stage("Fitting on all rows")
    table = _like(table, Table(encoder, all_rows, all_groups, plan))
    everything = np.arange(all_rows.label.size)
    card = table.scorecard(everything, recipe.strength)
    more = float(np.sqrt(everything.size / views.newest.learn.size))
    members: list[tuple[Member, float]] = [
        (forest.with_more(more, plan.max_trees).grown(table, everything).member(), share)
        for forest, share in zip(recipe.forests, recipe.rung.trees, strict=True)
    ]
    if recipe.rung.scorecard > 0 or not members:
        members.append((card, recipe.rung.scorecard))
    return FittedScorer(
        encoder=table.encoder,
        model=AdditiveModel([member for member, _ in members], [share for _, share in members]),
        calibration=calibration,
        rung=recipe.rung.name,
        choices=told + choices + (() if level is None else (level.sentence,)),
        trees_tried=is_tree_rung(positives, plan),
        calibrated_on=views.calibrated if chosen_on is None else chosen_on[views.calibrated],
        scorecard=None if recipe.rung.name == SCORECARD else card,
        scorecard_calibration=card_calibration,
        level=level,
    )


def _like(narrow: Table, table: Table) -> Table:
    """Return a table of the same columns with those that the other one reads."""
    kept = {column.name for column in narrow.encoder.columns}
    out = np.flatnonzero([column.name not in kept for column in table.encoder.columns])
    return table.narrowed(out, LEFT_OUT) if out.size else table


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees before they are grown: their shape and number."""

    shape: Shape
    rounds: int

    def grown(self, table: Table, learn: NDArray[np.intp]) -> Grown:
        """Return them grown on some rows."""
        return table.trees(learn, self.shape, self.rounds)

    def with_more(self, factor: float, most: int) -> Forest:
        """Return more of them, for more rows; they bear a few more trees (by the square root)."""
        return Forest(self.shape, int(np.clip(round(self.rounds * factor), 1, most)))


@dataclass(frozen=True, slots=True)
class Recipe:
    """What was chosen: the members' weights, the scorecard's penalty and own slope, and the forests."""

    rung: Rung
    strength: float
    card_slope: float
    forests: tuple[Forest, ...]

    @property
    def weights(self) -> Floats:
        """Weights of the scorecard and of the forests, of shape (1 + forests,)."""
        return np.array([self.rung.scorecard, *self.rung.trees])


def _choose(table: Table, views: Views, positives: int, progress: Progress) -> tuple[Recipe, tuple[str, ...]]:
    """Return the recipe, and sentences that say why."""
    plan, rows = table.plan, table.rows
    label, weight, number = rows.label[views.judged], rows.weight[views.judged], views.number

    progress.stage("Fitting the scorecard", len(STRENGTHS))
    strength = _strength(table, views.newest, progress)
    card = np.concatenate([table.scorecard(w.learn, strength).margin(rows.matrix[w.judge]) for w in views.windows])
    slope = float(stack(card[:, None], label, weight, number)[0])
    if not is_tree_rung(positives, plan):
        rung = scorecard_rung(slope, positives, plan)
        return Recipe(rung, strength, slope, ()), (rung.sentence,)

    shapes, told = (IN_TIME, ()) if views.forward else _found(table, views.newest, progress)
    progress.stage("Growing the trees")
    planted = [_planted(table, views, shape) for shape in shapes]
    trees = np.column_stack([margin for _, margin in planted])
    rung = choose_rung(card, trees, label, weight, number, views.where)
    # A shape without weight is not grown again: cross-fitting takes as long as the windows did.
    forests = tuple(forest for (forest, _), share in zip(planted, rung.trees, strict=False) if share > 0)
    rung = replace(rung, trees=tuple(share for share in rung.trees if share > 0))
    return Recipe(rung, strength, slope, forests), (*told, rung.sentence)


def _found(table: Table, fold: Window, progress: Progress) -> tuple[tuple[Shape, ...], tuple[str, ...]]:
    """Return the shapes to grow where nothing says which lead is older, and what the search for them found."""
    plan = table.plan
    learn, judge = (thin(rows, table.group, plan.search_rows, plan.seed) for rows in (fold.learn, fold.judge))
    found = search_shape(
        table.rows.take(learn), table.rows.take(judge), table.categorical, plan, progress, directions=table.directions
    )
    return (*found.shapes, *(OTHER_READINGS if table.categorical else ())), (found.sentence,)


def _planted(table: Table, views: Views, shape: Shape) -> tuple[Forest, Floats]:
    """Return how many trees of a shape are grown, and their margins on the windows.

    In time, the newest window sets one number for all; among chance folds, each its own, and their median counts.
    """
    plan, most = table.plan, table.plan.max_trees
    if views.forward:
        rounds = table.trees(views.newest.learn, shape, most, views.newest.judge).rounds
        grown = [table.trees(window.learn, shape, rounds) for window in views.windows]
    else:
        grown = [table.trees(window.learn, shape, most, window.judge) for window in views.windows]
        rounds = int(np.median([one.rounds for one in grown]))
    margins = [
        one.margin(table.rows.matrix[window.judge], plan.threads)
        for one, window in zip(grown, views.windows, strict=True)
    ]
    return Forest(shape, rounds), np.concatenate(margins)


def _calibration(
    margin: Floats, slope: float, rows: Rows, positives: int, order: Codes | None
) -> tuple[Calibration, Level | None]:
    """Return the map from cross-fitted margins to probabilities, and the level where it was followed.

    With an order in time, ``slope`` is that of the windows and the level is followed; a map of the newest rows would
    mix both with where the level happened to stand there.
    """
    if order is None:
        return Calibration.fit(margin, rows.label, rows.weight, positives=positives), None
    level = track_level(slope * margin, rows.label, rows.weight, order)
    flat = slope * level.flattening
    return Calibration(CalibrationKind.PLATT, flat, flat, level.flattening * level.shift), level


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
        losses.append(recalibrated_loss(margin, judge.label, judge.weight))
        progress.step(f"log-loss {min(losses):.4f}")
    return next(s for s, loss in zip(STRENGTHS, losses, strict=False) if loss <= min(losses) + CLEARLY_BETTER)


def _crossfitted(table: Table, recipe: Recipe) -> Floats:
    """Return all rows' margins from models that did not see their lead or company but did see their time.

    A model of the older rows only would need a correction that the final model, which has learned the newest rows
    too, no longer needs: its level would be shifted twice.

    Returns
    -------
    array of shape (n, 1 + forests)
        The scorecard's first.
    """
    matrix, plan = table.rows.matrix, table.plan
    margins = np.empty((table.rows.label.size, recipe.weights.size))
    # Two parts do for many rows: half of them teach nearly what two thirds do.
    folds = 2 if len(margins) > plan.search_rows else plan.crossfit_folds
    for window in chance_folds(table.rows.label, table.group, folds, plan.seed):
        judged = matrix[window.judge]
        margins[window.judge, 0] = table.scorecard(window.learn, recipe.strength).margin(judged)
        for place, forest in enumerate(recipe.forests, start=1):
            margins[window.judge, place] = forest.grown(table, window.learn).margin(judged, plan.threads)
    return margins
