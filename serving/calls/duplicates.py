"""One person, one lead: a record under another id with the same mailbox is merged into the lead that is there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from features.config import Duplicates
from features.domain import Lead
from features.schema import Schema
from serving.store import Transaction
from serving.store.identities import email_column, mailbox_of
from serving.store.leads import PutLead

MERGED = "lead.merged"


@dataclass(frozen=True, slots=True)
class Placed:
    """What putting a lead did, and whether it stands under another id than it was sent with."""

    put: PutLead
    merged: bool


class Merging:
    """Puts leads, each person once.

    Parameters
    ----------
    duplicates : Duplicates
        What the company calls a duplicate.
    schema : Schema
        Tells which attribute is the e-mail address: the first of that type.
    """

    def __init__(self, duplicates: Duplicates, schema: Schema) -> None:
        self._duplicates = duplicates
        self._schema = schema

    def put(self, tx: Transaction, lead: Lead, *, by: str, source: str = "api", known_as: str | None = None) -> Placed:
        """Keep a lead under its own id, or under that of the lead that the person is already.

        Parameters
        ----------
        tx : Transaction
            Of all that follows.
        lead : Lead
            As it was sent.
        by : str
            Who sent it, for the audit log.
        source : str
            Where it came from.
        known_as : str, optional
            The lead that its id stands for, where this transaction has asked already.
        """
        found = tx.identities.lead_of(lead.lead_id) if known_as is None else known_as
        is_new = False
        if found == lead.lead_id:
            found, is_new = self._person(tx, lead)
            if found != lead.lead_id:
                self._merge(tx, lead.lead_id, found, by=by, source=source)
        is_merged = found != lead.lead_id
        put = tx.leads.put(self._together(tx, lead, found) if is_merged else lead, source=source)
        # A new lead has its mailbox by now.
        if not (is_merged or is_new):
            tx.identities.claim(lead.lead_id, self._mailbox(lead))
        return Placed(replace(put, created=put.created or is_new), is_merged)

    def _person(self, tx: Transaction, lead: Lead) -> tuple[str, bool]:
        """Return the lead that a new record's mailbox belongs to, and whether the record was given a row of its own.

        A lead that is known stays what it is.
        """
        box = self._mailbox(lead)
        if box is None or tx.leads.is_known(lead.lead_id):
            return lead.lead_id, False
        owner = tx.identities.owner(box)
        if owner is not None:
            return owner, False
        # Two records of one person that come at the same moment take turns at the mailbox.
        is_new = bool(tx.leads.open([lead.lead_id], created_at=lead.created_at))
        claim = tx.identities.claim_first if is_new else tx.identities.claim
        owner = claim(lead.lead_id, box) or lead.lead_id
        return owner, is_new and owner == lead.lead_id

    def _mailbox(self, lead: Lead) -> str | None:
        return mailbox_of(lead.attributes, self._schema, self._duplicates)

    def _merge(self, tx: Transaction, alias: str, lead_id: str, *, by: str, source: str) -> None:
        tx.leads.get(lead_id, for_change=True)
        sources = [*tx.leads.sources(lead_id), source]
        tx.identities.merge(alias, lead_id, source=source)
        tx.audit.append(MERGED, by=by, lead_id=lead_id, details={"sources": sources})

    def _together(self, tx: Transaction, lead: Lead, found: str) -> Lead:
        record = tx.leads.get(found, for_change=True)
        held = {} if record is None else record.stored_attributes
        said = {name: value for name, value in lead.attributes.items() if value is not None}
        # Another source's record does not know all that is known: what it leaves out stays, and so does the address.
        address = email_column(self._schema)
        if address is not None and held.get(address) is not None:
            said.pop(address, None)
        return replace(lead, lead_id=found, attributes={**held, **said})  # type: ignore[dict-item]  # as stored
