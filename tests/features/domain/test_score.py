"""A score answers in one shape, with every field present."""

from __future__ import annotations

from datetime import UTC, datetime

from features.domain import Engine, Group, ModelReference, Reason, Score, SlaReference, Stage, Text

FIELDS = {
    "lead_id", "probability", "score", "points", "stage", "grade", "engine", "degraded", "degraded_reason",
    "fit_points",
    "engagement_points", "base_points", "reasons", "what_would_qualify", "ask_next", "blocked_by", "persona",
    "coverage",
    "model", "sla", "as_of", "scored_at", "warnings",
}  # fmt: skip


def test_every_field_of_the_api_is_present_even_when_there_is_nothing_to_say() -> None:
    score = Score(
        lead_id="L42", probability=None, score=12, points=12.5, stage=Stage.LEAD, grade="C3", engine=Engine.RULES,
        degraded=True, degraded_reason="no-model", fit_points=0.0, engagement_points=2.5, base_points=10.0,
        reasons=(Reason("page_view", Group.ENGAGEMENT, "3", 2.5, Text("Viewed", "Gesehen")),),
        model=ModelReference("acme", "rules-1", None), sla=SlaReference(1, None, None, "provisional"),
        as_of=None, scored_at=datetime(2026, 1, 1, tzinfo=UTC), coverage=0.5,
    )  # fmt: skip
    mapping = score.to_mapping()
    assert set(mapping) == FIELDS
    assert mapping["base_points"] + sum(r["points"] for r in mapping["reasons"]) == mapping["points"]
    assert mapping["scored_at"] == "2026-01-01T00:00:00+00:00"
    assert mapping["reasons"][0]["text"] == {"en": "Viewed", "de": "Gesehen"}
