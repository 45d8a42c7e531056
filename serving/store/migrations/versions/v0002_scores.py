"""Scores, where leads stand, stages, hand-overs, and the queue of leads to score again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _scores()
    _standings()
    op.create_table(
        "stage_changes",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        _lead_id(),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("stage_before", sa.Text()),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text()),
        sa.Column("score_id", NUMBER, sa.ForeignKey("scores.id", ondelete="SET NULL")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stage_changes_lead_id_id", "stage_changes", ["lead_id", "id"])
    op.create_index("ix_stage_changes_at", "stage_changes", ["at"])
    op.create_index("ix_stage_changes_score_id", "stage_changes", ["score_id"])
    _handovers()
    op.create_table(
        "rescoring",
        _lead_id(primary_key=True),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("taken_until", sa.BigInteger()),
    )
    op.create_index("ix_rescoring_requested_at", "rescoring", ["requested_at"])


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        _lead_id(),
        sa.Column("as_of", sa.BigInteger()),
        sa.Column("scored_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double()),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("degraded_reason", sa.Text()),
        sa.Column("fit_points", sa.Double(), nullable=False),
        sa.Column("engagement_points", sa.Double(), nullable=False),
        sa.Column("base_points", sa.Double(), nullable=False),
        sa.Column("coverage", sa.Double(), nullable=False),
        sa.Column("persona", sa.Text()),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("model_trained_at", sa.BigInteger()),
        sa.Column("sla_version", sa.Integer(), nullable=False),
        sa.Column("sla_mql", sa.Double()),
        sa.Column("sla_sql", sa.Double()),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_scores_lead_id_id", "scores", ["lead_id", "id"])


def _standings() -> None:
    op.create_table(
        "standings",
        _lead_id(primary_key=True),
        sa.Column("score_id", NUMBER, sa.ForeignKey("scores.id", ondelete="CASCADE"), nullable=False),
        sa.Column("as_of", sa.BigInteger()),
        sa.Column("scored_at", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("previous_score", sa.Integer()),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double()),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_since", sa.BigInteger(), nullable=False),
        sa.Column("stage_points", sa.Double(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("persona", sa.Text()),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("blocked_by", sa.Text(), nullable=False),
        sa.Column("strongest", sa.Text(), nullable=False),
    )
    for columns in (["points", "lead_id"], ["stage", "points", "lead_id"], ["scored_at", "lead_id"], ["score_id"]):
        op.create_index("ix_standings_" + "_".join(columns), "standings", columns)


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        _lead_id(),
        sa.Column("handed_over_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("owner", sa.Text()),
        sa.Column("sla_version", sa.Integer()),
        sa.Column("exploration", sa.Boolean(), nullable=False),
        sa.Column("propensity", sa.Double()),
        sa.Column("contacted_at", sa.BigInteger()),
        sa.Column("breached_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("accepted", sa.Boolean()),
        sa.Column("reason", sa.Text()),
        sa.Column("answered_by", sa.Text()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handovers_lead_id", "handovers", ["lead_id"])
    op.create_index("ix_handovers_handed_over_at", "handovers", ["handed_over_at"])
    unanswered = sa.text("answered_at IS NULL")
    op.create_index(
        "uq_handovers_open", "handovers", ["lead_id"], unique=True, sqlite_where=unanswered,
        postgresql_where=unanswered,
    )  # fmt: skip
    running = sa.text("contacted_at IS NULL AND answered_at IS NULL AND breached_at IS NULL")
    op.create_index("ix_handovers_running", "handovers", ["due_at"], sqlite_where=running, postgresql_where=running)


def _lead_id(*, primary_key: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("leads.lead_id", ondelete="CASCADE")
    return sa.Column("lead_id", sa.Text(), key, primary_key=primary_key, nullable=False)
