"""Versions of rules.yaml: what it said, since when, and who wrote it, so that any of them can come back.

The file is what counts: it is read when the store is away. Whoever changes it through the service keeps here what it
said before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, select

from serving.store.columns import NUMBER, Document, Moment, Plain, metadata

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("version", Integer, nullable=False),
    Column("content", Plain, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("change", Document, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_by", Plain, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """What rules.yaml said.

    Parameters
    ----------
    number : int
        Counts all that were kept.
    version : int
        As the file says.
    content : str
        The file.
    sha256 : str
        Of the file's bytes.
    change : Mapping[str, Any]
        What was done to the one before: ``kind`` (``found``, ``added``, ``changed``, ``removed`` or ``restored``) and
        the ``rule`` or ``version`` concerned.
    recorded_at, recorded_by : datetime and str
        When, and who.
    """

    number: int
    version: int
    content: str
    sha256: str
    change: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str


class RuleVersions:
    """Versions within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def keep(self, version: int, content: str, sha256: str, change: Mapping[str, Any], *, by: str) -> None:
        """Keep what the file says now."""
        self._connection.execute(
            rule_versions.insert().values(
                version=version, content=content, sha256=sha256, change=dict(change), recorded_at=self._now,
                recorded_by=by,
            )
        )  # fmt: skip

    def newest(self, *, for_change: bool = False) -> RuleVersion | None:
        """Return the last one that was kept; whoever would change the rules, too, waits."""
        query = select(rule_versions).order_by(rule_versions.c.id.desc()).limit(1)
        row = self._connection.execute(query.with_for_update() if for_change else query).one_or_none()
        return None if row is None else _version(row)

    def get(self, number: int) -> RuleVersion | None:
        """Return one of them."""
        row = self._connection.execute(select(rule_versions).where(rule_versions.c.id == number)).one_or_none()
        return None if row is None else _version(row)

    def history(self, limit: int = 50) -> list[RuleVersion]:
        """Return them, the newest first."""
        rows = self._connection.execute(select(rule_versions).order_by(rule_versions.c.id.desc()).limit(limit))
        return [_version(row) for row in rows]


def _version(row: Row[*tuple[Any, ...]]) -> RuleVersion:
    return RuleVersion(*row)
