"""The calls about the agreement, as routes: read the request, ask the use case, answer."""

from __future__ import annotations

from collections.abc import Sequence

import anyio.to_thread
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.domain import ConfigError, InputError, LeadscoreError, Sla
from models.agreement import Agreement
from serving.api.agreement_answers import ProposalRequest
from serving.api.call import CALL
from serving.api.lead_routes import answered, plain, reply
from serving.api.queries import cutoffs_asked, page_asked
from serving.calls import proposals
from serving.calls.desk import Desk
from serving.calls.what_if import what_if as moved_cutoffs
from serving.errors import FieldError, RefusedError, from_domain, from_input, from_validation, invalid_request
from serving.middleware import DOCUMENT
from serving.rooms import Rooms
from serving.scoring import ScoringService

_MOST_DIGITS = 18


@answered
async def in_force(request: Request) -> Response:
    """Tell what was agreed and which cutoffs hold."""
    workspace = _scoring(request).workspace
    try:
        written = workspace.sla()
        agreement = Agreement.read(workspace, written)
    except LeadscoreError as error:
        return from_domain(error).response()
    # A version before the one in force was agreed once, and is a proposal no more.
    is_newer = written != agreement.sla and written.version >= agreement.sla.version
    return plain(
        {
            **agreement.sla.to_mapping(),
            "cutoffs": agreement.cutoffs() if agreement.has_cutoffs else None,
            "rejection_reasons": request.app.state.stored_scoring.words.acceptance.reasons.to_mapping(),
            "is_signed": agreement.signing is not None,
            "proposed": written.to_mapping() if is_newer else None,
        }
    )


@answered
async def what_if(request: Request) -> Response:
    """Tell what other cutoffs would have done."""
    mql, sql = cutoffs_asked(request.query_params)
    scoring = _scoring(request)
    try:
        return plain(await anyio.to_thread.run_sync(moved_cutoffs, scoring.workspace, scoring.champion, mql, sql))
    except InputError as error:
        raise RefusedError(from_input(error)) from None
    except LeadscoreError as error:
        raise RefusedError(from_domain(error)) from None


@answered
async def history(request: Request) -> Response:
    """Read proposals and who signed them."""
    before, limit = page_asked(request.query_params)
    return plain(await _desk(request).read(lambda tx: proposals.proposals(tx, before, limit)))


@answered
async def propose(request: Request) -> Response:
    """Propose an agreement."""
    call, scoring = CALL.get(), _scoring(request)
    try:
        body = ProposalRequest.model_validate(request.scope[DOCUMENT])
    except ValidationError as error:
        raise RefusedError(from_validation(error, ProposalRequest)) from None
    try:
        sla = None if body.sla is None else Sla.from_mapping(body.sla)
        answer = await _desk(request).write(
            lambda tx: proposals.propose(tx, scoring.workspace, scoring.schema, sla, body.cutoffs, by=call.caller.name),
            call.once,
        )
    except ConfigError as error:
        fault = FieldError("/sla", "invalid-value", f"Expected {error.expected} {error.remedy}")
        raise RefusedError(invalid_request([fault])) from None
    return reply(answer)


@answered
async def sign(request: Request) -> Response:
    """Sign a proposal."""
    call, number = CALL.get(), _number(request)
    answer = await _desk(request).write(
        lambda tx: proposals.sign(tx, number, call.caller.role, call.caller.name), call.once
    )
    rooms: Rooms = request.app.state
    # Signed it is; should the file not be writable now, a later round does it.
    await anyio.to_thread.run_sync(rooms.rounds.do, rooms.agreement.take_over)
    return reply(answer)


ROUTES: Sequence[Route] = (
    Route("/v1/sla", in_force, methods=["GET"]),
    Route("/v1/sla/what-if", what_if, methods=["GET"]),
    Route("/v1/sla/proposals", history, methods=["GET"]),
    Route("/v1/sla/proposals", propose, methods=["POST"]),
    Route("/v1/sla/proposals/{proposal_id}/signature", sign, methods=["POST"]),
)


def _number(request: Request) -> int:
    asked: str = request.path_params["proposal_id"]
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS):
        raise RefusedError(proposals.NOT_HERE)
    return int(asked)


def _scoring(request: Request) -> ScoringService:
    scoring: ScoringService = request.app.state.scoring
    return scoring


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk
