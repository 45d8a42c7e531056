"""Keep what a person allowed or forbade, and act on it in the same transaction."""

from __future__ import annotations

from typing import Any

from features.domain.consent import PROFILING
from serving.calls.desk import Reply
from serving.calls.leads import NOT_HERE
from serving.calls.scored import CONSENT, Scored, StoredScoring
from serving.errors import RefusedError
from serving.store import Transaction
from serving.store.consents import Consent
from serving.store.leads import LeadRecord

_OK, _CREATED = 200, 201


def record_consent(tx: Transaction, scoring: StoredScoring, lead_id: str, consent: Consent, *, by: str) -> Reply:
    """Keep a person's word on a purpose; one on profiling decides at once whether the lead is scored.

    Parameters
    ----------
    tx : Transaction
        Of the word and of what follows from it.
    scoring : StoredScoring
        Scores the lead again, or removes its scores.
    lead_id : str
        The lead.
    consent : Consent
        What was said.
    by : str
        Who passed it on, for the audit log.

    Raises
    ------
    RefusedError
        If the store never heard of the lead.
    """
    lead_id = tx.identities.lead_of(lead_id)
    record = tx.leads.get(lead_id, for_change=True)
    if record is None:
        raise RefusedError(NOT_HERE)
    before = scoring.lack(tx, lead_id)
    recorded = tx.consents.record(lead_id, consent)
    if recorded:
        tx.audit.append(f"consent.{consent.word.value}", by=by, lead_id=lead_id, details={"purpose": consent.purpose})
    content: dict[str, Any] = {
        "lead_id": lead_id, "purpose": consent.purpose, "word": consent.word.value, "recorded": recorded,
        "holds": tx.consents.holds(lead_id, consent.purpose),
    }  # fmt: skip
    after = scoring.lack(tx, lead_id)
    content["no_basis"] = None if after is None else after.value
    has_changed = consent.purpose == PROFILING and before is not after
    scored = _score(tx, scoring, record) if has_changed else None
    content["scored"] = None if scored is None else scored.to_mapping()
    return Reply(_CREATED if recorded else _OK, content, (lead_id,))


def _score(tx: Transaction, scoring: StoredScoring, record: LeadRecord) -> Scored | None:
    # What only events have named is scored, or not, once something is known of it.
    return scoring.score(tx, record.lead, cause=CONSENT) if record.is_known else None
