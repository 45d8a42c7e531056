"""Endpoints that are told what happens here: subscribe, list, change the secret, test, replay, remove."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx

from features.domain import InputError
from features.domain.score import iso
from serving.calls.desk import Reply
from serving.errors import Problem, RefusedError
from serving.store import Transaction
from serving.store.outbox import Delivery
from serving.store.subscriptions import Subscription
from serving.webhooks.kinds import TEST

NOT_HERE = Problem("not-found", "There is no webhook of this id.")
NOT_DEAD = Problem("not-found", "No message of this id is among the webhook's dead letters.")
_CREATED, _OK, _ACCEPTED = 201, 200, 202


def subscribe(tx: Transaction, url: str, kinds: Iterable[str], by: str) -> Reply:
    """Add an endpoint; its secret is shown in this answer alone."""
    made = tx.subscriptions.add(url, kinds, by=by)
    _keep(tx, "webhook.created", made, by, kinds=list(made.kinds))
    return Reply(_CREATED, {**_shown(made, {}), "secret": made.secrets[0]})


def list_endpoints(tx: Transaction) -> dict[str, Any]:
    """Return all endpoints with what waits for them, without their secrets."""
    unsettled = tx.outbox.unsettled()
    return {"webhooks": [_shown(one, unsettled.get(one.subscription_id, {})) for one in tx.subscriptions.all()]}


def remove(tx: Transaction, webhook_id: str, by: str) -> Reply:
    """Remove an endpoint and what waits for it."""
    endpoint = _endpoint(tx, webhook_id)
    tx.subscriptions.remove(webhook_id)
    _keep(tx, "webhook.removed", endpoint, by)
    return Reply(_OK, {"webhook_id": webhook_id})


def new_secret(tx: Transaction, webhook_id: str, by: str) -> Reply:
    """Give an endpoint a new secret; the one before signs too, until the next one."""
    _endpoint(tx, webhook_id)
    changed = tx.subscriptions.rotate(webhook_id)
    _keep(tx, "webhook.secret_changed", changed, by)
    return Reply(_OK, {"webhook_id": webhook_id, "secret": changed.secrets[0]})


def enable(tx: Transaction, webhook_id: str, by: str) -> Reply:
    """Tell an endpoint again that was disabled; what waited for it is sent."""
    endpoint = _endpoint(tx, webhook_id)
    tx.subscriptions.enable(webhook_id)
    _keep(tx, "webhook.enabled", endpoint, by)
    return Reply(_OK, {"webhook_id": webhook_id})


def send_test(tx: Transaction, webhook_id: str) -> Reply:
    """Send an endpoint a message that only tells that messages arrive.

    Raises
    ------
    RefusedError
        If there is no such endpoint, or it is disabled.
    """
    if _endpoint(tx, webhook_id).disabled_at is not None:
        raise RefusedError(Problem("webhook-disabled", "Enable it first: a disabled endpoint is sent nothing."))
    return Reply(_ACCEPTED, {"webhook_id": webhook_id, "message_id": tx.outbox.tell_one(webhook_id, TEST, {})})


def dead_letters(tx: Transaction, webhook_id: str, limit: int) -> dict[str, Any]:
    """Return messages that an endpoint did not take at any attempt, the oldest first."""
    _endpoint(tx, webhook_id)
    return {"deliveries": [_dead(one) for one in tx.outbox.dead(limit, subscription_id=webhook_id)]}


def replay(tx: Transaction, webhook_id: str, by: str) -> Reply:
    """Send an endpoint's dead letters again, under their own ids."""
    endpoint = _endpoint(tx, webhook_id)
    count = tx.outbox.replay_dead(webhook_id)
    _keep(tx, "webhook.replayed", endpoint, by, count=count)
    return Reply(_ACCEPTED, {"webhook_id": webhook_id, "replayed": count})


def replay_one(tx: Transaction, webhook_id: str, message_id: str, by: str) -> Reply:
    """Send one dead letter again, under its own id.

    Raises
    ------
    RefusedError
        If there is no such endpoint, or the message is not among its dead letters.
    """
    endpoint = _endpoint(tx, webhook_id)
    if not tx.outbox.replay_dead(webhook_id, message_id):
        raise RefusedError(NOT_DEAD)
    _keep(tx, "webhook.replayed", endpoint, by, count=1)
    return Reply(_ACCEPTED, {"webhook_id": webhook_id, "replayed": 1})


def _endpoint(tx: Transaction, webhook_id: str) -> Subscription:
    try:
        return tx.subscriptions.get(webhook_id)
    except InputError:
        raise RefusedError(NOT_HERE) from None


def _keep(tx: Transaction, action: str, endpoint: Subscription, by: str, **details: Any) -> None:
    # The host only: receivers put keys of their own into the rest of a URL.
    about = {"webhook_id": endpoint.subscription_id, "host": httpx.URL(endpoint.url).host}
    tx.audit.append(action, by=by, details={**about, **details})


def _shown(endpoint: Subscription, unsettled: dict[str, int]) -> dict[str, Any]:
    return {
        "webhook_id": endpoint.subscription_id,
        "url": endpoint.url,
        "kinds": list(endpoint.kinds),
        "created_at": iso(endpoint.created_at),
        "created_by": endpoint.created_by,
        "failing_since": iso(endpoint.failing_since),
        "disabled_at": iso(endpoint.disabled_at),
        "disabled_because": endpoint.disabled_because,
        "waiting": unsettled.get("waiting", 0),
        "dead": unsettled.get("dead", 0),
    }


def _dead(delivery: Delivery) -> dict[str, Any]:
    return {
        "message_id": delivery.message_id,
        "kind": delivery.kind,
        "lead_id": delivery.lead_id,
        "created_at": iso(delivery.created_at),
        "attempts": delivery.attempts,
        "status": delivery.status,
        "failure": delivery.failure,
    }
