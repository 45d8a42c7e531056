"""The leads file as a typed frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from features.config import Config, TimeOrder
from features.domain import HistoryError
from features.history.ledger import Ledger
from features.history.reading import TextTable, read_table
from features.history.times import MOMENT, read_times
from features.history.values import present, read_values
from features.schema import ColumnType, Role

AS_OF = "as_of"
"""The column of a leads file that gives every row its own moment of knowledge."""

_TYPES: dict[ColumnType, pl.DataType] = {ColumnType.NUMBER: pl.Float64(), ColumnType.DATE: MOMENT}


@dataclass(frozen=True, slots=True)
class LeadsReading:
    """What the leads file held.

    Parameters
    ----------
    frame : pl.DataFrame
        The frame ``leads`` of docs/architecture.md.
    target : pl.Series or None
        Texts of the target's column, row by row of ``frame``; None where the target is no column.
    as_of : pl.Series or None
        Moment of every input row, where the file has such a column.
    input_ids : pl.Series
        Lead id of every input row, also of rejected ones; null where it has none.
    ledger : Ledger
        The account, still open.
    """

    frame: pl.DataFrame
    target: pl.Series | None
    as_of: pl.Series | None
    input_ids: pl.Series
    ledger: Ledger


def read_leads(config: Config, file: Path | None, *, require_target: bool) -> LeadsReading:
    """Return the leads of the configured file, or of another of the same shape.

    Parameters
    ----------
    config : Config
        What each column means.
    file : Path or None
        Another file; its way of writing is detected anew. None reads the configured one.
    require_target : bool
        Whether the target's column must be there.

    Raises
    ------
    HistoryError
        If the file cannot be read or lacks an essential column.
    """
    leads, target = config.leads, config.target.column
    table = read_table(leads.file, leads.format) if file is None else read_table(file)
    essential = [leads.lead_id]
    if file is None:
        essential += [leads.created_at, leads.known_at, leads.order_column]
    if require_target:
        essential.append(target)
    require_columns(table, [name for name in essential if name is not None], "leads")
    ledger = Ledger("leads", table)
    missing = config.schema.missing_values
    ids = lead_ids(table, leads.lead_id, missing)
    ledger.reject(ids.is_null(), f"no {leads.lead_id}")
    zone, pattern = config.time_zone, leads.time_format
    created, known = (_optional_times(table, ledger, name, zone, pattern, missing) for name in _time_columns(config))
    as_of = None
    if AS_OF in table.columns and AS_OF not in (leads.created_at, leads.known_at):
        as_of, reasons = read_times(present(table.frame[AS_OF], missing), zone, pattern)
        if reasons.null_count() < len(reasons):
            as_of, reasons = _as_of_in_iso_too(table, as_of, reasons, zone, missing)
        ledger.reject_by_reason(reasons, AS_OF)
    columns = {"lead_id": ids, "created_at": created, "known_at": known}
    columns |= _attributes(config, table, ledger)
    frame = pl.DataFrame(columns).with_columns(_order(config, table).alias("order"))
    repeated = ~frame.select(unique=pl.struct("lead_id", "known_at").is_first_distinct())["unique"]
    # Rows already rejected must not make a later good one a duplicate.
    if not ledger.keep.all():
        repeated = _repeats(frame, ledger.keep)
    ledger.mark_duplicate(repeated, "the same lead (and known_at) again; the first row is kept")
    keep = ledger.keep
    order = ["lead_id", "created_at", "known_at", "order"]
    texts = None if target is None or target not in table.frame.columns else table.frame[target].filter(keep)
    return LeadsReading(
        frame=frame.select(*order, pl.exclude(order)).filter(keep),
        target=None if texts is None else present(texts, missing),
        as_of=None if as_of is None else _with_ragged(table, as_of, [None] * len(table.ragged)),
        input_ids=_with_ragged(table, ids, _ragged_ids(table, leads.lead_id)).alias("lead_id"),
        ledger=ledger,
    )


def require_columns(table: TextTable, names: Sequence[str], what: str) -> None:
    """Refuse a file without its essential columns, naming what it has and the nearest to what it lacks.

    Raises
    ------
    HistoryError
        If one of ``names`` is not among the file's columns.
    """
    for name in names:
        if name in table.columns:
            continue
        near = get_close_matches(name.casefold(), [column.casefold() for column in table.columns], n=1, cutoff=0.6)
        nearest = next((column for column in table.columns if near and column.casefold() == near[0]), None)
        raise HistoryError(
            f"{table.file.name} has no column {name!r}; it has {', '.join(map(repr, table.columns[:40]))}.",
            f"the {what} file's column {name!r}.",
            f"Did you mean {nearest!r}? Rename it, or correct leadscore.yaml."
            if nearest
            else "Rename the column, or correct leadscore.yaml.",
        )


def lead_ids(table: TextTable, column: str | None, missing: frozenset[str]) -> pl.Series:
    """Return the trimmed lead ids, null where missing; rows are numbered where there is no such column."""
    if column is None:
        return pl.select("row " + (table.positions + 1).cast(pl.String)).to_series().alias("lead_id")
    return present(table.frame[column], missing).alias("lead_id")


def _time_columns(config: Config) -> tuple[str | None, str | None]:
    return config.leads.created_at, config.leads.known_at


def _optional_times(
    table: TextTable, ledger: Ledger, column: str | None, zone: str, pattern: str | None, missing: frozenset[str]
) -> pl.Series:
    if column is None or column not in table.columns:
        if column is not None:
            ledger.warn(f"{table.file.name} has no column {column!r}; these leads have no such time")
        return pl.Series([None] * table.frame.height, dtype=MOMENT)
    moments, reasons = read_times(present(table.frame[column], missing), zone, pattern)
    ledger.reject_by_reason(reasons, column)
    return moments


def _as_of_in_iso_too(
    table: TextTable, as_of: pl.Series, reasons: pl.Series, zone: str, missing: frozenset[str]
) -> tuple[pl.Series, pl.Series]:
    # Whoever adds the column as_of for us writes ISO 8601, whatever the CRM's own times look like.
    moments, iso_reasons = read_times(present(table.frame[AS_OF], missing), zone)
    better = reasons.is_not_null() & moments.is_not_null()
    return moments.zip_with(better, as_of), iso_reasons.zip_with(better, reasons)


def _attributes(config: Config, table: TextTable, ledger: Ledger) -> dict[str, pl.Series]:
    values: dict[str, pl.Series] = {}
    height, absent = table.frame.height, []
    for column in config.schema.columns:
        key = f"attribute.{column.name}"
        if column.name not in table.frame.columns:
            # What is left out is read by nothing; leads to score rarely have what was written down afterwards.
            if column.role is not Role.LEFT_OUT:
                absent.append(column.name)
            values[key] = pl.Series([None] * height, dtype=_TYPES.get(column.type, pl.String()))
            continue
        values[key], bad = read_values(
            table.frame[column.name],
            column.type,
            config.schema.missing_values,
            decimal=table.format.decimal,
            time_format=config.leads.time_format,
        )
        ledger.note_bad_values(bad, column.name, column.type.value)
    if absent:
        count = "it counts" if len(absent) == 1 else "they count"
        ledger.warn(f"{table.file.name} lacks {', '.join(map(repr, absent))}; {count} as missing for every lead")
    return values


def _order(config: Config, table: TextTable) -> pl.Series:
    leads, height = config.leads, table.frame.height
    if leads.order is TimeOrder.CREATED_AT and leads.created_at in table.frame.columns:
        texts = present(table.frame[leads.created_at], config.schema.missing_values)
        value = read_times(texts, config.time_zone, leads.time_format)[0].to_physical()
    elif leads.order is TimeOrder.COLUMN and leads.order_column in table.frame.columns:
        value = read_values(table.frame[leads.order_column], ColumnType.NUMBER, (), decimal=table.format.decimal)[0]
    elif leads.order is TimeOrder.FILE:
        value = table.positions
    else:
        return pl.Series([None] * height, dtype=pl.Int64)
    return value.rank("dense", descending=leads.order_descending).cast(pl.Int64)


def _repeats(frame: pl.DataFrame, keep: pl.Series) -> pl.Series:
    kept = frame.select("lead_id", "known_at", row=pl.int_range(pl.len())).filter(keep)
    repeats = kept.filter(~pl.struct("lead_id", "known_at").is_first_distinct())["row"]
    return pl.int_range(frame.height, eager=True).is_in(repeats.implode())


def _ragged_ids(table: TextTable, column: str | None) -> list[str | None]:
    if column is None:
        return [f"row {row.position + 1}" for row in table.ragged]
    place = table.columns.index(column)
    return [(row.cells[place].strip() or None) if place < len(row.cells) else None for row in table.ragged]


def _with_ragged(table: TextTable, values: pl.Series, of_ragged: Sequence[object]) -> pl.Series:
    """Return one value per input row in input order, the ragged rows in their places."""
    if not table.ragged:
        return values
    places = pl.Series([row.position for row in table.ragged], dtype=pl.UInt32)
    whole = pl.DataFrame({"place": table.positions, "value": values})
    rest = pl.DataFrame({"place": places, "value": pl.Series(of_ragged, dtype=values.dtype)})
    return pl.concat([whole, rest]).sort("place")["value"]
