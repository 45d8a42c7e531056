"""How often somebody has tried in vain to sign in, by account and by address: guessing passwords is stopped early.

Kept in the store, so that all processes count together, and as hashes: an address is personal.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Index, Table, Text, func, select

from serving.store.columns import NUMBER, Moment, metadata

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("of_hash", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
Index(None, sign_in_tries.c.of_hash, sign_in_tries.c.at)
Index(None, sign_in_tries.c.at)

MOST = 10
"""Tries within the window; the next one has to wait."""

WINDOW = timedelta(minutes=15)


class SignInTries:
    """Tries within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def begin(self, account: str, address: str) -> int | None:
        """Count a try before its password is looked at; return the seconds to wait where there were too many."""
        self._connection.execute(sign_in_tries.delete().where(sign_in_tries.c.at <= self._now - WINDOW))
        hashes = _hashes(account, address)
        waits = [wait for one in hashes if (wait := self._wait(one)) is not None]
        if waits:
            return max(waits)
        self._connection.execute(sign_in_tries.insert(), [{"of_hash": one, "at": self._now} for one in hashes])
        return None

    def succeeded(self, account: str, address: str) -> None:
        """Forget an account's tries once the right password came, and the try that this was of the address."""
        of_account, of_address = _hashes(account, address)
        last = select(func.max(sign_in_tries.c.id)).where(sign_in_tries.c.of_hash == of_address).scalar_subquery()
        self._connection.execute(sign_in_tries.delete().where(sign_in_tries.c.of_hash == of_account))
        self._connection.execute(sign_in_tries.delete().where(sign_in_tries.c.id == last))

    def _wait(self, of_hash: str) -> int | None:
        count, oldest = self._connection.execute(
            select(func.count(), func.min(sign_in_tries.c.at)).where(sign_in_tries.c.of_hash == of_hash)
        ).one()
        return math.ceil((oldest + WINDOW - self._now).total_seconds()) if count >= MOST else None


def _hashes(account: str, address: str) -> tuple[str, ...]:
    return tuple(_digests((f"account:{account}", f"address:{address}")))


def _digests(texts: Iterable[str]) -> Iterable[str]:
    return (hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts)
