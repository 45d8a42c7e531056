"""Whether the store can be written to, by writing to it: a full disk and a read-only file show only then."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from serving.store.columns import microseconds
from serving.store.pseudonyms import store_facts
from serving.store.upsert import insert

_NAME = "written_at"


def write_probe(connection: Connection, now: datetime) -> None:
    """Write the present into one row of its own; the transaction's end tells whether it was kept."""
    value = str(microseconds(now))
    connection.execute(
        insert(connection, store_facts)
        .values(name=_NAME, value=value)
        .on_conflict_do_update(index_elements=[store_facts.c.name], set_={"value": value})
    )
