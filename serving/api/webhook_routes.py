"""The calls about webhooks, as routes: read the request, ask the use case, answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio.to_thread
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.domain import InputError
from serving.api.call import CALL
from serving.api.lead_routes import answered, plain, reply
from serving.api.queries import limit_asked
from serving.api.webhook_answers import WebhookRequest
from serving.calls import webhooks
from serving.calls.desk import Desk, Reply
from serving.errors import FieldError, RefusedError, from_validation, invalid_request
from serving.middleware import DOCUMENT
from serving.store import Transaction
from serving.webhooks.addresses import Addresses


@answered
async def subscribe(request: Request) -> Response:
    """Add an endpoint."""
    try:
        body = WebhookRequest.model_validate(request.scope[DOCUMENT])
    except ValidationError as error:
        raise RefusedError(from_validation(error, WebhookRequest)) from None
    await _look_at(request, body.url)
    return await _write(request, lambda tx, by: webhooks.subscribe(tx, body.url, body.kinds, by))


@answered
async def list_endpoints(request: Request) -> Response:
    """List endpoints."""
    return plain(await _desk(request).read(webhooks.list_endpoints))


@answered
async def remove(request: Request) -> Response:
    """Remove an endpoint."""
    webhook_id = _webhook_id(request)
    return await _write(request, lambda tx, by: webhooks.remove(tx, webhook_id, by))


@answered
async def new_secret(request: Request) -> Response:
    """Change an endpoint's secret."""
    webhook_id = _webhook_id(request)
    return await _write(request, lambda tx, by: webhooks.new_secret(tx, webhook_id, by))


@answered
async def enable(request: Request) -> Response:
    """Enable an endpoint."""
    webhook_id = _webhook_id(request)
    return await _write(request, lambda tx, by: webhooks.enable(tx, webhook_id, by))


@answered
async def send_test(request: Request) -> Response:
    """Send an endpoint a test message."""
    webhook_id = _webhook_id(request)
    return await _write(request, lambda tx, _: webhooks.send_test(tx, webhook_id))


@answered
async def dead_letters(request: Request) -> Response:
    """List an endpoint's dead letters."""
    webhook_id, limit = _webhook_id(request), limit_asked(request.query_params)
    return plain(await _desk(request).read(lambda tx: webhooks.dead_letters(tx, webhook_id, limit)))


@answered
async def replay(request: Request) -> Response:
    """Send an endpoint's dead letters again."""
    webhook_id = _webhook_id(request)
    return await _write(request, lambda tx, by: webhooks.replay(tx, webhook_id, by))


@answered
async def replay_one(request: Request) -> Response:
    """Send one dead letter again."""
    webhook_id, message_id = _webhook_id(request), _plain(request.path_params["message_id"])
    return await _write(request, lambda tx, by: webhooks.replay_one(tx, webhook_id, message_id, by))


ROUTES: Sequence[Route] = (
    Route("/v1/webhooks", subscribe, methods=["POST"]),
    Route("/v1/webhooks", list_endpoints, methods=["GET"]),
    Route("/v1/webhooks/{webhook_id}", remove, methods=["DELETE"]),
    Route("/v1/webhooks/{webhook_id}/secret", new_secret, methods=["POST"]),
    Route("/v1/webhooks/{webhook_id}/enable", enable, methods=["POST"]),
    Route("/v1/webhooks/{webhook_id}/test", send_test, methods=["POST"]),
    Route("/v1/webhooks/{webhook_id}/dead", dead_letters, methods=["GET"]),
    Route("/v1/webhooks/{webhook_id}/replay", replay, methods=["POST"]),
    Route("/v1/webhooks/{webhook_id}/dead/{message_id}/replay", replay_one, methods=["POST"]),
)


async def _write(request: Request, work: Callable[[Transaction, str], Reply]) -> Response:
    call = CALL.get()
    return reply(await _desk(request).write(lambda tx: work(tx, call.caller.name), call.once))


async def _look_at(request: Request, url: str) -> None:
    addresses: Addresses = request.app.state.addresses
    try:
        # The name is looked up, which may take a while.
        await anyio.to_thread.run_sync(addresses.target, url)
    except InputError as error:
        fault = FieldError("/url", "url-refused", f"{error.given} Expected {error.expected}")
        raise RefusedError(invalid_request([fault])) from None


def _webhook_id(request: Request) -> str:
    return _plain(request.path_params["webhook_id"])


def _plain(named: str) -> str:
    # What nothing is called and no database can hold is looked up as nothing.
    return named if named.isascii() and named.isprintable() else ""


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk
