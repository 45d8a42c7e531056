"""Rows whose horizon had not ended at a moment of knowledge, and what they can honestly teach (STATISTICS section 1).

At that moment a row's label is known if its horizon has ended, or if its lead has reached the target or was lost.
Of young rows only the quick outcomes are known, so that taking them as they are overstates conversion. Inverse
probability of censoring weights (IPCW; Vock et al. 2016) make up for it: a row whose label became known after u days
stands for all rows, also for those not watched that long, with the weight 1 / G(u-), where G(u-) is the share of rows
watched for u days or longer. A loss is a competing event and not a censoring: it ends the wait, and the answer is no.
How long a row was watched is known exactly, from its own moment to the moment of knowledge, so that no Kaplan-Meier
estimate is needed. It is counted apart for each age of a lead: rows of another age are watched differently long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

IPCW, LEAVE_OUT = "ipcw", "leave_out"
"""What becomes of young rows: learned from with weights, or left out."""

MOST_WEIGHT = 10.0
"""Largest factor: beyond it, few rows would speak for very many (STATISTICS section 1)."""


@dataclass(frozen=True, slots=True)
class KnownThen:
    """What was known of rows at a moment; every entry has one value per row.

    Parameters
    ----------
    label : array of shape (n,)
        0 or 1 as known then; of rows whose label was not known, 0.
    known : array of bool
        Whether the label was known.
    mature : array of bool
        Whether the whole horizon had passed.
    weight : array of shape (n,)
        For judging and calibration: all mature rows weigh the same, together as much as their leads, all others
        nothing (:mod:`training.moment_weight`).
    teaching : array of shape (n,)
        For learning: the factor that makes the known rows stand for all, which is at most 10; scaled so that they sum
        to the number of leads with a known row. 0 for rows not known.
    """

    label: Floats
    known: Flags
    mature: Flags
    weight: Floats
    teaching: Floats


def known_then(rows: pl.DataFrame, moment: datetime, horizon: timedelta) -> KnownThen:
    """Return what was known at a moment of rows that were open before it.

    Parameters
    ----------
    rows : pl.DataFrame
        Examples (``training.examples.Examples.frame``) with ``as_of`` before ``moment``. A row without a moment is
        mature; one without dated outcomes is known from the end of its horizon on.
    moment : datetime
        The moment of knowledge.
    horizon : timedelta
        Span of the label.
    """
    end = pl.min_horizontal(pl.lit(moment), pl.col("as_of") + horizon)
    reached = (pl.col("target_at") <= end).fill_null(value=False)
    lost = (pl.col("lost_at") <= end).fill_null(value=False)
    undated = pl.col("target_at").is_null() & pl.col("lost_at").is_null()
    # The label is known from the target on, from the loss on, or from the end of the horizon on.
    wait = pl.when(reached).then("target_at").when(lost).then("lost_at").otherwise(pl.col("as_of") + horizon)
    told = rows.select(
        "lead_id",
        age=(pl.col("as_of") - pl.col("created_at")).dt.total_microseconds(),
        watched=(pl.lit(moment) - pl.col("as_of")).dt.total_microseconds(),
        wait=(wait - pl.col("as_of")).dt.total_microseconds(),
        mature=(pl.lit(moment) - pl.col("as_of") >= horizon).fill_null(value=True),
        settled=reached | lost,
        reached=pl.when(undated).then(pl.col("label") == 1).otherwise(reached),
    )
    mature = told["mature"].to_numpy()
    known = mature | told["settled"].to_numpy()
    teaching = np.where(known, _factors(told), 0.0)
    leads = told.filter(known)["lead_id"].n_unique()
    ended = told.filter("mature")
    judging = ended["lead_id"].n_unique() / max(ended.height, 1)
    return KnownThen(
        label=(told["reached"].to_numpy() & known).astype(np.float64),
        known=known,
        mature=mature,
        weight=np.where(mature, judging, 0.0),
        teaching=teaching * (leads / teaching.sum()) if leads else teaching,
    )


def _factors(told: pl.DataFrame) -> Floats:
    """Return 1 / G(wait-) per row, G counted among the rows of the same age of the lead."""
    factor = np.ones(told.height)
    timed = told.with_row_index("row").drop_nulls("watched")
    for _, rows in timed.group_by("age"):
        watched = np.sort(rows["watched"].to_numpy())
        at_least = watched.size - np.searchsorted(watched, rows["wait"].to_numpy(), side="left")
        factor[rows["row"].to_numpy()] = watched.size / np.maximum(at_least, 1)
    return np.minimum(factor, MOST_WEIGHT)
