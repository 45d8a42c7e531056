"""The way out of the layer around every call: each answer has its headers, and each error is a problem."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Send

from serving.console.paths import HEADERS as PAGE_HEADERS
from serving.errors import MEDIA_TYPE, TITLES, Problem

_SERVER_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR
_BY_STATUS = {
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.TOO_MANY_REQUESTS: "too-many-requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
    HTTPStatus.GATEWAY_TIMEOUT: "timeout",
}
_BODY_UNREAD = frozenset(
    {
        "body-too-large", "body-timeout", "unsupported-media-type", "too-many-requests", "unauthorized", "forbidden",
        "store-unavailable", "store-busy",
    }
)  # fmt: skip
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class WayOut:
    """Sends one answer: adds headers, and holds back an inner layer's error page in favour of a problem.

    Parameters
    ----------
    send : Send
        To the caller.
    request_id : str
        Of the request.
    as_it_is : bool
        Whether errors go out as they come: health tells by its status and its own shape.
    page : callable, optional
        How a problem is shown to a person; None for a program.
    """

    def __init__(
        self, send: Send, request_id: str, *, as_it_is: bool, page: Callable[[Problem], Response] | None = None
    ) -> None:
        self._send = send
        self._page = page
        self._as_it_is = as_it_is
        self.request_id = request_id
        self._started = False
        self._withheld: Message | None = None

    async def send(self, message: Message) -> None:
        """Pass a message of an inner layer on, or hold it back."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            is_problem = self._is_problem(headers.get("content-type", ""))
            if message["status"] >= HTTPStatus.BAD_REQUEST and not is_problem:
                self._withheld = message
                return
            self._decorate(headers)
            message = {**message, "headers": headers.raw}
            self._started = True
        elif self._withheld is not None:
            return
        await self._send(message)

    async def finish(self) -> None:
        """Send the problem in place of a withheld or absent answer."""
        if self._withheld is None:
            if not self._started:
                await self.problem(Problem("internal-error", "The service gave no answer."))
            return
        status = self._withheld["status"]
        code = _BY_STATUS.get(status, "internal-error" if status >= _SERVER_FAULT else "invalid-request")
        allowed = MutableHeaders(raw=self._withheld["headers"]).get("allow")
        self._withheld = None
        detail = f"It takes {allowed}." if allowed else TITLES[code][1] + "."
        await self.problem(Problem(code, detail), {"allow": allowed} if allowed else {})

    async def problem(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        """Answer with a problem, unless an answer is already under way."""
        if self._started:
            return
        response = problem.response(headers) if self._page is None else self._page(problem)
        if problem.code in _BODY_UNREAD:
            # The rest of the body was not read: the connection cannot carry another request.
            response.headers["connection"] = "close"
        self._started = True
        self._decorate(response.headers)
        start = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": response.body})

    def _is_problem(self, media_type: str) -> bool:
        return self._as_it_is or media_type.startswith(MEDIA_TYPE if self._page is None else "text/html")

    def _decorate(self, headers: MutableHeaders) -> None:
        for name in ("server", "x-bentoml-request-id"):
            del headers[name]
        headers["x-request-id"] = self.request_id
        headers["x-content-type-options"] = "nosniff"
        headers.update({"content-security-policy": _POLICY} if self._page is None else PAGE_HEADERS)
        headers.setdefault("cache-control", "no-store")
