"""Take what a CRM tells: attributes and outcomes of leads, each message once, an older one never over a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from features.config import InboundMapping
from features.domain import ConfigError, InputError, Lead, Outcome, Value
from features.domain.consent import PROFILING, Word
from features.domain.rejections import OTHER
from features.schema import Schema, canonical_value
from serving.calls.consents import record_consent
from serving.calls.desk import Reply
from serving.calls.outcomes import CONTACTED, record_outcome
from serving.calls.scored import StoredScoring
from serving.errors import RefusedError
from serving.store import Transaction
from serving.store.consents import Consent
from serving.store.inbound import Change, InboundState, Told
from serving.store.leads import LeadRecord

CAUSE = "inbound"
_OK, _ACCEPTED = 200, 202
_DUPLICATE, ERASED = "duplicate", "erased"


class InboundDesk:
    """Takes messages of CRMs.

    Parameters
    ----------
    scoring : StoredScoring
        Keeps outcomes and moves stages.
    mappings : Mapping[str, InboundMapping]
        By CRM, which of its properties is which attribute, and which of their values is which outcome.

    Raises
    ------
    ConfigError
        If a mapping names an outcome that is none, or a word that nobody says on profiling.
    """

    def __init__(self, scoring: StoredScoring, mappings: Mapping[str, InboundMapping]) -> None:
        self._scoring = scoring
        self._mappings = mappings
        known = scoring.words.by_name
        named = {
            one for mapping in mappings.values() for values in mapping.outcomes.values() for one in values.values()
        }
        _check_words(mappings)
        unknown = sorted(named - known.keys())
        if unknown:
            raise ConfigError(
                f"inbound of leadscore.yaml names the outcomes {', '.join(unknown)}.",
                f"some of {', '.join(known)}.",
                "Correct inbound: outcomes.",
            )

    def receive(self, tx: Transaction, changes: Sequence[Change]) -> Reply:
        """Keep what a message tells, and do what follows from it where its lead is known."""
        fates = [self._receive(tx, change) for change in changes]
        is_duplicate = bool(fates) and all(fate == _DUPLICATE for fate in fates)
        content = {"duplicate": is_duplicate, "results": fates}
        return Reply(_OK if is_duplicate else _ACCEPTED, content)

    def link_arrived(self, tx: Transaction) -> None:
        """Do what follows from messages whose leads were not known when they came, and are by now."""
        for number, change in tx.inbound.arrived():
            self._place(tx, number, change)

    def _receive(self, tx: Transaction, change: Change) -> str:
        if change.lead_id is not None:
            change = replace(change, lead_id=tx.identities.lead_of(change.lead_id))
        if change.lead_id is not None and tx.erasure.was_erased(change.lead_id):
            return ERASED
        if change.lead_id is not None and change.told is Told.ERASED:
            # Whether it is here or not: it shall not come later either.
            tx.erasure.erase(change.lead_id, by=change.source)
            return ERASED
        number = tx.inbound.keep(change)
        return _DUPLICATE if number is None else self._place(tx, number, change).value

    def _place(self, tx: Transaction, number: int, change: Change) -> InboundState:
        record = None if change.lead_id is None else tx.leads.get(change.lead_id, for_change=True)
        is_created = change.told is Told.CREATED and change.lead_id is not None
        if change.lead_id is not None and is_created and (record is None or not record.is_known):
            # What is known of it comes with the changes that follow; they find a lead now.
            tx.leads.put(Lead(change.lead_id, change.occurred_at, {}), source=change.source)
            tx.rescoring.ask([change.lead_id], CAUSE)
            record = tx.leads.get(change.lead_id)
        if record is None or not record.is_known:
            return InboundState.UNRESOLVED
        newer = tx.inbound.newest(change)
        if change.properties and not newer:
            state = InboundState.OLDER
        else:
            # Words on profiling first: what else the message brings is then scored, or not, as they say.
            known = [
                take(tx, change, record, newer)
                for take in (self._take_consents, self._take_attributes, self._take_outcomes)
            ]
            state = InboundState.APPLIED if is_created or any(known) else InboundState.UNKNOWN
        tx.inbound.settle(number, state)
        return state

    def _take_consents(self, tx: Transaction, change: Change, record: LeadRecord, newer: Mapping[str, Any]) -> bool:
        taken = False
        for name, words in self._mapping(change).consents.items():
            word = words.get(_as_text(newer[name])) if name in newer else None
            if word is not None:
                # The notification is the proof: what was changed there, to what and when.
                proof = {"message": change.message_id, "property": name, "value": _as_text(newer[name])}
                said = Consent(PROFILING, Word(word), change.occurred_at, change.source, proof)
                record_consent(tx, self._scoring, record.lead.lead_id, said, by=change.source)
                taken = True
        return taken

    def _take_attributes(self, tx: Transaction, change: Change, record: LeadRecord, newer: Mapping[str, Any]) -> bool:
        mapping = self._mapping(change)
        named = {mapping.attributes.get(name, name): value for name, value in newer.items()}
        values = _attributes(named, tx.schema)
        if not values:
            return False
        lead = Lead(record.lead.lead_id, None, {**record.stored_attributes, **values})  # type: ignore[dict-item]  # as stored
        if tx.leads.put(lead, source=change.source).changed:
            tx.rescoring.ask([lead.lead_id], CAUSE)
        return True

    def _take_outcomes(self, tx: Transaction, change: Change, record: LeadRecord, newer: Mapping[str, Any]) -> bool:
        outcomes = self._mapping(change).outcomes
        taken = False
        for name, value in newer.items():
            word = outcomes.get(name, {}).get(_as_text(value))
            if word is not None:
                taken = self._record(tx, change, record.lead.lead_id, word, f"{name}: {value}", name) or taken
        return taken

    def _record(self, tx: Transaction, change: Change, lead_id: str, word: str, reason: str, name: str) -> bool:
        kept = self._scoring.words.by_name[word]
        is_dated = tx.schema.timed or kept == CONTACTED
        acceptance = self._scoring.words.acceptance
        if kept == acceptance.rejected:
            # The CRM's value where it is on the list; whatever else it says is no reason that anybody agreed on.
            reason = acceptance.reasons.find(reason.partition(": ")[2]) or OTHER
        outcome = Outcome(lead_id, change.occurred_at if is_dated else None, kept, reason)
        outcome_id = f"{change.source} {change.message_id} {name}"
        try:
            record_outcome(tx, self._scoring, outcome, outcome_id=outcome_id, by=change.source)
        except RefusedError:
            # Contacted without having been handed over: nothing to stop the clock of.
            return False
        return True

    def _mapping(self, change: Change) -> InboundMapping:
        return self._mappings.get(change.source, InboundMapping())


def _check_words(mappings: Mapping[str, InboundMapping]) -> None:
    named = {one for mapping in mappings.values() for words in mapping.consents.values() for one in words.values()}
    unknown = sorted(named - set(Word))
    if unknown:
        raise ConfigError(
            f"inbound of leadscore.yaml names {', '.join(unknown)} on profiling.",
            f"some of {', '.join(Word)}.",
            "Correct inbound: consents.",
        )


def _as_text(value: Any) -> str:
    # A CRM may send true where another sends "true".
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attributes(named: Mapping[str, Any], schema: Schema) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for column in schema.columns:
        if column.name in named:
            try:
                values[column.name] = canonical_value(
                    named[column.name], column.type, schema.missing_values, column.name
                )
            except InputError:
                # What cannot be read is not taken over; the value before stays.
                continue
    return values
