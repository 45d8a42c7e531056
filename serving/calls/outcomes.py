"""Keep what became of a lead: the answers of sales, and how it ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from features.domain import Outcome, Stage
from serving.calls.desk import Reply
from serving.calls.leads import NOT_HERE
from serving.calls.scored import StoredScoring
from serving.calls.stage_steps import stage_after_outcome
from serving.errors import Problem, RefusedError
from serving.store import Transaction
from serving.store.standings import standing_of

CONTACTED = "contacted"
_OK, _CREATED = 200, 201
_NOT_WITH_SALES = Problem("not-with-sales", "The lead was not handed over to sales, so no clock runs.")


def record_outcome(
    tx: Transaction, scoring: StoredScoring, outcome: Outcome, *, outcome_id: str | None, by: str | None
) -> Reply:
    """Keep an outcome, and move the lead to the stage that follows from it.

    Raises
    ------
    RefusedError
        If the lead is not known, or was contacted without being with sales.
    """
    outcome = replace(outcome, lead_id=tx.identities.lead_of(outcome.lead_id))
    if tx.leads.get(outcome.lead_id, for_change=True) is None:
        raise RefusedError(NOT_HERE)
    if outcome.outcome == CONTACTED:
        return _contacted(tx, outcome)
    recorded = tx.outcomes.record(outcome, outcome_id=outcome_id, by=by)
    standing = standing_of(tx.connection, outcome.lead_id)
    before = after = None if standing is None else standing.stage
    if recorded:
        _answer_handover(tx, scoring, outcome, by)
        if before is not None:
            after = stage_after_outcome(outcome, before, scoring.words)
            if tx.stages.move(outcome.lead_id, after, why=outcome.outcome, by=by):
                is_taken = outcome.outcome == scoring.words.acceptance.accepted
                scoring.stage_changed(tx, outcome.lead_id, before, after, why=outcome.outcome, is_taken=is_taken)
    return _reply(outcome, recorded, before, after)


def _contacted(tx: Transaction, outcome: Outcome) -> Reply:
    if not _is_with_sales(tx, outcome.lead_id):
        raise RefusedError(_NOT_WITH_SALES)
    recorded = tx.handovers.contacted(outcome.lead_id)
    standing = standing_of(tx.connection, outcome.lead_id)
    stage = None if standing is None else standing.stage
    return _reply(outcome, recorded, stage, stage)


def _answer_handover(tx: Transaction, scoring: StoredScoring, outcome: Outcome, by: str | None) -> None:
    acceptance = scoring.words.acceptance
    if outcome.outcome not in (acceptance.accepted, acceptance.rejected) or not _is_with_sales(tx, outcome.lead_id):
        return
    accepted = outcome.outcome == acceptance.accepted
    tx.handovers.answer(outcome.lead_id, accepted=accepted, reason=outcome.reason, by=by)


def _is_with_sales(tx: Transaction, lead_id: str) -> bool:
    return any(one.answered_at is None for one in tx.handovers.of(lead_id))


def _reply(outcome: Outcome, recorded: bool, before: Stage | None, after: Stage | None) -> Reply:
    content: dict[str, Any] = {
        "lead_id": outcome.lead_id,
        "outcome": outcome.outcome,
        "recorded": recorded,
        "stage_before": None if before is None else before.value,
        "stage": None if after is None else after.value,
    }
    return Reply(_CREATED if recorded else _OK, content, (outcome.lead_id,))
