"""What the calls that work on the store take, checked strictly like those that score (:mod:`serving.wire`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from features.domain.consent import PROFILING
from serving.wire import MAX_BATCH, Attribute, EventRecord, Moment, Name, OpenRecord, StrictBody


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
    reason: Name | None = Field(default=None, description="Why; of a rejection, one of GET /v1/sla.")
    outcome_id: Name | None = Field(
        default=None, description="The sender's own id; the same id of the same lead is the same outcome."
    )
    by: Name | None = Field(default=None, description="Who says so. Default: the key.")


class ConsentRequest(StrictBody):
    """The body of ``POST /v1/leads/{lead_id}/consents``."""

    purpose: str = Field(
        default=PROFILING, pattern="^[a-z][a-z_]{0,62}$",
        description="profiling decides whether the lead is scored; others, e.g. marketing_mail, are kept.",
    )  # fmt: skip
    word: Literal["given", "withdrawn", "objected"] = Field(
        description="given, withdrawn, or objected: to profiling, an objection ends every score."
    )
    said_at: Moment | None = Field(default=None, description="When it was said, with its zone. Default: now.")
    source: Name | None = Field(default=None, description="Where, e.g. form on /whitepaper. Default: the key.")
    proof: dict[Name, Attribute] = Field(
        default_factory=dict, max_length=50,
        description="What shows it: wording, version, address, moment of the confirmation. Required with given.",
    )  # fmt: skip
