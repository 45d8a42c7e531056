"""All that is to be told of one lead: what is known, how it scores, what happened, and where it stands with sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from features.domain import Event, Stage
from features.profiling import Lack
from serving.calls.leads import NOT_HERE
from serving.calls.scored import StoredScoring
from serving.errors import RefusedError
from serving.store import Transaction
from serving.store.handovers import HandOver
from serving.store.leads import LeadRecord
from serving.store.outcomes import StoredOutcome
from serving.store.scores import ScoreRecord
from serving.store.stages import StageChange
from serving.store.standings import Standing, standing_of

_SCORES = 30


@dataclass(frozen=True, slots=True)
class LeadStory:
    """One lead.

    Parameters
    ----------
    record : LeadRecord
        As it is known now.
    standing : Standing or None
        Where it stands; None before its first score.
    latest : ScoreRecord or None
        The score that it stands at.
    lack : Lack or None
        Why it may not be scored by what it does.
    scores : sequence of ScoreRecord
        The newest first, each with what changed since the one before.
    events : sequence of Event
        What it did, the oldest first.
    stages, outcomes, handovers : sequence
        The oldest first.
    now : datetime
        The moment of this state.
    """

    record: LeadRecord
    standing: Standing | None
    latest: ScoreRecord | None
    lack: Lack | None
    scores: Sequence[ScoreRecord]
    events: Sequence[Event]
    stages: Sequence[StageChange]
    outcomes: Sequence[StoredOutcome]
    handovers: Sequence[HandOver]
    now: datetime

    @property
    def stage(self) -> Stage | None:
        """Where the lead is now."""
        return None if self.standing is None else self.standing.stage

    @property
    def open_handover(self) -> HandOver | None:
        """The hand-over that sales has not answered yet."""
        return next((one for one in self.handovers if one.answered_at is None), None)


def lead_story(tx: Transaction, scoring: StoredScoring, lead_id: str) -> LeadStory:
    """Return the story of a lead.

    Raises
    ------
    RefusedError
        If the store never heard of it.
    """
    record = tx.leads.get(lead_id)
    if record is None:
        raise RefusedError(NOT_HERE)
    standing = standing_of(tx.connection, lead_id)
    return LeadStory(
        record=record,
        standing=standing,
        latest=None if standing is None else tx.scores.latest(lead_id),
        lack=scoring.lack(tx, lead_id),
        scores=tx.scores.history(lead_id, limit=_SCORES),
        events=tx.events.of(lead_id),
        stages=tx.stages.of(lead_id),
        outcomes=tx.outcomes.of(lead_id),
        handovers=tx.handovers.of(lead_id),
        now=tx.now,
    )


def explain_to_person(tx: Transaction, scoring: StoredScoring, lead_id: str, by: str) -> LeadStory:
    """Return the story of a lead to be given to the person, and keep that it was (Art. 15 GDPR).

    Raises
    ------
    RefusedError
        If the store never heard of it.
    """
    story = lead_story(tx, scoring, lead_id)
    tx.audit.append("lead.explained", by=by, lead_id=lead_id)
    return story
