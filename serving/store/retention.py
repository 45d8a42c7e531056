"""How long is kept what need not be kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, func, select, tuple_

from serving.store.idempotency import idempotency_keys
from serving.store.inbound import inbound
from serving.store.outbox import DeliveryState, deliveries, messages
from serving.store.scores import scores
from serving.store.standings import standings
from serving.store.users import sessions, sign_in_links

AT_ONCE = 1_000
"""Rows of a table that one transaction removes: other writers wait meanwhile."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a company keeps what it chose to keep for a while.

    Parameters
    ----------
    scores : timedelta
        Scores of the past; the one that a lead stands at always stays.
    messages : timedelta
        Messages that were delivered or given up, and that a CRM's message came.
    """

    scores: timedelta = timedelta(days=730)
    messages: timedelta = timedelta(days=30)


def tidy(connection: Connection, now: datetime, kept: Retention, *, at_once: int = AT_ONCE) -> dict[str, int]:
    """Remove what is over: remembered requests, sessions, links, settled messages, what CRMs told, and old scores.

    Parameters
    ----------
    connection : Connection
        Of a writing transaction.
    now : datetime
        The present.
    kept : Retention
        How long.
    at_once : int
        Rows of each table that are removed at most.

    Returns
    -------
    dict of str to int
        Removed rows by table; where it is ``at_once``, there may be more.
    """
    waits = select(deliveries.c.id).where(
        deliveries.c.message_number == messages.c.id, deliveries.c.state == DeliveryState.WAITING.value
    )
    stands = select(standings.c.score_id).where(standings.c.score_id == scores.c.id)
    over: dict[Table, ColumnElement[bool]] = {
        idempotency_keys: idempotency_keys.c.expires_at <= now,
        sessions: sessions.c.expires_at <= now,
        sign_in_links: sign_in_links.c.expires_at <= now,
        messages: (messages.c.created_at <= now - kept.messages) & ~waits.exists(),
        inbound: inbound.c.received_at <= now - kept.messages,
        scores: (scores.c.id < _first_after(connection, now - kept.scores)) & ~stands.exists(),
    }
    return {table.name: _remove(connection, table, which, at_once) for table, which in over.items()}


def _remove(connection: Connection, table: Table, which: ColumnElement[bool], at_once: int) -> int:
    key = list(table.primary_key.columns)
    some = select(*key).where(which).limit(at_once)
    return connection.execute(table.delete().where(tuple_(*key).in_(some))).rowcount


def _first_after(connection: Connection, moment: datetime) -> int:
    """Return the number of the first score after a moment; they are numbered as time goes, so no index is needed."""
    low, high = 1, 1 + connection.execute(select(func.coalesce(func.max(scores.c.id), 0))).scalar_one()
    while low < high:
        middle = (low + high) // 2
        query = select(scores.c.id, scores.c.scored_at).where(scores.c.id >= middle).order_by(scores.c.id).limit(1)
        found = connection.execute(query).one()
        if found.scored_at > moment:
            high = middle
        else:
            low = found.id + 1
    return low
