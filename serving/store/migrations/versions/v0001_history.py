"""Leads with versions of their attributes, events and outcomes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of the history."""
    op.create_table(
        "leads",
        sa.Column("lead_id", sa.Text(), primary_key=True),
        sa.Column("created_at", sa.BigInteger()),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("search_text", sa.Text(), nullable=False, server_default=""),
    )
    op.create_table(
        "lead_versions",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        _lead_id(),
        sa.Column("known_at", sa.BigInteger()),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger()),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.UniqueConstraint("lead_id", "known_at"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_lead_versions_since_creation", "lead_versions", ["lead_id"], unique=True,
        sqlite_where=sa.text("known_at IS NULL"), postgresql_where=sa.text("known_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "events",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        _lead_id(),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("lead_id", "event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_lead_id_occurred_at", "events", ["lead_id", "occurred_at"])
    op.create_table(
        "outcomes",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        _lead_id(),
        sa.Column("outcome_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger()),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_by", sa.Text()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.UniqueConstraint("lead_id", "outcome_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outcomes_occurred_at", "outcomes", ["occurred_at"])


def _lead_id() -> sa.Column[str]:
    return sa.Column("lead_id", sa.Text(), sa.ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False)
