"""What a request may hold, checked strictly: the models of the bodies.

A lead is sent as a CRM keeps it: ``lead_id``, ``created_at`` and, beside them, any attribute by its column's name.
An event likewise: ``event``, ``occurred_at`` and any property by its name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

MAX_BATCH = 1_000
MAX_EVENTS = 10_000
MAX_FIELDS = 2_000
MAX_TEXT = 20_000
MAX_NAME = 200
_EXACT_INTEGER = 2**53
_YEARS = range(1900, 2200)
# Line breaks and tabs belong into free text; every other control character is a fault of the sender.
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Scalar: TypeAlias = str | int | float | bool | None


def _name(given: Any) -> str:
    if not isinstance(given, str):
        raise PydanticCustomError("wrong-type", "Expected a text.")
    if not given.strip():
        raise PydanticCustomError("empty", "Expected a text that is not empty.")
    if len(given) > MAX_NAME:
        raise PydanticCustomError("too-long", f"Expected at most {MAX_NAME} characters.")
    if _CONTROL_IN_NAME.search(given):
        raise PydanticCustomError("control-character", "Expected a text without control characters.")
    return given


def _moment(given: Any) -> datetime:
    if isinstance(given, datetime):
        moment = given
    elif not isinstance(given, str):
        raise PydanticCustomError("wrong-type", "Expected a moment as text, e.g. 2026-03-01T09:30:00+01:00.")
    else:
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise PydanticCustomError(
                "invalid-moment", "Expected a moment in ISO 8601, e.g. 2026-03-01T09:30:00+01:00."
            ) from None
    if moment.tzinfo is None:
        raise PydanticCustomError(
            "timezone-required", "Expected a moment with its zone, e.g. 2026-03-01T09:30:00+01:00 or ...Z."
        )
    if moment.year not in _YEARS:
        raise PydanticCustomError("out-of-range", f"Expected a year from {_YEARS[0]} to {_YEARS[-1]}.")
    return moment


def _scalar(given: Any) -> Scalar:
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, str):
        if len(given) > MAX_TEXT:
            raise PydanticCustomError("too-long", f"Expected at most {MAX_TEXT} characters.")
        if _CONTROL_IN_TEXT.search(given):
            raise PydanticCustomError("control-character", "Expected a text without control characters.")
        return given
    if isinstance(given, int):
        if abs(given) > _EXACT_INTEGER:
            raise PydanticCustomError("out-of-range", "Expected an integer from -2^53 to 2^53; send others as text.")
        return given
    if isinstance(given, float):
        if not math.isfinite(given):
            raise PydanticCustomError("out-of-range", "Expected a number that a 64-bit float can hold.")
        return given
    raise PydanticCustomError("wrong-type", "Expected one text, number, true, false or null.")


_NAME_SCHEMA = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
_MOMENT_SCHEMA = {"type": "string", "format": "date-time"}
_SCALAR_SCHEMA = {
    "anyOf": [
        {"type": "string", "maxLength": MAX_TEXT},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "null"},
    ]
}

Name = Annotated[str, BeforeValidator(_name), WithJsonSchema(_NAME_SCHEMA)]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema(_MOMENT_SCHEMA)]
Attribute = Annotated[Scalar, BeforeValidator(_scalar), WithJsonSchema(_SCALAR_SCHEMA)]


def checked_name(given: str) -> str:
    """Return a name, e.g. a lead's id, if it is one.

    Raises
    ------
    ValueError
        If it is empty, longer than 200 characters, or holds a control character.
    """
    return _name(given)


class StrictBody(BaseModel):
    """A body with known fields only."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True, hide_input_in_errors=True)


class OpenRecord(BaseModel):
    """A record with a few fields of its own and a company's own beside them."""

    model_config = ConfigDict(
        strict=True, extra="allow", allow_inf_nan=False, frozen=True, hide_input_in_errors=True,
        json_schema_extra={"maxProperties": MAX_FIELDS, "propertyNames": {"maxLength": MAX_NAME}},
    )  # fmt: skip

    __pydantic_extra__: dict[str, Attribute] = Field(init=False)

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            if len(given) > MAX_FIELDS:
                raise PydanticCustomError("too-long", f"Expected at most {MAX_FIELDS} fields.")
            if any(len(key) > MAX_NAME or _CONTROL_IN_NAME.search(key) for key in given):
                raise PydanticCustomError(
                    "invalid-name", f"Expected field names of at most {MAX_NAME} characters, none a control character."
                )
        return given

    @property
    def own_fields(self) -> Mapping[str, Scalar]:
        """The company's own fields as they were sent."""
        return self.__pydantic_extra__ or {}


class LeadRecord(OpenRecord):
    """Who the lead is; every attribute of leadscore.yaml may stand beside these two."""

    lead_id: Name = Field(description="The company's own identifier.")
    created_at: Moment | None = Field(default=None, description="When the lead came in, with its zone.")


class EventRecord(OpenRecord):
    """One thing the lead did; every property of leadscore.yaml may stand beside these."""

    event: Name = Field(description="Its kind, e.g. page_view.")
    occurred_at: Moment = Field(description="When it happened, with its zone.")
    event_id: Name | None = Field(
        default=None, description="The sender's own id; the same id of the same lead is the same event."
    )


class ScoreRequest(StrictBody):
    """The body of ``POST /v1/score``."""

    lead: LeadRecord
    events: list[EventRecord] = Field(
        default_factory=list, max_length=MAX_EVENTS, description="What the lead did, in any order."
    )
    as_of: Moment | None = Field(
        default=None, description="The moment of knowledge; nothing later is read. Default: now."
    )
    store: bool = Field(
        default=False,
        description="Keep lead, events and score; it is then scored as of now, with all that is stored of it.",
    )

    @model_validator(mode="after")
    def _created_by_then(self) -> Self:
        if self.store and self.as_of is not None:
            raise PydanticCustomError("as-of-with-store", "Expected no as_of: what is stored is scored as of now.")
        if self.as_of is not None and self.lead.created_at is not None and self.lead.created_at > self.as_of:
            raise PydanticCustomError("as-of-before-creation", "Expected as_of at or after the lead's created_at.")
        return self


class BatchRequest(StrictBody):
    """The body of ``POST /v1/score/batch``: its entries are checked one by one, so that a bad one fails alone."""

    requests: list[Any] = Field(min_length=1, max_length=MAX_BATCH)
