"""Put, read, erase and export one lead."""

from __future__ import annotations

from typing import Any

from features.domain import Lead
from features.domain.score import iso
from serving.calls.desk import Reply
from serving.calls.duplicates import Merging
from serving.calls.scored import Scored, StoredScoring
from serving.errors import Problem, RefusedError
from serving.store import Transaction
from serving.store.standings import standing_of

NOT_HERE = Problem("not-found", "There is no lead of this id.")
_CREATED, _OK = 201, 200


def put_lead(
    tx: Transaction, scoring: StoredScoring, merging: Merging, lead: Lead, warnings: tuple[str, ...], *, by: str
) -> Reply:
    """Keep what is known of a lead from now on, and score it again if something changed."""
    placed = merging.put(tx, lead, by=by)
    put, lead_id = placed.put, placed.put.record.lead.lead_id
    content: dict[str, Any] = {
        "lead_id": lead_id, "merged": placed.merged, "created": put.created, "changed": put.changed,
        "warnings": list(warnings),
    }  # fmt: skip
    last = None if put.changed else tx.scores.latest(lead_id)
    if last is None:
        content |= scoring.score(tx, put.record.lead, cause="lead", warnings=warnings).to_mapping()
    else:
        content |= Scored(last.score, last.score.stage).to_mapping()
    return Reply(_CREATED if put.created else _OK, content, (lead_id,))


def read_lead(tx: Transaction, scoring: StoredScoring, lead_id: str) -> dict[str, Any]:
    """Return a lead as it is known now, with where it stands and its latest score.

    Raises
    ------
    RefusedError
        If the store never heard of it.
    """
    lead_id = tx.identities.lead_of(lead_id)
    record = tx.leads.get(lead_id)
    if record is None:
        raise RefusedError(NOT_HERE)
    standing = standing_of(tx.connection, lead_id)
    latest = None if standing is None else tx.scores.latest(lead_id)
    lack = scoring.lack(tx, lead_id)
    return {
        "lead_id": lead_id,
        "created_at": iso(record.lead.created_at),
        "known_at": iso(record.lead.known_at),
        "first_seen_at": iso(record.first_seen_at),
        "owner": record.owner,
        "attributes": {
            name: value if value is None or isinstance(value, str | float) else iso(value)
            for name, value in record.lead.attributes.items()
        },
        "stage": None if standing is None else standing.stage.value,
        "stage_since": None if standing is None else iso(standing.stage_since),
        "score": None if latest is None else latest.score.to_mapping(),
        "no_basis": None if lack is None else lack.value,
    }


def erase_lead(tx: Transaction, lead_id: str, by: str) -> Reply:
    """Erase a lead everywhere; erasing it twice is no fault."""
    erased = tx.erasure.erase(tx.identities.lead_of(lead_id), by=by)
    return Reply(_OK, {"lead_id": lead_id, "was_there": erased.was_there})


def export_lead(tx: Transaction, lead_id: str, by: str) -> Reply:
    """Return all that is held on a person, and keep who asked for it.

    Raises
    ------
    RefusedError
        If nothing is held.
    """
    lead_id = tx.identities.lead_of(lead_id)
    held = tx.erasure.export(lead_id)
    if held is None:
        raise RefusedError(NOT_HERE)
    tx.audit.append("lead.exported", by=by, lead_id=lead_id)
    return Reply(_OK, held, (lead_id,))


def score_history(tx: Transaction, lead_id: str, before: int | None, limit: int) -> dict[str, Any]:
    """Return a lead's scores, the newest first, each with what changed since the one before.

    Raises
    ------
    RefusedError
        If the store never heard of the lead.
    """
    lead_id = tx.identities.lead_of(lead_id)
    if tx.leads.get(lead_id) is None:
        raise RefusedError(NOT_HERE)
    found = tx.scores.history(lead_id, before=before, limit=limit + 1)
    page = found[:limit]
    return {
        "lead_id": lead_id,
        "scores": [
            {
                "number": one.score_id, "cause": one.cause, "score": one.score.to_mapping(),
                "changes": [change.to_mapping() for change in one.changes],
            }
            for one in page
        ],
        "cursor": str(page[-1].score_id) if len(found) > limit else None,
    }  # fmt: skip
