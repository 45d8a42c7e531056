"""Every score a lead ever had, with its reasons, and where the lead stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    select,
)

from features.domain import Engine, Group, InputError, ModelReference, Reason, Score, SlaReference, Stage
from features.domain import Text as Sentence
from serving.store.columns import NUMBER, Document, Moment, Plain, metadata
from serving.store.leads import leads
from serving.store.score_changes import ReasonChange, reasons_changed
from serving.store.stages import record_stage
from serving.store.standings import CHANGE_STANDING, Standing, standing_of, standings

_Row: TypeAlias = Row[*tuple[Any, ...]]

scores = Table(
    "scores",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("lead_id", Plain, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("as_of", Moment),
    Column("scored_at", Moment, nullable=False),
    Column("cause", Text, nullable=False),
    Column("probability", Double),
    Column("score", Integer, nullable=False),
    Column("points", Double, nullable=False),
    Column("stage", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("degraded_reason", Text),
    Column("fit_points", Double, nullable=False),
    Column("engagement_points", Double, nullable=False),
    Column("base_points", Double, nullable=False),
    Column("coverage", Double, nullable=False),
    Column("persona", Plain),
    Column("model_name", Plain, nullable=False),
    Column("model_version", Plain, nullable=False),
    Column("model_trained_at", Moment),
    Column("sla_version", Integer, nullable=False),
    Column("sla_mql", Double),
    Column("sla_sql", Double),
    Column("certificate", Text, nullable=False),
    Column("reasons", Document, nullable=False),
    # What would qualify, what to ask next, what blocks, warnings: shown with the score, never searched.
    Column("advice", Document, nullable=False),
    sqlite_autoincrement=True,
)
Index(None, scores.c.lead_id, scores.c.id)
Index(None, scores.c.scored_at, scores.c.degraded)

_LATEST = (
    select(scores)
    .join(standings, standings.c.score_id == scores.c.id)
    .where(standings.c.lead_id == bindparam("lead_id"))
)
_ADD = scores.insert().returning(scores.c.id)
_ADD_IN_ORDER = scores.insert().returning(scores.c.id, sort_by_parameter_order=True)
_BEGIN_STANDING = standings.insert()
_STRONGEST = 2


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """A score of the past.

    Parameters
    ----------
    score_id : int
        Its number; newer scores have larger ones.
    score : Score
        As it was answered.
    cause : str
        Why the lead was scored, e.g. ``events``, ``lead``, ``new model``.
    changes : tuple of ReasonChange
        What differs from the score before, the largest first; empty for the first one.
    """

    score_id: int
    score: Score
    cause: str
    changes: tuple[ReasonChange, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptScore:
    """What keeping a lead's score did: its number, and the stages before and after (equal where nothing changed)."""

    lead_id: str
    score_id: int
    stage_before: Stage | None
    stage: Stage

    @property
    def changed_stage(self) -> bool:
        """Whether the lead is in another stage than before."""
        return self.stage_before is not self.stage


@dataclass(frozen=True, slots=True)
class NewScore:
    """A score that is to be kept, of a lead that this transaction has locked.

    Parameters
    ----------
    score : Score
        The new one.
    cause : str
        Why it was scored.
    standing : Standing or None
        Where the lead stood.
    """

    score: Score
    cause: str
    standing: Standing | None


class Scores:
    """Scores within one transaction.

    Parameters
    ----------
    connection : Connection
        The transaction's.
    now : datetime
        The transaction's moment.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def keep(self, score: Score, *, cause: str, stage: Stage | None = None) -> KeptScore:
        """Add a score to a lead's history; the lead then stands there, unless it has been scored as of later.

        Parameters
        ----------
        score : Score
            Of a lead that the store knows.
        cause : str
            Why it was scored.
        stage : Stage, optional
            Where the lead is now, as the use case decided (hysteresis, what sales accepted); by default the score's.

        Raises
        ------
        InputError
            If the store does not know the lead.
        """
        self._lock(score.lead_id)
        return self.keep_after(standing_of(self._connection, score.lead_id), score, cause=cause, stage=stage)

    def keep_after(
        self, standing: Standing | None, score: Score, *, cause: str, stage: Stage | None = None
    ) -> KeptScore:
        """Do the same for a lead that this transaction has locked, and whose standing it has read since.

        Parameters
        ----------
        standing : Standing or None
            Where the lead stands.
        score, cause, stage
            As of :meth:`keep`.
        """
        score_id: int = self._connection.execute(_ADD, _to_row(score, cause)).scalar_one()
        if standing is not None and _is_older(score.as_of, standing.as_of):
            return KeptScore(score.lead_id, score_id, standing.stage, standing.stage)
        return self._stand(score, score_id, stage or score.stage, standing)

    def keep_all(self, new: Sequence[NewScore]) -> list[KeptScore]:
        """Do the same for many leads at once, each another one, and return what was done, in their order."""
        if not new:
            return []
        ids = self._connection.execute(_ADD_IN_ORDER, [_to_row(one.score, one.cause) for one in new]).scalars().all()
        kept: list[KeptScore] = []
        changed: list[dict[str, Any]] = []
        for one, score_id in zip(new, ids, strict=True):
            score, standing = one.score, one.standing
            if standing is None or (standing.stage is not score.stage and not _is_older(score.as_of, standing.as_of)):
                kept.append(self._stand(score, score_id, score.stage, standing))
                continue
            kept.append(KeptScore(score.lead_id, score_id, standing.stage, standing.stage))
            if not _is_older(score.as_of, standing.as_of):
                changed.append(_changed(score, score_id, score.stage, standing))
        if changed:
            self._connection.execute(CHANGE_STANDING, changed)
        return kept

    def latest(self, lead_id: str) -> ScoreRecord | None:
        """Return the score that a lead stands at, None before the first."""
        row = self._connection.execute(_LATEST, {"lead_id": lead_id}).one_or_none()
        return None if row is None else ScoreRecord(row.id, _from_row(row), row.cause)

    def model_points(self, lead_ids: Sequence[str]) -> dict[str, dict[str, float]]:
        """Return the points of each concept in the score that each lead stands at, where a model gave it."""
        query = (
            select(scores.c.lead_id, scores.c.reasons)
            .join(standings, standings.c.score_id == scores.c.id)
            .where(standings.c.lead_id.in_(lead_ids), scores.c.engine == Engine.MODEL.value)
        )
        return {
            row.lead_id: {reason["feature"]: reason["points"] for reason in row.reasons}
            for row in self._connection.execute(query)
        }

    def history(self, lead_id: str, *, before: int | None = None, limit: int = 50) -> list[ScoreRecord]:
        """Return a lead's scores, the newest first, each with what changed since the one before it.

        Parameters
        ----------
        lead_id : str
            The lead.
        before : int, optional
            Only scores with a smaller number: the last one of the page before.
        limit : int
            How many.
        """
        query = select(scores).where(scores.c.lead_id == lead_id).order_by(scores.c.id.desc()).limit(limit + 1)
        rows = self._connection.execute(query if before is None else query.where(scores.c.id < before)).all()
        told = [_from_row(row) for row in rows]
        return [
            ScoreRecord(
                row.id, told[place], row.cause,
                reasons_changed(told[place + 1], told[place]) if place + 1 < len(told) else (),
            )
            for place, row in enumerate(rows[:limit])
        ]  # fmt: skip

    def forget(self, lead_id: str) -> None:
        """Remove every score of a lead, and where it stands with them."""
        self._connection.execute(scores.delete().where(scores.c.lead_id == lead_id))

    def _lock(self, lead_id: str) -> None:
        # Two workers that score one lead take turns, so that the standing is that of the later knowledge.
        known = self._connection.execute(
            select(leads.c.lead_id).where(leads.c.lead_id == lead_id).with_for_update()
        ).first()
        if known is None:
            raise InputError(
                "A score of a lead that the store does not know.", "a lead that was put before.", "Put the lead first."
            )

    def _stand(self, score: Score, score_id: int, stage: Stage, standing: Standing | None) -> KeptScore:
        before = None if standing is None else standing.stage
        entered = {} if before is stage else {"stage_since": self._now, "stage_points": score.points}
        if standing is None:
            values = _stands_at(score, score_id, stage)
            self._connection.execute(_BEGIN_STANDING, {"lead_id": score.lead_id, **values, **entered})
        else:
            self._connection.execute(CHANGE_STANDING, _changed(score, score_id, stage, standing) | entered)
        if entered:
            record_stage(self._connection, score.lead_id, before, stage, at=self._now, why="score", score_id=score_id)
        return KeptScore(score.lead_id, score_id, before, stage)


def _changed(score: Score, score_id: int, stage: Stage, standing: Standing) -> dict[str, Any]:
    """Return what changes in a lead's standing, whichever stage it was in."""
    return {
        **_stands_at(score, score_id, stage), "previous_score": standing.score, "of_lead": score.lead_id
    }  # fmt: skip


def _stands_at(score: Score, score_id: int, stage: Stage) -> dict[str, Any]:
    return {
        "score_id": score_id, "as_of": score.as_of, "scored_at": score.scored_at, "score": score.score,
        "points": score.points, "probability": score.probability, "stage": stage.value, "grade": score.grade,
        "persona": score.persona, "engine": score.engine.value, "degraded": score.degraded,
        "blocked_by": list(score.blocked_by),
        "strongest": [reason.to_mapping() for reason in score.reasons[:_STRONGEST]],
    }  # fmt: skip


def _is_older(as_of: datetime | None, known: datetime | None) -> bool:
    return as_of is not None and known is not None and as_of < known


def _to_row(score: Score, cause: str) -> dict[str, Any]:
    return {
        "lead_id": score.lead_id,
        "as_of": score.as_of,
        "scored_at": score.scored_at,
        "cause": cause,
        "probability": score.probability,
        "score": score.score,
        "points": score.points,
        "stage": score.stage.value,
        "grade": score.grade,
        "engine": score.engine.value,
        "degraded": score.degraded,
        "degraded_reason": score.degraded_reason,
        "fit_points": score.fit_points,
        "engagement_points": score.engagement_points,
        "base_points": score.base_points,
        "coverage": score.coverage,
        "persona": score.persona,
        "model_name": score.model.name,
        "model_version": score.model.version,
        "model_trained_at": score.model.trained_at,
        "sla_version": score.sla.version,
        "sla_mql": score.sla.mql,
        "sla_sql": score.sla.sql,
        "certificate": score.sla.certificate,
        "reasons": [reason.to_mapping() for reason in score.reasons],
        "advice": {
            "what_would_qualify": [dict(step) for step in score.what_would_qualify],
            "ask_next": None if score.ask_next is None else dict(score.ask_next),
            "blocked_by": list(score.blocked_by),
            "warnings": list(score.warnings),
        },
    }


def _from_row(row: _Row) -> Score:
    return Score(
        lead_id=row.lead_id,
        probability=row.probability,
        score=row.score,
        points=row.points,
        stage=Stage(row.stage),
        grade=row.grade,
        engine=Engine(row.engine),
        degraded=row.degraded,
        degraded_reason=row.degraded_reason,
        fit_points=row.fit_points,
        engagement_points=row.engagement_points,
        base_points=row.base_points,
        reasons=tuple(map(reason_from_mapping, row.reasons)),
        model=ModelReference(row.model_name, row.model_version, row.model_trained_at),
        sla=SlaReference(row.sla_version, row.sla_mql, row.sla_sql, row.certificate),
        as_of=row.as_of,
        scored_at=row.scored_at,
        coverage=row.coverage,
        persona=row.persona,
        what_would_qualify=tuple(row.advice["what_would_qualify"]),
        ask_next=row.advice["ask_next"],
        blocked_by=tuple(row.advice["blocked_by"]),
        warnings=tuple(row.advice["warnings"]),
    )


def reason_from_mapping(mapping: Mapping[str, Any]) -> Reason:
    """Return the reason stored by ``Reason.to_mapping``."""
    return Reason(
        feature=mapping["feature"],
        group=None if mapping["group"] is None else Group(mapping["group"]),
        value=mapping["value"],
        points=mapping["points"],
        text=Sentence.from_mapping(mapping["text"]),
    )
