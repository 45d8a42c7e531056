"""What was known of each lead at each moment, as the objects that a single score is asked with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import polars as pl

from features.catalog.tally import TallyPlan
from features.catalog.timeline import Timeline
from features.catalog.versions import Versions
from features.domain import Event, Lead
from features.schema import Schema

_ATTRIBUTE, _PROPERTY = "attribute.", "property."


def snapshots(
    schema: Schema, leads: pl.DataFrame, events: pl.LazyFrame | None, moments: pl.DataFrame
) -> Iterator[tuple[Lead, list[Event], datetime | None]]:
    """Yield lead, events and moment for every row of ``moments``, in its order.

    Parameters
    ----------
    schema : Schema
        Of the history.
    leads, events, moments : frames
        As docs/architecture.md describes them.

    Yields
    ------
    tuple of (Lead, list of Event, datetime or None)
        The lead in its version known at the moment (without attributes where none was), its events up to the moment
        in order of time, silent kinds among them, and the moment.
    """
    known = moments.select(pl.col("lead_id").unique(maintain_order=True)).with_row_index("lead")
    lead = moments.select("lead_id").join(known, on="lead_id", maintain_order="left")["lead"].cast(pl.Int64).to_numpy()
    as_of = moments["as_of"].dt.epoch("us").to_numpy() if schema.timed else None
    versions = Versions.read(TallyPlan.from_schema(schema), leads, known)
    version = versions.known(lead, as_of)
    created = versions.created_at.cast(pl.Datetime("us", "UTC")).gather(lead)
    rows = versions.rows.gather(version)
    history, timeline = _ordered(events, known)
    start = timeline.starts[lead]
    end = start if as_of is None else timeline.end(lead, as_of)
    wanted = zip(moments["lead_id"], moments["as_of"], created, rows, start, end, strict=True)
    for lead_id, moment, created_at, row, first, last in wanted:
        given = {} if row is None else leads.row(row, named=True)
        attributes = {
            name.removeprefix(_ATTRIBUTE): value
            for name, value in given.items()
            if name.startswith(_ATTRIBUTE) and value is not None
        }
        yield (
            Lead(lead_id, created_at, attributes, given.get("known_at")),
            [_event(lead_id, event) for event in history.slice(first, last - first).iter_rows(named=True)],
            moment if schema.timed else None,
        )


def _ordered(events: pl.LazyFrame | None, known: pl.DataFrame) -> tuple[pl.DataFrame, Timeline]:
    if events is None:
        return pl.DataFrame(), Timeline(np.zeros(0, dtype=np.int64), np.zeros(known.height + 1, dtype=np.int64))
    history = (
        events.join(known.lazy(), on="lead_id", how="inner")
        .sort("lead", "occurred_at", "event")
        .collect(engine="streaming")
    )
    times = history["occurred_at"].dt.epoch("us").to_numpy()
    return history, Timeline.from_sorted(history["lead"].cast(pl.Int64).to_numpy(), times, known.height)


def _event(lead_id: str, row: dict[str, object]) -> Event:
    properties = {
        name.removeprefix(_PROPERTY): value
        for name, value in row.items()
        if name.startswith(_PROPERTY) and value is not None
    }
    return Event(lead_id, row["occurred_at"], row["event"], properties)  # type: ignore[arg-type]  # as the frame says
