"""What became of each lead, as far as a label needs it: when it reached the target, when it was closed as lost."""

from __future__ import annotations

import polars as pl

LOST = "lost"
"""The outcome that closes a lead; from then on it is not scored any more."""


def fates(outcomes: pl.DataFrame, target: str) -> pl.DataFrame:
    """Return one row per lead that has any outcome.

    Parameters
    ----------
    outcomes : pl.DataFrame
        The outcomes frame (docs/architecture.md).
    target : str
        The outcome to predict.

    Returns
    -------
    pl.DataFrame
        ``lead_id``; ``target_at`` and ``lost_at``, the first dated moments or null; ``undated``, 1 or 0 where only an
        outcome without a moment tells the label (1 = target), else null.
    """
    reached = pl.col("outcome") == target
    dated = pl.col("occurred_at").is_not_null()
    closed = (pl.col("outcome") == LOST) & ~reached
    undated_reached = (reached & ~dated).any()
    return outcomes.group_by("lead_id").agg(
        pl.col("occurred_at").filter(reached).min().alias("target_at"),
        pl.col("occurred_at").filter(closed).min().alias("lost_at"),
        pl.when(undated_reached)
        .then(pl.lit(1, pl.Int8))
        # A dated outcome of any kind means that this lead's times are known, so that its label follows from them.
        .when(~dated.any())
        .then(pl.lit(0, pl.Int8))
        .otherwise(pl.lit(None, pl.Int8))
        .alias("undated"),
    )
