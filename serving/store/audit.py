"""The audit log: who did what and when, each row sealed with the one before it, so that no row can be changed unseen.

A row's seal is the SHA-256 of the seal before it and of the row. Whoever changes a row must write all later seals
anew; a seal kept elsewhere (printed, sent, in a backup) then tells. Leads are named by pseudonym only, and no free
text of a person belongs in ``details``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, select

from serving.store.columns import Document, Moment, Plain, canonical_json, metadata, microseconds
from serving.store.pseudonyms import pseudonym
from serving.store.upsert import insert

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("action", Plain, nullable=False),
    Column("by", Plain, nullable=False),
    Column("subject", Plain),
    Column("details", Document, nullable=False),
    Column("seal", Text, nullable=False),
)
Index(None, audit_log.c.subject)
Index(None, audit_log.c.at)

# The last row's number and seal: taken by every writer in turn, and what shows that rows at the end are missing.
audit_end = Table(
    "audit_end",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("seal", Text, nullable=False),
)

BEGINNING = "0" * 64
_ONE, _PAGE = 1, 5_000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row.

    Parameters
    ----------
    number : int
        From 1, without gaps.
    by : str
        Who: a user, a key, or ``leadscore``.
    subject : str or None
        The pseudonym of the lead concerned.
    """

    number: int
    at: datetime
    action: str
    by: str
    subject: str | None
    details: Mapping[str, Any]
    seal: str

    def to_mapping(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "action": self.action,
            "by": self.by,
            "subject": self.subject,
            "details": dict(self.details),
            "seal": self.seal,
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """What looking through the log found.

    Parameters
    ----------
    entries : int
        Rows that were looked at.
    broken_at : int or None
        The first row that is not what was sealed; None where all are.
    seal : str
        Of the last whole row: to be kept elsewhere, and compared the next time.
    """

    entries: int
    broken_at: int | None
    seal: str

    @property
    def is_whole(self) -> bool:
        """Whether every row is what was sealed."""
        return self.broken_at is None


class Audit:
    """The log within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def append(
        self, action: str, *, by: str, lead_id: str | None = None, details: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Add a row.

        Parameters
        ----------
        action : str
            What was done, e.g. ``lead.erased``, ``key.created``.
        by : str
            Who did it.
        lead_id : str, optional
            The lead concerned; only its pseudonym is kept.
        details : mapping, optional
            Plain data without anything personal.
        """
        number, before = self._take_end()
        subject = None if lead_id is None else pseudonym(self._connection, lead_id)
        row = {
            "number": number + 1, "at": self._now, "action": action, "by": by, "subject": subject,
            "details": dict(details or {}),
        }  # fmt: skip
        seal = _seal(before, row)
        self._connection.execute(audit_log.insert().values(**row, seal=seal))
        self._connection.execute(audit_end.update().values(number=number + 1, seal=seal))
        return AuditEntry(**row, seal=seal)  # type: ignore[arg-type]  # the row's own types

    def entries(self, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """Return rows, the newest first; ``before`` is the last number of the page before."""
        query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        rows = self._connection.execute(query if before is None else query.where(audit_log.c.number < before))
        return [AuditEntry(*row) for row in rows]

    def about(self, lead_id: str) -> list[AuditEntry]:
        """Return the rows about a lead, the oldest first."""
        query = select(audit_log).where(audit_log.c.subject == pseudonym(self._connection, lead_id))
        return [AuditEntry(*row) for row in self._connection.execute(query.order_by(audit_log.c.number))]

    def verify(self, known_seal: str | None = None) -> Verification:
        """Look through the whole log.

        Parameters
        ----------
        known_seal : str, optional
            A seal of an earlier verification; the log is broken if no row has it (any more).
        """
        looked, seal, known = 0, BEGINNING, known_seal in (None, BEGINNING)
        for entry in self._all():
            row = {name: getattr(entry, name) for name in ("number", "at", "action", "by", "subject", "details")}
            if entry.seal != _seal(seal, row):
                return Verification(looked, looked + 1, seal)
            looked, seal = entry.number, entry.seal
            known = known or seal == known_seal
        end = self._connection.execute(select(audit_end)).one_or_none()
        if not known or (0 if end is None else end.number, BEGINNING if end is None else end.seal) != (looked, seal):
            return Verification(looked, looked + 1, seal)
        return Verification(looked, None, seal)

    def _take_end(self) -> tuple[int, str]:
        self._connection.execute(
            insert(self._connection, audit_end).values(one=_ONE, number=0, seal=BEGINNING).on_conflict_do_nothing()
        )
        end = self._connection.execute(select(audit_end).with_for_update()).one()
        return end.number, end.seal

    def _all(self) -> Iterator[AuditEntry]:
        after = -(2**31)
        while True:
            rows = self._connection.execute(
                select(audit_log).where(audit_log.c.number > after).order_by(audit_log.c.number).limit(_PAGE)
            ).all()
            yield from (AuditEntry(*row) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1].number


def _seal(before: str, row: Mapping[str, Any]) -> str:
    sealed = canonical_json([before, *(microseconds(v) if isinstance(v, datetime) else v for v in row.values())])
    return hashlib.sha256(sealed.encode("utf-8")).hexdigest()
