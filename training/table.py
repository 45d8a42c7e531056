"""Encoded rows with what is needed to fit members on some of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.encoding import Encoder
from models.evidence import fit_evidence
from models.scorecard import ScorecardMember, fit_scorecard
from training.boosting import Grown, Rows, Shape, grow
from training.plan import TrainingPlan

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows with what is needed to fit members on some of them.

    Parameters
    ----------
    encoder : Encoder
        Whose matrix the rows hold.
    rows : Rows
        All rows.
    group : array of shape (n,)
        Lead or company.
    plan : TrainingPlan
        Seed, threads and bounds.
    drifting : array of int
        Columns that tell the date rather than the lead; a member may be fitted without them.
    """

    encoder: Encoder
    rows: Rows
    group: Codes
    plan: TrainingPlan
    drifting: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    @property
    def categorical(self) -> list[int]:
        """Indices of the columns that hold category codes."""
        return [i for i, column in enumerate(self.encoder.columns) if column.kind == "category"]

    def narrowed(self) -> Table:
        """Return the table without its drifting columns."""
        keep = np.setdiff1d(np.arange(len(self.encoder.columns)), self.drifting)
        why = {
            self.encoder.columns[i].name: "its newest values lie outside what was learned from" for i in self.drifting
        }
        encoder = dataclasses.replace(
            self.encoder,
            columns=tuple(self.encoder.columns[i] for i in keep),
            dropped={**self.encoder.dropped, **why},
        )
        rows = Rows(np.ascontiguousarray(self.rows.matrix[:, keep]), self.rows.label, self.rows.weight)
        return Table(encoder, rows, self.group, self.plan)

    def scorecard(self, learn: NDArray[np.intp], strength: float, *, blind: bool = False) -> ScorecardMember:
        """Return a scorecard fitted on some rows; a blind one does not see the drifting columns."""
        some = self.some(learn, blind=blind)
        return fit_scorecard(some.matrix, self.encoder.columns, some.label, some.weight, C=strength)

    def evidence(self, learn: NDArray[np.intp], *, blind: bool = False) -> ScorecardMember:
        """Return weights of evidence of some rows; blind as for :meth:`scorecard`."""
        some = self.some(learn, blind=blind)
        return fit_evidence(some.matrix, self.encoder.columns, some.label, some.weight)

    def trees(
        self,
        learn: NDArray[np.intp],
        shape: Shape,
        rounds: int,
        judge: NDArray[np.intp] | None = None,
        *,
        blind: bool = False,
    ) -> Grown:
        """Return trees grown on some rows, stopped early where there are rows to judge on."""
        return grow(
            self.some(learn, blind=blind), shape, categorical=self.categorical, rounds=rounds,
            learning_rate=self.plan.learning_rate, seed=self.plan.seed, threads=self.plan.threads,
            judge=None if judge is None else self.rows.take(judge),
            directions=self.directions,
        )  # fmt: skip

    @property
    def directions(self) -> list[int]:
        """Per column the direction that the catalog gives it."""
        return [column.direction for column in self.encoder.columns]

    def some(self, learn: NDArray[np.intp], *, blind: bool) -> Rows:
        """Return some rows, without any value of the drifting columns where ``blind``."""
        some = self.rows.take(learn)
        if blind:
            # A column without any value teaches nothing: no tree asks for it and its amounts are all alike.
            some.matrix[:, self.drifting] = np.nan
        return some
