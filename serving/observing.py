"""The outermost layer: how long each call took and how it ended, counted and logged by routes known beforehand."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPMethod, HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.call import CALL
from serving.api.operations import operation_of
from serving.console.paths import is_page
from serving.logs import LOGGER, fields
from serving.metrics.measures import REQUEST_SECONDS
from serving.middleware import routed_path
from serving.noting import NOTE, Note
from serving.settings import Settings

OTHER = "other"
"""Every address that is no call, and every method that HTTP does not know."""

PAGE = "page"
"""Every page of the console."""

_METHODS = frozenset(HTTPMethod)
_WATCHED = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: worth a line only where they fail."""

_LOG = logging.getLogger(LOGGER)


class Observer:
    """ASGI middleware that times and logs calls.

    BentoML's own figures carry the address as it was sent, so that anybody could make as many series as there are
    addresses; they are switched off.

    Parameters
    ----------
    app : ASGIApp
        What is observed.
    settings : callable
        Returns the settings; called once, when the service starts.
    """

    def __init__(self, app: ASGIApp, *, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._logged = settings().log_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, note = 0, Note()
        NOTE.set(note)
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
            route = route_of(scope)
            REQUEST_SECONDS.labels(method, route, str(status)).observe(seconds)
            if self._is_logged(route, status):
                _log(method, route, status, seconds, note)

    def _is_logged(self, route: str, status: int) -> bool:
        if self._logged == "all":
            return route not in _WATCHED or _has_failed(status)
        return self._logged == "failed" and _has_failed(status)


def _has_failed(status: int) -> bool:
    # Without a status nothing was answered at all.
    return status == 0 or status >= HTTPStatus.BAD_REQUEST


def _log(method: str, route: str, status: int, seconds: float, note: Note) -> None:
    call = CALL.get(None)
    _LOG.log(
        logging.WARNING if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not status else logging.INFO,
        "call",
        extra=fields(
            method=method, route=route, status=status, milliseconds=round(seconds * 1_000, 1),
            key=None if call is None else call.caller.name, role=None if call is None else call.caller.role.value,
            engine=None if note.engine is None else note.engine.value, scores=note.scores or None,
        ),
    )  # fmt: skip


def route_of(scope: Scope) -> str:
    """Return the address of a call with its parameters left open, ``page`` of the console's, or ``other``."""
    if is_page(scope["path"]):
        return PAGE
    operation = operation_of(scope["method"], routed_path(scope))
    return OTHER if operation is None else operation.path
