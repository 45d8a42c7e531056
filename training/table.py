"""Encoded rows with what is needed to fit members on some of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.encoding import Encoder
from models.scorecard import ScorecardMember, fit_scorecard
from training.boosting import Grown, Rows, Shape, grow
from training.plan import TrainingPlan

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
        encoder = dataclasses.replace(
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
        return grow(
            self.rows.take(learn), shape, categorical=self.categorical, rounds=rounds,
            learning_rate=self.plan.learning_rate, seed=self.plan.seed, threads=self.plan.threads,
            judge=None if judge is None else self.rows.take(judge), directions=self.directions,
        )  # fmt: skip
