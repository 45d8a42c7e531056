"""Remembered requests, webhooks with their outbox, consents and erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _idempotency()
    _webhooks()
    op.create_table(
        "consents",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("lead_id", sa.Text(), sa.ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_lead_id_purpose_said_at", "consents", ["lead_id", "purpose", "said_at"])
    op.create_table(
        "erasures",
        sa.Column("pseudonym", sa.Text(), primary_key=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.Text()),
        sa.Column("erased", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])
    op.create_table(
        "idempotency_leads",
        sa.Column("caller", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("lead_id", sa.Text(), sa.ForeignKey("leads.lead_id", ondelete="CASCADE"), primary_key=True),
        sa.ForeignKeyConstraint(
            ["caller", "key"], ["idempotency_keys.caller", "idempotency_keys.key"], ondelete="CASCADE"
        ),
    )
    op.create_index("ix_idempotency_leads_lead_id", "idempotency_leads", ["lead_id"])


def _webhooks() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.Text(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("failing_since", sa.BigInteger()),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.Column("disabled_because", sa.Text()),
    )
    op.create_table(
        "messages",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_lead_id", "messages", ["lead_id"])
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
    op.create_table(
        "deliveries",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("message_number", NUMBER, sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "subscription_id", sa.Text(), sa.ForeignKey("subscriptions.subscription_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_until", sa.BigInteger()),
        sa.Column("status", sa.Integer()),
        sa.Column("failure", sa.Text()),
        sa.Column("done_at", sa.BigInteger()),
        sa.UniqueConstraint("message_number", "subscription_id"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    waits = sa.text("state = 'waiting'")
    op.create_index("ix_deliveries_waiting", "deliveries", ["due_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_deliveries_subscription_id_message_number", "deliveries", ["subscription_id", "message_number"])
