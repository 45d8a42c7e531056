"""Who is told what happens here: webhook endpoints with the kinds of messages they asked for.

Secrets are kept as they are, because each message is signed with them (Standard Webhooks 1.0, 2023). Several may be
valid at once, so that they can be changed without losing a message.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection, Row, Table, select

from features.domain import InputError
from serving.store.columns import Document, Moment, Plain, metadata

_Row: TypeAlias = Row[*tuple[Any, ...]]

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscription_id", Plain, primary_key=True),
    Column("url", Plain, nullable=False),
    Column("kinds", Document, nullable=False),
    Column("secrets", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Plain, nullable=False),
    # Since when every delivery has failed; NULL after a success.
    Column("failing_since", Moment),
    Column("disabled_at", Moment),
    Column("disabled_because", Plain),
)

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Subscription:
    """An endpoint.

    Parameters
    ----------
    kinds : tuple of str
        Kinds of messages that it is told, e.g. ``lead.scored``.
    secrets : tuple of str
        ``whsec_...``, the newest first.
    """

    subscription_id: str
    url: str
    kinds: tuple[str, ...]
    secrets: tuple[str, ...]
    created_at: datetime
    created_by: str
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None


class Subscriptions:
    """Endpoints within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, url: str, kinds: Iterable[str], *, by: str) -> Subscription:
        """Add an endpoint with a secret of its own."""
        row = {
            "subscription_id": f"sub_{uuid.uuid4().hex}", "url": url, "kinds": sorted(set(kinds)),
            "secrets": [_secret()], "created_at": self._now, "created_by": by,
        }  # fmt: skip
        self._connection.execute(subscriptions.insert().values(**row))
        return self.get(str(row["subscription_id"]))

    def get(self, subscription_id: str) -> Subscription:
        """Return an endpoint.

        Raises
        ------
        InputError
            If there is none of that id.
        """
        row = self._connection.execute(
            select(subscriptions).where(subscriptions.c.subscription_id == subscription_id)
        ).one_or_none()
        if row is None:
            raise InputError("A subscription that does not exist.", "the id of one.", "List the subscriptions.")
        return _subscription(row)

    def all(self) -> list[Subscription]:
        """Return all endpoints, also disabled ones, the oldest first."""
        rows = self._connection.execute(
            select(subscriptions).order_by(subscriptions.c.created_at, subscriptions.c.subscription_id)
        )
        return [_subscription(row) for row in rows]

    def rotate(self, subscription_id: str, *, keep_old: bool = True) -> Subscription:
        """Give an endpoint a new secret; the old one signs too until the next rotation, unless told otherwise."""
        old = self.get(subscription_id).secrets[:1] if keep_old else ()
        self._set(subscription_id, secrets=[_secret(), *old])
        return self.get(subscription_id)

    def remove(self, subscription_id: str) -> None:
        """Remove an endpoint and what waits for it."""
        self._connection.execute(subscriptions.delete().where(subscriptions.c.subscription_id == subscription_id))

    def disable(self, subscription_id: str, because: str) -> None:
        """Tell an endpoint nothing more until it is enabled again."""
        self._set(subscription_id, disabled_at=self._now, disabled_because=because)

    def disable_failing(self, subscription_id: str, *, since: datetime, because: str) -> bool:
        """Disable an endpoint where every delivery has failed since a moment or longer; return whether it was."""
        disabled = self._connection.execute(
            subscriptions.update()
            .where(
                subscriptions.c.subscription_id == subscription_id,
                subscriptions.c.failing_since <= since,
                subscriptions.c.disabled_at.is_(None),
            )
            .values(disabled_at=self._now, disabled_because=because)
        )
        return disabled.rowcount > 0

    def enable(self, subscription_id: str) -> None:
        """Tell an endpoint again."""
        self._set(subscription_id, disabled_at=None, disabled_because=None, failing_since=None)

    def _set(self, subscription_id: str, **values: Any) -> None:
        self._connection.execute(
            subscriptions.update().where(subscriptions.c.subscription_id == subscription_id).values(**values)
        )


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def _subscription(row: _Row) -> Subscription:
    return Subscription(
        row.subscription_id, row.url, tuple(row.kinds), tuple(row.secrets), row.created_at, row.created_by,
        row.failing_since, row.disabled_at, row.disabled_because,
    )  # fmt: skip
