"""The one layer around every call: what BentoML and its web framework leave open is closed here.

Measured of BentoML 1.4.39: any content type is read, bodies have no limit, repeated keys and NaN pass, and errors are
plain text or JSON of several shapes. This layer checks the body before BentoML sees it, and turns every error into a
problem.
"""

from __future__ import annotations

import functools
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.access import Access
from serving.api.call import CALL, Call, Caller, request_hash
from serving.api.operations import Operation, methods_of, operation_of
from serving.api.rate_limit import RateLimit
from serving.calls.desk import Once
from serving.console.paths import FORM_BYTES, FORM_TYPE, LEAD_PREFIX, is_page
from serving.console.problems import problem_of
from serving.errors import (
    REQUEST_ID,
    FieldError,
    Problem,
    RefusedError,
    from_store,
    invalid_request,
)
from serving.settings import Settings
from serving.store import StoreError
from serving.store.keys import Role
from serving.strict_json import JsonRefusedError, parse
from serving.way_out import WayOut

_LOG = logging.getLogger("bentoml.leadscore")
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,200}")
DOCUMENT = "leadscore.document"
"""Where in the scope the body stands once it is read."""

RAW_BODY = "leadscore.raw_body"
"""Where in the scope the body stands as it came in, for calls that are signed."""

LEADS_PREFIXES = (b"/v1/leads/", LEAD_PREFIX.encode("ascii"))
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Gate:
    """ASGI middleware: checks who calls and what comes in, shapes what goes out.

    Parameters
    ----------
    app : ASGIApp
        What is guarded.
    application : ASGIApp
        Answers every call of the table, and the addresses in ``operation_paths``, of which BentoML would say nothing.
    operation_paths : tuple of str
        Addresses beside the table.
    settings : callable
        Returns the settings; called once, when the service starts.
    access : callable
        Returns who tells callers apart; called with each request, because the store opens after this layer is made.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        application: ASGIApp,
        operation_paths: tuple[str, ...],
        settings: Callable[[], Settings],
        access: Callable[[], Access],
    ) -> None:
        self._app = app
        self._application = application
        self._operation_paths = frozenset(operation_paths)
        self._access = access
        chosen = settings()
        self._limits = {False: chosen.score_bytes, True: chosen.batch_bytes}
        self._body_seconds = chosen.body_seconds
        self._most = chosen.in_flight
        self._rate = RateLimit(chosen.calls_per_second)
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        page = functools.partial(problem_of, scope) if is_page(scope["path"]) else None
        answer = WayOut(send, _request_id(scope), as_it_is=scope["path"] in self._operation_paths, page=page)
        REQUEST_ID.set(answer.request_id)
        scope = {**scope, "path": routed_path(scope)}
        call = operation_of(scope["method"], scope["path"])
        try:
            if page is not None:
                await self._page(scope, receive, answer)
            elif call is None and (methods := methods_of(scope["path"])):
                # Routes name their own methods only, and an address may have several.
                allowed = ", ".join(methods)
                await answer.problem(Problem("method-not-allowed", f"It takes {allowed}."), {"allow": allowed})
            elif call is not None and call.is_signed:
                await self._signed(scope, receive, answer)
            elif call is None or call.roles is None:
                inner = self._application if scope["path"] in self._operation_paths else self._app
                await inner(scope, receive, answer.send)
            else:
                await self._admitted(call, call.roles, scope, receive, answer)
            await answer.finish()
        except RefusedError as refused:
            await answer.problem(refused.problem)
        except StoreError as error:
            await answer.problem(from_store(error))
        except Exception:  # noqa: BLE001 - the outermost edge of the service: no fault may leave it unshaped
            _LOG.exception("request %s failed", answer.request_id)
            await answer.problem(
                Problem("internal-error", "The fault is in the service's log under this request's id.")
            )

    async def _admitted(
        self, call: Operation, roles: frozenset[Role], scope: Scope, receive: Receive, answer: WayOut
    ) -> None:
        headers = Headers(scope=scope)
        caller = await self._caller(headers, scope)
        if caller.role not in roles:
            may = ", ".join(sorted(role.value for role in roles))
            raise RefusedError(
                Problem("forbidden", f"The key has the role {caller.role.value}; this call is for {may}.")
            )
        wait = self._rate.wait(caller.name)
        if wait:
            raise RefusedError(Problem("too-many-requests", "The key calls too often.", retry_after=wait))
        with self._place():
            body = b""
            if call.body is not None:
                _refuse_foreign_types(headers)
                body = await self._body(headers, receive, self._limits[call.is_large])
                scope = {**scope, DOCUMENT: _document(body)}
            once = _once(call, caller, headers, scope, body)
            CALL.set(Call(caller, once))
            await self._application(scope, receive, answer.send)

    async def _signed(self, scope: Scope, receive: Receive, answer: WayOut) -> None:
        """Pass on a call that proves by its body who makes it; nobody parses the body before."""
        headers = Headers(scope=scope)
        with self._place():
            _refuse_foreign_types(headers)
            body = await self._body(headers, receive, self._limits[False])
            await self._application({**scope, RAW_BODY: body}, receive, answer.send)

    async def _page(self, scope: Scope, receive: Receive, answer: WayOut) -> None:
        """Pass on a visit of the console, which finds out itself who comes; a form's body is read here."""
        with self._place():
            if scope["method"] == "POST":
                headers = Headers(scope=scope)
                _refuse_foreign_types(headers, FORM_TYPE)
                receive = _replay(await self._body(headers, receive, FORM_BYTES), receive)
            await self._app(scope, receive, answer.send)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._in_flight >= self._most:
            raise RefusedError(Problem("too-many-requests", f"More than {self._most} requests are being answered."))
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    async def _caller(self, headers: Headers, scope: Scope) -> Caller:
        access, authorization = self._access(), headers.get("authorization")
        forwarded = "forwarded" in headers or "x-forwarded-for" in headers
        known = access.remembered(authorization, headers.get("host", ""), forwarded)
        if known is not None:
            return known
        address = (scope.get("client") or ("",))[0]
        return await anyio.to_thread.run_sync(access.caller, authorization, headers.get("host", ""), forwarded, address)

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


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _refuse_foreign_types(headers: Headers, expected: str = "application/json") -> None:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if media_type != expected:
        raise RefusedError(Problem("unsupported-media-type", f"Send the header Content-Type: {expected}."))
    if encoding != "identity":
        raise RefusedError(Problem("unsupported-media-type", "Send the body without Content-Encoding."))


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = parse(body)
    except JsonRefusedError as refused:
        raise RefusedError(Problem(refused.code, str(refused), (FieldError("", refused.code, str(refused)),))) from None
    if not isinstance(document, dict):
        raise RefusedError(invalid_request([FieldError("", "wrong-type", "Expected an object.")]))
    return document


def _once(call: Operation, caller: Caller, headers: Headers, scope: Scope, body: bytes) -> Once | None:
    key = headers.get("idempotency-key")
    if key is None or not call.writes:
        return None
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        fault = FieldError("", "invalid-key", "Expected an Idempotency-Key of 1 to 200 visible characters.")
        raise RefusedError(invalid_request([fault]))
    target = scope["path"].encode("utf-8") + b"?" + scope.get("query_string", b"")
    return Once(caller.name, key, request_hash(scope["method"], target, body))


def routed_path(scope: Scope) -> str:
    """Return the address as it is routed: a lead's id stays percent-encoded, so that it may hold a slash."""
    raw = scope.get("raw_path") or b""
    path: str = scope["path"]
    return raw.decode("ascii", "replace") if raw.startswith(LEADS_PREFIXES) else path


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
