"""The store as a history to learn from: the same frames as files give, read page by page.

Rows are only ever added, so pages of rows up to the newest number at the beginning are one consistent state, without
a reading transaction that would keep writers waiting. Events go to a temporary Parquet file, so that memory holds one
page of them.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, ColumnElement, Table, Text, func, select, type_coerce

from features.config import Config, TimeOrder
from features.domain.consent import PROFILING
from features.history.observed import last_moment
from features.history.outcome_days import outcomes_after_creation
from features.history.outcome_rows import no_outcomes, outcomes_from_events
from features.history.times import MOMENT
from features.history.values import read_values
from features.profiling import told_left_out, without_basis
from features.schema import ColumnType, Schema
from serving.store.events import events
from serving.store.leads import lead_versions, leads
from serving.store.outcomes import outcomes
from serving.store.store import Store

PAGE = 50_000
"""Rows that are read at once."""


@dataclass(frozen=True)
class StoreHistory:
    """What the store holds of leads; implements :class:`features.history.port.History`.

    Parameters
    ----------
    schema : Schema
        What each column means.
    observed_until : datetime or None
        The last moment anything was recorded, in UTC; moments after the present are not believed.
    warnings : tuple of str
        What the reader should know.
    """

    schema: Schema
    observed_until: datetime | None
    warnings: tuple[str, ...]
    _leads: pl.DataFrame
    _events: pl.LazyFrame
    _outcomes: pl.DataFrame

    @classmethod
    def read(cls, store: Store, config: Config, *, page: int = PAGE) -> StoreHistory:
        """Read a store's history.

        Parameters
        ----------
        store : Store
            Where it is.
        config : Config
            What the columns mean, what orders leads, and which events are outcomes.
        page : int
            Rows that are read at once.

        Raises
        ------
        StoreError
            If the database does not answer.
        """
        schema, now = config.schema, store.clock.now()
        until = _newest_ids(store)
        told = _leads(store, config, until[lead_versions.name], page)
        folder = Path(tempfile.mkdtemp(prefix="leadscore-history-"))
        try:
            did = _events(store, schema, until[events.name], page, folder)
            became = _outcomes(store, until[outcomes.name], page)
            left_out = _without_basis(store, config, told, did, became)
            if left_out:
                hidden = pl.col("lead_id").is_in(sorted(left_out))
                told, did, became = told.filter(~hidden), did.filter(~hidden), became.filter(~hidden)
            if config.target.from_events:
                became = pl.concat([became, outcomes_from_events(did, config.target)])
            became, _ = outcomes_after_creation(became, told, config.time_zone)
            warnings = (told_left_out(len(left_out)),) if left_out else ()
            history = cls(schema, _observed_until(told, did, became, now), warnings, told, did, became)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        # They hold what people did: gone with the history that reads them.
        weakref.finalize(history, shutil.rmtree, folder, ignore_errors=True)
        return history

    def leads(self) -> pl.DataFrame:
        """Return one row per lead and version of its attributes, in the order in which they were recorded."""
        return self._leads

    def events(self) -> pl.LazyFrame:
        """Return one row per event, to be read while this history lives; those in quarantine are left out."""
        return self._events

    def outcomes(self) -> pl.DataFrame:
        """Return one row per outcome; ``occurred_at`` is null where the history has no such moment."""
        return self._outcomes


def _without_basis(
    store: Store, config: Config, told: pl.DataFrame, did: pl.LazyFrame, became: pl.DataFrame
) -> frozenset[str]:
    """Return the leads that may not be profiled: an objection covers learning from them too."""
    ids = set(told["lead_id"]) | set(became["lead_id"]) | set(did.select("lead_id").unique().collect()["lead_id"])
    with store.read() as tx:
        return without_basis(tx.consents.all_last_words(PROFILING), config.profiling, ids)


def _observed_until(told: pl.DataFrame, did: pl.LazyFrame, became: pl.DataFrame, now: datetime) -> datetime | None:
    # The maximum is taken where the events lie, so that memory never holds all of their moments.
    last = did.select("occurred_at").filter(pl.col("occurred_at") <= now).max().collect().to_series()
    return last_moment((told["created_at"], told["known_at"], became["occurred_at"], last), now)


def _newest_ids(store: Store) -> dict[str, int]:
    with store.read() as tx:
        return {
            table.name: tx.connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
            for table in (lead_versions, events, outcomes)
        }


def _pages(
    store: Store, table: Table, columns: Sequence[ColumnElement[Any]], until: int, page: int, *joins: Table
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows (id first) page by page, each in a transaction of its own."""
    source: Any = table
    for other in joins:
        source = source.join(other)
    after = 0
    while after < until:
        query = (
            select(table.c.id, *columns)
            .select_from(source)
            .where(table.c.id > after, table.c.id <= until)
            .order_by(table.c.id)
            .limit(page)
        )
        with store.read() as tx:
            rows = [tuple(row) for row in tx.connection.execute(query)]
        if not rows:
            return
        after = rows[-1][0]
        yield rows


def _raw(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a moment's column as its microseconds: a frame reads them at once, without a million objects."""
    return type_coerce(column, BigInteger)


def _text(column: ColumnElement[Any]) -> ColumnElement[str]:
    return type_coerce(column, Text)


def _leads(store: Store, config: Config, until: int, page: int) -> pl.DataFrame:
    columns = [
        lead_versions.c.lead_id, _raw(leads.c.created_at), _raw(lead_versions.c.known_at), lead_versions.c.position,
        _text(lead_versions.c.attributes),
    ]  # fmt: skip
    schema = {
        "id": pl.Int64, "lead_id": pl.String, "created_at": pl.Int64, "known_at": pl.Int64, "position": pl.Int64,
        "attributes": pl.String,
    }  # fmt: skip
    kinds = {f"attribute.{column.name}": (column.name, column.type) for column in config.schema.columns}
    parts = [_decoded(_frame([], schema), "attributes", kinds, config.schema)]
    for rows in _pages(store, lead_versions, columns, until, page, leads):
        parts.append(_decoded(_frame(rows, schema), "attributes", kinds, config.schema))
    frame = pl.concat(parts).with_columns(pl.col("created_at", "known_at").cast(MOMENT))
    return frame.with_columns(_order(config)).select("lead_id", "created_at", "known_at", "order", *kinds)


def _order(config: Config) -> pl.Expr:
    if config.leads.order is TimeOrder.NONE:
        return pl.lit(None, pl.Int64).alias("order")
    if config.leads.order is TimeOrder.CREATED_AT:
        return (
            pl.col("created_at").rank("dense", descending=config.leads.order_descending).cast(pl.Int64).alias("order")
        )
    # Leads that came after the file have no place in it: they are the newest.
    place = pl.col("position").fill_null(pl.col("position").max().fill_null(0) + pl.col("id"))
    return place.rank("dense").cast(pl.Int64).alias("order")


def _events(store: Store, schema: Schema, until: int, page: int, folder: Path) -> pl.LazyFrame:
    columns = [
        events.c.lead_id, _raw(events.c.occurred_at), events.c.event, _text(events.c.properties), events.c.quarantined,
    ]  # fmt: skip
    types = {
        "id": pl.Int64, "lead_id": pl.String, "occurred_at": pl.Int64, "event": pl.String, "properties": pl.String,
        "quarantined": pl.Boolean,
    }  # fmt: skip
    kinds = {f"property.{prop.name}": (prop.name, prop.type) for prop in schema.used_properties}

    def write(rows: list[tuple[Any, ...]], number: int) -> None:
        frame = _frame(rows, types).filter(~pl.col("quarantined")).with_columns(pl.col("occurred_at").cast(MOMENT))
        decoded = _decoded(frame, "properties", kinds, schema)
        decoded.select("lead_id", "occurred_at", "event", *kinds).write_parquet(folder / f"{number:06d}.parquet")

    write([], 0)
    for number, rows in enumerate(_pages(store, events, columns, until, page), start=1):
        write(rows, number)
    return pl.scan_parquet(folder / "*.parquet", glob=True)


def _outcomes(store: Store, until: int, page: int) -> pl.DataFrame:
    columns = [outcomes.c.lead_id, _raw(outcomes.c.occurred_at), outcomes.c.outcome, outcomes.c.reason]
    types = {
        "id": pl.Int64, "lead_id": pl.String, "occurred_at": pl.Int64, "outcome": pl.String, "reason": pl.String
    }  # fmt: skip
    parts = [no_outcomes()]
    for rows in _pages(store, outcomes, columns, until, page):
        parts.append(_frame(rows, types).drop("id").with_columns(pl.col("occurred_at").cast(MOMENT)))
    return pl.concat(parts)


def _frame(rows: list[tuple[Any, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def _decoded(
    frame: pl.DataFrame, document: str, kinds: dict[str, tuple[str, ColumnType]], schema: Schema
) -> pl.DataFrame:
    """Return the frame with a document's entries as columns, in the types of the schema as it is now."""
    if not kinds:
        return frame.drop(document)
    names = {name for name, _ in kinds.values()}
    texts = frame[document].str.json_decode(pl.Struct(dict.fromkeys(sorted(names), pl.String))).struct.unnest()
    # As a cell of a file: what the schema cannot read (any more) counts as missing.
    columns = [
        read_values(texts[name], kind, schema.missing_values)[0].alias(key) for key, (name, kind) in kinds.items()
    ]
    return frame.drop(document).with_columns(columns)
