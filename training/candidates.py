"""The members that the ladder weighs, and their margins on rows that they did not see."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.members import Member
from models.trees import TreeMember
from training.boosting import Grown, Shape
from training.losses import log_losses, recalibrated
from training.table import Table
from training.windows import Window

Floats = NDArray[np.float64]

ROUND_COUNTS = (25, 50, 75, 100, 150, 200, 275, 350, 500, 700, 1000)
"""Numbers of trees that are compared, up to what the plan allows."""

SAME_ROUNDS = 0.0002
"""Difference in log-loss (nats) within which fewer trees are taken."""


class Kind(StrEnum):
    """What a member is."""

    SCORECARD = "scorecard"
    EVIDENCE = "weights of evidence"
    TREES = "trees"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member before it is fitted.

    Parameters
    ----------
    kind : Kind
        What it is.
    blind : bool
        Without the columns that tell the date.
    strength : float
        Inverse penalty of a scorecard.
    shape : Shape
        Of trees.
    rounds : int
        Number of trees, or the most of them while their number is open.
    """

    kind: Kind
    blind: bool = False
    strength: float = 1.0
    shape: Shape = field(default_factory=Shape)
    rounds: int = 0

    @property
    def name(self) -> str:
        """The member in a few words."""
        what = f"trees of {self.shape.num_leaves} leaves" if self.kind is Kind.TREES else self.kind.value
        return f"{what} without drifting columns" if self.blind else what

    def fit(self, table: Table, learn: NDArray[np.intp]) -> Member | Grown:
        """Return it fitted on some rows; trees as they were grown."""
        match self.kind:
            case Kind.SCORECARD:
                return table.scorecard(learn, self.strength, blind=self.blind)
            case Kind.EVIDENCE:
                return table.evidence(learn, blind=self.blind)
            case Kind.TREES:
                return table.trees(learn, self.shape, self.rounds, blind=self.blind)

    def member(self, table: Table, learn: NDArray[np.intp]) -> Member:
        """Return it fitted on some rows, as a model keeps it."""
        fitted = self.fit(table, learn)
        return TreeMember(fitted.text()) if isinstance(fitted, Grown) else fitted


def forward_margins(
    table: Table, candidates: Sequence[Candidate], windows: Sequence[Window]
) -> tuple[tuple[Candidate, ...], Floats]:
    """Return the candidates with their number of trees, and each one's margins on the windows' judged rows.

    The number of trees is one choice over all windows, judged with each window's level left free, so that neither a
    moving level nor the luck of one window decides it.

    Returns
    -------
    candidates : tuple of Candidate
        In their order; trees with ``rounds`` as learned on the windows' older rows.
    margins : array of shape (judged rows, candidates)
        In the windows' order.
    """
    judged = np.concatenate([window.judge for window in windows])
    number = np.repeat(np.arange(len(windows)), [window.judge.size for window in windows])
    settled, columns = [], []
    for candidate in candidates:
        fitted = [candidate.fit(table, window.learn) for window in windows]
        if candidate.kind is not Kind.TREES:
            settled.append(candidate)
            columns.append(
                np.concatenate([_margin(one, table, w.judge, None) for one, w in zip(fitted, windows, strict=True)])
            )
            continue
        least, settled_rounds, column = np.inf, candidate.rounds, np.empty(0)
        for rounds in [count for count in ROUND_COUNTS if count < candidate.rounds] + [candidate.rounds]:
            margin = np.concatenate(
                [_margin(one, table, w.judge, rounds) for one, w in zip(fitted, windows, strict=True)]
            )
            loss = _loss(margin, table.rows.label[judged], table.rows.weight[judged], number)
            if loss < least - SAME_ROUNDS:
                least, settled_rounds, column = loss, rounds, margin
        settled.append(dataclasses.replace(candidate, rounds=settled_rounds))
        columns.append(column)
    return tuple(settled), np.column_stack(columns)


def crossfitted_margins(
    table: Table, candidates: Sequence[Candidate], folds: Sequence[Window], rows: NDArray[np.intp]
) -> Floats:
    """Return the rows' margins from members that did not see their group but did see their time.

    Returns
    -------
    array of shape (rows, candidates)
        In the order of ``rows``.
    """
    margins = np.empty((table.rows.label.size, len(candidates)))
    asked = np.zeros(table.rows.label.size, dtype=bool)
    asked[rows] = True
    for fold in folds:
        judge = fold.judge[asked[fold.judge]]
        for place, candidate in enumerate(candidates):
            margins[judge, place] = _margin(candidate.fit(table, fold.learn), table, judge, None)
    return margins[rows]


def _margin(fitted: Member | Grown, table: Table, rows: NDArray[np.intp], rounds: int | None) -> Floats:
    matrix = table.rows.matrix[rows]
    if isinstance(fitted, Grown):
        return fitted.margin(matrix, table.plan.threads, rounds)
    return np.asarray(fitted.margin(matrix), dtype=np.float64)


def _loss(margin: Floats, label: Floats, weight: Floats, window: NDArray[np.intp]) -> float:
    """Return the mean log-loss after each window's level and slope are corrected."""
    losses = np.empty_like(margin)
    for one in np.unique(window):
        rows = window == one
        losses[rows] = log_losses(recalibrated(margin[rows], label[rows], weight[rows]), label[rows])
    return float(np.average(losses, weights=weight))
