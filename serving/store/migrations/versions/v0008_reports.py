"""Reports read how far leads came, and who scored when, from indices alone."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the indices."""
    op.create_index("ix_leads_created_at_first_seen_at_lead_id", "leads", ["created_at", "first_seen_at", "lead_id"])
    op.create_index("ix_stage_changes_lead_id_stage_at", "stage_changes", ["lead_id", "stage", "at"])
    op.create_index(
        "ix_outcomes_lead_id_outcome_occurred_at_recorded_at",
        "outcomes",
        ["lead_id", "outcome", "occurred_at", "recorded_at"],
    )
    op.create_index("ix_scores_scored_at_degraded", "scores", ["scored_at", "degraded"])
