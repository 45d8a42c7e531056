"""What stands for a person where the person must not be named: in the audit log and after erasure.

A keyed hash (HMAC-SHA-256, RFC 2104): whoever has the store can tell whether a given lead is meant, nobody can list
whom it means. The key is in the store; a log that leaves the store without it names nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from sqlalchemy import Column, Connection, Table, Text, select

from serving.store.columns import metadata
from serving.store.upsert import insert

store_facts = Table(
    "store_facts", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)

_KEY, _KEY_BYTES = "pseudonym_key", 32


def pseudonym(connection: Connection, lead_id: str) -> str:
    """Return 64 hexadecimal digits that stand for a lead in this store."""
    return pseudonyms(connection, [lead_id])[lead_id]


def pseudonyms(connection: Connection, lead_ids: Iterable[str]) -> dict[str, str]:
    """Return the pseudonym of each of many leads; the key is read once."""
    key = _key(connection)
    return {one: hmac.new(key, one.encode("utf-8"), hashlib.sha256).hexdigest() for one in lead_ids}


def draw_key(connection: Connection) -> None:
    """Draw the store's key, unless it has one: from the first day on, so that every backup has the same."""
    connection.execute(
        insert(connection, store_facts).values(name=_KEY, value=secrets.token_hex(_KEY_BYTES)).on_conflict_do_nothing()
    )


def _key(connection: Connection) -> bytes:
    query = select(store_facts.c.value).where(store_facts.c.name == _KEY)
    value = connection.execute(query).scalar_one_or_none()
    if value is None:
        # Only where somebody was killed between making the tables and drawing it.
        draw_key(connection)
        value = connection.execute(query).scalar_one()
    return bytes.fromhex(value)
