"""What is sent: the leads and events of a workspace's history, as a CRM would send them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.service.load import request_bytes
from features.history import FileHistory

MOST_EVENTS = 30
"""Events sent with a lead, the newest: what a CRM holds of a lively one."""


_NEW = itertools.count(1)
"""Numbers that no request of this run has sent before."""


@dataclass(frozen=True)
class Lead:
    """One lead as it is sent.

    Parameters
    ----------
    lead_id : str
        Its id.
    record : dict
        ``created_at`` and attributes.
    events : list of dict
        The newest ones, in order.
    """

    lead_id: str
    record: dict[str, Any]
    events: list[dict[str, Any]]


def leads_of(history: FileHistory, count: int) -> list[Lead]:
    """Return the newest leads that did something, as they were last known.

    Parameters
    ----------
    history : FileHistory
        Of the workspace that is served.
    count : int
        How many at most.
    """
    attributes = [column.name for column in history.schema.used_columns]
    properties = [prop.name for prop in history.schema.used_properties]
    events = history.events().sort("occurred_at").group_by("lead_id", maintain_order=True).tail(MOST_EVENTS).collect()
    newest = (
        history.leads()
        .sort("known_at", nulls_last=False)
        .unique("lead_id", keep="last", maintain_order=True)
        .join(events.select("lead_id").unique(), on="lead_id", how="semi")
        .sort("created_at", "lead_id")
        .tail(count)
    )
    by_lead = events.join(newest, on="lead_id", how="semi").partition_by("lead_id", as_dict=True, maintain_order=True)
    return [
        Lead(
            row["lead_id"],
            {"created_at": row["created_at"].isoformat(), **_own(row, "attribute.", attributes)},
            [_event(one, properties) for one in by_lead[(row["lead_id"],)].iter_rows(named=True)],
        )
        for row in newest.iter_rows(named=True)
    ]


def scores(leads: list[Lead], *, store: bool) -> Iterator[bytes]:
    """Yield ``POST /v1/score`` without end, of each lead in turn."""
    for lead in itertools.cycle(leads):
        document = {"lead": {"lead_id": lead.lead_id, **lead.record}, "events": lead.events}
        yield request_bytes("POST", "/v1/score", document | ({"store": True} if store else {}))


def puts(leads: list[Lead]) -> Iterator[bytes]:
    """Yield ``PUT /v1/leads/{id}`` without end, each with something new, so that each is scored."""
    for lead in itertools.cycle(leads):
        yield request_bytes("PUT", f"/v1/leads/{lead.lead_id}", {**lead.record, "employees": next(_NEW)})


def kept_anew(leads: list[Lead], ids: list[str]) -> Iterator[bytes]:
    """Yield a kept ``POST /v1/score`` of a lead for each of these ids, without addresses: one address is one person."""
    for lead_id, lead in zip(ids, itertools.cycle(leads), strict=False):
        document = {"lead": {"lead_id": lead_id, **_without_addresses(lead)}, "events": lead.events, "store": True}
        yield request_bytes("POST", "/v1/score", document)


def new_leads(leads: list[Lead], ids: list[str]) -> Iterator[bytes]:
    """Yield ``PUT /v1/leads/{id}`` of a lead for each of these ids, without addresses: one address is one person."""
    for lead_id, lead in zip(ids, itertools.cycle(leads), strict=False):
        yield request_bytes("PUT", f"/v1/leads/{lead_id}", _without_addresses(lead))


def events(leads: list[Lead], now: datetime) -> Iterator[bytes]:
    """Yield ``POST /v1/events`` without end, one new event each, which scores the lead again."""
    for lead in itertools.cycle(leads):
        number = next(_NEW)
        event = {
            "lead_id": lead.lead_id, "event": "page_view", "event_id": f"bench-{number}",
            "occurred_at": (now - timedelta(milliseconds=number)).isoformat(),
        }  # fmt: skip
        yield request_bytes("POST", "/v1/events", {"events": [event]})


def _without_addresses(lead: Lead) -> dict[str, Any]:
    return {name: value for name, value in lead.record.items() if "@" not in str(value)}


def _event(row: dict[str, Any], properties: list[str]) -> dict[str, Any]:
    own = _own(row, "property.", properties)
    return {"event": row["event"], "occurred_at": row["occurred_at"].isoformat(), **own}


def _own(row: dict[str, Any], prefix: str, names: list[str]) -> dict[str, Any]:
    values = {name: row[prefix + name] for name in names if row[prefix + name] is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
