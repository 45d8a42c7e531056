"""Rows that are kept but worth knowing: from the future, before creation, of nobody, said twice."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from features.history.quality import Oddities
from features.schema import ColumnType, Schema

_SCIENTIFIC = r"^\d([.,]\d+)?[eE]\+\d+$"
"""What a spreadsheet makes of a long number that was no text."""


def find_oddities(
    leads: pl.DataFrame, events: pl.DataFrame, outcomes: pl.DataFrame, schema: Schema, now: datetime
) -> Oddities:
    """Count what is odd across the tables.

    Parameters
    ----------
    leads, events, outcomes : pl.DataFrame
        Frames of docs/architecture.md.
    schema : Schema
        Says which columns hold e-mail addresses.
    now : datetime
        The present, with a zone.
    """
    created = leads.group_by("lead_id").agg(pl.col("created_at").min())
    events_early, events_alone = _beside_leads(events, created)
    outcomes_early, outcomes_alone = _beside_leads(outcomes, created)
    shared, holders = _shared_emails(leads, schema)
    return Oddities(
        leads_in_future=_after(leads["created_at"], now),
        events_in_future=_after(events["occurred_at"], now),
        outcomes_in_future=_after(outcomes["occurred_at"], now),
        events_before_creation=events_early,
        outcomes_before_creation=outcomes_early,
        events_without_lead=events_alone,
        outcomes_without_lead=outcomes_alone,
        rounded_ids=sum(_rounded(table["lead_id"]) for table in (leads, events, outcomes)),
        same_moment_repeats=_repeats(events),
        shared_emails=shared,
        leads_with_shared_email=holders,
    )


def _after(times: pl.Series, now: datetime) -> int:
    return int((times > now).sum())


def _beside_leads(rows: pl.DataFrame, created: pl.DataFrame) -> tuple[int, int]:
    if rows.is_empty():
        return 0, 0
    joined = (
        rows.lazy()
        .select("lead_id", "occurred_at")
        .join(created.lazy().with_columns(known=pl.lit(True)), on="lead_id", how="left")
    )
    counts = joined.select(
        early=(pl.col("occurred_at") < pl.col("created_at")).sum(), alone=pl.col("known").is_null().sum()
    ).collect()
    return int(counts["early"][0]), int(counts["alone"][0])


def _rounded(ids: pl.Series) -> int:
    return int(ids.str.contains(_SCIENTIFIC).sum())


def _repeats(events: pl.DataFrame) -> int:
    if events.is_empty():
        return 0
    # A hash of the row is enough to count by, and far smaller than the rows.
    return events.height - int(events.hash_rows().n_unique())


def _shared_emails(leads: pl.DataFrame, schema: Schema) -> tuple[int, int]:
    shared = holders = 0
    for column in schema.columns:
        if column.type is not ColumnType.EMAIL:
            continue
        groups = (
            leads.lazy()
            .select("lead_id", email=pl.col(f"attribute.{column.name}").str.strip_chars().str.to_lowercase())
            .filter(pl.col("email").is_not_null())
            .group_by("email")
            .agg(pl.col("lead_id").n_unique())
            .filter(pl.col("lead_id") > 1)
            .collect()
        )
        shared += groups.height
        holders += int(groups["lead_id"].sum())
    return shared, holders
