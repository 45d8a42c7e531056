"""What the calls that work on the store take, checked strictly like those that score (:mod:`serving.wire`)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from serving.wire import MAX_BATCH, EventRecord, Moment, Name, OpenRecord, StrictBody


class LeadBody(OpenRecord):
    """All that is known of a lead; every attribute of leadscore.yaml may stand beside these."""

    lead_id: Name | None = Field(default=None, description="As in the address, or left out.")
    created_at: Moment | None = Field(
        default=None, description="When the lead came in, with its zone. Default: now; the first one said holds."
    )


class LeadEventRecord(EventRecord):
    """One thing a lead did; every property of leadscore.yaml may stand beside these."""

    lead_id: Name = Field(description="Who did it.")


class EventsRequest(StrictBody):
    """The body of ``POST /v1/events``: its entries are checked one by one, so that a bad one fails alone."""

    events: list[Any] = Field(min_length=1, max_length=MAX_BATCH)


class OutcomeRequest(StrictBody):
    """The body of ``POST /v1/leads/{lead_id}/outcomes``."""

    outcome: Name = Field(
        description="contacted, accepted, rejected, opportunity, won, lost, or a word of leadscore.yaml's own."
    )
    occurred_at: Moment | None = Field(default=None, description="When, with its zone. Default: now.")
    reason: Name | None = Field(default=None, description="Why; required where sales rejects.")
    outcome_id: Name | None = Field(
        default=None, description="The sender's own id; the same id of the same lead is the same outcome."
    )
    by: Name | None = Field(default=None, description="Who says so. Default: the key.")
