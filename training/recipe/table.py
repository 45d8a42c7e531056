"""Encoded rows with what is needed to fit members on some of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.encoding import Encoder
from models.scorecard import ScorecardMember, fit_scorecard
from training.plan import TrainingPlan
from training.recipe.boosting import Grown, Rows, Shape, grow
from training.recipe.target_statistics import out_of_fold

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows with what is needed to fit members on some of them."""

    encoder: Encoder
    rows: Rows
    group: Codes
    plan: TrainingPlan

    @property
    def categorical(self) -> list[int]:
        """Indices of the columns that hold category codes."""
        return [i for i, column in enumerate(self.encoder.columns) if column.kind == "category"]

    @property
    def directions(self) -> list[int]:
        """Per column 1 where the log-odds may only rise with it, -1 only fall, 0 either (the catalog says which)."""
        return [column.direction for column in self.encoder.columns]

    def narrowed(self, left_out: NDArray[np.intp], why: str) -> Table:
        """Return the table without some columns, and why they are left out."""
        keep = np.setdiff1d(np.arange(len(self.encoder.columns)), left_out)
        dropped = {self.encoder.columns[i].name: why for i in left_out}
        encoder = replace(
            self.encoder,
            columns=tuple(self.encoder.columns[i] for i in keep),
            dropped={**self.encoder.dropped, **dropped},
        )
        rows = Rows(np.ascontiguousarray(self.rows.matrix[:, keep]), self.rows.label, self.rows.weight)
        return Table(encoder, rows, self.group, self.plan)

    def scorecard(self, learn: NDArray[np.intp], strength: float) -> ScorecardMember:
        """Return a scorecard fitted on some rows."""
        some = self.rows.take(learn)
        return fit_scorecard(some.matrix, self.encoder.columns, some.label, some.weight, C=strength)

    def trees(self, learn: NDArray[np.intp], shape: Shape, rounds: int, judge: NDArray[np.intp] | None = None) -> Grown:
        """Return trees grown on some rows, stopped early where there are rows to judge on."""
        some, judged = self.rows.take(learn), None if judge is None else self.rows.take(judge)
        categorical, rates = self.categorical, None
        if shape.by_rate and categorical:
            codes = {place: len(self.encoder.columns[place].levels) + 1 for place in categorical}
            values, rates = out_of_fold(some, self.group[learn], codes, self.plan.seed)
            some, categorical = replace(some, matrix=values), []
            if judged is not None:
                judged = replace(judged, matrix=rates.read(judged.matrix))
        grown = grow(
            some, shape, categorical=categorical, rounds=rounds, learning_rate=self.plan.learning_rate,
            seed=self.plan.seed, threads=self.plan.threads, judge=judged, directions=self.directions,
        )  # fmt: skip
        return replace(grown, rates=rates)
