"""What CRMs told: each message once, an older one never over a newer one, and what nobody can place yet kept for later.

A message about a lead that is not known stays unresolved until the lead arrives. Once a message is settled its content
goes; that it came stays for thirty days, so that it is known when it comes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Connection, Index, Table, Text, UniqueConstraint, select

from serving.store.columns import NUMBER, Document, Moment, Plain, metadata
from serving.store.leads import lead_versions
from serving.store.upsert import insert

inbound = Table(
    "inbound",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("source", Plain, nullable=False),
    Column("message_id", Plain, nullable=False),
    # No reference to leads: it may tell of one that is still to come.
    Column("lead_id", Plain),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("payload", Document, nullable=False),
    Column("state", Text, nullable=False),
    UniqueConstraint("source", "message_id"),
    sqlite_autoincrement=True,
)
Index(None, inbound.c.lead_id)
Index(None, inbound.c.received_at)

inbound_newest = Table(
    "inbound_newest",
    metadata,
    Column("source", Plain, primary_key=True),
    Column("lead_id", Plain, primary_key=True),
    Column("property", Plain, primary_key=True),
    Column("occurred_at", Moment, nullable=False),
)
Index(None, inbound_newest.c.lead_id)


class InboundState(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    OLDER = "older"
    UNKNOWN = "unknown"
    UNRESOLVED = "unresolved"


class Told(StrEnum):
    """What a message says of its lead."""

    CHANGED = "changed"
    CREATED = "created"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Change:
    """What a CRM told of one lead.

    Parameters
    ----------
    source : str
        The CRM.
    message_id : str
        The same each time it is sent.
    lead_id : str or None
        None where the message tells of something else than a lead.
    occurred_at : datetime
        When it happened there.
    properties : Mapping[str, Any]
        New values by the CRM's own names.
    payload : Mapping[str, Any]
        The message as it came.
    told : Told
        Whether the lead was changed there, is new, or is to be erased for the person's sake.
    """

    source: str
    message_id: str
    lead_id: str | None
    occurred_at: datetime
    properties: Mapping[str, Any]
    payload: Mapping[str, Any]
    told: Told = Told.CHANGED


class Inbound:
    """Messages of CRMs within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def keep(self, change: Change) -> int | None:
        """Keep a message as unresolved; return its number, None where it came before."""
        made = self._connection.execute(
            insert(self._connection, inbound)
            .values(
                source=change.source, message_id=change.message_id, lead_id=change.lead_id,
                occurred_at=change.occurred_at, received_at=self._now, state=InboundState.UNRESOLVED.value,
                payload={
                    "properties": dict(change.properties), "message": dict(change.payload), "told": change.told.value,
                },
            )
            .on_conflict_do_nothing()
            .returning(inbound.c.id)
        )  # fmt: skip
        number: int | None = made.scalar_one_or_none()
        return number

    def newest(self, change: Change) -> dict[str, Any]:
        """Return those properties of a message that nothing newer was told of, and remember them as the newest."""
        statement = insert(self._connection, inbound_newest)
        newer: dict[str, Any] = {}
        for name, value in sorted(change.properties.items()):
            made = self._connection.execute(
                statement.values(
                    source=change.source, lead_id=change.lead_id, property=name, occurred_at=change.occurred_at
                )
                .on_conflict_do_update(
                    index_elements=[inbound_newest.c.source, inbound_newest.c.lead_id, inbound_newest.c.property],
                    set_={"occurred_at": change.occurred_at},
                    where=inbound_newest.c.occurred_at <= change.occurred_at,
                )
                .returning(inbound_newest.c.property)
            )
            if made.first() is not None:
                newer[name] = value
        return newer

    def settle(self, number: int, state: InboundState) -> None:
        """Keep what became of a message; its content stays only where nothing could be read from it."""
        values: dict[str, Any] = {"state": state.value}
        if state is not InboundState.UNKNOWN:
            values["payload"] = {}
        self._connection.execute(inbound.update().where(inbound.c.id == number).values(**values))

    def arrived(self, limit: int = 100) -> list[tuple[int, Change]]:
        """Return unresolved messages about leads that are known by now, in the order in which they happened."""
        known = select(lead_versions.c.id).where(lead_versions.c.lead_id == inbound.c.lead_id).exists()
        rows = self._connection.execute(
            select(inbound)
            .where(inbound.c.state == InboundState.UNRESOLVED.value, known)
            .order_by(inbound.c.occurred_at, inbound.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [(row.id, _change(row)) for row in rows]


def _change(row: Any) -> Change:
    told = row.payload
    # Messages of before it was kept were all changes.
    what = Told(told.get("told", Told.CHANGED.value))
    return Change(row.source, row.message_id, row.lead_id, row.occurred_at, told["properties"], told["message"], what)
