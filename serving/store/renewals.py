"""How far the stored leads have been scored again after a new model began to serve.

One row: the newest model, and the lead up to which the queue was filled. It is filled a little at a time, so that the
work survives any crash, the queue stays short, and what happens to a lead meanwhile comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, Table, and_, func, select

from features.domain import Engine
from serving.store.columns import Moment, Plain, metadata
from serving.store.rescoring import MOST_ATTEMPTS, Priority, rescoring
from serving.store.scores import scores
from serving.store.standings import next_scored, standings
from serving.store.upsert import insert

renewals = Table(
    "renewals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("model_version", Plain, nullable=False),
    # When the model became the champion of the machine that began: an older champion elsewhere does not begin anew.
    Column("champion_since", Moment, nullable=False),
    Column("begun_at", Moment, nullable=False),
    # Leads up to this one have been asked for; NULL: none yet.
    Column("last_lead_id", Plain),
    Column("finished_at", Moment),
)

CAUSE = "model"
"""Why the leads are scored, in their score history."""

_ONLY = 1


@dataclass(frozen=True, slots=True)
class Renewal:
    """One model's round through the leads.

    Parameters
    ----------
    model_version : str
        The model that the leads are scored by.
    champion_since : datetime
        When it became the champion.
    begun_at, finished_at : datetime
        Of the round; ``finished_at`` is None while it goes on.
    last_lead_id : str or None
        The lead up to which the queue was filled.
    """

    model_version: str
    champion_since: datetime
    begun_at: datetime
    finished_at: datetime | None
    last_lead_id: str | None


class Renewals:
    """The round within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def current(self, *, for_change: bool = False) -> Renewal | None:
        """Return the newest round, None before the first."""
        query = select(renewals).where(renewals.c.id == _ONLY)
        row = self._connection.execute(query.with_for_update() if for_change else query).one_or_none()
        if row is None:
            return None
        return Renewal(row.model_version, row.champion_since, row.begun_at, row.finished_at, row.last_lead_id)

    def begin(self, model_version: str, champion_since: datetime) -> bool:
        """Begin a model's round, unless a newer champion has begun one or this one is on its way already."""
        values = {
            "model_version": model_version, "champion_since": champion_since, "begun_at": self._now,
            "last_lead_id": None, "finished_at": None,
        }  # fmt: skip
        newer = and_(
            renewals.c.champion_since < champion_since,
            renewals.c.model_version != model_version,
        )
        made = self._connection.execute(
            insert(self._connection, renewals)
            .values(id=_ONLY, **values)
            .on_conflict_do_update(index_elements=[renewals.c.id], set_=values, where=newer)
            .returning(renewals.c.id)
        )
        return made.first() is not None

    def next_leads(self, renewal: Renewal, count: int) -> list[str]:
        """Return the next leads of a round, and keep that they were asked for."""
        found = next_scored(self._connection, renewal.last_lead_id, count)
        if found:
            self._set(last_lead_id=found[-1])
        return found

    def left_behind(self, renewal: Renewal, count: int) -> list[str]:
        """Return leads that another model scored since the round began: by a process that moved later than this one."""
        query = (
            select(standings.c.lead_id)
            .join(scores, scores.c.id == standings.c.score_id)
            .where(
                standings.c.engine == Engine.MODEL.value,
                standings.c.scored_at >= renewal.begun_at,
                scores.c.model_version != renewal.model_version,
                standings.c.lead_id.not_in(select(rescoring.c.lead_id)),
            )
            .limit(count)
        )
        return list(self._connection.execute(query).scalars())

    def is_other_model_known(self, model_version: str) -> bool:
        """Return whether a lead stands at a score that is not this model's."""
        query = (
            select(standings.c.lead_id)
            .join(scores, scores.c.id == standings.c.score_id)
            .where(scores.c.model_version != model_version)
            .limit(1)
        )
        return self._connection.execute(query).first() is not None

    def waiting(self) -> int:
        """Return how many leads of a round wait in the queue and can still be taken."""
        return self._connection.execute(
            select(func.count())
            .select_from(rescoring)
            .where(rescoring.c.priority == Priority.LATER, rescoring.c.attempts < MOST_ATTEMPTS)
        ).scalar_one()

    def finish(self) -> None:
        """Keep that all leads of the round were scored; no lead's id is needed any more."""
        self._set(finished_at=self._now, last_lead_id=None)

    def remaining(self, renewal: Renewal) -> int:
        """Return how many leads a round has still to score: those not asked for yet, and those that wait."""
        if renewal.finished_at is not None:
            return 0
        query = select(func.count()).select_from(standings)
        if renewal.last_lead_id is not None:
            query = query.where(standings.c.lead_id > renewal.last_lead_id)
        return self._connection.execute(query).scalar_one() + self.waiting()

    def _set(self, **values: object) -> None:
        self._connection.execute(renewals.update().where(renewals.c.id == _ONLY).values(**values))
