"""What the service answers, field by field: the published shape of a score, the model, the agreement and a problem.

Answers are made by ``Score.to_mapping`` and its kin; these models document them, and a test holds both equal.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

StageName: TypeAlias = Literal["lead", "mql", "sql", "opportunity", "customer", "lost"]
STAGES: tuple[str, ...] = get_args(StageName)


class Answer(BaseModel):
    """The shape of an answer, every field of it."""

    model_config = ConfigDict(extra="forbid")


class TextAnswer(Answer):
    """One sentence in each language."""

    en: str
    de: str


class ReasonAnswer(Answer):
    """One concept's share of the points."""

    feature: str = Field(description="The concept, e.g. pricing_views; other carries every share too small to name.")
    group: Literal["fit", "engagement"] | None = Field(description="Who the lead is, or what it does; null for other.")
    value: str | None = Field(description="The value seen, as a person would say it; null when missing.")
    points: float = Field(description="Points added or, negative, taken away.")
    text: TextAnswer


class ModelReferenceAnswer(Answer):
    """Which model or rule set spoke."""

    name: str
    version: str
    trained_at: str | None = Field(description="ISO 8601; null for rules.")


class SlaReferenceAnswer(Answer):
    """The agreement in force."""

    version: int
    mql: float | None = Field(description="The MQL cutoff as a probability.")
    sql: float | None = Field(description="The SQL cutoff as a probability.")
    certificate: str = Field(
        description="certified, provisional, infeasible, expired, violated, uncertified, unsigned or none."
    )


class ScoreAnswer(Answer):
    """One lead's score at one moment; base_points and the reasons' points add up to points, to 1e-6."""

    lead_id: str
    probability: float | None = Field(
        description="Calibrated probability of the target within the horizon; null where only uncalibrated rules spoke."
    )
    score: int = Field(ge=0, le=100, description="floor(points) held in 0..100; 50 is the MQL cutoff, 75 the SQL one.")
    points: float = Field(description="The score before it is held in 0..100.")
    stage: StageName
    grade: str = Field(description="Fit letter A to D and engagement digit 1 to 4.")
    engine: Literal["model", "rules"] = Field(description="Who scored.")
    degraded: bool = Field(description="Whether rules answered although a model was expected.")
    degraded_reason: str | None = Field(
        description="no-model, bundle-invalid: ..., model-output, model-error or insufficient-data."
    )
    fit_points: float = Field(description="Points of who the lead is.")
    engagement_points: float = Field(description="Points of what the lead does.")
    base_points: float = Field(description="Points before any reason.")
    reasons: list[ReasonAnswer] = Field(description="Largest first, then other.")
    what_would_qualify: list[dict[str, Any]] = Field(description="Steps that would lift the lead over a cutoff.")
    ask_next: dict[str, Any] | None = Field(description="The missing field whose answer would move the score most.")
    blocked_by: list[str] = Field(description="Fields that the agreement requires of an SQL and the lead lacks.")
    persona: str | None
    coverage: float = Field(ge=0, le=1, description="Share of the model's features that were known.")
    model: ModelReferenceAnswer
    sla: SlaReferenceAnswer
    as_of: str | None = Field(description="The moment of knowledge, ISO 8601.")
    scored_at: str = Field(description="When this was computed, ISO 8601.")
    warnings: list[str] = Field(description="What the sender should know, e.g. attributes that were not used.")


class FieldErrorAnswer(Answer):
    """One fault at one place of the body."""

    pointer: str = Field(description="RFC 6901 pointer into the body.")
    code: str = Field(description="Stable word that programs may branch on.")
    message: str = Field(description="A sentence for people; it never repeats the value.")


class ProblemAnswer(Answer):
    """An error, as RFC 9457 has it."""

    type: str = Field(description="Stable: urn:leadscore:problem: and a word.")
    title: str
    status: int
    detail: str
    instance: str | None = Field(description="The request's id, as in the header X-Request-ID.")
    errors: list[FieldErrorAnswer]


class RefusedAnswer(Answer):
    """An entry of a batch that could not be scored."""

    problem: ProblemAnswer


class BatchAnswer(Answer):
    """One entry per request, in the order of the requests."""

    results: list[ScoreAnswer | RefusedAnswer]


class RefusalAnswer(Answer):
    """A bundle that was not taken on."""

    reason: str
    at: str


class RegistryAnswer(Answer):
    """What was last seen of the registry."""

    alias: str | None = Field(description="The version that the alias champion named when the registry last answered.")
    looked_at: str
    fault: str | None = Field(description="Why the registry was not followed at the last look; null where it was.")


class ModelAnswer(Answer):
    """What serves."""

    engine: Literal["model", "rules"]
    model: ModelReferenceAnswer | None = Field(description="The model that answers; null while rules do.")
    loaded_at: str | None
    degraded: bool
    degraded_reason: str | None
    refused: RefusalAnswer | None = Field(description="A newer bundle that did not verify; the one before goes on.")
    registry: RegistryAnswer | None = Field(description="Null while no registry was looked at.")
    card: dict[str, Any] | None = Field(description="The model card: plan, data, figures, what was left out and why.")


class HealthAnswer(Answer):
    """Whether the service can answer."""

    status: Literal["live", "ready", "not-ready"]
    engine: Literal["model", "rules"] | None
    degraded_reason: str | None
    store: str | None = Field(description="writable, or the code of what keeps the store from it.")
    journal: str | None = Field(description="How the store keeps itself whole: wal or delete of SQLite, or server.")
