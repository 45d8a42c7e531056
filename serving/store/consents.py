"""What a person allowed and forbade, as it was said: append-only, with the proof.

Whoever sends marketing mail or profiles for it must be able to show the consent (Art. 7(1) GDPR) and must stop at an
objection (Art. 21(2) GDPR); so each word is kept with its wording, source and time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, Text, select

from serving.store.columns import NUMBER, Document, Moment, Plain, metadata

consents = Table(
    "consents",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("purpose", Plain, nullable=False),
    Column("word", Text, nullable=False),
    Column("said_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("source", Plain, nullable=False),
    Column("proof", Document, nullable=False),
    sqlite_autoincrement=True,
)
Index(None, consents.c.lead_id, consents.c.purpose, consents.c.said_at)


class Word(StrEnum):
    """What a person said."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"


@dataclass(frozen=True, slots=True)
class Consent:
    """One word of a person on one purpose, e.g. ``profiling`` or ``marketing mail``."""

    purpose: str
    word: Word
    said_at: datetime
    source: str
    proof: Mapping[str, Any]


class Consents:
    """Consents within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def record(self, lead_id: str, consent: Consent) -> None:
        """Keep what a person said."""
        self._connection.execute(
            consents.insert().values(
                lead_id=lead_id, purpose=consent.purpose, word=consent.word.value, said_at=consent.said_at,
                recorded_at=self._now, source=consent.source, proof=dict(consent.proof),
            )
        )  # fmt: skip

    def holds(self, lead_id: str, purpose: str) -> Word | None:
        """Return the last word of a person on a purpose, None where nothing was said."""
        word = self._connection.execute(
            select(consents.c.word)
            .where(consents.c.lead_id == lead_id, consents.c.purpose == purpose)
            .order_by(consents.c.said_at.desc(), consents.c.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        return None if word is None else Word(word)

    def of(self, lead_id: str) -> list[Consent]:
        """Return everything a person said, the oldest first."""
        rows = self._connection.execute(
            select(consents).where(consents.c.lead_id == lead_id).order_by(consents.c.said_at, consents.c.id)
        )
        return [Consent(row.purpose, Word(row.word), row.said_at, row.source, row.proof) for row in rows]
