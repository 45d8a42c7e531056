"""How values lie in the tables: moments as microseconds, texts without NUL, documents as canonical JSON.

SQLite and PostgreSQL differ in all three (SQLite has no time type and turns NaN into NULL; PostgreSQL refuses NUL in a
text), so the types here say once what both hold.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, Text, TypeDecorator

from features.domain import InputError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of the store; the migrations build the same (a test holds them together)."""

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""The type of running numbers: 64 bits on both (SQLite counts only what is called INTEGER)."""


class Moment(TypeDecorator[datetime]):
    """A moment as whole microseconds since 1970 in UTC: exact, ordered and the same number on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds of a moment with a zone."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else moment_of(int(value))


class Plain(TypeDecorator[str]):
    """A text that both databases can hold: no NUL, no half of a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it is.

        Raises
        ------
        InputError
            If it holds what a database would refuse, or keep on one and not on the other.
        """
        return None if value is None else storable(value)


class Document(TypeDecorator[Any]):
    """Plain data as canonical JSON: sorted keys, no spaces, no NaN; equal data is equal text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the JSON text."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        """Return the data."""
        return None if value is None else json.loads(value)


def microseconds(moment: datetime) -> int:
    """Return a moment as microseconds since 1970.

    Raises
    ------
    InputError
        If it carries no zone: the same words would be another moment elsewhere.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if moment.tzinfo is None:
        raise InputError(
            f"{moment.isoformat()} carries no zone.", "a moment with its zone.", "Add the zone, e.g. a Z for UTC."
        )
    return (moment - EPOCH) // _MICROSECOND


def moment_of(count: int) -> datetime:
    """Return the moment so many microseconds after 1970, in UTC.

    Examples
    --------
    >>> moment_of(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + timedelta(microseconds=count)


def storable(text: str) -> str:
    """Return ``text``, if both databases can hold it.

    Raises
    ------
    InputError
        If it holds a NUL character or half of a surrogate pair; the message does not repeat it (it may be personal).
    """
    if "\0" in text:
        raise InputError("A text holds a NUL character.", "a text without it.", "Take the character out.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(
            "A text holds half of a surrogate pair.", "whole Unicode characters.", "Send the text as UTF-8."
        ) from None
    return text


def canonical_json(data: Any) -> str:
    """Return plain data as JSON: sorted keys, no spaces; moments as ISO 8601 in UTC.

    Raises
    ------
    InputError
        If a number is not finite, or a text cannot be stored.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": datetime(2026, 1, 1, tzinfo=UTC)})
    '{"a":"2026-01-01T00:00:00+00:00","b":1.0}'
    """
    try:
        text = json.dumps(
            data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_moment
        )
    except ValueError:
        raise InputError("A number is not finite.", "finite numbers.", "Send null where it is not known.") from None
    if "\\u0000" in text and "\0" in _texts(data):
        storable("\0")
    return storable(text)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return moment_of(microseconds(value)).isoformat()
    raise TypeError(f"{type(value).__name__} is not plain data")


def _texts(data: Any) -> str:
    """Return all texts of the data in one; slow, so only where JSON shows what may be a NUL."""
    if isinstance(data, str):
        return data
    if isinstance(data, dict):
        return "".join(map(_texts, (*data.keys(), *data.values())))
    return "".join(map(_texts, data)) if isinstance(data, list | tuple) else ""
