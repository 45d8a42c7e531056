"""What the calls that work on the store answer, field by field (see :mod:`serving.answers`)."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field

from serving.answers import Answer, ProblemAnswer, ScoreAnswer, StageName, TextAnswer

LackName: TypeAlias = Literal["objection", "consent-withdrawn", "no-consent"]
_NOT_SCORED = Field(description="Why there is no score; null where there is one.")


class ReasonChangeAnswer(Answer):
    """What one reason gave before and gives after."""

    feature: str = Field(description="The concept; base for what every lead begins with, other for all too small.")
    group: Literal["fit", "engagement"] | None
    before: float = Field(description="Points before; 0 where it was not named.")
    after: float = Field(description="Points after.")
    points: float = Field(description="after minus before.")
    value_before: str | None
    value_after: str | None
    text: TextAnswer | None


class PutAnswer(Answer):
    """What putting a lead did."""

    lead_id: str = Field(description="As sent, or of the lead that the person is already.")
    merged: bool = Field(description="Whether the person is known under another id, which this one stands for now.")
    created: bool = Field(description="Whether the lead was new.")
    changed: bool = Field(description="Whether its attributes changed, so that there is a new version.")
    warnings: list[str] = Field(description="What the sender should know, e.g. attributes that were not used.")
    score: ScoreAnswer | None = Field(description="The lead's score now; null where it may not be scored.")
    not_scored: LackName | None = _NOT_SCORED
    stage_before: StageName | None = Field(description="The stage before; null for the first score.")
    changes: list[ReasonChangeAnswer] = Field(description="What differs from the score before, the largest first.")


class LeadAnswer(Answer):
    """A lead as it is known now."""

    lead_id: str
    created_at: str | None
    known_at: str | None = Field(description="Since when these attributes are known; null: since the creation.")
    first_seen_at: str = Field(description="When the store first heard of the lead.")
    owner: str | None = Field(description="Who looks after it.")
    attributes: dict[str, str | float | None]
    stage: StageName | None = Field(description="Null before the first score.")
    stage_since: str | None
    score: ScoreAnswer | None = Field(description="The latest score.")
    no_basis: LackName | None = Field(description="Why the lead may not be profiled by what it does.")


class ErasedAnswer(Answer):
    """A lead that is not held any more."""

    lead_id: str
    was_there: bool


class EventResultAnswer(Answer):
    """What became of one event."""

    lead_id: str
    event_id: str | None
    status: Literal["stored", "duplicate", "quarantined"] = Field(
        description="quarantined: from more than five minutes ahead; kept, and read by no feature."
    )
    warnings: list[str]


class RefusedEventAnswer(Answer):
    """An entry that could not be read."""

    problem: ProblemAnswer


class ScoredLeadAnswer(Answer):
    """A lead that was scored again."""

    lead_id: str
    score: ScoreAnswer | None
    not_scored: LackName | None = _NOT_SCORED
    stage_before: StageName | None
    changes: list[ReasonChangeAnswer]


class EventsAnswer(Answer):
    """What became of the events, in the order of sending, and of the leads concerned."""

    results: list[EventResultAnswer | RefusedEventAnswer]
    scored: list[ScoredLeadAnswer] = Field(description="Leads that were scored again in the same transaction.")
    queued: int = Field(description="Leads that wait to be scored again, because they were many.")


class OutcomeAnswer(Answer):
    """What an outcome did."""

    lead_id: str
    outcome: str = Field(description="As it is kept.")
    recorded: bool = Field(description="False where the same was said before.")
    stage_before: StageName | None
    stage: StageName | None


class ConsentScoredAnswer(Answer):
    """What a word on profiling did to a lead's score."""

    score: ScoreAnswer | None
    not_scored: LackName | None = _NOT_SCORED
    stage_before: StageName | None
    changes: list[ReasonChangeAnswer]


class ConsentAnswer(Answer):
    """What a person's word did."""

    lead_id: str
    purpose: str
    word: Literal["given", "withdrawn", "objected"]
    recorded: bool = Field(description="False where the same was said at that moment before.")
    holds: Literal["given", "withdrawn", "objected"] = Field(
        description="The word that holds now: the one that was said last, however late it came."
    )
    no_basis: LackName | None = Field(description="Why the lead may not be profiled by what it does; null: it may.")
    scored: ConsentScoredAnswer | None = Field(description="Null where nothing changed for the score.")


class PastScoreAnswer(Answer):
    """A score of the past."""

    number: int = Field(description="Newer scores have larger ones.")
    cause: str = Field(description="Why the lead was scored: lead, events, score, or what else happened.")
    score: ScoreAnswer
    changes: list[ReasonChangeAnswer]


class ScoreHistoryAnswer(Answer):
    """A lead's scores, the newest first."""

    lead_id: str
    scores: list[PastScoreAnswer]
    cursor: str | None = Field(description="Of the next page; null for the last.")


class WorklistRowAnswer(Answer):
    """A lead on the worklist."""

    lead_id: str
    score: int
    previous_score: int | None
    points: float
    probability: float | None
    stage: StageName
    stage_since: str
    grade: str
    persona: str | None
    owner: str | None
    engine: Literal["model", "rules"]
    degraded: bool
    scored_at: str
    blocked_by: list[str]
    reasons: list[dict[str, Any]] = Field(description="The two largest reasons.")
    attributes: dict[str, str | float | None]


class WorklistAnswer(Answer):
    """One page of the worklist."""

    leads: list[WorklistRowAnswer]
    cursor: str | None = Field(description="Of the next page; null for the last.")


class ExportAnswer(Answer):
    """All that is held on a person, table by table; moments are ISO 8601 in UTC."""

    lead: dict[str, Any]
    lead_versions: list[dict[str, Any]]
    events: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    consents: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    standings: list[dict[str, Any]]
    stage_changes: list[dict[str, Any]]
    handovers: list[dict[str, Any]]
    rescoring: list[dict[str, Any]]
    mailboxes: list[dict[str, Any]]
    aliases: list[dict[str, Any]] = Field(description="Other ids that the person is known under.")
    messages: list[dict[str, Any]]
    inbound: list[dict[str, Any]] = Field(description="What CRMs told of it in the last thirty days.")
