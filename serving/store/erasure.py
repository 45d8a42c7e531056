"""Erasing a person everywhere (Art. 17 GDPR), and exporting all that is held on one (Art. 15 and 20).

Everything about a lead hangs on its row in ``leads`` and goes with it; messages and remembered answers are found by
the lead they are about. What stays is a pseudonym with the moment, so that a backup that is restored can be cleansed
again, and an objection can go on being honoured.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, select

from serving.store.audit import Audit
from serving.store.columns import Moment, metadata
from serving.store.consents import consents
from serving.store.events import events
from serving.store.handovers import handovers
from serving.store.idempotency import idempotency_keys, idempotency_leads
from serving.store.identities import aliases, mailboxes
from serving.store.inbound import inbound, inbound_newest
from serving.store.leads import lead_versions, leads
from serving.store.outbox import LEAD_ERASED, Outbox, messages
from serving.store.outcomes import outcomes
from serving.store.pseudonyms import pseudonym, pseudonyms
from serving.store.rescoring import rescoring
from serving.store.scores import scores
from serving.store.stages import stage_changes
from serving.store.standings import standings
from serving.store.upsert import insert

erasures = Table(
    "erasures",
    metadata,
    Column("pseudonym", Text, primary_key=True),
    Column("erased_at", Moment, nullable=False),
)

PERSONAL: tuple[Table, ...] = (
    lead_versions, events, outcomes, consents, scores, standings, stage_changes, handovers, rescoring, mailboxes,
    aliases,
)  # fmt: skip
"""The tables that hold rows of a lead, in the order of an export."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing did: whether the lead was there, and the id of the message to those who must erase it too."""

    was_there: bool
    message_id: str | None


class Erasure:
    """Erasing and exporting within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def erase(self, lead_id: str, *, by: str) -> Erased:
        """Erase a lead from every table, and leave the message that it was erased for those who asked for it.

        Parameters
        ----------
        lead_id : str
            The lead; erasing it twice is no fault.
        by : str
            Who asked, for the audit log.
        """
        about = select(idempotency_leads.c.caller, idempotency_leads.c.key).where(
            idempotency_leads.c.lead_id == lead_id
        )
        for caller, key in self._connection.execute(about).all():
            # The request is not done again, and what it was answered is gone.
            self._connection.execute(
                idempotency_keys.update()
                .where(idempotency_keys.c.caller == caller, idempotency_keys.c.key == key)
                .values(status=None, answer=None, erased=1)
            )
        self._connection.execute(messages.delete().where(messages.c.lead_id == lead_id, messages.c.kind != LEAD_ERASED))
        for table in (inbound, inbound_newest):
            self._connection.execute(table.delete().where(table.c.lead_id == lead_id))
        others = list(self._connection.execute(select(aliases.c.alias).where(aliases.c.lead_id == lead_id)).scalars())
        gone = self._connection.execute(leads.delete().where(leads.c.lead_id == lead_id)).rowcount > 0
        self._connection.execute(
            insert(self._connection, erasures).on_conflict_do_nothing(),
            [
                {"pseudonym": one, "erased_at": self._now}
                for one in pseudonyms(self._connection, [lead_id, *others]).values()
            ],
        )
        Audit(self._connection, self._now).append(LEAD_ERASED, by=by, lead_id=lead_id, details={"was_there": gone})
        told = None
        if gone:
            told = Outbox(self._connection, self._now).tell(LEAD_ERASED, {"lead_id": lead_id}, lead_id=lead_id)
        return Erased(gone, told)

    def was_erased(self, lead_id: str) -> bool:
        """Return whether a lead of this id was ever erased here."""
        query = select(erasures.c.erased_at).where(erasures.c.pseudonym == pseudonym(self._connection, lead_id))
        return self._connection.execute(query).first() is not None

    def erased_among(self, lead_ids: Iterable[str]) -> frozenset[str]:
        """Return which of these leads were ever erased here."""
        erased = set(self._connection.execute(select(erasures.c.pseudonym)).scalars())
        if not erased:
            return frozenset()
        return frozenset(one for one, its in pseudonyms(self._connection, lead_ids).items() if its in erased)

    def log(self) -> list[str]:
        """Return the pseudonyms of all who were erased: what a backup of before does not know."""
        return list(self._connection.execute(select(erasures.c.pseudonym).order_by(erasures.c.pseudonym)).scalars())

    def came_back(self, erased: Collection[str]) -> list[str]:
        """Return leads that are here although they were erased, as after restoring an older backup.

        Parameters
        ----------
        erased : collection of str
            Pseudonyms (:meth:`log`) of the store that the backup replaced.
        """
        here = pseudonyms(self._connection, self._connection.execute(select(leads.c.lead_id)).scalars())
        return sorted(one for one, its in here.items() if its in erased)

    def export(self, lead_id: str) -> dict[str, Any] | None:
        """Return all that is held on a lead as plain data, None where nothing is.

        Moments are ISO 8601 in UTC.
        """
        lead = self._rows(leads, lead_id)
        if not lead:
            return None
        told: dict[str, Any] = {"lead": lead[0], **{table.name: self._rows(table, lead_id) for table in PERSONAL}}
        told["messages"] = self._rows(messages, lead_id)
        told["inbound"] = self._rows(inbound, lead_id)
        return told

    def _rows(self, table: Table, lead_id: str) -> list[dict[str, Any]]:
        query = select(table).where(table.c.lead_id == lead_id).order_by(*table.primary_key.columns)
        return [
            {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row._mapping.items()}
            for row in self._connection.execute(query)
        ]
