"""The one layer around every call: what BentoML and its web framework leave open is closed here.

Measured of BentoML 1.4.39: any content type is read, bodies have no limit, repeated keys and NaN pass, and errors are
plain text or JSON of several shapes. This layer checks the body before BentoML sees it, and turns every error into a
problem.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import MEDIA_TYPE, REQUEST_ID, TITLES, FieldError, Problem, RefusedError, invalid_request
from serving.settings import Settings
from serving.strict_json import JsonRefusedError, parse

_LOG = logging.getLogger("bentoml.leadscore")
_SERVER_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BY_STATUS = {
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.TOO_MANY_REQUESTS: "too-many-requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
    HTTPStatus.GATEWAY_TIMEOUT: "timeout",
}
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Gate:
    """ASGI middleware: checks what comes in, shapes what goes out.

    Parameters
    ----------
    app : ASGIApp
        What is guarded.
    operation : ASGIApp
        Answers the addresses in ``operation_paths``, which BentoML would answer without saying anything.
    operation_paths : tuple of str
        Its addresses.
    settings : callable
        Returns the settings; called once, when the service starts.
    """

    def __init__(
        self, app: ASGIApp, *, operation: ASGIApp, operation_paths: tuple[str, ...], settings: Callable[[], Settings]
    ) -> None:
        self._app = app
        self._operation = operation
        self._operation_paths = frozenset(operation_paths)
        chosen = settings()
        self._limits = {"/v1/score": chosen.score_bytes, "/v1/score/batch": chosen.batch_bytes}
        self._body_seconds = chosen.body_seconds
        self._most = chosen.in_flight
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, _request_id(scope))
        REQUEST_ID.set(answer.request_id)
        limit = self._limits.get(scope["path"]) if scope["method"] == "POST" else None
        try:
            if limit is None:
                inner = self._operation if scope["path"] in self._operation_paths else self._app
                await inner(scope, receive, answer.send)
            else:
                await self._scored(scope, receive, answer, limit)
            await answer.finish()
        except RefusedError as refused:
            await answer.problem(refused.problem)
        except Exception:  # noqa: BLE001 - the outermost edge of the service: no fault may leave it unshaped
            _LOG.exception("request %s failed", answer.request_id)
            await answer.problem(
                Problem("internal-error", "The fault is in the service's log under this request's id.")
            )

    async def _scored(self, scope: Scope, receive: Receive, answer: _Answer, limit: int) -> None:
        _refuse_foreign_types(Headers(scope=scope))
        if self._in_flight >= self._most:
            raise RefusedError(Problem("too-many-requests", f"More than {self._most} requests are being answered."))
        self._in_flight += 1
        try:
            body = await self._body(Headers(scope=scope), receive, limit)
            _refuse_bad_json(body)
            await self._app(scope, _replay(body, receive), answer.send)
        finally:
            self._in_flight -= 1

    async def _body(self, headers: Headers, receive: Receive, limit: int) -> bytes:
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            raise _too_large(limit)
        chunks: list[bytes] = []
        size = 0
        try:
            with anyio.fail_after(self._body_seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise RefusedError(Problem("invalid-json", "The connection ended before the body did."))
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > limit:
                        raise _too_large(limit)
                    chunks.append(chunk)
                    more = message.get("more_body", False)
        except TimeoutError:
            raise RefusedError(
                Problem("body-timeout", f"The body did not arrive within {self._body_seconds} seconds.")
            ) from None
        return b"".join(chunks)


class _Answer:
    """The way out: adds headers, and holds back an inner layer's error page in favour of a problem."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self._started = False
        self._withheld: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            if message["status"] >= HTTPStatus.BAD_REQUEST and headers.get("content-type") != MEDIA_TYPE:
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
        response = problem.response(headers)
        if problem.code in {"body-too-large", "body-timeout", "unsupported-media-type", "too-many-requests"}:
            # The rest of the body was not read: the connection cannot carry another request.
            response.headers["connection"] = "close"
        if problem.code == "too-many-requests":
            response.headers["retry-after"] = "1"
        self._started = True
        self._decorate(response.headers)
        start = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": response.body})

    def _decorate(self, headers: MutableHeaders) -> None:
        for name in ("server", "x-bentoml-request-id"):
            del headers[name]
        headers["x-request-id"] = self.request_id
        headers["x-content-type-options"] = "nosniff"
        headers["content-security-policy"] = _POLICY
        headers.setdefault("cache-control", "no-store")


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _refuse_foreign_types(headers: Headers) -> None:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if media_type != "application/json":
        raise RefusedError(Problem("unsupported-media-type", "Send the header Content-Type: application/json."))
    if encoding != "identity":
        raise RefusedError(Problem("unsupported-media-type", "Send the body without Content-Encoding."))


def _refuse_bad_json(body: bytes) -> None:
    try:
        document = parse(body)
    except JsonRefusedError as refused:
        raise RefusedError(Problem(refused.code, str(refused), (FieldError("", refused.code, str(refused)),))) from None
    if not isinstance(document, dict):
        raise RefusedError(invalid_request([FieldError("", "wrong-type", "Expected an object.")]))


def _too_large(limit: int) -> RefusedError:
    return RefusedError(Problem("body-too-large", f"The body has more than {limit} bytes."))


def _replay(body: bytes, receive: Receive) -> Receive:
    delivered = False

    async def next_message() -> Message:
        nonlocal delivered
        if delivered:
            return await receive()
        delivered = True
        return {"type": "http.request", "body": body.removeprefix(b"\xef\xbb\xbf"), "more_body": False}

    return next_message
