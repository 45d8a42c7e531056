"""Which leads are no example, and why, in a sentence for the report."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl


def left_out_sentence(
    leads: pl.DataFrame, used: pl.Series, observed_until: datetime | None, horizon: timedelta | None
) -> str | None:
    """Return how many leads give no example and why, or None where all do.

    Parameters
    ----------
    leads : pl.DataFrame
        One row per lead: ``lead_id``, ``created_at`` and its fate (``training.labels.fates``, null without outcomes).
    used : pl.Series
        Ids of the leads that give examples.
    observed_until : datetime or None
        The last moment anything was recorded.
    horizon : timedelta or None
        Span of the label; None where no lead has a creation time.
    """
    absent = leads.filter(~pl.col("lead_id").is_in(used.implode()))
    if absent.is_empty():
        return None
    reasons: list[tuple[str, int]] = []
    if horizon is not None:
        ended = pl.lit(value=False) if observed_until is None else pl.col("created_at") + horizon <= observed_until
        younger = absent.select((pl.col("created_at").is_not_null() & ~ended).sum()).item()
        closed = absent.select((ended & (pl.col("target_at").is_not_null() | pl.col("lost_at").is_not_null())).sum())
        days = horizon / timedelta(days=1)
        reasons = [
            (f"younger than {days:g} days (the horizon) at the end of the history", younger),
            ("closed by the time of every moment", int(closed.item() or 0)),
        ]
    told = sum(count for _, count in reasons)
    reasons.append(("without a known outcome or moment", absent.height - told))
    parts = ", ".join(f"{count:,} {why}" for why, count in reasons if count)
    return f"{absent.height:,} of {leads.height:,} leads give no example: {parts}."
