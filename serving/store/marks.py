"""How much is recorded of a lead: a mark that differs as soon as there is more, or less, that a score is made of.

Whoever read a lead, scored it and comes back later sees by it whether the score still says what is known. Rows of these
tables are added and never changed; merging two leads moves rows from one to the other, and changes both marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import BindParameter, Connection, bindparam, func, literal, select, union_all

from serving.store.consents import consents
from serving.store.events import events
from serving.store.leads import lead_versions, leads

Mark: TypeAlias = tuple[datetime | None, tuple[tuple[str, int, int], ...]]
"""A lead's creation, and of each table with something about it: its name, how many rows, and the newest one."""

_IDS: BindParameter[Any] = bindparam("lead_ids", expanding=True)
_LOCKED = (
    select(leads.c.lead_id, leads.c.created_at)
    .where(leads.c.lead_id.in_(_IDS))
    .order_by(leads.c.lead_id)
    .with_for_update(key_share=True)
)
_LEADS = select(leads.c.lead_id, leads.c.created_at).where(leads.c.lead_id.in_(_IDS))
_ROWS = union_all(
    *(
        select(
            table.c.lead_id,
            literal(table.name).label("of_table"),
            func.count().label("rows_of"),
            func.max(table.c.id).label("newest"),
        )
        .where(table.c.lead_id.in_(_IDS))
        .group_by(table.c.lead_id)
        for table in (lead_versions, events, consents)
    )
)


def marks_of(connection: Connection, lead_ids: Sequence[str], *, for_change: bool = False) -> dict[str, Mark]:
    """Return the marks of the leads that are there.

    Parameters
    ----------
    connection : Connection
        Of the database.
    lead_ids : sequence of str
        At most some hundred.
    for_change : bool
        Whether nobody else may change these leads until the transaction ends.
    """
    asked = {"lead_ids": sorted(set(lead_ids))}
    # Locked first: PostgreSQL reads the counts as of the statement's beginning, which must lie after the wait.
    found = connection.execute(_LOCKED if for_change else _LEADS, asked).all()
    rows: dict[str, list[tuple[str, int, int]]] = {row.lead_id: [] for row in found}
    for row in connection.execute(_ROWS, asked):
        if row.lead_id in rows:
            rows[row.lead_id].append((row.of_table, row.rows_of, row.newest))
    return {row.lead_id: (row.created_at, tuple(sorted(rows[row.lead_id]))) for row in found}
