"""Every error as an RFC 9457 problem: what was wrong, where, and what would have been right.

A problem never repeats a value of the body (it may be personal data) and never shows a trace.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from features.domain import InputError, LeadscoreError
from serving.store.faults import StoreError

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:leadscore:problem:"

TITLES: Mapping[str, tuple[int, str]] = {
    "invalid-json": (400, "The body is not acceptable JSON"),
    "duplicate-key": (400, "An object of the body repeats a key"),
    "unauthorized": (401, "A valid key is needed"),
    "not-signed": (401, "The message is not signed by a CRM that may send"),
    "forbidden": (403, "The key's role may not do this"),
    "not-found": (404, "There is nothing at this address"),
    "method-not-allowed": (405, "This address does not take this method"),
    "body-timeout": (408, "The body did not arrive in time"),
    "still-running": (409, "The same request is being worked on"),
    "no-basis-for-profiling": (409, "The person may not be scored"),
    "not-with-sales": (409, "The lead is not with sales"),
    "already-signed": (409, "The proposal has this signature"),
    "webhook-disabled": (409, "The webhook is disabled"),
    "answer-erased": (410, "The answer was about a lead that has been erased"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "Only application/json, not compressed, is read"),
    "invalid-request": (422, "The request does not mean anything the service knows"),
    "idempotency-key-reused": (422, "The key was used for another request"),
    "headers-too-large": (431, "The headers are too large"),
    "too-many-requests": (429, "The service is busy"),
    "internal-error": (500, "Something went wrong here"),
    "unavailable": (503, "The service cannot answer now"),
    "store-unavailable": (503, "The store does not answer"),
    "store-busy": (503, "The store is busy"),
    "storage-full": (503, "The store has no space left"),
    "timeout": (504, "The answer took too long"),
}
"""Every problem the service can answer, with its status and title; its ``type`` ends in the key."""

_RETRY_AFTER = {429: 1, 503: 2}
"""Seconds after which it is worth trying again."""

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Id of the request that is being answered; every problem names it."""

_CODES = {
    "missing": ("missing-field", "This field is required."),
    "extra_forbidden": ("unknown-field", "This field is not known."),
    "too_long": ("too-long", "There are too many entries."),
    "too_short": ("too-short", "There are too few entries."),
    "model_type": ("wrong-type", "Expected an object."),
    "model_attributes_type": ("wrong-type", "Expected an object."),
    "dict_type": ("wrong-type", "Expected an object."),
    "bool_type": ("wrong-type", "Expected true or false."),
    "list_type": ("wrong-type", "Expected a list."),
}
_PLACES = {"as-of-with-store": ("as_of",), "as-of-before-creation": ("as_of",)}
"""Which field is at fault where several together are."""

_CODES_BY_ENDING = (
    ("_type", "wrong-type"), ("_parsing", "wrong-type"), ("_too_long", "too-long"), ("_too_short", "too-short"),
    ("_than", "out-of-range"), ("_equal", "out-of-range"), ("_number", "out-of-range"), ("", "invalid-value"),
)  # fmt: skip
"""What pydantic calls a fault, by how its name ends; ours have no underscore."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault at one place of the body.

    Parameters
    ----------
    pointer : str
        RFC 6901 pointer into the body, e.g. ``/lead/employees``.
    code : str
        Stable word that programs may branch on.
    message : str
        A sentence for people, without the value.
    """

    pointer: str
    code: str
    message: str

    def to_mapping(self) -> dict[str, str]:
        """Return the fault in the shape of the API."""
        return {"pointer": self.pointer, "code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that is an error."""

    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    retry_after: int | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return TITLES[self.code][0]

    def to_mapping(self) -> dict[str, Any]:
        """Return the problem in the shape of RFC 9457 (2023)."""
        return {
            "type": _TYPE + self.code,
            "title": TITLES[self.code][1],
            "status": self.status,
            "detail": self.detail,
            "instance": REQUEST_ID.get(),
            "errors": [error.to_mapping() for error in self.errors],
        }

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the problem as an HTTP answer."""
        return Response(
            json.dumps(self.to_mapping(), ensure_ascii=False).encode("utf-8"),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers={**self.headers, **(headers or {})},
        )

    @property
    def headers(self) -> dict[str, str]:
        """What its answer says beside the body: when to come again, and how to say who calls."""
        wait = self.retry_after or _RETRY_AFTER.get(self.status)
        headers = {} if wait is None else {"retry-after": str(wait)}
        return headers | ({"www-authenticate": "Bearer"} if self.code == "unauthorized" else {})


class RefusedError(Exception):
    """A request that is answered by a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def invalid_request(errors: Sequence[FieldError]) -> Problem:
    """Return the 422 problem of these faults."""
    first = errors[0]
    more = "" if len(errors) == 1 else f" (and {len(errors) - 1} more)"
    return Problem("invalid-request", f"{first.pointer or 'The body'}: {first.message}{more}", tuple(errors))


def from_validation(error: ValidationError, model: type[BaseModel]) -> Problem:
    """Return the problem of a body that ``model`` refused."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return invalid_request([_field_error(fault["loc"], fault["type"], fault["msg"], model) for fault in faults])


def from_domain(error: LeadscoreError) -> Problem:
    """Return the problem of a broken configuration, for which no request is to blame."""
    return Problem("unavailable", f"The service's configuration is not usable ({error.code}); see its log.")


def from_store(error: StoreError) -> Problem:
    """Return the problem of a store that cannot do what was asked; nothing of the request was kept."""
    code = error.code if error.code in TITLES else StoreError.code
    return Problem(code, "Nothing of the request was kept; send it again later.")


def problem_from(error: RefusedError | LeadscoreError) -> Problem:
    """Return the problem of whatever a call may raise, by its kind."""
    if isinstance(error, RefusedError):
        return error.problem
    if isinstance(error, StoreError):
        return from_store(error)
    return from_input(error) if isinstance(error, InputError) else from_domain(error)


def from_input(error: InputError, place: str = "") -> Problem:
    """Return the problem of a value that was refused further inside; ``place`` says which, where that is known."""
    return invalid_request([FieldError(place, "invalid-value", f"Expected {error.expected} {error.remedy}")])


def pointer(location: Iterable[str | int]) -> str:
    """Return the RFC 6901 pointer of a place.

    Examples
    --------
    >>> pointer(("events", 0, "a/b"))
    '/events/0/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def _code_of(kind: str) -> str:
    """Return the code of a fault that pydantic or we ourselves found.

    Examples
    --------
    >>> _code_of("literal_error"), _code_of("float_type"), _code_of("less_than_equal"), _code_of("url-refused")
    ('invalid-value', 'wrong-type', 'out-of-range', 'url-refused')
    """
    return next(code for ending, code in _CODES_BY_ENDING if kind.endswith(ending)) if "_" in kind else kind


def _field_error(location: tuple[str | int, ...], kind: str, message: str, model: type[BaseModel]) -> FieldError:
    code, sentence = _CODES.get(kind) or (_code_of(kind), message.replace("Input should be", "Expected"))
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), model.model_fields, n=1, cutoff=0.6)
        sentence += f" Did you mean {near[0]}?" if near else f" Known are {', '.join(model.model_fields)}."
    return FieldError(pointer((*location, *_PLACES.get(code, ()))), code, sentence)
