"""How long is kept what need not be kept for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from serving.store.idempotency import idempotency_keys
from serving.store.inbound import KEPT, inbound
from serving.store.outbox import DeliveryState, deliveries, messages
from serving.store.scores import scores
from serving.store.standings import standings
from serving.store.users import sessions, sign_in_links

MESSAGES = timedelta(days=30)
SCORES = timedelta(days=730)


def tidy(connection: Connection, now: datetime, *, scores_kept: timedelta = SCORES) -> dict[str, int]:
    """Remove what is over: remembered requests, sessions, links, settled messages, what CRMs told, and old scores.

    Parameters
    ----------
    connection : Connection
        Of a writing transaction.
    now : datetime
        The present.
    scores_kept : timedelta
        How long scores stay; the one that a lead stands at always does.

    Returns
    -------
    dict of str to int
        Removed rows by table.
    """
    waits = select(deliveries.c.id).where(
        deliveries.c.message_number == messages.c.id, deliveries.c.state == DeliveryState.WAITING.value
    )
    stands = select(standings.c.score_id).where(standings.c.score_id == scores.c.id)
    over = {
        "idempotency_keys": idempotency_keys.delete().where(idempotency_keys.c.expires_at <= now),
        "sessions": sessions.delete().where(sessions.c.expires_at <= now),
        "sign_in_links": sign_in_links.delete().where(sign_in_links.c.expires_at <= now),
        "messages": messages.delete().where(messages.c.created_at <= now - MESSAGES, ~waits.exists()),
        "inbound": inbound.delete().where(inbound.c.received_at <= now - KEPT),
        "scores": scores.delete().where(scores.c.scored_at <= now - scores_kept, ~stands.exists()),
    }
    return {table: connection.execute(statement).rowcount for table, statement in over.items()}
