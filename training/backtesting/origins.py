"""The stretches of a backtest: where the past ends, what is tested next, and where its cutoffs would have served."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.history.port import History
from training.examples import Examples
from training.plan import TrainingPlan
from training.splits import Split, age_ranks, split_examples

FIRST_ORIGIN = 0.4
"""Share of the leads, the oldest, that the first origin learns from."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One moment at which a model is trained on the past and tested on the next stretch.

    Parameters
    ----------
    number : int
        From 1.
    rows : array of int
        Of the examples up to the end of the stretch; the split is over these.
    later : array of int
        Examples of as many leads again, that came in when the outcomes of the stretch were known: there cutoffs
        certified on the stretch would have served. Empty where the history ends before.
    share : float
        Of the leads in ``rows``, the newest, that are the stretch.
    """

    number: int
    rows: NDArray[np.intp]
    later: NDArray[np.intp]
    share: float

    def split(self, history: History, examples: Examples, plan: TrainingPlan) -> Split:
        """Return the past and the stretch, as a training run at that moment would have split them.

        The gap of one horizon is kept however few positives it leaves: a backtest rests on what was known then.

        Raises
        ------
        NotTrainedError
            If either holds leads of one outcome only.
        """
        return split_examples(
            replace(examples, frame=examples.frame[self.rows]), history.leads(), history.schema, ordered=True,
            share=self.share, enough=0, seed=plan.seed, young_rows=plan.young_rows,
        )  # fmt: skip


def rolling_origins(examples: Examples, folds: int) -> list[Origin]:
    """Return the origins: the newest 60 % of the leads in ``folds`` stretches, each tested by a model of the past.

    Parameters
    ----------
    examples : Examples
        Mature rows, whose leads are ordered.
    folds : int
        How many stretches.
    """
    rank = age_ranks(examples.frame)
    leads = int(rank.max()) + 1
    edges = np.round(np.linspace(FIRST_ORIGIN, 1.0, folds + 1) * leads).astype(np.int64)
    return [
        Origin(
            number, np.flatnonzero(rank < end), _later(examples, rank, int(end), int(end - start)), (end - start) / end
        )
        for number, (start, end) in enumerate(itertools.pairwise(edges), start=1)
    ]


def _later(examples: Examples, rank: NDArray[np.int64], end: int, leads: int) -> NDArray[np.intp]:
    after = rank >= end
    newest = examples.frame["created_at"].filter(~after).max()
    if examples.horizon is not None and newest is not None:
        known = examples.frame["created_at"] > newest + examples.horizon  # type: ignore[operator]  # a moment
        after &= known.fill_null(value=False).to_numpy()
    if not after.any():
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(after & (rank < rank[after].min() + leads))
