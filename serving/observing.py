"""The outermost layer: how long each call took and how it ended, by routes that are known beforehand."""

from __future__ import annotations

import time
from http import HTTPMethod

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.operations import operation_of
from serving.metrics.measures import REQUEST_SECONDS
from serving.middleware import routed_path

OTHER = "other"
"""Every address that is no call, and every method that HTTP does not know."""

_METHODS = frozenset(HTTPMethod)


class Observer:
    """ASGI middleware that times calls.

    BentoML's own figures carry the address as it was sent, so that anybody could make as many series as there are
    addresses; they are switched off.

    Parameters
    ----------
    app : ASGIApp
        What is observed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        begun = time.perf_counter()

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            seconds = time.perf_counter() - begun
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            REQUEST_SECONDS.labels(method, route_of(scope), str(status)).observe(seconds)


def route_of(scope: Scope) -> str:
    """Return the address of a call with its parameters left open, or ``other``."""
    operation = operation_of(scope["method"], routed_path(scope))
    return OTHER if operation is None else operation.path
