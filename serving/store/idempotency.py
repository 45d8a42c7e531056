"""Requests that were answered before: the same key with the same content gets the same answer, and is done once.

After the draft of the IETF for ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07, 2025): a key that
is used again with other content is refused, one that is still being worked on is told to wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    select,
)

from features.domain import InputError
from serving.store.columns import Document, Moment, Plain, metadata
from serving.store.upsert import PreparedInsert

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    # Whose key it is: two callers may choose the same one.
    Column("caller", Plain, primary_key=True),
    Column("key", Plain, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    # NULL while the request is worked on, and where the answer was about a lead that has been erased.
    Column("status", Integer),
    Column("answer", Document),
    Column("erased", Integer, nullable=False, server_default="0"),
)
Index(None, idempotency_keys.c.expires_at)

# Whom an answer is about, so that erasing a lead finds it.
idempotency_leads = Table(
    "idempotency_leads",
    metadata,
    Column("caller", Plain, primary_key=True),
    Column("key", Plain, primary_key=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), primary_key=True),
    ForeignKeyConstraint(["caller", "key"], ["idempotency_keys.caller", "idempotency_keys.key"], ondelete="CASCADE"),
)
Index(None, idempotency_leads.c.lead_id)

_AT = (idempotency_keys.c.caller == bindparam("of_caller")) & (idempotency_keys.c.key == bindparam("of_key"))
_DEAD = (
    idempotency_keys.c.status.is_(None)
    & (idempotency_keys.c.began_at <= bindparam("died_at"))
    & (idempotency_keys.c.erased == 0)
)
_CLEAR = idempotency_keys.delete().where(_AT & ((idempotency_keys.c.expires_at <= bindparam("now")) | _DEAD))
_TAKE = PreparedInsert(
    idempotency_keys, lambda statement: statement.on_conflict_do_nothing().returning(idempotency_keys.c.key)
)
_KNOWN = select(idempotency_keys).where(_AT)
_ANSWER = idempotency_keys.update().where(_AT)
_ABOUT = PreparedInsert(idempotency_leads, lambda statement: statement.on_conflict_do_nothing())
_FORGET = idempotency_keys.delete().where(_AT)

KEPT = timedelta(hours=48)
WORKED_ON = timedelta(minutes=2)
"""After this long without an answer, whoever worked on it is dead, and the request may be tried again."""

LONGEST_KEY = 255


class Standing(StrEnum):
    """What a key's request is."""

    NEW = "new"
    RUNNING = "running"
    ANSWERED = "answered"
    OTHER_CONTENT = "other content"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of a request; status and answer where it was answered."""

    standing: Standing
    status: int | None = None
    answer: Mapping[str, Any] | None = None


class Idempotency:
    """Remembered requests within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def begin(self, caller: str, key: str, request_hash: str) -> Remembered:
        """Take a key for a request, or tell what became of the request that has it.

        In one transaction with the work itself, a request that dies leaves no trace; in a transaction of its own before
        the work, a second one is told to wait.

        Raises
        ------
        InputError
            If the key is empty or longer than 255 characters.
        """
        if not 0 < len(key) <= LONGEST_KEY:
            raise InputError(
                f"An idempotency key of {len(key)} characters.", f"1 to {LONGEST_KEY}.", "Send a UUID, for example."
            )
        at = {"of_caller": caller, "of_key": key}
        self._connection.execute(_CLEAR, {**at, "now": self._now, "died_at": self._now - WORKED_ON})
        made = self._connection.execute(
            _TAKE.on(self._connection),
            {
                "caller": caller, "key": key, "request_hash": request_hash, "began_at": self._now,
                "expires_at": self._now + KEPT,
            },
        ).first()  # fmt: skip
        if made is not None:
            return Remembered(Standing.NEW)
        row = self._connection.execute(_KNOWN, at).one()
        if row.erased:
            return Remembered(Standing.ERASED)
        if row.request_hash != request_hash:
            return Remembered(Standing.OTHER_CONTENT)
        if row.status is None:
            return Remembered(Standing.RUNNING)
        return Remembered(Standing.ANSWERED, row.status, row.answer)

    def answer(self, caller: str, key: str, status: int, answer: Mapping[str, Any], lead_ids: Iterable[str]) -> None:
        """Keep the answer of a request, and whom it is about."""
        self._connection.execute(
            _ANSWER, {"of_caller": caller, "of_key": key, "status": status, "answer": dict(answer)}
        )
        about = [{"caller": caller, "key": key, "lead_id": one} for one in sorted(set(lead_ids))]
        if about:
            self._connection.execute(_ABOUT.on(self._connection), about)

    def forget(self, caller: str, key: str) -> None:
        """Give a key back: its request was refused before anything was done."""
        self._connection.execute(_FORGET, {"of_caller": caller, "of_key": key})
