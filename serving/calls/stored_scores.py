"""Score what a request sends, and keep lead, events and score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from features.domain import Event
from serving.calls.desk import Reply
from serving.calls.duplicates import Merging
from serving.calls.scored import StoredScoring
from serving.errors import Problem, RefusedError
from serving.records import Case
from serving.store import Transaction
from serving.store.columns import microseconds
from serving.store.content_id import content_id
from serving.store.events import NewEvent

CAUSE = "score"
AT_ONCE = 25
"""Scores that are kept in one transaction; more would keep other writers waiting."""

_OK = 200


def keep_score(tx: Transaction, scoring: StoredScoring, merging: Merging, case: Case, *, by: str) -> Reply:
    """Keep a lead and its events, and score it as of now with all that is stored of it.

    The lead as it was sent is the whole lead: what it leaves out is not known any more.

    Raises
    ------
    RefusedError
        If the lead may not be scored; nothing is kept then.
    """
    answer = _keep(tx, scoring, merging, case, by)
    return Reply(_OK, answer, (answer["lead_id"],))


def keep_scores(
    tx: Transaction, *, scoring: StoredScoring, merging: Merging, cases: Sequence[Case | Problem], by: str
) -> Reply:
    """Keep several, each answered in its place."""
    results = [
        {"problem": case.to_mapping()} if isinstance(case, Problem) else _keep_or_score(tx, scoring, merging, case, by)
        for case in cases
    ]
    held = tuple(str(one["lead_id"]) for one in results if "lead_id" in one)
    return Reply(_OK, {"results": results}, held)


def _keep_or_score(tx: Transaction, scoring: StoredScoring, merging: Merging, case: Case, by: str) -> dict[str, Any]:
    try:
        if case.store:
            return _keep(tx, scoring, merging, case, by)
        return scoring.answer(case, scoring.lack(tx, case.lead.lead_id)).to_mapping()
    except RefusedError as refused:
        return {"problem": refused.problem.to_mapping()}


def _keep(tx: Transaction, scoring: StoredScoring, merging: Merging, case: Case, by: str) -> dict[str, Any]:
    # Before anything is written: in a batch, what is refused leaves nothing behind.
    known_as = tx.identities.lead_of(case.lead.lead_id)
    scoring.check(scoring.lack_of(tx, known_as))
    record = merging.put(tx, case.lead, by=by, known_as=known_as).put.record
    lead_id = record.lead.lead_id
    sent = [
        NewEvent(replace(event, lead_id=lead_id), named or _event_id(event))
        for event, named in zip_longest(case.events, case.event_ids)
        if event is not None
    ]
    tx.events.append(sent, are_open=True)
    scored = scoring.score(tx, record.lead, cause=CAUSE, warnings=case.warnings, compared=False)
    # On PostgreSQL an objection may come between the two looks.
    scoring.check(scored.not_scored)
    answer: dict[str, Any] = scored.to_mapping()["score"]
    return answer


def _event_id(event: Event) -> str:
    # CRMs send all that a lead did with every request: the same content is the same event.
    return content_id(microseconds(event.occurred_at), event.event, dict(event.properties))
