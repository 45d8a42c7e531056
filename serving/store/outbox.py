"""Messages that are to be sent, written in the transaction of what they tell.

So nothing is told that did not happen, and nothing that happened is forgotten. A message is delivered at least once
to every endpoint that asked for its kind, with the same id each time; messages about one lead reach an endpoint in
order. A worker takes deliveries for a while; if it dies, they come back.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
)

from serving.store.columns import NUMBER, Document, Moment, Plain, metadata
from serving.store.subscriptions import subscriptions

messages = Table(
    "messages",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("kind", Plain, nullable=False),
    # No reference to leads: that a lead was erased is told after it is gone.
    Column("lead_id", Plain),
    Column("payload", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
Index(None, messages.c.lead_id)
Index(None, messages.c.created_at)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("message_number", NUMBER, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
    Column("subscription_id", Plain, ForeignKey("subscriptions.subscription_id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("taken_until", Moment),
    Column("status", Integer),
    Column("failure", Plain),
    Column("done_at", Moment),
    UniqueConstraint("message_number", "subscription_id"),
    sqlite_autoincrement=True,
)
_WAITS = deliveries.c.state == "waiting"
Index(
    "ix_deliveries_waiting",
    deliveries.c.subscription_id,
    deliveries.c.message_number,
    sqlite_where=_WAITS,
    postgresql_where=_WAITS,
)
Index(None, deliveries.c.subscription_id, deliveries.c.message_number)

_WRITE = messages.insert().returning(messages.c.id)
_DELIVER = deliveries.insert()
_TOLD = select(subscriptions.c.subscription_id, subscriptions.c.kinds).where(subscriptions.c.disabled_at.is_(None))

LEAD_ERASED = "lead.erased"
"""The one message that outlives its lead, so that CRMs can erase it too; its content goes once it is delivered."""

TAKEN = timedelta(minutes=1)
SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000))
"""Waits before the second and every further attempt (the schedule of Svix, svix.com/docs, 2025); then it is dead."""

LONGEST_ASKED = timedelta(days=1)
"""Longer than that no endpoint may ask us to wait."""


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to an endpoint.

    Parameters
    ----------
    attempts : int
        Attempts before this one.
    """

    delivery_id: int
    message_id: str
    kind: str
    lead_id: str | None
    payload: Mapping[str, Any]
    created_at: datetime
    subscription_id: str
    attempts: int
    state: DeliveryState = DeliveryState.WAITING
    status: int | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """What waits to be sent.

    Parameters
    ----------
    waiting, dead : int
        Deliveries that wait, and that were given up.
    due_at : datetime or None
        When the first of those that wait is due.
    """

    waiting: int
    dead: int
    due_at: datetime | None


class Outbox:
    """Messages within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def is_asked_for(self, kind: str) -> bool:
        """Return whether an endpoint asked for a kind, so that its message need not be put together for nobody."""
        return bool(self._receivers(kind))

    def tell(self, kind: str, payload: Mapping[str, Any], *, lead_id: str | None = None) -> str | None:
        """Write a message for every endpoint that asked for its kind; return its id, None where nobody did."""
        receivers = self._receivers(kind)
        return self._write(kind, payload, lead_id, receivers) if receivers else None

    def _receivers(self, kind: str) -> list[str]:
        return sorted(row.subscription_id for row in self._connection.execute(_TOLD) if kind in row.kinds)

    def tell_one(self, subscription_id: str, kind: str, payload: Mapping[str, Any]) -> str:
        """Write a message for one endpoint, whatever it asked for; return its id."""
        return self._write(kind, payload, None, [subscription_id])

    def _write(self, kind: str, payload: Mapping[str, Any], lead_id: str | None, receivers: Sequence[str]) -> str:
        message_id = f"msg_{uuid.uuid4().hex}"
        number = self._connection.execute(
            _WRITE,
            {
                "message_id": message_id, "kind": kind, "lead_id": lead_id, "payload": dict(payload),
                "created_at": self._now,
            },
        ).scalar_one()  # fmt: skip
        self._connection.execute(
            _DELIVER,
            [
                {
                    "message_number": number, "subscription_id": one, "state": DeliveryState.WAITING.value,
                    "attempts": 0, "due_at": self._now,
                }
                for one in receivers
            ],
        )  # fmt: skip
        return message_id

    def take_back(self, kind: str, lead_id: str) -> None:
        """Remove the messages of a kind about a lead, delivered or not."""
        self._connection.execute(messages.delete().where(messages.c.lead_id == lead_id, messages.c.kind == kind))

    def due(self) -> dict[str, bool]:
        """Return the endpoints that something is due for, each with whether its last delivery failed."""
        rows = self._connection.execute(
            select(deliveries.c.subscription_id, subscriptions.c.failing_since)
            .join(subscriptions, subscriptions.c.subscription_id == deliveries.c.subscription_id)
            .where(self._is_due())
            .distinct()
        )
        return {row.subscription_id: row.failing_since is not None for row in rows}

    def _is_due(self) -> ColumnElement[bool]:
        return and_(
            deliveries.c.state == DeliveryState.WAITING.value,
            deliveries.c.due_at <= self._now,
            or_(deliveries.c.taken_until.is_(None), deliveries.c.taken_until <= self._now),
            subscriptions.c.disabled_at.is_(None),
        )

    def take(self, count: int, *, subscription_id: str | None = None) -> list[Delivery]:
        """Take deliveries that are due, the oldest first; they come back unless they are settled within a minute.

        Parameters
        ----------
        count : int
            How many at most.
        subscription_id : str, optional
            Of this endpoint only.
        """
        earlier, its_message = deliveries.alias("earlier"), messages.alias("its_message")
        # A lead's later message waits for its earlier ones, so that an endpoint never learns the past last.
        in_front = (
            select(earlier.c.id)
            .join(its_message, its_message.c.id == earlier.c.message_number)
            .where(
                earlier.c.subscription_id == deliveries.c.subscription_id,
                earlier.c.state == DeliveryState.WAITING.value,
                earlier.c.message_number < deliveries.c.message_number,
                its_message.c.lead_id == messages.c.lead_id,
            )
            .exists()
        )
        chosen = (
            self._query()
            .join(subscriptions, subscriptions.c.subscription_id == deliveries.c.subscription_id)
            .where(self._is_due(), ~in_front)
            .order_by(deliveries.c.message_number, deliveries.c.id)
            .limit(count)
            .with_for_update(of=deliveries, skip_locked=True)
        )
        if subscription_id is not None:
            chosen = chosen.where(deliveries.c.subscription_id == subscription_id)
        taken = [_delivery(row) for row in self._connection.execute(chosen)]
        self._set(deliveries.c.id.in_([one.delivery_id for one in taken]), taken_until=self._now + TAKEN)
        return taken

    def delivered(self, delivery: Delivery, status: int) -> None:
        """Keep that an endpoint took a message."""
        self._set(
            deliveries.c.id == delivery.delivery_id, state=DeliveryState.DELIVERED.value, status=status, failure=None,
            attempts=deliveries.c.attempts + 1, done_at=self._now, taken_until=None,
        )  # fmt: skip
        self._connection.execute(
            subscriptions.update()
            .where(subscriptions.c.subscription_id == delivery.subscription_id)
            .values(failing_since=None)
        )
        if delivery.kind == LEAD_ERASED:
            self._empty_if_settled(delivery.message_id)

    def failed(
        self,
        delivery: Delivery,
        failure: str,
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
        stretch: float = 0.0,
    ) -> DeliveryState:
        """Keep that an attempt failed; return whether the message waits for the next one or is dead.

        Parameters
        ----------
        delivery : Delivery
            As it was taken.
        failure : str
            What happened, in a few words, without anything of the answer's body.
        status : int, optional
            The endpoint's answer.
        retry_after : timedelta, optional
            When the endpoint asked to be tried again, if later than the schedule; at most a day.
        stretch : float
            By what share the wait is longer, so that what failed together is not tried again together.
        """
        dead = delivery.attempts >= len(SCHEDULE)
        asked = min(retry_after or timedelta(0), LONGEST_ASKED)
        wait = timedelta(0) if dead else max(SCHEDULE[delivery.attempts] * (1 + stretch), asked)
        state = DeliveryState.DEAD if dead else DeliveryState.WAITING
        self._set(
            # Somebody who took it over after our minute may have delivered it: that holds.
            (deliveries.c.id == delivery.delivery_id) & (deliveries.c.state == DeliveryState.WAITING.value),
            state=state.value, status=status, failure=failure,
            attempts=deliveries.c.attempts + 1, due_at=self._now + wait, taken_until=None,
            done_at=self._now if dead else None,
        )  # fmt: skip
        self._connection.execute(
            subscriptions.update()
            .where(subscriptions.c.subscription_id == delivery.subscription_id, subscriptions.c.failing_since.is_(None))
            .values(failing_since=self._now)
        )
        return state

    def dead(self, limit: int = 100, *, subscription_id: str | None = None) -> list[Delivery]:
        """Return deliveries that were given up, of all endpoints or of one, the oldest first."""
        query = (
            self._query()
            .where(deliveries.c.state == DeliveryState.DEAD.value)
            .order_by(deliveries.c.message_number, deliveries.c.id)
            .limit(limit)
        )
        if subscription_id is not None:
            query = query.where(deliveries.c.subscription_id == subscription_id)
        return [_delivery(row) for row in self._connection.execute(query)]

    def replay_dead(self, subscription_id: str, message_id: str | None = None) -> int:
        """Send what an endpoint was given up for again, under its own id: one message or all; return how many."""
        dead = (deliveries.c.subscription_id == subscription_id) & (deliveries.c.state == DeliveryState.DEAD.value)
        if message_id is not None:
            named = select(messages.c.id).where(messages.c.message_id == message_id)
            dead &= deliveries.c.message_number.in_(named)
        return self._replay(dead)

    def _replay(self, condition: ColumnElement[bool]) -> int:
        return self._set(
            condition, state=DeliveryState.WAITING.value, attempts=0, due_at=self._now, done_at=None, failure=None
        )

    def unsettled(self) -> dict[str, dict[str, int]]:
        """Return how many deliveries of each endpoint wait and are dead."""
        rows = self._connection.execute(
            select(deliveries.c.subscription_id, deliveries.c.state, func.count().label("number"))
            .where(deliveries.c.state != DeliveryState.DELIVERED.value)
            .group_by(deliveries.c.subscription_id, deliveries.c.state)
        )
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            counts.setdefault(row.subscription_id, {})[row.state] = row.number
        return counts

    def backlog(self) -> OutboxBacklog:
        """Return what waits, for those who watch the service; endpoints that are disabled are left out."""
        rows = self._connection.execute(
            select(deliveries.c.state, func.count().label("number"), func.min(deliveries.c.due_at).label("due_at"))
            .join(subscriptions, subscriptions.c.subscription_id == deliveries.c.subscription_id)
            .where(deliveries.c.state != DeliveryState.DELIVERED.value, subscriptions.c.disabled_at.is_(None))
            .group_by(deliveries.c.state)
        )
        by_state = {row.state: row for row in rows}
        waiting, dead = (by_state.get(state.value) for state in (DeliveryState.WAITING, DeliveryState.DEAD))
        return OutboxBacklog(
            0 if waiting is None else waiting.number,
            0 if dead is None else dead.number,
            None if waiting is None else waiting.due_at,
        )

    def depth(self) -> int:
        """Return how many deliveries wait."""
        return self._connection.execute(
            select(func.count()).select_from(deliveries).where(deliveries.c.state == DeliveryState.WAITING.value)
        ).scalar_one()

    def _query(self) -> Any:
        return select(
            deliveries.c.id, messages.c.message_id, messages.c.kind, messages.c.lead_id, messages.c.payload,
            messages.c.created_at, deliveries.c.subscription_id, deliveries.c.attempts, deliveries.c.state,
            deliveries.c.status, deliveries.c.failure,
        ).join(messages, messages.c.id == deliveries.c.message_number)  # fmt: skip

    def _set(self, condition: ColumnElement[bool], **values: Any) -> int:
        return self._connection.execute(deliveries.update().where(condition).values(**values)).rowcount

    def _empty_if_settled(self, message_id: str) -> None:
        waits = (
            select(deliveries.c.id)
            .where(deliveries.c.message_number == messages.c.id, deliveries.c.state != DeliveryState.DELIVERED.value)
            .exists()
        )
        self._connection.execute(
            messages.update().where(messages.c.message_id == message_id, ~waits).values(payload={}, lead_id=None)
        )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        row.id, row.message_id, row.kind, row.lead_id, row.payload, row.created_at, row.subscription_id, row.attempts,
        DeliveryState(row.state), row.status, row.failure,
    )  # fmt: skip
