"""What leads did: append-only, each event once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Column, Connection, ForeignKey, Index, Table, Text, UniqueConstraint, bindparam, select

from features.domain import Event
from features.schema import Schema
from serving.store.columns import NUMBER, Document, Moment, Plain, metadata, microseconds
from serving.store.leads import Leads
from serving.store.stored_values import read_properties
from serving.store.upsert import PreparedInsert

events = Table(
    "events",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Plain, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("event", Plain, nullable=False),
    Column("properties", Document, nullable=False),
    Column("source", Text, nullable=False),
    Column("quarantined", Boolean, nullable=False),
    UniqueConstraint("lead_id", "event_id"),
    sqlite_autoincrement=True,
)
Index(None, events.c.lead_id, events.c.occurred_at)

_OF_LEAD = select(events).where(events.c.lead_id == bindparam("lead_id")).order_by(events.c.occurred_at, events.c.id)
_READ_OF_LEAD = (
    select(events.c.occurred_at, events.c.event, events.c.properties)
    .where(events.c.lead_id == bindparam("lead_id"), events.c.quarantined.is_(False))
    .order_by(events.c.occurred_at, events.c.id)
)
_APPEND = PreparedInsert(
    events, lambda statement: statement.on_conflict_do_nothing().returning(events.c.lead_id, events.c.event_id)
)

AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be ahead; an event from later than that is kept in quarantine, out of the features."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event on its way in.

    Parameters
    ----------
    event : Event
        What happened.
    event_id : str or None
        The sender's own id; the same id of the same lead is the same event. None makes every sending a new one.
    """

    event: Event
    event_id: str | None = None


class Fate(StrEnum):
    """What became of one event that was sent."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of events that were sent.

    Parameters
    ----------
    stored, duplicate, quarantined : int
        Events; ``stored + duplicate`` were sent, and the quarantined are among the stored.
    opened : tuple of str
        Leads that nothing is known of yet.
    touched : tuple of str
        Leads whose features an event may have changed.
    fates : tuple of Fate
        What became of each, in the order of sending.
    """

    stored: int
    duplicate: int
    quarantined: int
    opened: tuple[str, ...]
    touched: tuple[str, ...]
    fates: tuple[Fate, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the store keeps it."""

    event: Event
    event_id: str
    received_at: datetime
    source: str
    quarantined: bool


class Events:
    """Events within one transaction (parameters as of :class:`serving.store.leads.Leads`)."""

    def __init__(self, connection: Connection, schema: Schema, now: datetime) -> None:
        self._connection = connection
        self._schema = schema
        self._now = now

    def append(self, sent: Sequence[NewEvent], *, source: str = "api", are_open: bool = False) -> Appended:
        """Keep events that are not there yet; what is there already is never changed.

        Parameters
        ----------
        sent : sequence of NewEvent
            Of any leads.
        source : str
            Where they come from.
        are_open : bool
            Whether this transaction has made sure that all of the leads have a row.
        """
        if not sent:
            return Appended(0, 0, 0, (), ())
        leads = Leads(self._connection, self._schema, self._now)
        opened = [] if are_open else leads.open(one.event.lead_id for one in sent)
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        keys = [(one.event.lead_id, one.event_id or uuid.uuid4().hex) for one in sent]
        for one, key in zip(sent, keys, strict=True):
            # Of one id sent twice the first holds, as it does between two sendings.
            rows.setdefault(key, event_row(one.event, key[1], source, self._now))
        made = self._connection.execute(_APPEND.on(self._connection), [rows[key] for key in sorted(rows)])
        stored = {(row.lead_id, row.event_id) for row in made}
        quarantined = sum(1 for key in stored if rows[key]["quarantined"])
        touched = sorted({lead_id for lead_id, event_id in stored if not rows[lead_id, event_id]["quarantined"]})
        fates = _fates(keys, stored, rows)
        return Appended(len(stored), len(sent) - len(stored), quarantined, tuple(opened), tuple(touched), fates)

    def of(self, lead_id: str) -> list[Event]:
        """Return a lead's events in order of time, as features see them; not those in quarantine."""
        rows = self._connection.execute(_READ_OF_LEAD, {"lead_id": lead_id})
        return [
            Event(lead_id, row.occurred_at, row.event, read_properties(row.properties, self._schema)) for row in rows
        ]

    def of_many(self, lead_ids: Sequence[str]) -> dict[str, list[Event]]:
        """Return the events of some leads by lead, as :meth:`of` does; leads that did nothing are left out."""
        query = select(events).where(events.c.lead_id.in_(lead_ids), events.c.quarantined.is_(False))
        found: dict[str, list[Event]] = {}
        for row in self._connection.execute(query.order_by(events.c.lead_id, events.c.occurred_at, events.c.id)):
            read = Event(row.lead_id, row.occurred_at, row.event, read_properties(row.properties, self._schema))
            found.setdefault(row.lead_id, []).append(read)
        return found

    def stored(self, lead_id: str) -> list[StoredEvent]:
        """Return everything that was recorded of a lead, in order of time."""
        rows = self._connection.execute(_OF_LEAD, {"lead_id": lead_id})
        return [
            StoredEvent(
                Event(lead_id, row.occurred_at, row.event, read_properties(row.properties, self._schema)),
                row.event_id, row.received_at, row.source, row.quarantined,
            )
            for row in rows
        ]  # fmt: skip


def event_row(event: Event, event_id: str, source: str, now: datetime) -> dict[str, Any]:
    """Return the row of an event that is received now; one from too far ahead is kept in quarantine."""
    return {
        "lead_id": event.lead_id,
        "event_id": event_id,
        "occurred_at": event.occurred_at,
        "received_at": now,
        "event": event.event,
        "properties": dict(event.properties),
        "source": source,
        "quarantined": microseconds(event.occurred_at) > microseconds(now + AHEAD),
    }


def _fates(
    keys: Sequence[tuple[str, str]], stored: set[tuple[str, str]], rows: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[Fate, ...]:
    fresh = set(stored)
    fates = []
    for key in keys:
        if key not in fresh:
            fates.append(Fate.DUPLICATE)
            continue
        fresh.remove(key)
        fates.append(Fate.QUARANTINED if rows[key]["quarantined"] else Fate.STORED)
    return tuple(fates)
