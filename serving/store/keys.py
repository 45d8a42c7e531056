"""API keys: shown once, kept as a hash, revocable.

A key is ``ls_<id>_<secret>``: the id finds the row, the secret is 256 random bits. So many bits need no slow hash
(OWASP ASVS 5.0, 2025, section 11.4): nobody guesses them, and every request would pay for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection, Row, Table, Text, select

from features.domain import InputError
from serving.store.columns import Moment, Plain, metadata

_Row: TypeAlias = Row[*tuple[Any, ...]]

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Plain, nullable=False),
    Column("role", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Plain, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

PREFIX = "ls"
_ID_BYTES, _SECRET_BYTES = 6, 32
_USED_AGAIN = timedelta(minutes=1)


class Role(StrEnum):
    """What a key or a user may do."""

    CRM = "crm"
    MARKETING = "marketing"
    SALES = "sales"
    SCIENTIST = "scientist"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown: never its secret."""

    key_id: str
    name: str
    role: Role
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Keys:
    """API keys within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def create(self, name: str, role: Role, *, by: str, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
        """Return a new key and its text, which is told this once and kept nowhere."""
        key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        self._connection.execute(
            api_keys.insert().values(
                key_id=key_id, name=name, role=role.value, secret_hash=_hash(secret), created_at=self._now,
                created_by=by, expires_at=expires_at,
            )
        )  # fmt: skip
        key = ApiKey(key_id, name, role, self._now, by, expires_at, None, None)
        return key, f"{PREFIX}_{key_id}_{secret}"

    def find(self, text: str) -> ApiKey | None:
        """Return the key that a caller has sent, None where it is none, revoked or expired."""
        prefix, _, rest = text.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != PREFIX or not key_id.isalnum() or not text.isascii():
            return None
        row = self._connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one_or_none()
        # Compared also where there is none, so that the time taken does not tell which ids exist.
        same = hmac.compare_digest(_hash(secret), _hash("") if row is None else row.secret_hash)
        if row is None or not same or row.revoked_at is not None:
            return None
        return None if row.expires_at is not None and row.expires_at <= self._now else _key(row)

    def used(self, key: ApiKey) -> None:
        """Keep when a key was last used, to the minute: one write a minute is enough."""
        if key.last_used_at is None or self._now - key.last_used_at >= _USED_AGAIN:
            self._connection.execute(
                api_keys.update().where(api_keys.c.key_id == key.key_id).values(last_used_at=self._now)
            )

    def revoke(self, key_id: str) -> ApiKey:
        """Revoke a key for good, and return it.

        Raises
        ------
        InputError
            If there is no such key.
        """
        self._connection.execute(
            api_keys.update()
            .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=self._now)
        )
        row = self._connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one_or_none()
        if row is None:
            raise InputError("A key that does not exist.", "the id of a key.", "leadscore keys lists them.")
        return _key(row)

    def all(self) -> list[ApiKey]:
        """Return all keys, also revoked ones, the oldest first."""
        rows = self._connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
        return [_key(row) for row in rows]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def _key(row: _Row) -> ApiKey:
    return ApiKey(
        row.key_id, row.name, Role(row.role), row.created_at, row.created_by, row.expires_at, row.last_used_at,
        row.revoked_at,
    )  # fmt: skip
