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
        ``lead_id``; ``target_at`` and ``lost_at``, the first dated moments or null; ``reached``, 1 where any outcome
        is the target, else 0; ``dated``, whether the label follows from moments rather than from ``reached`` alone.
    """
    reached = pl.col("outcome") == target
    dated = pl.col("occurred_at").is_not_null()
    closed = (pl.col("outcome") == LOST) & ~reached
    return outcomes.group_by("lead_id").agg(
        pl.col("occurred_at").filter(reached).min().alias("target_at"),
        pl.col("occurred_at").filter(closed).min().alias("lost_at"),
        reached.any().cast(pl.Int8).alias("reached"),
        # A target without a moment cannot be placed in time, whatever else of the lead can.
        (dated.any() & ~(reached & ~dated).any()).alias("dated"),
    )
