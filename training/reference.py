"""The leads held out, at one age, as what drift is measured from.

Later leads are young, so that only some of their moments have come: compared with all moments of older leads they
would look different whatever they are like. So each lead is looked at once, at the same age.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import brentq

from features.encoding import Encoder
from models.additive import AdditiveModel
from models.calibration import Calibration
from models.cutoffs import Cutoffs
from models.drift.reference import Reference
from models.odds import logit_of
from training.dataset import Side

WANTED_AGE_DAYS = 7.0
"""Old enough to have done something, young enough that a change is seen within weeks."""

_COMMON = 0.5
"""Share of the leads that must have been looked at at an age for it to stand for them."""

_FARTHEST = 700.0


def reference_of(
    encoder: Encoder, model: AdditiveModel, calibration: Calibration, cutoffs: Cutoffs, side: Side
) -> Reference:
    """Return the reference of the leads held out.

    Parameters
    ----------
    encoder, model, calibration
        The scorer.
    cutoffs : Cutoffs
        That it proposes.
    side : Side
        The leads held out.
    """
    age, rows = rows_of_one_age(side.examples)
    picked = side.take(rows)
    margin = np.asarray(model.margin(encoder.matrix(picked.features)), dtype=np.float64)
    return Reference.of(
        picked.features,
        tuple(column.name for column in encoder.columns),
        margin,
        picked.company,
        age_days=age,
        week=picked.held_out().week,
        cutoff_margins=(
            margin_of(calibration, cutoffs.mql.probability),
            margin_of(calibration, cutoffs.sql.probability),
        ),
    )


def rows_of_one_age(examples: pl.DataFrame) -> tuple[float | None, NDArray[np.intp]]:
    """Return the age nearest to a week at which most leads were looked at, and one row per lead of that age.

    Without times the age is None and a lead's first row stands for it.
    """
    frame = examples.with_row_index("row").with_columns(
        ((pl.col("as_of") - pl.col("created_at")).dt.total_seconds() / 86_400).alias("age")
    )
    if frame["age"].null_count() == frame.height:
        return None, frame.unique("lead_id", keep="first", maintain_order=True)["row"].to_numpy().astype(np.intp)
    counted = frame.drop_nulls("age").group_by("age").agg(pl.len()).sort("age")
    common = counted.filter(pl.col("len") >= _COMMON * pl.col("len").max())
    age = float(common.sort((pl.col("age") - WANTED_AGE_DAYS).abs(), "age")["age"][0])
    rows = frame.filter(pl.col("age") == age).unique("lead_id", keep="first", maintain_order=True)
    return age, rows["row"].to_numpy().astype(np.intp)


def margin_of(calibration: Calibration, probability: float) -> float:
    """Return the margin at which a calibrated probability is reached; far out where none reaches it."""
    wanted = float(logit_of(probability))

    def above(margin: float) -> float:
        return float(calibration.logit(margin)) - wanted

    if above(-_FARTHEST) >= 0:
        return -_FARTHEST
    if above(_FARTHEST) <= 0:
        return _FARTHEST
    return float(brentq(above, -_FARTHEST, _FARTHEST, xtol=1e-9))
