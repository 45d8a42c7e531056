"""The events file as a typed frame."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from features.config import Config, EventsTable
from features.history.leads_file import lead_ids, require_columns
from features.history.ledger import Ledger
from features.history.reading import read_table
from features.history.times import read_times
from features.history.values import present, read_values


def read_events(config: Config, events: EventsTable, file: Path | None) -> tuple[pl.DataFrame, Ledger]:
    """Return the events of the configured file, or of another of the same shape, and their account.

    Only the columns that features may read are taken from the file, so that wide logs stay small.

    Raises
    ------
    HistoryError
        If the file cannot be read or lacks an essential column.
    """
    properties = config.schema.used_properties
    wanted = [events.lead_id, events.occurred_at, events.event, *(prop.name for prop in properties)]
    table = read_table(events.file, events.format, wanted) if file is None else read_table(file, None, wanted)
    require_columns(table, wanted[:3], "events")
    ledger = Ledger("events", table)
    missing = config.schema.missing_values
    ids = lead_ids(table, events.lead_id, missing)
    ledger.reject(ids.is_null(), f"no {events.lead_id}")
    texts = present(table.frame[events.occurred_at], missing)
    ledger.reject(texts.is_null(), f"no {events.occurred_at}")
    moments, reasons = read_times(texts, config.time_zone, events.time_format)
    ledger.reject_by_reason(reasons, events.occurred_at)
    kinds = table.frame[events.event]
    ledger.reject(kinds.is_null(), f"no {events.event}")
    columns = {"lead_id": ids, "occurred_at": moments, "event": kinds}
    for prop in properties:
        if prop.name not in table.frame.columns:
            ledger.warn(f"{table.file.name} lacks {prop.name!r}; it counts as missing for every event")
            continue
        columns[f"property.{prop.name}"], bad = read_values(
            table.frame[prop.name],
            prop.type,
            missing,
            decimal=table.format.decimal,
            time_format=events.time_format,
        )
        ledger.note_bad_values(bad, prop.name, prop.type.value)
    frame = pl.DataFrame(columns)
    return (frame if ledger.keep.all() else frame.filter(ledger.keep)), ledger


def empty_events(config: Config) -> pl.DataFrame:
    """Return a frame of events without rows, for histories without them."""
    types: dict[str, pl.DataType] = {
        "lead_id": pl.String(), "occurred_at": pl.Datetime("us", "UTC"), "event": pl.String()
    }  # fmt: skip
    for prop in config.schema.used_properties:
        types[f"property.{prop.name}"] = pl.Float64() if prop.type.value == "number" else pl.String()
    return pl.DataFrame(schema=types)
