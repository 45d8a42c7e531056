"""Leads and the versions of their attributes: append-only, so that any past moment can be seen as it was known.

CRMs overwrite attributes, and a model that learns from the overwritten ones learns from hindsight. Here each change is
a new version with the moment since when it was known; features take the last one known at ``as_of``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    CursorResult,
    ForeignKey,
    Index,
    Row,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    select,
)

from features.domain import InputError, Lead
from features.schema import Schema
from serving.store.columns import NUMBER, Document, Moment, Plain, canonical_json, metadata
from serving.store.stored_values import read_attributes
from serving.store.upsert import PreparedInsert

leads = Table(
    "leads",
    metadata,
    Column("lead_id", Plain, primary_key=True),
    Column("created_at", Moment),
    Column("first_seen_at", Moment, nullable=False),
    Column("owner", Plain),
    # What people search for: id and texts of the present version, case folded, alike on both databases.
    Column("search_text", Plain, nullable=False, server_default=""),
)
Index(None, leads.c.created_at, leads.c.first_seen_at, leads.c.lead_id)
Index(None, leads.c.owner)

lead_versions = Table(
    "lead_versions",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    # NULL: since the lead was created.
    Column("known_at", Moment),
    Column("recorded_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    # The place in a file that is ordered by a running number; NULL where the creation time orders.
    Column("position", BigInteger),
    Column("attributes", Document, nullable=False),
    UniqueConstraint("lead_id", "known_at"),
    sqlite_autoincrement=True,
)
Index(
    "uq_lead_versions_since_creation",
    lead_versions.c.lead_id,
    unique=True,
    sqlite_where=lead_versions.c.known_at.is_(None),
    postgresql_where=lead_versions.c.known_at.is_(None),
)

_Row: TypeAlias = Row[*tuple[Any, ...]]

_LEAD = select(leads).where(leads.c.lead_id == bindparam("lead_id"))
# Rows that hang on the lead may come in meanwhile; whoever would change it too waits.
_LEAD_FOR_CHANGE = _LEAD.with_for_update(key_share=True)
NEWEST_FIRST = (lead_versions.c.known_at.desc().nulls_last(), lead_versions.c.id.desc())
"""The order in which a lead's newest version is the first."""

_NEWEST = (
    select(lead_versions.c.known_at, lead_versions.c.attributes)
    .where(lead_versions.c.lead_id == bindparam("lead_id"))
    .order_by(*NEWEST_FIRST)
    .limit(1)
)
_OF_MANY = (
    select(
        lead_versions.c.lead_id, lead_versions.c.known_at, lead_versions.c.attributes, leads.c.created_at,
        func.row_number().over(partition_by=lead_versions.c.lead_id, order_by=NEWEST_FIRST).label("place"),
    )
    .join(leads, leads.c.lead_id == lead_versions.c.lead_id)
    .where(lead_versions.c.lead_id.in_(bindparam("lead_ids", expanding=True)))
    .subquery()
)  # fmt: skip
_NEWEST_OF = select(_OF_MANY).where(_OF_MANY.c.place == 1)
_A_VERSION = select(lead_versions.c.id).where(lead_versions.c.lead_id == bindparam("lead_id")).limit(1)
_ADD_VERSION = lead_versions.insert()
_OPEN = PreparedInsert(leads, lambda statement: statement.on_conflict_do_nothing().returning(leads.c.lead_id))
_CHANGE = leads.update().where(leads.c.lead_id == bindparam("of_lead"))

ARRIVAL = timedelta(hours=1)
"""A first version that arrives this soon after the lead's creation was known from the creation on: CRMs take a moment
to send, and a model that is asked then must learn from what it will see then."""

LONGEST_ID = 255
_SEARCHED = 2_000
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """A lead as it is known now, with what the store keeps beside it.

    Parameters
    ----------
    lead : Lead
        Its attributes as the schema reads them; ``known_at`` of the present version.
    first_seen_at : datetime
        When the store first heard of it.
    owner : str or None
        Who looks after it.
    is_known : bool
        False while only events or outcomes have named the lead and nothing is known of it.
    stored_attributes : Mapping[str, object]
        All attributes as they are stored, also those that the schema does not know (any more).
    """

    lead: Lead
    first_seen_at: datetime
    owner: str | None
    is_known: bool
    stored_attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PutLead:
    """What putting a lead did: whether it was new, whether its attributes changed, and what is known of it now."""

    created: bool
    changed: bool
    record: LeadRecord


class Leads:
    """Leads within one transaction.

    Parameters
    ----------
    connection : Connection
        The transaction's.
    schema : Schema
        How stored attributes are read.
    now : datetime
        The transaction's moment.
    """

    def __init__(self, connection: Connection, schema: Schema, now: datetime) -> None:
        self._connection = connection
        self._schema = schema
        self._now = now

    def put(self, lead: Lead, *, source: str = "api") -> PutLead:
        """Keep what is known of a lead from now on; equal attributes make no new version.

        Parameters
        ----------
        lead : Lead
            All its attributes. Without ``created_at``, a lead of a timed schema is created now; the first creation
            time said holds. ``known_at`` is the transaction's moment, or the creation of a lead that has just arrived.
        source : str
            Who says so, e.g. ``api``, ``hubspot``.
        """
        created_at = lead.created_at or (self._now if self._schema.timed else None)
        row, created = self._locked(lead.lead_id).one_or_none(), False
        if row is None:
            created = bool(self.open([lead.lead_id], created_at=created_at))
            row = self._locked(lead.lead_id).one()
        if row.created_at is None and created_at is not None:
            self._change(lead.lead_id, created_at=created_at)
        created_at = row.created_at or created_at
        attributes = canonical_json(lead.attributes)
        newest = self._newest(lead.lead_id)
        stored = json.loads(attributes)
        changed = newest is None or canonical_json(newest.attributes) != attributes
        if newest is None or changed:
            known_at = self._add_version(lead, created_at, stored, newest, source)
        else:
            known_at = newest.known_at
        known = Lead(lead.lead_id, created_at, read_attributes(stored, self._schema), known_at)
        return PutLead(created, changed, LeadRecord(known, row.first_seen_at, row.owner, True, stored))

    def _add_version(
        self, lead: Lead, created_at: datetime | None, stored: Mapping[str, object], newest: _Row | None, source: str
    ) -> datetime | None:
        since_creation = newest is None and (created_at is None or self._now - created_at <= ARRIVAL)
        known_at = None if since_creation else next_moment([] if newest is None else [newest.known_at], self._now)
        self._connection.execute(
            _ADD_VERSION,
            {
                "lead_id": lead.lead_id, "known_at": known_at, "recorded_at": self._now, "source": source,
                "attributes": stored,
            },
        )  # fmt: skip
        self._change(lead.lead_id, search_text=search_text(lead.lead_id, lead.attributes))
        return known_at

    def open(self, lead_ids: Iterable[str], *, created_at: datetime | None = None) -> list[str]:
        """Make sure that leads have a row, so that events of leads not yet known have a place; return the new ones.

        Parameters
        ----------
        lead_ids : iterable of str
            The leads.
        created_at : datetime, optional
            Creation time of those that are new.

        Raises
        ------
        InputError
            If an id is empty or too long.
        """
        # In order, so that two transactions that open the same leads cannot wait for each other.
        wanted = sorted({_checked_id(lead_id) for lead_id in lead_ids})
        if not wanted:
            return []
        rows = [
            {"lead_id": one, "created_at": created_at, "first_seen_at": self._now, "search_text": one.casefold()}
            for one in wanted
        ]
        return list(self._connection.execute(_OPEN.on(self._connection), rows).scalars())

    def get(self, lead_id: str, *, for_change: bool = False) -> LeadRecord | None:
        """Return a lead as it is known now, None where the store never heard of it.

        Parameters
        ----------
        lead_id : str
            The lead.
        for_change : bool
            Whether no other transaction may change it until this one ends.
        """
        query = _LEAD_FOR_CHANGE if for_change else _LEAD
        row = self._connection.execute(query, {"lead_id": lead_id}).one_or_none()
        if row is None:
            return None
        newest = self._newest(lead_id)
        stored = {} if newest is None else newest.attributes
        known_at = None if newest is None else newest.known_at
        lead = Lead(lead_id, row.created_at, read_attributes(stored, self._schema), known_at)
        return LeadRecord(lead, row.first_seen_at, row.owner, newest is not None, stored)

    def known(self, lead_ids: Sequence[str]) -> dict[str, Lead]:
        """Return some leads by id as they are known now; those that nothing is known of are left out."""
        rows = self._connection.execute(_NEWEST_OF, {"lead_ids": lead_ids})
        return {
            row.lead_id: Lead(row.lead_id, row.created_at, read_attributes(row.attributes, self._schema), row.known_at)
            for row in rows
        }

    def is_known(self, lead_id: str) -> bool:
        """Return whether something is known of a lead beside its id."""
        return self._connection.execute(_A_VERSION, {"lead_id": lead_id}).first() is not None

    def versions(self, lead_id: str) -> list[Lead]:
        """Return all versions of a lead, the oldest first."""
        created_at = self._connection.execute(
            select(leads.c.created_at).where(leads.c.lead_id == lead_id)
        ).scalar_one_or_none()
        rows = self._connection.execute(
            select(lead_versions)
            .where(lead_versions.c.lead_id == lead_id)
            .order_by(lead_versions.c.known_at.asc().nulls_first(), lead_versions.c.id)
        )
        return [Lead(lead_id, created_at, read_attributes(row.attributes, self._schema), row.known_at) for row in rows]

    def sources(self, lead_id: str) -> list[str]:
        """Return who said something of a lead, each once."""
        said = select(lead_versions.c.source).where(lead_versions.c.lead_id == lead_id).distinct()
        return sorted(self._connection.execute(said).scalars())

    def assign(self, lead_id: str, owner: str | None) -> None:
        """Say who looks after a lead."""
        self._change(lead_id, owner=owner)

    def count(self) -> int:
        """Return how many leads something is known of."""
        return self._connection.execute(select(func.count(lead_versions.c.lead_id.distinct()))).scalar_one()

    def _locked(self, lead_id: str) -> CursorResult[Any]:
        return self._connection.execute(_LEAD_FOR_CHANGE, {"lead_id": lead_id})

    def _change(self, lead_id: str, **values: Any) -> None:
        self._connection.execute(_CHANGE, {"of_lead": lead_id, **values})

    def _newest(self, lead_id: str) -> _Row | None:
        return self._connection.execute(_NEWEST, {"lead_id": lead_id}).first()


def next_moment(known: Iterable[datetime | None], now: datetime) -> datetime:
    """Return since when a newer version is known: now, and after those that were known since ``known``."""
    # A clock that is set back must not put a newer version before an older one.
    return max([now, *(moment + _STEP for moment in known if moment is not None)])


def search_text(lead_id: str, attributes: Mapping[str, object]) -> str:
    """Return what a search looks through: id and texts, case folded."""
    texts = [lead_id, *(value for value in attributes.values() if isinstance(value, str))]
    return " ".join(texts).casefold()[:_SEARCHED]


def _checked_id(lead_id: str) -> str:
    if not lead_id or len(lead_id) > LONGEST_ID:
        raise InputError(
            f"A lead_id of {len(lead_id)} characters.", f"1 to {LONGEST_ID} characters.", "Send the CRM's own id."
        )
    return lead_id
