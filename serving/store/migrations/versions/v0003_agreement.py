"""The audit log, the agreement with its signatures, API keys, users and sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "store_facts",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    _audit()
    _agreements()
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("last_used_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
    )
    _users()


def _audit() -> None:
    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_log_subject", "audit_log", ["subject"])
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_table(
        "audit_end",
        sa.Column("one", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
    )


def _agreements() -> None:
    op.create_table(
        "sla_versions",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "cutoff_proposals",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("sla_version", sa.Integer(), sa.ForeignKey("sla_versions.version"), nullable=False),
        sa.Column("mql", sa.Double()),
        sa.Column("sql", sa.Double()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text()),
        sa.Column("model_sha256", sa.Text()),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("in_force_since", sa.BigInteger()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cutoff_proposals_in_force_since", "cutoff_proposals", ["in_force_since"])
    op.create_index("ix_cutoff_proposals_sla_version", "cutoff_proposals", ["sla_version"])
    op.create_table(
        "signatures",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("proposal_id", NUMBER, sa.ForeignKey("cutoff_proposals.id"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("proposal_id", "role"),
        sqlite_autoincrement=True,
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        _user_name(),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        _user_name(),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
    )
    for table in ("sessions", "sign_in_links"):
        for column in ("user_name", "expires_at"):
            op.create_index(f"ix_{table}_{column}", table, [column])


def _user_name() -> sa.Column[str]:
    return sa.Column("user_name", sa.Text(), sa.ForeignKey("users.name", ondelete="CASCADE"), nullable=False)
