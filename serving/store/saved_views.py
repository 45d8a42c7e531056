"""Views of the worklist that people keep under a name: their filters, as the page's address says them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Table, Text, func, select

from features.domain import InputError
from serving.store.columns import Moment, Plain, metadata
from serving.store.upsert import insert

saved_views = Table(
    "saved_views",
    metadata,
    Column("user_name", Plain, ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
    Column("name", Plain, primary_key=True),
    Column("filters", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
)

MOST = 30
"""Views that one person may keep: more are no help in finding one."""

LONGEST_NAME, LONGEST_FILTERS = 60, 2_000


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view: its name, and its filters as an address says them behind the question mark."""

    name: str
    filters: str


class SavedViews:
    """Views within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def of(self, user_name: str) -> list[SavedView]:
        """Return a user's views by name."""
        rows = self._connection.execute(
            select(saved_views).where(saved_views.c.user_name == user_name).order_by(func.lower(saved_views.c.name))
        )
        return [SavedView(row.name, row.filters) for row in rows]

    def save(self, user_name: str, view: SavedView) -> None:
        """Keep a view; one of the same name is replaced.

        Raises
        ------
        InputError
            If the name or the filters are empty or too long, or the user has as many views as anybody may.
        """
        if not 0 < len(view.name) <= LONGEST_NAME or not 0 < len(view.filters) <= LONGEST_FILTERS:
            raise InputError(
                "A view without a name or filters, or too long.",
                f"a name of 1 to {LONGEST_NAME} characters.",
                "Name it.",
            )
        others = [one for one in self.of(user_name) if one.name != view.name]
        if len(others) >= MOST:
            raise InputError(f"{MOST} views already.", f"at most {MOST}.", "Remove one first.")
        values = {"filters": view.filters, "saved_at": self._now}
        self._connection.execute(
            insert(self._connection, saved_views)
            .values(user_name=user_name, name=view.name, **values)
            .on_conflict_do_update(index_elements=[saved_views.c.user_name, saved_views.c.name], set_=values)
        )

    def remove(self, user_name: str, name: str) -> None:
        """Remove a view; one that is not there is no fault."""
        self._connection.execute(
            saved_views.delete().where(saved_views.c.user_name == user_name, saved_views.c.name == name)
        )
