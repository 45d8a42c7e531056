"""Growing gradient-boosted trees (LightGBM; Ke et al. 2017) in shapes that suit lead histories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.level_rates import LevelRates
from models.trees import TreeMember

Floats = NDArray[np.float64]

PATIENCE = 40
"""Rounds without a better window after which growing stops."""

MAX_BIN = 63
"""Cut points per number; more of them fit noise on small histories and cost time."""

SMALL_CELLS = 2_000_000
"""Cells of a table up to which one thread grows the trees."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the trees may grow.

    Parameters
    ----------
    num_leaves, max_depth : int
        Leaves of a tree and questions on the way to one.
    min_data_in_leaf : int
        Leads (rows, where a lead has one) that a leaf must hold.
    lambda_l2 : float
        Pull of leaf values to 0.
    feature_fraction : float
        Share of columns that a tree may look at.
    cat_smooth, cat_l2 : float
        Pull of category statistics to the mean; strong, because leads have many rare categories.
    max_cat_to_onehot : int
        Levels up to which a question parts one level from all others; above, it parts two sets of levels.
    by_rate : bool
        Whether the trees read a category as its levels' rates (:mod:`training.recipe.target_statistics`), not as codes.
    """

    num_leaves: int = 6
    max_depth: int = 6
    min_data_in_leaf: int = 80
    lambda_l2: float = 20.0
    feature_fraction: float = 0.45
    cat_smooth: float = 50.0
    cat_l2: float = 30.0
    max_cat_to_onehot: int = 4
    by_rate: bool = False

    def to_mapping(self) -> dict[str, Any]:
        """Return the shape as plain data."""
        return asdict(self)

    @property
    def parameters(self) -> dict[str, Any]:
        """What LightGBM is told of it."""
        return {name: value for name, value in asdict(self).items() if name != "by_rate"}


IN_TIME = (
    Shape(),
    Shape(num_leaves=8, min_data_in_leaf=20, lambda_l2=5.0, feature_fraction=0.3, by_rate=True),
)
"""Shapes that grow where the leads' order in time is known: the ordinary one, and one that reads categories by their
levels' rates and so errs differently. Nothing is searched there: what did best on the newest window was no better on
the rows after it (figures in docs/training.md)."""

OTHER_READINGS = (
    Shape(
        num_leaves=15, min_data_in_leaf=10, lambda_l2=5.0, feature_fraction=0.3, cat_smooth=10.0, cat_l2=10.0,
        max_cat_to_onehot=100,
    ),
    Shape(num_leaves=15, min_data_in_leaf=10, lambda_l2=5.0, feature_fraction=0.3, by_rate=True),
)  # fmt: skip
"""Shapes that read categories in other ways, and so err differently: one level against all others, and by the levels'
rates. They grow beside the ordinary one where nothing says which lead is older. In time they do not: what is read so
finely tells the date too, and takes the level's movement for a merit of the leads (figures in docs/training.md)."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A grown booster, the rounds it took, and the rates of levels that it reads in place of codes."""

    booster: lightgbm.Booster
    rounds: int
    rates: LevelRates | None = None

    def margin(self, matrix: Floats, threads: int) -> Floats:
        """Return log-odds of the rows."""
        if matrix.shape[0] == 0:
            return np.empty(0)
        read = matrix if self.rates is None else self.rates.read(matrix)
        return np.asarray(
            self.booster.predict(read, raw_score=True, num_iteration=self.rounds, num_threads=threads),
            dtype=np.float64,
        )

    def member(self) -> TreeMember:
        """Return the trees as they score."""
        return TreeMember(str(self.booster.model_to_string(num_iteration=self.rounds)), self.rates)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as the trees see them: values, labels and weights."""

    matrix: Floats
    label: Floats
    weight: Floats

    def take(self, index: NDArray[np.intp]) -> Rows:
        """Return some of the rows."""
        return Rows(self.matrix[index], self.label[index], self.weight[index])


def grow(
    learn: Rows,
    shape: Shape,
    *,
    categorical: Sequence[int],
    rounds: int,
    learning_rate: float,
    seed: int,
    threads: int,
    judge: Rows | None = None,
    directions: Sequence[int] = (),
) -> Grown:
    """Return trees grown on ``learn``; with ``judge``, growing stops when its log-loss no longer falls.

    Parameters
    ----------
    learn, judge : Rows
        Rows to learn from, and rows that decide when to stop.
    shape : Shape
        How the trees may grow.
    categorical : sequence of int
        Columns that hold category codes.
    rounds : int
        Trees at most.
    learning_rate : float
        Share of each tree that is added.
    seed, threads : int
        The result depends on the seed and, for a given seed, not on the machine's load.
    directions : sequence of int
        Per column 1 where the log-odds may only rise with it, -1 only fall, 0 either; empty for none.
    """
    data = _dataset(learn, categorical)
    parameters = {
        **shape.parameters,
        # A lead's moments are no independent evidence: leaves are counted in leads.
        "min_data_in_leaf": round(shape.min_data_in_leaf * learn.label.size / float(learn.weight.sum())),
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": learning_rate,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_bin": MAX_BIN,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        # On a busy machine threads wait for each other longer than small tables take one of them.
        "num_threads": threads if learn.matrix.size > SMALL_CELLS else 1,
        "seed": seed,
        "verbose": -1,
    }
    if any(directions):
        parameters |= {"monotone_constraints": list(directions), "monotone_constraints_method": "intermediate"}
    if judge is None:
        return Grown(lightgbm.train(parameters, data, rounds), rounds)
    booster = lightgbm.train(
        parameters,
        data,
        rounds,
        valid_sets=[lightgbm.Dataset(judge.matrix, judge.label, weight=judge.weight, reference=data)],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )
    return Grown(booster, max(1, booster.best_iteration))


def _dataset(rows: Rows, categorical: Sequence[int]) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        rows.matrix,
        rows.label,
        weight=rows.weight,
        categorical_feature=list(categorical),
        params={"max_bin": MAX_BIN, "feature_pre_filter": False, "verbose": -1},
        free_raw_data=False,
    )
