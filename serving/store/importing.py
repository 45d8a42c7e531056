"""A workspace's files into the store: batch by batch, each kept whole or not at all, and doing it twice adds nothing.

What the files do not name is told by their content: an event's id is made of what it says and of how many equal ones
stand before it. A lead's row without ``known_at`` that differs from what the files said before is a new version, known
from now on; that is how an overwritten export becomes a history.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import polars as pl
from sqlalchemy import Connection, Table, Text, bindparam, select, type_coerce

from features.config import Config, TimeOrder
from features.domain import Event, Outcome
from features.domain.consent import PROFILING, Word
from features.history import FileHistory, QualityReport
from serving.store.columns import canonical_json, microseconds
from serving.store.consents import Consent
from serving.store.content_id import content_id
from serving.store.events import event_row, events
from serving.store.identities import mailbox_of
from serving.store.leads import lead_versions, leads, next_moment, search_text
from serving.store.outcomes import outcome_content_id, outcomes
from serving.store.store import Store
from serving.store.transaction import Transaction
from serving.store.upsert import insert

SOURCE = "file"
"""Of rows that say how things are, and of events and outcomes."""

DATED = "file, dated"
"""Of leads' rows that say themselves since when they were known."""

BATCH = 2_000
"""Rows that are kept or lost together."""

_ATTRIBUTE, _PROPERTY = "attribute.", "property."


class Progress(Protocol):
    """Told how far the import is (as ``training.progress.Progress``)."""

    def stage(self, name: str, steps: int | None = None) -> None:
        """Begin a stage of so many steps."""
        ...

    def step(self, detail: str = "") -> None:
        """Finish a step."""
        ...


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Parameters
    ----------
    stored, present : dict of str to int
        By table: rows that are new in the store, and rows that it held already.
    erased : dict of str to int
        By table: rows of leads that were erased here, and so are not loaded again.
    quality : QualityReport
        How the files' rows were accounted for; ``used`` rows are ``stored + present + erased``.
    """

    stored: dict[str, int]
    present: dict[str, int]
    erased: dict[str, int]
    quality: QualityReport

    def to_mapping(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return {
            "stored": self.stored,
            "present": self.present,
            "erased": self.erased,
            "quality": self.quality.to_mapping(),
        }


def import_files(store: Store, config: Config, progress: Progress) -> Imported:
    """Load the files that leadscore.yaml names.

    Raises
    ------
    HistoryError
        If a file cannot be read at all; nothing was stored.
    StoreError
        If the database stops answering; the batches before are kept, and the import can be started again.
    """
    progress.stage("Reading the files")
    history = FileHistory.read(config, everybody=True, clock=store.clock)
    stored: dict[str, int] = {}
    present: dict[str, int] = {}
    left_out: dict[str, int] = {}
    told = history.leads()
    if config.leads.order not in (TimeOrder.COLUMN, TimeOrder.FILE):
        told = told.with_columns(pl.lit(None, pl.Int64).alias("order"))
    did = history.events().collect()
    # True repeats exist (two clicks within a second), so each of several equal events has a number.
    did = did.with_columns(pl.int_range(pl.len()).over(did.columns).alias("repeat"))
    # Neighbours in the indices are stored together: a lead's pages are written once, not once for every event.
    did = did.sort("lead_id", maintain_order=True)
    tables = [("leads", told, _keep_leads), ("events", did, _keep_events),
              ("outcomes", history.recorded_outcomes(), _keep_outcomes)]  # fmt: skip
    if config.consents is not None:
        tables.append(("consents", history.consents(), _keep_consents))
    for name, whole, keep in tables:
        kept = _without_erased(store, whole)
        frame = _under_one_id(store, kept, is_leads=name == "leads")
        progress.stage(f"Storing {frame.height:,} {name}", -(-frame.height // BATCH))
        stored[name], left_out[name] = 0, whole.height - kept.height
        for rows in _batches(frame):
            with store.begin() as tx:
                stored[name] += keep(tx, rows)
                if name == "leads":
                    _claim_mailboxes(tx, config, rows)
            progress.step()
        present[name] = kept.height - stored[name]
    if stored.get("consents"):
        _follow_words(store, config, stored["consents"])
    return Imported(stored, present, left_out, history.quality)


def _without_erased(store: Store, frame: pl.DataFrame) -> pl.DataFrame:
    with store.begin() as tx:
        erased = tx.erasure.erased_among(frame["lead_id"].unique())
    return frame.filter(~pl.col("lead_id").is_in(sorted(erased))) if erased else frame


def _under_one_id(store: Store, frame: pl.DataFrame, *, is_leads: bool) -> pl.DataFrame:
    """Return the rows under the id that each person has here; a merged record's own row is known already."""
    with store.read() as tx:
        others = tx.identities.all_aliases()
    if not others:
        return frame
    if is_leads:
        return frame.filter(~pl.col("lead_id").is_in(sorted(others)))
    return frame.with_columns(pl.col("lead_id").replace(others))


def _claim_mailboxes(tx: Transaction, config: Config, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        box = mailbox_of(_without_prefix(row, _ATTRIBUTE), config.schema, config.duplicates)
        if box is not None and tx.identities.owner(box) is None:
            tx.identities.claim(row["lead_id"], box)


def _follow_words(store: Store, config: Config, count: int) -> None:
    """Let a running service remove the scores of who may not be profiled any more, and score who may be now."""
    with store.begin() as tx:
        tx.reviews.look_again(PROFILING)
        tx.audit.append("consents.imported", by=getpass.getuser(), details={"words": count})


def _batches(frame: pl.DataFrame) -> Iterator[list[dict[str, Any]]]:
    for part in frame.iter_slices(BATCH):
        yield part.to_dicts()


def _keep_leads(tx: Transaction, rows: Sequence[dict[str, Any]]) -> int:
    connection, now = tx.connection, tx.now
    ids = sorted({row["lead_id"] for row in rows})
    created = {row["lead_id"]: row["created_at"] for row in reversed(rows)}
    _open(connection, now, ids, created)
    known = _Known.read(connection, ids)
    versions = [version for row in rows if (version := known.add(row, now)) is not None]
    if versions:
        connection.execute(lead_versions.insert(), versions)
        connection.execute(
            leads.update().where(leads.c.lead_id == bindparam("of_lead")).values(search_text=bindparam("texts")),
            [{"of_lead": one, "texts": known.texts(one)} for one in sorted({row["lead_id"] for row in versions})],
        )
    return len(versions)


def _open(connection: Connection, now: datetime, ids: Sequence[str], created: dict[str, datetime | None]) -> None:
    if not ids:
        return
    connection.execute(
        insert(connection, leads).on_conflict_do_nothing(),
        [
            {"lead_id": one, "created_at": created.get(one), "first_seen_at": now, "search_text": one.casefold()}
            for one in ids
        ],
    )
    dated = [{"of_lead": one, "created": moment} for one in ids if (moment := created.get(one)) is not None]
    if dated:
        connection.execute(
            leads.update()
            .where(leads.c.lead_id == bindparam("of_lead"), leads.c.created_at.is_(None))
            .values(created_at=bindparam("created")),
            dated,
        )


@dataclass(frozen=True, slots=True)
class _Version:
    known_at: datetime | None
    source: str
    attributes: str
    values: dict[str, Any] | None = None

    @property
    def since(self) -> int:
        return -1 if self.known_at is None else microseconds(self.known_at)


@dataclass(frozen=True, slots=True)
class _Known:
    """The versions that the store holds of some leads."""

    versions: dict[str, list[_Version]]

    @classmethod
    def read(cls, connection: Connection, ids: Sequence[str]) -> _Known:
        rows = connection.execute(
            select(
                lead_versions.c.lead_id, lead_versions.c.known_at, lead_versions.c.source,
                type_coerce(lead_versions.c.attributes, Text).label("attributes"),
            )
            .where(lead_versions.c.lead_id.in_(ids))
            .order_by(lead_versions.c.id)
        )  # fmt: skip
        versions: dict[str, list[_Version]] = {one: [] for one in ids}
        for row in rows:
            versions[row.lead_id].append(_Version(row.known_at, row.source, row.attributes))
        return cls(versions)

    def add(self, row: dict[str, Any], now: datetime) -> dict[str, Any] | None:
        """Return the version that a file's row is, None where the store holds it."""
        values = _without_prefix(row, _ATTRIBUTE)
        attributes = canonical_json(values)
        versions, known_at = self.versions[row["lead_id"]], row["known_at"]
        source = SOURCE if known_at is None else DATED
        if known_at is not None:
            if any(one.known_at == known_at for one in versions):
                return None
        elif told := [one for one in versions if one.source != DATED]:
            # What the files said last is compared, not what the CRM's own calls said since.
            newest = max([one for one in told if one.source == SOURCE] or told, key=lambda one: one.since)
            if newest.attributes == attributes:
                return None
            known_at = next_moment((one.known_at for one in versions), now)
        versions.append(_Version(known_at, source, attributes, values))
        return {
            "lead_id": row["lead_id"], "known_at": known_at, "recorded_at": now, "source": source,
            "position": row["order"], "attributes": values,
        }  # fmt: skip

    def texts(self, lead_id: str) -> str:
        """Return the search text of a lead's newest version."""
        newest = max(self.versions[lead_id], key=lambda one: one.since)
        values = json.loads(newest.attributes) if newest.values is None else newest.values
        return search_text(lead_id, values)


def _keep_events(tx: Transaction, rows: Sequence[dict[str, Any]]) -> int:
    _open(tx.connection, tx.now, sorted({row["lead_id"] for row in rows}), {})
    new = []
    for row in rows:
        one = Event(row["lead_id"], row["occurred_at"], row["event"], _without_prefix(row, _PROPERTY))
        said = (microseconds(one.occurred_at), one.event, canonical_json(one.properties))
        new.append(event_row(one, content_id(*said, row["repeat"]), SOURCE, tx.now))
    return _added(tx.connection, events, new)


def _keep_outcomes(tx: Transaction, rows: Sequence[dict[str, Any]]) -> int:
    _open(tx.connection, tx.now, sorted({row["lead_id"] for row in rows}), {})
    new = []
    for row in rows:
        # The columns of a history's outcomes are the fields of an outcome.
        outcome_id = outcome_content_id(Outcome(**row))
        new.append({**row, "recorded_at": tx.now, "recorded_by": None, "source": SOURCE, "outcome_id": outcome_id})
    return _added(tx.connection, outcomes, new)


def _keep_consents(tx: Transaction, rows: Sequence[dict[str, Any]]) -> int:
    _open(tx.connection, tx.now, sorted({row["lead_id"] for row in rows}), {})
    return sum(
        tx.consents.record(
            row["lead_id"],
            Consent(
                row["purpose"], Word(row["word"]), row["said_at"], row["source"],
                {} if row["proof"] is None else {"said": row["proof"]},
            ),
        )
        for row in rows
    )  # fmt: skip


def _added(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Add the rows that are not there, and return how many; drivers differ in what they count of many rows at once."""
    statement = insert(connection, table).on_conflict_do_nothing().returning(table.c.id)
    return len(connection.execute(statement, rows).all())


def _without_prefix(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value for name, value in row.items() if value is not None and name.startswith(prefix)
    }
