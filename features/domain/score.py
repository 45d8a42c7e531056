"""A score as every engine answers it: one shape, whoever spoke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.domain.stage import Engine, Group, Stage
from features.domain.text import Text

OTHER = "other"
"""The reason that carries every share too small to name, so that the sum is exact."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature group's share of a score.

    Parameters
    ----------
    feature : str
        The concept, e.g. ``pricing_views``; ``other`` for the remainder.
    group : Group or None
        Fit or engagement; None for ``other``, which may hold both.
    value : str or None
        The value seen, as a person would say it (``"3 in 7 days"``); None when missing.
    points : float
        Points added to (or, negative, taken from) the score.
    text : Text
        One sentence in each language.
    """

    feature: str
    group: Group | None
    value: str | None
    points: float
    text: Text

    def to_mapping(self) -> dict[str, Any]:
        """Return the reason in the shape of the API."""
        return {
            "feature": self.feature,
            "group": None if self.group is None else self.group.value,
            "value": self.value,
            "points": self.points,
            "text": self.text.to_mapping(),
        }


@dataclass(frozen=True, slots=True)
class ModelReference:
    """Which trained model (or rule set) spoke."""

    name: str
    version: str
    trained_at: datetime | None

    def to_mapping(self) -> dict[str, Any]:
        """Return the reference in the shape of the API."""
        return {"name": self.name, "version": self.version, "trained_at": iso(self.trained_at)}


@dataclass(frozen=True, slots=True)
class SlaReference:
    """The agreement's version, its cutoffs as probabilities, and the state of its certificate."""

    version: int
    mql: float | None
    sql: float | None
    certificate: str

    def to_mapping(self) -> dict[str, Any]:
        """Return the reference in the shape of the API."""
        return {"version": self.version, "mql": self.mql, "sql": self.sql, "certificate": self.certificate}


@dataclass(frozen=True, slots=True)
class Score:
    """One lead's score at one moment, with reasons that add up to it.

    ``base_points + sum(reason.points) == points`` to 1e-6, and ``score`` is ``floor(points)`` held in 0..100.
    ``probability`` is None where only uncalibrated rules spoke.
    """

    lead_id: str
    probability: float | None
    score: int
    points: float
    stage: Stage
    grade: str
    engine: Engine
    degraded: bool
    degraded_reason: str | None
    fit_points: float
    engagement_points: float
    base_points: float
    reasons: tuple[Reason, ...]
    model: ModelReference
    sla: SlaReference
    as_of: datetime | None
    scored_at: datetime
    coverage: float
    persona: str | None = None
    what_would_qualify: tuple[Mapping[str, Any], ...] = ()
    ask_next: Mapping[str, Any] | None = None
    blocked_by: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def to_mapping(self) -> dict[str, Any]:
        """Return the score in the shape of the API; every field is always present."""
        return {
            "lead_id": self.lead_id,
            "probability": self.probability,
            "score": self.score,
            "points": self.points,
            "stage": self.stage.value,
            "grade": self.grade,
            "engine": self.engine.value,
            "degraded": self.degraded,
            "degraded_reason": self.degraded_reason,
            "fit_points": self.fit_points,
            "engagement_points": self.engagement_points,
            "base_points": self.base_points,
            "reasons": [reason.to_mapping() for reason in self.reasons],
            "what_would_qualify": [dict(step) for step in self.what_would_qualify],
            "ask_next": None if self.ask_next is None else dict(self.ask_next),
            "blocked_by": list(self.blocked_by),
            "persona": self.persona,
            "coverage": self.coverage,
            "model": self.model.to_mapping(),
            "sla": self.sla.to_mapping(),
            "as_of": iso(self.as_of),
            "scored_at": iso(self.scored_at),
            "warnings": list(self.warnings),
        }


def iso(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 text, or None."""
    return None if moment is None else moment.isoformat()
