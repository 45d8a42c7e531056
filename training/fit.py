"""The recipe: from encoded rows to a calibrated, additive scorer.

Small lead histories overfit easily (on half of the public sets a logistic regression beats LightGBM's defaults) and
markets move. So several plain members are asked to forecast newer rows from older ones, window after window; what they
are worth there, whatever the level was, are their weights. The level itself is followed through time on margins of
models that did not see the rows but did see their time.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.domain import NotTrainedError
from features.encoding import Encoder
from models.additive import AdditiveModel
from models.calibration import Calibration, CalibrationKind
from models.scorecard import ScorecardMember
from training.boosting import Rows, Shape
from training.candidates import Candidate, Kind, crossfitted_margins, forward_margins
from training.drifting import drifting_columns
from training.ladder import Rung, choose_rung, is_tree_rung, require_outcomes, scorecard_rung
from training.level import track_level
from training.losses import recalibrated_losses
from training.plan import TrainingPlan
from training.progress import Progress
from training.search import search_shape
from training.table import Table
from training.windows import Views, chance_folds, chance_views, forward_views, thin

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse penalties of the scorecard that are tried, the strongest pull first."""

CLEARLY_BETTER = 0.0002
"""Difference in log-loss (nats) that a weaker penalty or a drifting column must bring."""

DEEPER = Shape(num_leaves=14, max_depth=8, min_data_in_leaf=40, lambda_l2=10.0, feature_fraction=0.3)
"""A second shape beside the chosen one: deeper trees on fewer columns err differently."""


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
            "Nothing that may be read of these leads differs between them.",
            "a column or event that tells leads apart.",
            "See in leadscore.yaml which columns were left out and why, or add what is known of the leads.",
        )
    known = np.ones(label.size, dtype=bool)
    table = Table(encoder, Rows(matrix, label, weight), group, plan)
    if order is None:
        views = chance_views(label, group, known, plan.crossfit_folds, plan.seed)
    else:
        views = forward_views(order, group, label, weight, known, plan.validation_share)
        table = dataclasses.replace(table, drifting=_drifting(table, views))
    rung, card, trials, told = _choose(table, views, positives, progress)

    progress.stage("Calibrating")
    if table.drifting.size and all(candidate.blind for candidate in (*rung.candidates, card)):
        table = table.narrowed()
        rung, card = _seeing(rung), dataclasses.replace(card, blind=False)
    calibration, card_calibration = _calibrations(table, rung, card, views, order, known)

    progress.stage("Fitting on all rows")
    table = _like(table, Table(encoder, all_rows, all_groups, plan))
    everything = np.arange(all_rows.label.size)
    more = float(np.sqrt(everything.size / np.mean([window.learn.size for window in views.windows])))
    forests = max(1, sum(candidate.kind is Kind.TREES for candidate in rung.candidates))
    members = [
        _with_more_trees(one, more, plan.max_trees // forests).member(table, everything) for one in rung.candidates
    ]
    alone = rung.candidates == (card,)
    return FittedScorer(
        encoder=table.encoder,
        model=AdditiveModel(members, rung.shares),
        calibration=calibration,
        rung=rung.name,
        choices=told,
        trials=trials,
        calibrated_on=views.calibrated if chosen_on is None else chosen_on[views.calibrated],
        scorecard=None if alone else table.scorecard(everything, card.strength, blind=card.blind),
        scorecard_calibration=card_calibration,
    )


def _like(seen: Table, table: Table) -> Table:
    """Return a table of the same columns that reads of them what the other one reads."""
    kept = {column.name for column in seen.encoder.columns}
    out = np.flatnonzero([column.name not in kept for column in table.encoder.columns])
    narrow = dataclasses.replace(table, drifting=out).narrowed() if out.size else table
    return dataclasses.replace(narrow, drifting=seen.drifting)


def _choose(
    table: Table, views: Views, positives: float, progress: Progress
) -> tuple[Rung, Candidate, tuple[dict[str, Any], ...], tuple[str, ...]]:
    """Return the rung, the scorecard to compare with, every shape tried, and sentences."""
    plan, rows = table.plan, table.rows
    progress.stage("Fitting the scorecard", len(STRENGTHS))
    sights = (True, False) if table.drifting.size else (False,)
    cards, losses = zip(*(_scorecard(table, views, progress, blind=blind) for blind in sights), strict=True)
    drift = _names(table)
    if not is_tree_rung(positives, plan):
        seen = len(cards) > 1 and losses[1] < losses[0] - CLEARLY_BETTER
        rung = scorecard_rung(cards[-1] if seen else cards[0], positives, plan)
        return rung, rung.candidates[0], (), (*_told_of_drift(drift, seen), rung.sentence)

    found = search_shape(
        table.some(thin(views.search.learn, table.group, plan.search_rows, plan.seed), blind=sights[0]),
        rows.take(thin(views.search.judge, table.group, plan.search_rows, plan.seed)),
        table.categorical, plan, progress, directions=table.directions,
    )  # fmt: skip
    progress.stage("Weighing the members")
    shapes = (found.shape,) if len(sights) > 1 else (found.shape, DEEPER)
    most = plan.max_trees // (len(sights) * len(shapes))
    candidates = (
        *cards,
        *(Candidate(Kind.EVIDENCE, blind) for blind in sights),
        *(Candidate(Kind.TREES, blind, shape=shape, rounds=most) for blind in sights for shape in shapes),
    )
    settled, margins = forward_margins(table, candidates, views.windows)
    judged = views.judged
    rung = choose_rung(settled, margins, rows.label[judged], rows.weight[judged], views.number, views.where)
    seen = not all(candidate.blind for candidate in rung.candidates)
    return rung, settled[0], found.trials, (*_told_of_drift(drift, seen), found.sentence, rung.sentence)


def _scorecard(table: Table, views: Views, progress: Progress, *, blind: bool) -> tuple[Candidate, float]:
    """Return the scorecard with the strongest penalty that is not clearly worse than the best, and its log-loss.

    Weaker penalties take ever longer to fit, so the grid is left once two in a row brought nothing.
    """
    # The penalty is the amounts' prior spread, which does not depend on how many rows there are.
    learn = thin(views.search.learn, table.group, table.plan.search_rows // 2, table.plan.seed)
    judge = table.rows.take(thin(views.search.judge, table.group, table.plan.search_rows, table.plan.seed))
    losses: list[float] = []
    for strength in STRENGTHS:
        if len(losses) > 2 and min(losses[-2:]) > min(losses[:-2]):
            break
        margin = table.scorecard(learn, strength, blind=blind).margin(judge.matrix)
        losses.append(float(np.average(recalibrated_losses(margin, judge.label, judge.weight), weights=judge.weight)))
        progress.step(f"log-loss {min(losses):.4f}")
    strength, loss = next(
        (s, loss) for s, loss in zip(STRENGTHS, losses, strict=False) if loss <= min(losses) + CLEARLY_BETTER
    )
    return Candidate(Kind.SCORECARD, blind, strength), loss


def _calibrations(
    table: Table, rung: Rung, card: Candidate, views: Views, order: Codes | None, mature: NDArray[np.bool_]
) -> tuple[Calibration, Calibration]:
    """Return the calibration of the model and of the scorecard alone.

    Both are fitted on margins from models that did not see a row's lead or company but did see its time. A model of
    the older rows only would need a correction that the final one, which has learned the newest rows too, no longer
    needs: its level would be shifted twice.
    """
    plan, rows = table.plan, table.rows
    # Two parts do for many rows: half of them teach nearly what two thirds do.
    parts = 2 if rows.label.size > plan.search_rows else plan.crossfit_folds
    folds = views.windows if order is None else chance_folds(rows.label, table.group, parts, plan.seed)
    asked = np.flatnonzero(mature)
    members = rung.candidates if card in rung.candidates else (*rung.candidates, card)
    margins = np.full((rows.label.size, len(members)), np.nan)
    margins[asked] = crossfitted_margins(table, members, folds, asked)

    def plain(margin: Floats) -> Calibration:
        on = views.calibrated
        label, weight = rows.label[on], rows.weight[on]
        return Calibration.fit(margin[on], label, weight, positives=float(weight @ label))

    blend = margins[:, : len(rung.shares)] @ np.array(rung.shares)
    alone = plain(margins[:, members.index(card)])
    if order is None or rung.slope is None:
        return plain(blend), alone
    level = track_level(rung.slope * blend[asked], rows.label[asked], rows.weight[asked], order[asked])
    slope = rung.slope * level.flattening
    return Calibration(CalibrationKind.PLATT, slope, slope, level.shift * level.flattening), alone


def _drifting(table: Table, views: Views) -> NDArray[np.intp]:
    """Return the numbers that tell the date; none where there would be nothing else to read."""
    numeric = np.setdiff1d(np.arange(len(table.encoder.columns)), table.categorical)
    windows = (views.search, views.windows[-1])
    far = [drifting_columns(table.rows.matrix, numeric, window, table.plan.drift_distance) for window in windows]
    drifting = np.unique(np.concatenate(far))
    return drifting if drifting.size < len(table.encoder.columns) else drifting[:0]


def _names(table: Table) -> str:
    return ", ".join(table.encoder.columns[i].name for i in table.drifting)


def _told_of_drift(names: str, seen: bool) -> tuple[str, ...]:
    if not names:
        return ()
    if seen:
        return (f"Kept although their values moved away with time, because they help on newer rows: {names}.",)
    return (f"Left out because their newest values lie outside what was learned from and nothing was lost: {names}.",)


def _seeing(rung: Rung) -> Rung:
    """Return the rung on a table that has no drifting columns any more."""
    return dataclasses.replace(
        rung, candidates=tuple(dataclasses.replace(candidate, blind=False) for candidate in rung.candidates)
    )


def _with_more_trees(candidate: Candidate, more: float, most: int) -> Candidate:
    """Return the candidate for all rows: more rows bear a few more trees (by the square root)."""
    return dataclasses.replace(candidate, rounds=int(np.clip(round(candidate.rounds * more), 1, most)))
