"""What a person allowed and forbade, as it was said: append-only, with the proof.

Whoever sends marketing mail or profiles for it must be able to show the consent (Art. 7(1) GDPR) and must stop at an
objection (Art. 21(2) GDPR); so each word is kept with its wording, source and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, Text, bindparam, select

from features.domain.consent import Word
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

_PARAMETERS_AT_ONCE = 500
_LAST_FIRST = (consents.c.said_at.desc(), consents.c.id.desc())
_LAST_WORD = (
    select(consents.c.word)
    .where(consents.c.lead_id == bindparam("lead_id"), consents.c.purpose == bindparam("purpose"))
    .order_by(*_LAST_FIRST)
    .limit(1)
)
# In order, so that the last one stays.
_WORDS = (
    select(consents.c.lead_id, consents.c.word)
    .where(consents.c.purpose == bindparam("purpose"), consents.c.lead_id.in_(bindparam("lead_ids", expanding=True)))
    .order_by(consents.c.said_at, consents.c.id)
)


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

    def record(self, lead_id: str, consent: Consent) -> bool:
        """Keep what a person said; return False where the same was said at that moment before."""
        the_same = select(consents.c.id).where(
            consents.c.lead_id == lead_id, consents.c.purpose == consent.purpose,
            consents.c.word == consent.word.value, consents.c.said_at == consent.said_at,
        )  # fmt: skip
        if self._connection.execute(the_same.limit(1)).first() is not None:
            return False
        self._connection.execute(
            consents.insert().values(
                lead_id=lead_id, purpose=consent.purpose, word=consent.word.value, said_at=consent.said_at,
                recorded_at=self._now, source=consent.source, proof=dict(consent.proof),
            )
        )  # fmt: skip
        return True

    def holds(self, lead_id: str, purpose: str) -> Word | None:
        """Return the last word of a person on a purpose, None where nothing was said."""
        word = self._connection.execute(_LAST_WORD, {"lead_id": lead_id, "purpose": purpose}).scalar_one_or_none()
        return None if word is None else Word(word)

    def last_words(self, purpose: str, lead_ids: Iterable[str]) -> dict[str, Word]:
        """Return the last word of each of many people on a purpose; who said nothing is not in it."""
        asked = sorted(set(lead_ids))
        words: dict[str, Word] = {}
        for start in range(0, len(asked), _PARAMETERS_AT_ONCE):
            part = {"purpose": purpose, "lead_ids": asked[start : start + _PARAMETERS_AT_ONCE]}
            words |= {row.lead_id: Word(row.word) for row in self._connection.execute(_WORDS, part)}
        return words

    def all_last_words(self, purpose: str) -> dict[str, Word]:
        """Return the last word of everybody who said one on a purpose."""
        query = select(consents.c.lead_id, consents.c.word).where(consents.c.purpose == purpose)
        rows = self._connection.execute(query.order_by(consents.c.said_at, consents.c.id))
        return {row.lead_id: Word(row.word) for row in rows}

    def of(self, lead_id: str) -> list[Consent]:
        """Return everything a person said, the oldest first."""
        rows = self._connection.execute(
            select(consents).where(consents.c.lead_id == lead_id).order_by(consents.c.said_at, consents.c.id)
        )
        return [Consent(row.purpose, Word(row.word), row.said_at, row.source, row.proof) for row in rows]
