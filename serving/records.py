"""From a checked request to the words of the house: lead, events and moment, in canonical values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from features.domain import Event, InputError, Lead, Value
from features.schema import Schema
from serving.errors import FieldError, RefusedError, invalid_request, pointer
from serving.wire import EventRecord, LeadRecord, ScoreRequest

_Reader: TypeAlias = Callable[[Mapping[str, Any]], tuple[dict[str, Value], list[str]]]


@dataclass(frozen=True, slots=True)
class Case:
    """One lead to be scored.

    Parameters
    ----------
    lead : Lead
        Who.
    events : tuple of Event
        What they did, as sent.
    as_of : datetime or None
        The moment of knowledge in UTC; None in a workspace without times.
    warnings : tuple of str
        What the sender should know, e.g. attributes that were not used.
    """

    lead: Lead
    events: tuple[Event, ...]
    as_of: datetime | None
    warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the lead at the moment: no attribute and no event."""
        return not self.lead.attributes and not self._past

    @property
    def _past(self) -> Sequence[Event]:
        return [event for event in self.events if self.as_of is None or event.occurred_at <= self.as_of]


def read_case(request: ScoreRequest, schema: Schema, now: datetime) -> Case:
    """Return the case that ``request`` describes.

    Parameters
    ----------
    request : ScoreRequest
        The checked body.
    schema : Schema
        What the workspace's columns mean.
    now : datetime
        The moment of knowledge where the request names none, with a zone.

    Raises
    ------
    RefusedError
        If a value cannot be read as its column's type; every such place is named.
    """
    faults: list[FieldError] = []
    warnings: list[str] = []
    lead = _lead(request.lead, schema, faults, warnings)
    events = tuple(
        _event(index, record, request.lead.lead_id, schema, faults, warnings)
        for index, record in enumerate(request.events)
    )
    if faults:
        raise RefusedError(invalid_request(faults))
    known = {kind.name for kind in schema.event_kinds}
    warnings += [
        f"unknown event {event.event!r} counts as other activity" for event in events if event.event not in known
    ]
    as_of = (request.as_of or now).astimezone(UTC) if schema.timed or events else None
    if lead.created_at is not None and as_of is not None and lead.created_at > as_of:
        fault = FieldError("/lead/created_at", "created-in-future", "Expected a moment that is not in the future.")
        raise RefusedError(invalid_request([fault]))
    late = sum(1 for event in events if as_of is not None and event.occurred_at > as_of)
    if late:
        warnings.append(f"{late} event{'s' if late > 1 else ''} after as_of not read")
    return Case(lead, events, as_of, tuple(dict.fromkeys(warnings)))


def _lead(record: LeadRecord, schema: Schema, faults: list[FieldError], warnings: list[str]) -> Lead:
    attributes = _read(record.own_fields, schema.canonical_attributes, ("lead",), faults, warnings)
    created_at = None if record.created_at is None else record.created_at.astimezone(UTC)
    return Lead(record.lead_id, created_at, attributes)


def _event(
    index: int, record: EventRecord, lead_id: str, schema: Schema, faults: list[FieldError], warnings: list[str]
) -> Event:
    own = _read(record.own_fields, schema.canonical_properties, ("events", index), faults, warnings)
    return Event(lead_id, record.occurred_at.astimezone(UTC), record.event, own)


def _read(
    raw: Mapping[str, Any],
    read: _Reader,
    where: tuple[str | int, ...],
    faults: list[FieldError],
    warnings: list[str],
) -> dict[str, Value]:
    try:
        values, unknown = read(raw)
    except InputError:
        return _read_one_by_one(raw, read, where, faults, warnings)
    warnings.extend(unknown)
    return values


def _read_one_by_one(
    raw: Mapping[str, Any],
    read: _Reader,
    where: tuple[str | int, ...],
    faults: list[FieldError],
    warnings: list[str],
) -> dict[str, Value]:
    """Read each field alone, to name the place of every fault; slower, so only once there is one."""
    values: dict[str, Value] = {}
    for name, given in raw.items():
        try:
            one, unknown = read({name: given})
        except InputError as error:
            # error.given repeats the value, which may be personal: what was expected says enough.
            faults.append(FieldError(pointer((*where, name)), "invalid-value", f"Expected {error.expected}"))
            continue
        values.update(one)
        warnings.extend(unknown)
    return values
