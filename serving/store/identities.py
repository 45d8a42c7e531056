"""Which records are one person: the mailbox that a lead was first known by, and the other ids that it has elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, Text, bindparam, select

from features.config import Duplicates
from features.domain.email_identity import mailbox
from features.schema import ColumnType, Schema
from serving.store.columns import Moment, Plain, metadata
from serving.store.consents import consents
from serving.store.events import events
from serving.store.inbound import inbound, inbound_newest
from serving.store.leads import leads
from serving.store.outcomes import outcomes
from serving.store.upsert import PreparedInsert

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("mailbox", Plain, primary_key=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
)
Index(None, mailboxes.c.lead_id)

aliases = Table(
    "aliases",
    metadata,
    Column("alias", Plain, primary_key=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("merged_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
)
Index(None, aliases.c.lead_id)


def mailbox_of(attributes: Mapping[str, object], schema: Schema, duplicates: Duplicates) -> str | None:
    """Return the mailbox of a lead's first e-mail attribute, None where it has none or nothing is merged."""
    column = email_column(schema) if duplicates.merge else None
    address = None if column is None else attributes.get(column)
    return mailbox(address, duplicates.plus_tags) if isinstance(address, str) else None


def email_column(schema: Schema) -> str | None:
    """Return the attribute that says who a person is: the first e-mail address, None where there is none."""
    return next((column.name for column in schema.columns if column.type is ColumnType.EMAIL), None)


_OWNER = select(mailboxes.c.lead_id).where(mailboxes.c.mailbox == bindparam("mailbox"))
_BOXES = select(mailboxes.c.mailbox).where(mailboxes.c.lead_id == bindparam("lead_id"))
_LEAVE_BOXES = mailboxes.delete().where(mailboxes.c.lead_id == bindparam("lead_id"))
_TAKE_BOX = PreparedInsert(mailboxes, lambda statement: statement.on_conflict_do_nothing())
_LEAD_OF = select(aliases.c.lead_id).where(aliases.c.alias == bindparam("alias"))
_LEADS_OF = select(aliases.c.alias, aliases.c.lead_id).where(aliases.c.alias.in_(bindparam("asked", expanding=True)))
_PARAMETERS_AT_ONCE = 500


class Identities:
    """Mailboxes and aliases within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def resolve(self, lead_ids: Iterable[str]) -> dict[str, str]:
        """Return the lead behind each id: of an alias the lead that it was merged into, of any other id itself."""
        asked = sorted(set(lead_ids))
        known = {one: one for one in asked}
        for start in range(0, len(asked), _PARAMETERS_AT_ONCE):
            rows = self._connection.execute(_LEADS_OF, {"asked": asked[start : start + _PARAMETERS_AT_ONCE]})
            known |= {row.alias: row.lead_id for row in rows}
        return known

    def lead_of(self, lead_id: str) -> str:
        """Return the lead behind one id."""
        found: str | None = self._connection.execute(_LEAD_OF, {"alias": lead_id}).scalar_one_or_none()
        return lead_id if found is None else found

    def all_aliases(self) -> dict[str, str]:
        """Return the lead behind every alias."""
        rows = self._connection.execute(select(aliases.c.alias, aliases.c.lead_id))
        return {row.alias: row.lead_id for row in rows}

    def owner(self, box: str) -> str | None:
        """Return the lead that a mailbox belongs to."""
        found: str | None = self._connection.execute(_OWNER, {"mailbox": box}).scalar_one_or_none()
        return found

    def claim(self, lead_id: str, box: str | None) -> str | None:
        """Let a lead have a mailbox in place of those it had; return who has it: of several the first one.

        Parameters
        ----------
        lead_id : str
            A lead that has a row.
        box : str or None
            Its mailbox; None where it has none (any more).
        """
        has = list(self._connection.execute(_BOXES, {"lead_id": lead_id}).scalars())
        if box is not None and has == [box]:
            return lead_id
        if has:
            self._connection.execute(_LEAVE_BOXES, {"lead_id": lead_id})
        return None if box is None else self.claim_first(lead_id, box)

    def claim_first(self, lead_id: str, box: str) -> str | None:
        """Do the same for a lead that never had a mailbox."""
        self._connection.execute(_TAKE_BOX.on(self._connection), {"mailbox": box, "lead_id": lead_id})
        return self.owner(box)

    def merge(self, alias: str, lead_id: str, *, source: str) -> None:
        """Make an id an alias of a lead; what had been told of the id becomes the lead's.

        Parameters
        ----------
        alias : str
            An id of which nothing but events, outcomes and consents is known.
        lead_id : str
            The lead.
        source : str
            Who sent the record.
        """
        self._connection.execute(
            aliases.insert().values(alias=alias, lead_id=lead_id, merged_at=self._now, source=source)
        )
        for table, name in ((events, "event_id"), (outcomes, "outcome_id")):
            # The same said of both is said once.
            same = select(table.c[name]).where(table.c.lead_id == lead_id)
            self._connection.execute(
                table.update().where(table.c.lead_id == alias, table.c[name].not_in(same)).values(lead_id=lead_id)
            )
        for table in (consents, inbound):
            self._connection.execute(table.update().where(table.c.lead_id == alias).values(lead_id=lead_id))
        self._connection.execute(inbound_newest.delete().where(inbound_newest.c.lead_id == alias))
        self._connection.execute(leads.delete().where(leads.c.lead_id == alias))
