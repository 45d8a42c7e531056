"""What the calls about webhooks take and answer, field by field (see :mod:`serving.answers`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, RootModel

from serving.answers import Answer
from serving.webhooks.addresses import LONGEST_URL
from serving.webhooks.kinds import KINDS, Kind
from serving.wire import StrictBody


class WebhookRequest(StrictBody):
    """The body of ``POST /v1/webhooks``."""

    url: str = Field(min_length=1, max_length=LONGEST_URL, description="Where messages are sent: https://...")
    kinds: list[Kind] = Field(min_length=1, max_length=len(KINDS), description="What the endpoint is told.")


class InboundMessage(RootModel[dict[str, Any] | list[Any]]):
    """HubSpot's list of notifications, or another CRM's object with type, timestamp and data."""


class InboundAnswer(Answer):
    """What became of a CRM's message."""

    duplicate: bool = Field(description="Whether all of it had come before; nothing was done again.")
    results: list[Literal["applied", "older", "unknown", "unresolved", "duplicate", "erased"]] = Field(
        description="One for each notification, in their order."
    )


class WebhookAnswer(Answer):
    """An endpoint."""

    webhook_id: str
    url: str
    kinds: list[Kind]
    created_at: str
    created_by: str = Field(description="Id of the key that subscribed it.")
    failing_since: str | None = Field(description="Since when every delivery has failed; null after a success.")
    disabled_at: str | None = Field(description="Since when it is told nothing; null while it is.")
    disabled_because: str | None
    waiting: int = Field(description="Messages that wait for it.")
    dead: int = Field(description="Messages that it took at no attempt; they can be replayed.")


class NewWebhookAnswer(WebhookAnswer):
    """An endpoint that was just subscribed."""

    secret: str = Field(description="whsec_...; messages are signed with it. Shown this once.")


class WebhooksAnswer(Answer):
    """All endpoints."""

    webhooks: list[WebhookAnswer]


class WebhookIdAnswer(Answer):
    """What was done is done."""

    webhook_id: str


class NewSecretAnswer(Answer):
    """A new secret; the one before signs too, until the next one."""

    webhook_id: str
    secret: str = Field(description="whsec_...; shown this once.")


class TestMessageAnswer(Answer):
    """A message that only tells that messages arrive is on its way."""

    webhook_id: str
    message_id: str = Field(description="As in the header webhook-id.")


class DeadLetterAnswer(Answer):
    """A message that an endpoint took at no attempt."""

    message_id: str
    kind: str
    lead_id: str | None
    created_at: str
    attempts: int
    status: int | None = Field(description="HTTP status of the last answer; null where there was none.")
    failure: str | None = Field(description="What went wrong the last time.")


class DeadLettersAnswer(Answer):
    """Messages that an endpoint took at no attempt, the oldest first."""

    deliveries: list[DeadLetterAnswer]


class ReplayAnswer(Answer):
    """How many messages are on their way again."""

    webhook_id: str
    replayed: int
