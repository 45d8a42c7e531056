"""A short seeded search for the shape of the trees (Optuna's TPE; Bergstra et al. 2011)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import optuna

from training.plan import TrainingPlan
from training.progress import Progress
from training.recipe.boosting import Rows, Shape, grow
from training.recipe.losses import recalibrated_loss

WORTH_CHANGING = 0.002
"""Share of the log-loss by which a shape must beat the ordinary one to join it; less is the luck of many tries."""

SEARCH_RATE = 0.1
"""Learning rate of the search; twice the usual one ranks shapes alike in half the time."""


@dataclass(frozen=True, slots=True)
class Found:
    """The shapes to grow, and a sentence that says why."""

    shapes: tuple[Shape, ...]
    sentence: str


def search_shape(
    learn: Rows,
    judge: Rows,
    categorical: Sequence[int],
    plan: TrainingPlan,
    progress: Progress,
    directions: Sequence[int] = (),
) -> Found:
    """Return the ordinary shape, and the one with the lowest log-loss on ``judge`` where that is clearly lower.

    The found shape joins the ordinary one and does not replace it: the best of many tries on one window is partly luck,
    and two shapes err differently.

    Parameters
    ----------
    learn, judge : Rows
        Rows to grow on, and rows to judge on; no lead in both.
    categorical : sequence of int
        Columns that hold category codes.
    plan : TrainingPlan
        Trials, seconds, seed and threads.
    progress : Progress
        Told of each trial.
    directions : sequence of int
        As :func:`training.recipe.boosting.grow` takes them.
    """
    progress.stage("Searching the shape of the trees", plan.search_trials)
    losses: list[float] = []

    def loss_of(trial: optuna.Trial) -> float:
        grown = grow(
            learn, _suggest(trial), categorical=categorical, rounds=plan.max_trees, learning_rate=SEARCH_RATE,
            seed=plan.seed, threads=plan.threads, judge=judge, directions=directions,
        )  # fmt: skip
        margin = grown.margin(judge.matrix, plan.threads)
        loss = recalibrated_loss(margin, judge.label, judge.weight)
        losses.append(loss)
        progress.step(f"log-loss {min(losses):.4f}")
        return loss

    study = _run(loss_of, plan)
    ordinary, best = losses[0], min(losses)
    cut = len(losses) < plan.search_trials
    tried = f"{len(losses)} shapes of trees were tried" + (
        f" (the safety net of {plan.search_seconds:g} s cut in before {plan.search_trials}, so that another run may "
        "choose otherwise)" if cut else ""
    )  # fmt: skip
    figures = f"log-loss {best:.4f}, ordinary {ordinary:.4f}"
    if best < ordinary * (1 - WORTH_CHANGING):
        return Found((Shape(), Shape(**study.best_params)), f"{tried}; the best joins the ordinary one ({figures}).")
    return Found((Shape(),), f"{tried}; none was clearly better than the ordinary one ({figures}).")


def _run(objective: Callable[[optuna.Trial], float], plan: TrainingPlan) -> optuna.Study:
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=plan.seed, n_startup_trials=6))
        study.enqueue_trial(Shape().to_mapping())
        study.optimize(objective, n_trials=plan.search_trials, timeout=plan.search_seconds)
    finally:
        optuna.logging.set_verbosity(verbosity)
    return study


def _suggest(trial: optuna.Trial) -> Shape:
    return Shape(
        num_leaves=trial.suggest_int("num_leaves", 4, 31, log=True),
        max_depth=trial.suggest_int("max_depth", 3, 8),
        min_data_in_leaf=trial.suggest_int("min_data_in_leaf", 15, 150, log=True),
        lambda_l2=trial.suggest_float("lambda_l2", 1.0, 60.0, log=True),
        feature_fraction=trial.suggest_float("feature_fraction", 0.25, 0.8),
        cat_smooth=trial.suggest_float("cat_smooth", 15.0, 120.0, log=True),
        cat_l2=trial.suggest_float("cat_l2", 10.0, 80.0, log=True),
    )
