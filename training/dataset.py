"""Examples with their features, as arrays, on the two sides of a split."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.history.port import History
from training.examples import Examples
from training.held_out import HeldOut
from training.moment_weight import moment_weight
from training.recipe.windows import thin
from training.splits import Split

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """The rows of one side; every entry has one value per row.

    Parameters
    ----------
    examples : pl.DataFrame
        Lead, moment, label and weight (which sums to the number of leads on this side).
    features : pl.DataFrame
        From the feature builder.
    label : array of shape (n,)
        0 or 1; of rows to learn from, as known when the hold-out began.
    weight : array of shape (n,)
        For judging, calibration and certificates: the mature rows weigh the same, together as much as their leads, the
        others nothing.
    lead, company : array of int
        Codes.
    order : array of int, or None
        Smaller is older.
    mature : array of bool
        Rows whose whole horizon was observed when their label was read. Choices, calibration and certificates rest on
        these alone; the others are there for the members of a model to learn from.
    teaching : array of shape (n,)
        Weights with which members learn: those of ``weight`` where all rows are mature, else such that rows whose
        outcome came early do not count for those whose outcome is still to come (``training.young_rows``).
    """

    examples: pl.DataFrame
    features: pl.DataFrame
    label: Floats
    weight: Floats
    lead: NDArray[np.int64]
    company: NDArray[np.int64]
    order: NDArray[np.int64] | None
    mature: NDArray[np.bool_]
    teaching: Floats

    @property
    def moments(self) -> pl.DataFrame:
        """The frame ``lead_id, as_of``."""
        return self.examples.select("lead_id", "as_of")

    def take(self, rows: NDArray[np.intp]) -> Side:
        """Return some of the rows, whole leads; weights stay as they are."""
        picked: dict[str, Any] = {
            field.name: value if value is None else value[rows]
            for field in fields(self)
            for value in (getattr(self, field.name),)
        }
        return Side(**picked)

    def held_out(self) -> HeldOut:
        """Return the rows as the gate needs them."""
        return HeldOut(
            self.label,
            self.weight,
            self.lead,
            self.company,
            self.order,
            _weeks(self.examples),
            _accepted(self.examples),
        )


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
    sides = (
        make_side(history, examples.frame, rows, split.group, split.order, builder)
        for rows in (learn, np.flatnonzero(split.holdout))
    )
    return Dataset(_as_known_then(next(sides), split, learn), next(sides))


def _as_known_then(side: Side, split: Split, rows: NDArray[np.intp]) -> Side:
    """Return the rows to learn from with the labels and weights that the moment of the split knew."""
    if split.then is None:
        return side
    label, weight = split.then.label[rows], split.then.weight[rows]
    mature = split.then.mature[rows]
    examples = side.examples.with_columns(
        pl.Series("label", label).cast(pl.Int8), pl.Series("weight", weight, dtype=pl.Float64)
    )
    teaching = weight if mature.all() else split.then.teaching[rows]
    return replace(side, examples=examples, label=label, weight=weight, mature=mature, teaching=teaching)


def make_side(
    history: History,
    examples: pl.DataFrame,
    rows: NDArray[np.intp],
    group: NDArray[np.int64],
    order: NDArray[np.int64] | None,
    builder: FeatureBuilder,
) -> Side:
    """Return some of the examples with their features.

    Parameters
    ----------
    history : History
        Where leads and events are read.
    examples : pl.DataFrame
        All rows (``training.examples.Examples.frame``).
    rows : array of int
        Indices of those wanted.
    group, order : array of int, one per example
        Company, and age (smaller is older) or None.
    builder : FeatureBuilder
        The only road to features.
    """
    frame = examples[rows].with_columns(moment_weight())
    return Side(
        examples=frame,
        features=builder.frame(history.leads(), history.events(), frame.select("lead_id", "as_of")),
        label=frame["label"].to_numpy().astype(np.float64),
        weight=frame["weight"].to_numpy(),
        lead=np.unique(frame["lead_id"].to_numpy(), return_inverse=True)[1].astype(np.int64),
        company=np.unique(group[rows], return_inverse=True)[1].astype(np.int64),
        order=None if order is None else order[rows],
        mature=np.ones(frame.height, dtype=bool),
        teaching=frame["weight"].to_numpy(),
    )


def _weeks(examples: pl.DataFrame) -> NDArray[np.int64] | None:
    """Return the calendar week (UTC, from Monday) in which each row's lead came in, or None without all times."""
    created = examples["created_at"]
    if created.null_count():
        return None
    # The epoch was a Thursday: 3 days later, weeks begin on Monday.
    days = created.dt.epoch("d").to_numpy().astype(np.int64)
    return np.asarray((days + 3) // 7, dtype=np.int64)


def _accepted(examples: pl.DataFrame) -> Floats | None:
    if "accepted" not in examples.columns or examples["accepted"].null_count() == examples.height:
        return None
    return examples["accepted"].cast(pl.Float64).fill_null(np.nan).to_numpy()
