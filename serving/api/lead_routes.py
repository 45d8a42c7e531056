"""The calls that work on the store, as routes: read the request, ask the use case, answer."""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.domain import InputError, Outcome
from features.domain.consent import Word
from serving.api.bodies import ConsentRequest, EventsRequest, LeadBody, LeadEventRecord, OutcomeRequest
from serving.api.call import CALL
from serving.api.queries import page_asked, wanted_leads
from serving.calls.consents import record_consent
from serving.calls.desk import Desk, Reply
from serving.calls.events import SentEvent, append_events
from serving.calls.leads import erase_lead, export_lead, put_lead, read_lead, score_history
from serving.calls.outcomes import CONTACTED, record_outcome
from serving.calls.scored import StoredScoring
from serving.calls.worklist import worklist_page
from serving.errors import (
    FieldError,
    Problem,
    RefusedError,
    from_input,
    from_validation,
    invalid_request,
    problem_from,
)
from serving.middleware import DOCUMENT
from serving.records import read_event
from serving.records import read_lead as read_lead_body
from serving.store import StoreError
from serving.store.consents import Consent
from serving.store.events import AHEAD, NewEvent
from serving.wire import checked_name

_Model = TypeVar("_Model", bound=BaseModel)
_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def answered(handler: _Handler) -> _Handler:
    """Turn what a handler raises into problems."""

    @functools.wraps(handler)
    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except (RefusedError, StoreError, InputError) as error:
            return problem_from(error).response()

    return handle


@answered
async def put(request: Request) -> Response:
    """Keep a lead."""
    lead_id, scoring = _lead_id(request), _scoring(request)
    service = scoring.scoring
    lead, warnings = read_lead_body(_body(request, LeadBody), lead_id, service.schema, service.clock.now())
    call, merging = CALL.get(), request.app.state.merging
    return reply(
        await _desk(request).write(
            lambda tx: put_lead(tx, scoring, merging, lead, warnings, by=call.caller.name), call.once
        )
    )


@answered
async def lead(request: Request) -> Response:
    """Read a lead."""
    lead_id, scoring = _lead_id(request), _scoring(request)
    return plain(await _desk(request).read(lambda tx: read_lead(tx, scoring, lead_id)))


@answered
async def erase(request: Request) -> Response:
    """Erase a lead."""
    lead_id, call, desk = _lead_id(request), CALL.get(), _desk(request)
    answer = await desk.write(lambda tx: erase_lead(tx, lead_id, call.caller.name), call.once)
    await desk.cleanse()
    return reply(answer)


@answered
async def export(request: Request) -> Response:
    """Export a person."""
    lead_id, caller = _lead_id(request), CALL.get().caller
    return reply(await _desk(request).write(lambda tx: export_lead(tx, lead_id, caller.name)))


@answered
async def scores(request: Request) -> Response:
    """Read a lead's scores."""
    lead_id = _lead_id(request)
    before, limit = page_asked(request.query_params)
    return plain(await _desk(request).read(lambda tx: score_history(tx, lead_id, before, limit)))


@answered
async def worklist(request: Request) -> Response:
    """Read a page of the worklist."""
    asked = wanted_leads(request.query_params)
    try:
        page = await _desk(request).read(
            lambda tx: worklist_page(tx, asked.wanted, asked.sort, asked.cursor, asked.limit)
        )
    except InputError as error:
        raise RefusedError(from_input(error, "?cursor")) from None
    return plain(page)


@answered
async def events(request: Request) -> Response:
    """Keep events."""
    scoring = _scoring(request)
    sent = [_event(entry, scoring) for entry in _body(request, EventsRequest).events]
    return reply(await _desk(request).write(lambda tx: append_events(tx, scoring, sent), CALL.get().once))


@answered
async def outcome(request: Request) -> Response:
    """Keep an outcome."""
    lead_id, scoring, call = _lead_id(request), _scoring(request), CALL.get()
    body = _body(request, OutcomeRequest)
    told = _outcome(lead_id, body, scoring)
    by = body.by or call.caller.name
    return reply(
        await _desk(request).write(
            lambda tx: record_outcome(tx, scoring, told, outcome_id=body.outcome_id, by=by), call.once
        )
    )


@answered
async def consent(request: Request) -> Response:
    """Keep what a person allowed or forbade."""
    lead_id, scoring, call = _lead_id(request), _scoring(request), CALL.get()
    said = _consent(_body(request, ConsentRequest), call.caller.name, scoring.scoring.clock.now())
    return reply(
        await _desk(request).write(
            lambda tx: record_consent(tx, scoring, lead_id, said, by=call.caller.name), call.once
        )
    )


ROUTES: Sequence[Route] = (
    Route("/v1/leads", worklist, methods=["GET"]),
    Route("/v1/leads/{lead_id}", put, methods=["PUT"]),
    Route("/v1/leads/{lead_id}", lead, methods=["GET"]),
    Route("/v1/leads/{lead_id}", erase, methods=["DELETE"]),
    Route("/v1/leads/{lead_id}/scores", scores, methods=["GET"]),
    Route("/v1/leads/{lead_id}/export", export, methods=["GET"]),
    Route("/v1/leads/{lead_id}/outcomes", outcome, methods=["POST"]),
    Route("/v1/leads/{lead_id}/consents", consent, methods=["POST"]),
    Route("/v1/events", events, methods=["POST"]),
)


def reply(answer: Reply) -> Response:
    """Return a write's answer."""
    headers = {"idempotency-replayed": "true"} if answer.replayed else {}
    return plain(answer.content, answer.status, headers)


def plain(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return plain data as JSON; what is not finite must fail loudly instead of turning into null."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    return Response(text, status, dict(headers or {}), media_type="application/json")


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _scoring(request: Request) -> StoredScoring:
    scoring: StoredScoring = request.app.state.stored_scoring
    return scoring


def _lead_id(request: Request) -> str:
    try:
        return checked_name(unquote(request.path_params["lead_id"], errors="strict"))
    except ValueError:
        raise RefusedError(
            Problem("not-found", "A lead's id is 1 to 200 characters of UTF-8, none a control character.")
        ) from None


def _body(request: Request, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(request.scope[DOCUMENT])
    except ValidationError as error:
        raise RefusedError(from_validation(error, model)) from None


def _event(entry: Any, scoring: StoredScoring) -> SentEvent | Problem:
    try:
        record = LeadEventRecord.model_validate(entry)
        event, warnings = read_event(record, scoring.scoring.schema)
    except ValidationError as error:
        return from_validation(error, LeadEventRecord)
    except RefusedError as refused:
        return refused.problem
    return SentEvent(NewEvent(event, record.event_id), warnings)


def _outcome(lead_id: str, body: OutcomeRequest, scoring: StoredScoring) -> Outcome:
    now = scoring.scoring.clock.now()
    words = scoring.words
    kept = words.by_name.get(body.outcome)
    faults = []
    if kept is None:
        known = ", ".join(words.by_name)
        faults.append(FieldError("/outcome", "unknown-outcome", f"Expected one of {known}."))
    reason = body.reason
    if kept == words.acceptance.rejected:
        reasons = words.acceptance.reasons
        reason = None if body.reason is None else reasons.find(body.reason)
        if reason is None:
            code = "missing-field" if body.reason is None else "unknown-reason"
            faults.append(FieldError("/reason", code, f"Expected one of {', '.join(reasons.labels)}."))
    if body.occurred_at is not None and body.occurred_at > now + AHEAD:
        faults.append(FieldError("/occurred_at", "in-future", "Expected a moment that is not in the future."))
    if faults or kept is None:
        raise RefusedError(invalid_request(faults))
    is_dated = scoring.scoring.schema.timed or kept == CONTACTED
    return Outcome(lead_id, body.occurred_at or (now if is_dated else None), kept, reason)


def _consent(body: ConsentRequest, by: str, now: datetime) -> Consent:
    faults = []
    word = Word(body.word)
    if word is Word.GIVEN and not body.proof:
        fault = "Expected the proof of a consent, e.g. its wording and version: whoever relies on it must show it."
        faults.append(FieldError("/proof", "missing-field", fault))
    if body.said_at is not None and body.said_at > now + AHEAD:
        faults.append(FieldError("/said_at", "in-future", "Expected a moment that is not in the future."))
    if faults:
        raise RefusedError(invalid_request(faults))
    # A clock that is ahead must not make what is said next look old.
    said_at = min(body.said_at or now, now).astimezone(UTC)
    return Consent(body.purpose, word, said_at, body.source or by, body.proof)
