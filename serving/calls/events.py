"""Keep what leads did, and score them again: at once where they are few, through the queue where they are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from serving.calls.desk import Reply
from serving.calls.scored import StoredScoring
from serving.errors import Problem
from serving.store import Transaction
from serving.store.events import Fate, NewEvent

AT_ONCE = 25
"""Leads that are scored in the transaction of their events; more would keep other writers waiting."""

CAUSE = "events"
_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event as it was read, and what its sender should know."""

    new: NewEvent
    warnings: tuple[str, ...] = ()

    def of(self, others: Mapping[str, str]) -> SentEvent:
        """Return it as an event of the lead that its lead's id stands for."""
        event = self.new.event
        moved = replace(event, lead_id=others.get(event.lead_id, event.lead_id))
        return replace(self, new=replace(self.new, event=moved))


def append_events(tx: Transaction, scoring: StoredScoring, sent: Sequence[SentEvent | Problem]) -> Reply:
    """Keep events, and answer each in its place.

    Parameters
    ----------
    tx : Transaction
        All of them are kept, or none.
    scoring : StoredScoring
        Scores the leads concerned.
    sent : sequence of SentEvent or Problem
        In the order of sending; a problem where an entry could not be read.
    """
    sent = _resolved(tx, sent)
    good = [one for one in sent if not isinstance(one, Problem)]
    lead_ids = tuple(sorted({one.new.event.lead_id for one in good}))
    at_once = len(lead_ids) <= AT_ONCE
    # Locked before their events are read, in one order, so that of two calls the later one sees the events of both.
    held = {lead_id: tx.leads.get(lead_id, for_change=True) for lead_id in lead_ids} if at_once else {}
    appended = tx.events.append([one.new for one in good])
    fates = iter(appended.fates)
    results = [{"problem": one.to_mapping()} if isinstance(one, Problem) else _result(one, next(fates)) for one in sent]
    scored: list[dict[str, Any]] = []
    queued: tuple[str, ...] = ()
    if at_once:
        for lead_id in appended.touched:
            # A lead that had no row may have come in while its events waited for one.
            record = held[lead_id] or tx.leads.get(lead_id, for_change=True)
            # What only events have named is scored once something is known of it.
            if record is not None and record.is_known:
                scored.append({"lead_id": lead_id, **scoring.score(tx, record.lead, cause=CAUSE).to_mapping()})
    else:
        queued = appended.touched
        tx.rescoring.ask(queued, CAUSE)
    return Reply(_ACCEPTED, {"results": results, "scored": scored, "queued": len(queued)}, lead_ids)


def _resolved(tx: Transaction, sent: Sequence[SentEvent | Problem]) -> Sequence[SentEvent | Problem]:
    """Return the events as those of the leads that their senders' ids stand for."""
    ids = {one.new.event.lead_id for one in sent if not isinstance(one, Problem)}
    others = {alias: lead_id for alias, lead_id in tx.identities.resolve(ids).items() if alias != lead_id}
    return [one if isinstance(one, Problem) else one.of(others) for one in sent] if others else sent


def _result(sent: SentEvent, fate: Fate) -> dict[str, Any]:
    new = sent.new
    return {
        "lead_id": new.event.lead_id, "event_id": new.event_id, "status": fate.value, "warnings": list(sent.warnings),
    }  # fmt: skip
