"""From a checked request to the words of the house: lead, events and moment, in canonical values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from features.domain import Event, InputError, Lead, Value
from features.schema import Schema
from serving.api.bodies import LeadBody, LeadEventRecord
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
    store : bool
        Whether lead, events and score are to be kept.
    event_ids : tuple of (str or None)
        The sender's ids of the events, as far as there are any.
    """

    lead: Lead
    events: tuple[Event, ...]
    as_of: datetime | None
    warnings: tuple[str, ...] = ()
    store: bool = False
    event_ids: tuple[str | None, ...] = ()

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
    lead = _lead(request.lead.lead_id, request.lead, schema, ("lead",), faults, warnings)
    events = tuple(
        _event(record, request.lead.lead_id, schema, ("events", index), faults, warnings)
        for index, record in enumerate(request.events)
    )
    if faults:
        raise RefusedError(invalid_request(faults))
    warnings += _unknown_kinds(events, schema)
    as_of = (request.as_of or now).astimezone(UTC) if schema.timed or events else None
    if lead.created_at is not None and as_of is not None and lead.created_at > as_of:
        fault = FieldError("/lead/created_at", "created-in-future", "Expected a moment that is not in the future.")
        raise RefusedError(invalid_request([fault]))
    late = sum(1 for event in events if as_of is not None and event.occurred_at > as_of)
    if late:
        warnings.append(f"{late} event{'s' if late > 1 else ''} after as_of not read")
    ids = tuple(record.event_id for record in request.events)
    return Case(lead, events, as_of, tuple(dict.fromkeys(warnings)), request.store, ids)


def read_lead(body: LeadBody, lead_id: str, schema: Schema, now: datetime) -> tuple[Lead, tuple[str, ...]]:
    """Return the lead that a body describes, and what its sender should know.

    Raises
    ------
    RefusedError
        If a value cannot be read as its column's type, the lead is of the future, or the body is about another one.
    """
    faults: list[FieldError] = []
    warnings: list[str] = []
    lead = _lead(lead_id, body, schema, (), faults, warnings)
    if body.lead_id is not None and body.lead_id != lead_id:
        faults.append(FieldError("/lead_id", "other-lead", "Expected the id of the address, or none."))
    if lead.created_at is not None and lead.created_at > now:
        faults.append(FieldError("/created_at", "created-in-future", "Expected a moment that is not in the future."))
    if faults:
        raise RefusedError(invalid_request(faults))
    return lead, tuple(dict.fromkeys(warnings))


def read_event(record: LeadEventRecord, schema: Schema) -> tuple[Event, tuple[str, ...]]:
    """Return the event that a record describes, and what its sender should know.

    Raises
    ------
    RefusedError
        If a value cannot be read as its property's type; every such place is named.
    """
    faults: list[FieldError] = []
    warnings: list[str] = []
    event = _event(record, record.lead_id, schema, (), faults, warnings)
    if faults:
        raise RefusedError(invalid_request(faults))
    return event, tuple(dict.fromkeys([*warnings, *_unknown_kinds([event], schema)]))


def _unknown_kinds(events: Sequence[Event], schema: Schema) -> list[str]:
    known = {kind.name for kind in schema.event_kinds}
    return [f"unknown event {event.event!r} counts as other activity" for event in events if event.event not in known]


def _lead(
    lead_id: str,
    record: LeadRecord | LeadBody,
    schema: Schema,
    where: tuple[str | int, ...],
    faults: list[FieldError],
    warnings: list[str],
) -> Lead:
    attributes = _read(record.own_fields, schema.canonical_attributes, where, faults, warnings)
    created_at = None if record.created_at is None else record.created_at.astimezone(UTC)
    return Lead(lead_id, created_at, attributes)


def _event(
    record: EventRecord,
    lead_id: str,
    schema: Schema,
    where: tuple[str | int, ...],
    faults: list[FieldError],
    warnings: list[str],
) -> Event:
    own = _read(record.own_fields, schema.canonical_properties, where, faults, warnings)
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
