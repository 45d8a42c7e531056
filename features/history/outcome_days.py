"""Outcomes of which only the day is known: on the day of its creation, a lead's outcome came after the creation."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

_JUST_AFTER = timedelta(microseconds=1)


def outcomes_after_creation(outcomes: pl.DataFrame, leads: pl.DataFrame, zone: str) -> tuple[pl.DataFrame, int]:
    """Move outcomes dated at the midnight that begins the lead's first day to just after its creation.

    A CRM that keeps a closing date without a clock time says midnight, which lies before the creation of every lead
    that was decided on its first day. Taken at its word, these leads would be closed before they came in, and the
    quickest of all would teach nothing. Any later moment of that day would do as well; the earliest one lets no
    feature see what happened after the outcome.

    Parameters
    ----------
    outcomes : pl.DataFrame
        The outcomes frame (docs/architecture.md).
    leads : pl.DataFrame
        The leads frame; the versions of a lead share its creation.
    zone : str
        IANA zone in which days begin; files that give all times in UTC begin them there.

    Returns
    -------
    tuple of (pl.DataFrame, int)
        The outcomes in their order, and how many were moved.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> leads = pl.DataFrame({"lead_id": ["A"], "created_at": [datetime(2024, 3, 1, 10, tzinfo=UTC)]})
    >>> won = pl.DataFrame({"lead_id": ["A"], "occurred_at": [datetime(2024, 3, 1, tzinfo=UTC)], "outcome": ["won"]})
    >>> outcomes_after_creation(won, leads, "Europe/Berlin")[0]["occurred_at"][0].isoformat()
    '2024-03-01T10:00:00.000001+00:00'
    """
    created = leads.group_by("lead_id").agg(pl.col("created_at").min().alias("_created"))
    joined = outcomes.join(created, on="lead_id", how="left", maintain_order="left")
    said, came = pl.col("occurred_at"), pl.col("_created")
    is_its_day = pl.lit(value=False)
    for days_of in dict.fromkeys((zone, "UTC")):
        is_its_day |= said == came.dt.convert_time_zone(days_of).dt.truncate("1d").dt.convert_time_zone("UTC")
    moved = joined.with_columns(_moves=is_its_day.fill_null(value=False)).with_columns(
        occurred_at=pl.when("_moves").then(came + _JUST_AFTER).otherwise(said)
    )
    return moved.select(outcomes.columns), int(moved["_moves"].sum())
