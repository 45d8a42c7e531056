"""How far the stored leads have been looked through after something that scores follow was changed.

One row for each subject (the rules, the ground of profiling, an agreement that nobody signed): what it says, told by a
fingerprint, and the lead up to which was looked. The work goes on where it was after a crash, whichever process does
it. A new model's round through the leads is :mod:`serving.store.renewals`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Table, Text, select

from features.config import Profiling
from features.domain import Engine
from features.domain.consent import PROFILING, Word
from features.profiling import Lack, allows_fit_rules, lack_of_basis
from serving.store.columns import Moment, Plain, metadata
from serving.store.consents import Consents
from serving.store.leads import lead_versions, leads
from serving.store.scores import scores
from serving.store.standings import next_scored, standings
from serving.store.upsert import insert

reviews = Table(
    "reviews",
    metadata,
    Column("subject", Plain, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    # Since when it says so on the machine that began: files of another machine that are older do not begin anew.
    Column("in_force_since", Moment, nullable=False),
    Column("begun_at", Moment, nullable=False),
    # Leads up to this one have been looked at; NULL: none yet.
    Column("last_lead_id", Plain),
    Column("finished_at", Moment),
)

_LACKS = frozenset(one.value for one in Lack)


@dataclass(frozen=True, slots=True)
class Review:
    """A look through all leads.

    Parameters
    ----------
    fingerprint : str
        Of what scores are to follow.
    in_force_since : datetime
        Since when it says so.
    last_lead_id : str or None
        The lead up to which was looked.
    finished_at : datetime or None
        None while it goes on.
    """

    fingerprint: str
    in_force_since: datetime
    last_lead_id: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """Leads that a look found, and the last lead that it looked at; None where there are no more."""

    lead_ids: list[str]
    last: str | None


class Reviews:
    """Looks within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def of(self, subject: str) -> Review | None:
        """Return the newest look on a subject, which no other transaction goes on with; None before the first."""
        query = select(
            reviews.c.fingerprint, reviews.c.in_force_since, reviews.c.last_lead_id, reviews.c.finished_at
        ).where(reviews.c.subject == subject)
        row = self._connection.execute(query.with_for_update()).one_or_none()
        return None if row is None else Review(*row)

    def begin(self, subject: str, fingerprint: str, in_force_since: datetime, *, is_done: bool = False) -> None:
        """Begin to look; or keep that there is nothing to look for, where all scores follow it."""
        values = {
            "fingerprint": fingerprint, "in_force_since": in_force_since, "begun_at": self._now, "last_lead_id": None,
            "finished_at": self._now if is_done else None,
        }  # fmt: skip
        self._connection.execute(
            insert(self._connection, reviews)
            .values(subject=subject, **values)
            .on_conflict_do_update(index_elements=[reviews.c.subject], set_=values)
        )

    def look_again(self, subject: str) -> None:
        """Begin to look once more, where something was kept that nobody has looked at."""
        self._connection.execute(
            reviews.update()
            .where(reviews.c.subject == subject)
            .values(begun_at=self._now, last_lead_id=None, finished_at=None)
        )

    def go_on(self, subject: str, found: Found) -> None:
        """Keep how far the look is; without a last lead it is finished."""
        finished_at = self._now if found.last is None else None
        self._connection.execute(
            reviews.update()
            .where(reviews.c.subject == subject)
            .values(last_lead_id=found.last, finished_at=finished_at)
        )

    def scored(self, after: str | None, most: int) -> Found:
        """Return the next leads that have a score."""
        return self._standing(after, most)

    def scored_by_rules(self, after: str | None, most: int) -> Found:
        """Return the next leads that stand at a score of the rules."""
        return self._standing(after, most, standings.c.engine == Engine.RULES.value)

    def scored_without_regard(self, profiling: Profiling, after: str | None, most: int) -> Found:
        """Look at the next leads, and return those that are scored, or not scored, against the ground of profiling.

        Parameters
        ----------
        profiling : Profiling
            What the company chose.
        after : str or None
            The last lead looked at before.
        most : int
            How many to look at.
        """
        known = select(lead_versions.c.lead_id).where(lead_versions.c.lead_id == leads.c.lead_id)
        query = (
            select(leads.c.lead_id, standings.c.score_id, scores.c.degraded_reason)
            .outerjoin(standings, standings.c.lead_id == leads.c.lead_id)
            .outerjoin(scores, scores.c.id == standings.c.score_id)
            .where(known.exists())
            .order_by(leads.c.lead_id)
            .limit(most)
        )
        looked_at = self._connection.execute(query if after is None else query.where(leads.c.lead_id > after)).all()
        words = Consents(self._connection, self._now).last_words(PROFILING, [row.lead_id for row in looked_at])
        wrong = [
            row.lead_id
            for row in looked_at
            if _is_against(profiling, words.get(row.lead_id), row.score_id is not None, row.degraded_reason)
        ]
        return Found(wrong, looked_at[-1].lead_id if looked_at else None)

    def _standing(self, after: str | None, most: int, *conditions: ColumnElement[bool]) -> Found:
        found = next_scored(self._connection, after, most, *conditions)
        return Found(found, found[-1] if found else None)


def _is_against(profiling: Profiling, word: Word | None, is_scored: bool, degraded_reason: str | None) -> bool:
    lack = lack_of_basis(profiling, word)
    if lack is None:
        return not is_scored or degraded_reason in _LACKS
    if allows_fit_rules(profiling, lack):
        return degraded_reason != lack.value
    return is_scored
