"""Examples: one row per lead and moment, with label and weight (DESIGN section 7, STATISTICS section 1).

The moments are the same for every lead whatever became of it. A row counts only when its horizon has passed
entirely: keeping the early positives of younger rows would overstate conversion by several points
(STATISTICS section 1: +3.8 points where the truth is 6.6 %), and so would keeping their early losses understate it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from features.domain import NotTrainedError
from features.history.port import History
from training.labels import fates


@dataclass(frozen=True, slots=True)
class Examples:
    """The rows to learn from and what was left out.

    Parameters
    ----------
    frame : pl.DataFrame
        ``lead_id``, ``created_at`` and ``as_of`` (null when untimed), ``order`` (smaller is older), ``label`` (0 or 1)
        and ``weight`` (1 / number of the lead's moments); sorted by order, lead and moment.
    counts : Mapping[str, int]
        Leads and rows by what became of them, for the report.
    horizon : timedelta or None
        Span of the label; None where the history has no dated outcomes.
    """

    frame: pl.DataFrame
    counts: Mapping[str, int]
    horizon: timedelta | None

    @property
    def moments(self) -> pl.DataFrame:
        """The frame ``lead_id, as_of`` that the feature builder answers."""
        return self.frame.select("lead_id", "as_of")


def make_examples(history: History, target: str, horizon_days: float, moments_days: tuple[float, ...]) -> Examples:
    """Return the examples of a history.

    Parameters
    ----------
    history : History
        Where leads and outcomes are read.
    target : str
        The outcome to predict.
    horizon_days : float
        Within how many days of ``as_of``.
    moments_days : tuple of float
        Days after creation at which a lead becomes an example.

    Raises
    ------
    NotTrainedError
        If no lead has a label: no outcomes, or none old enough for the horizon.
    """
    outcomes = history.outcomes()
    leads = _one_row_per_lead(history.leads()).join(fates(outcomes, target), on="lead_id", how="left")
    dated = history.observed_until is not None and outcomes["occurred_at"].is_not_null().any()
    horizon = timedelta(days=horizon_days) if dated else None
    parts = [_undated(leads)]
    counts: dict[str, int] = {"leads": leads.height}
    if horizon is not None and history.observed_until is not None:
        rows, told = _dated(leads, history.observed_until, horizon, moments_days)
        parts.append(rows)
        counts |= told
    frame = pl.concat(parts)
    if frame.is_empty():
        raise _nothing_to_learn(leads, history.observed_until if dated else None, horizon_days, target)
    frame = frame.with_columns((1.0 / pl.len().over("lead_id")).alias("weight")).sort("order", "lead_id", "as_of")
    labelled = frame.group_by("lead_id").agg(pl.col("label").max())
    counts |= {
        "leads used": labelled.height,
        "leads left out": leads.height - labelled.height,
        "rows used": frame.height,
        "positive leads": int(labelled["label"].sum()),
    }
    return Examples(frame=frame, counts=counts, horizon=horizon)


def _one_row_per_lead(leads: pl.DataFrame) -> pl.DataFrame:
    """Return id, creation and order; the versions of a lead share them."""
    return leads.group_by("lead_id").agg(pl.col("created_at").min(), pl.col("order").min())


_COLUMNS = ("lead_id", "created_at", "as_of", "order", "label")


def _undated(leads: pl.DataFrame) -> pl.DataFrame:
    """Return the creation moment of leads whose outcome, or whose own creation, carries no time."""
    return (
        leads.filter(pl.col("reached").is_not_null() & (~pl.col("dated") | pl.col("created_at").is_null()))
        .with_columns(pl.col("created_at").alias("as_of"), pl.col("reached").alias("label"))
        .select(_COLUMNS)
    )


def _dated(
    leads: pl.DataFrame, observed_until: datetime, horizon: timedelta, moments_days: tuple[float, ...]
) -> tuple[pl.DataFrame, dict[str, int]]:
    days = pl.DataFrame({"after": [timedelta(days=day) for day in moments_days]}, schema={"after": pl.Duration("us")})
    rows = (
        leads.filter(pl.col("dated").fill_null(value=True) & pl.col("created_at").is_not_null())
        .join(days, how="cross")
        .with_columns((pl.col("created_at") + pl.col("after")).alias("as_of"))
    )
    # A null comparison means that it never happened.
    is_open = (pl.col("target_at") > pl.col("as_of")).fill_null(value=True) & (
        pl.col("lost_at") > pl.col("as_of")
    ).fill_null(value=True)
    mature = pl.col("as_of") + horizon <= observed_until
    reached = (pl.col("target_at") <= pl.col("as_of") + horizon).fill_null(value=False)
    told: dict[str, Any] = rows.select(
        (~is_open).sum().alias("moments after the outcome"),
        (is_open & ~mature).sum().alias("moments too young for the horizon"),
    ).row(0, named=True)
    return rows.filter(is_open & mature).with_columns(reached.cast(pl.Int8).alias("label")).select(_COLUMNS), told


def _nothing_to_learn(
    leads: pl.DataFrame, observed_until: datetime | None, horizon_days: float, target: str
) -> NotTrainedError:
    median = leads["created_at"].drop_nulls().median() if observed_until is not None else None
    if observed_until is None or not isinstance(median, datetime):
        return NotTrainedError(
            f"No lead with an outcome: none of {leads.height} leads says whether it reached {target!r}.",
            "outcomes of the leads.",
            "Name the outcomes file or the target column in leadscore.yaml.",
        )
    workable = int((observed_until - median) / timedelta(days=1))
    remedy = (
        f"Set horizon_days: {workable} in leadscore.yaml, with which half of the leads are old enough, or wait."
        if 1 <= workable < horizon_days
        else "Give a longer history: it ends too soon after its leads came in."
    )
    return NotTrainedError(
        f"No open lead is {horizon_days:g} days (the horizon) older than its end ({observed_until:%Y-%m-%d}).",
        "leads whose whole horizon has passed.",
        remedy,
    )
