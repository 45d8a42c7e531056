"""``INSERT ... ON CONFLICT`` in both databases' dialects, which SQLAlchemy keeps apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

AnyInsert: TypeAlias = postgresql.Insert | sqlite.Insert


def insert(connection: Connection, table: Table) -> AnyInsert:
    """Return an insert into ``table`` that can say what happens when a row is there already."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


class PreparedInsert:
    """The same, put together once: on the way of every call that takes several times as long as running it.

    Parameters
    ----------
    table : Table
        Where to.
    finish : callable
        Says what happens when a row is there already, and what is returned.
    """

    def __init__(self, table: Table, finish: Callable[[Any], AnyInsert]) -> None:
        self._by_dialect: Mapping[str, AnyInsert] = {
            "postgresql": finish(postgresql.insert(table)),
            "sqlite": finish(sqlite.insert(table)),
        }

    def on(self, connection: Connection) -> AnyInsert:
        """Return the insert for a connection's database."""
        return self._by_dialect[connection.dialect.name]
