"""``POST /v1/inbound/{crm}``: signed messages of CRMs; who did not sign learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.api.lead_routes import answered, reply
from serving.calls.desk import Desk
from serving.calls.inbound import ERASED, InboundDesk
from serving.errors import FieldError, Problem, RefusedError, invalid_request
from serving.metrics.measures import count_inbound
from serving.middleware import RAW_BODY
from serving.strict_json import JsonRefusedError, parse
from serving.webhooks.senders import Senders, changes

MOST = 1_000
"""Notifications that one request may hold."""

_REFUSED = "refused"
_NOT_SIGNED = Problem("not-signed", "Nothing was kept.")


@answered
async def receive(request: Request) -> Response:
    """Take a CRM's message."""
    rooms = request.app.state
    senders: Senders = rooms.senders
    inbound: InboundDesk = rooms.inbound
    desk: Desk = rooms.desk
    name, body, now = request.path_params["crm"], request.scope[RAW_BODY], rooms.scoring.clock.now()
    if not senders.is_genuine(name, request.method, _target(request), request.headers, now, body):
        count_inbound(_REFUSED)
        raise RefusedError(_NOT_SIGNED)
    told = changes(name, request.headers, _document(body), now)
    answer = await desk.write(lambda tx: inbound.receive(tx, told))
    fates = answer.content["results"]
    for fate in fates:
        count_inbound(fate)
    if ERASED in fates:
        await desk.cleanse()
    return reply(answer)


ROUTES: Sequence[Route] = (Route("/v1/inbound/{crm}", receive, methods=["POST"]),)


def _target(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode("utf-8")
    query: bytes = request.scope.get("query_string", b"")
    return (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


def _document(body: bytes) -> Any:
    try:
        document = parse(body)
    except JsonRefusedError as refused:
        raise RefusedError(Problem(refused.code, str(refused), (FieldError("", refused.code, str(refused)),))) from None
    if not isinstance(document, dict | list):
        raise RefusedError(invalid_request([FieldError("", "wrong-type", "Expected an object or a list.")]))
    if len(document) > MOST and isinstance(document, list):
        raise RefusedError(invalid_request([FieldError("", "too-long", f"Expected at most {MOST} notifications.")]))
    return document
