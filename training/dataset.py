"""Examples with their features, as arrays, on the two sides of a split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.history.port import History
from training.examples import Examples
from training.gates import HeldOut
from training.splits import Split
from training.windows import thin

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """The rows of one side; every entry has one value per row.

    Parameters
    ----------
    examples : pl.DataFrame
        Lead, moment, label and weight (which sums to 1 per lead on this side).
    features : pl.DataFrame
        From the feature builder.
    label, weight : array of shape (n,)
        As in ``examples``.
    lead, company : array of int
        Codes.
    order : array of int, or None
        Smaller is older.
    """

    examples: pl.DataFrame
    features: pl.DataFrame
    label: Floats
    weight: Floats
    lead: NDArray[np.int64]
    company: NDArray[np.int64]
    order: NDArray[np.int64] | None

    @property
    def moments(self) -> pl.DataFrame:
        """The frame ``lead_id, as_of``."""
        return self.examples.select("lead_id", "as_of")

    def held_out(self) -> HeldOut:
        """Return the rows as the gate needs them."""
        return HeldOut(self.label, self.weight, self.lead, self.company, self.order)


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is learned from, and what is held out."""

    learn: Side
    holdout: Side


def build_dataset(
    history: History, examples: Examples, split: Split, builder: FeatureBuilder, *, max_rows: int, seed: int
) -> Dataset:
    """Return both sides with their features.

    Parameters
    ----------
    history : History
        Where leads and events are read.
    examples, split
        The rows and their sides.
    builder : FeatureBuilder
        The only road to features.
    max_rows : int
        Rows to learn from at most; above, whole companies are left out by a seeded draw.
    seed : int
        Of the draw.
    """
    learn = thin(np.flatnonzero(split.learn), split.group, max_rows, seed)
    leads, events = history.leads(), history.events()

    def side(rows: NDArray[np.intp]) -> Side:
        frame = examples.frame[rows]
        frame = frame.with_columns((1.0 / pl.len().over("lead_id")).alias("weight"))
        return Side(
            examples=frame,
            features=builder.frame(leads, events, frame.select("lead_id", "as_of")),
            label=frame["label"].to_numpy().astype(np.float64),
            weight=frame["weight"].to_numpy(),
            lead=np.unique(frame["lead_id"].to_numpy(), return_inverse=True)[1].astype(np.int64),
            company=np.unique(split.group[rows], return_inverse=True)[1].astype(np.int64),
            order=None if split.order is None else split.order[rows],
        )

    return Dataset(side(learn), side(np.flatnonzero(split.holdout)))
