"""Score a lead that the store knows, in the transaction of what changed it.

The one road: history from the store as of now, features, engine, stage, and the score kept with its reasons and with
the messages to those who asked for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from features.domain import Duration, Lead, Score, Sla, Stage
from features.domain.score import iso
from models.calendar import BusinessClock
from models.scoring import missing_fields
from serving.calls.stage_steps import SalesWords, stage_after_score
from serving.records import Case
from serving.scoring import ScoringService
from serving.store import Transaction
from serving.store.score_changes import ReasonChange, reasons_changed
from serving.store.standings import standing_of

SCORED, STAGE_CHANGED = "lead.scored", "lead.stage_changed"


@dataclass(frozen=True, slots=True)
class Scored:
    """A score that was kept.

    Parameters
    ----------
    score : Score
        With the stage that the lead is in now.
    stage_before : Stage or None
        The stage before; None for the first score.
    changes : tuple of ReasonChange
        What differs from the score before; empty for the first one.
    """

    score: Score
    stage_before: Stage | None
    changes: tuple[ReasonChange, ...]

    def to_mapping(self) -> dict[str, Any]:
        """Return it in the shape of the API."""
        return {
            "score": self.score.to_mapping(),
            "stage_before": None if self.stage_before is None else self.stage_before.value,
            "changes": [change.to_mapping() for change in self.changes],
        }


class StoredScoring:
    """Scores leads out of the store and keeps the scores.

    Parameters
    ----------
    scoring : ScoringService
        The engines.
    sla : Sla
        The agreement: what an SQL requires, hysteresis, and when sales is to call.
    words : SalesWords
        Which outcomes mean what.
    """

    def __init__(self, scoring: ScoringService, sla: Sla, words: SalesWords) -> None:
        self.scoring = scoring
        self.words = words
        self.sla = sla

    def score(self, tx: Transaction, lead: Lead, *, cause: str, warnings: Sequence[str] = ()) -> Scored:
        """Score a lead as of the transaction's moment, and keep the score.

        Parameters
        ----------
        tx : Transaction
            Of what changed the lead.
        lead : Lead
            As it is known now; locked by this transaction, so that nobody else scores it meanwhile.
        cause : str
            Why it is scored, e.g. ``lead`` or ``events``.
        warnings : sequence of str
            What the sender should know beside the score's own warnings.
        """
        events = tuple(tx.events.of(lead.lead_id))
        as_of = tx.now if self.scoring.schema.timed or events else None
        score = self.scoring.score(Case(lead, events, as_of, tuple(warnings)))
        before = standing_of(tx.connection, lead.lead_id)
        said = self.words.said(one.outcome for one in tx.outcomes.of(lead.lead_id))
        missing = missing_fields(lead.attributes, self.sla.sql.requires)
        stage = stage_after_score(score, missing, before, said, self.sla.hysteresis)
        score = replace(score, stage=stage)
        last = None if before is None else tx.scores.latest(lead.lead_id)
        kept = tx.scores.keep_after(before, score, cause=cause, stage=stage)
        scored = Scored(score, kept.stage_before, () if last is None else reasons_changed(last.score, score))
        tx.outbox.tell(SCORED, {"cause": cause, **scored.to_mapping()}, lead_id=lead.lead_id)
        if kept.changed_stage:
            self.stage_changed(tx, lead.lead_id, kept.stage_before, stage, why=cause)
        return scored

    def stage_changed(self, tx: Transaction, lead_id: str, before: Stage | None, after: Stage, *, why: str) -> None:
        """Tell that a lead is in another stage; one that became an SQL is handed over, and its clock runs."""
        told = {"lead_id": lead_id, "stage_before": before, "stage": after, "why": why, "at": iso(tx.now)}
        tx.outbox.tell(STAGE_CHANGED, told, lead_id=lead_id)
        if after is Stage.SQL:
            tx.handovers.begin(lead_id, due_at=self._due(tx), sla_version=self.sla.version)

    def _due(self, tx: Transaction) -> Any:
        within: Duration | None = self.sla.sql.contact_within
        if within is None:
            return None
        clock = BusinessClock.between(self.sla.calendar, tx.now.timestamp(), tx.now.timestamp())
        return clock.due_at(tx.now, within)
