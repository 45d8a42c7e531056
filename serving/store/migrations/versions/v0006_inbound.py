"""What CRMs told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "inbound",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text()),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.UniqueConstraint("source", "message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbound_lead_id", "inbound", ["lead_id"])
    op.create_index("ix_inbound_received_at", "inbound", ["received_at"])
    op.create_table(
        "inbound_newest",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("lead_id", sa.Text(), primary_key=True),
        sa.Column("property", sa.Text(), primary_key=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_inbound_newest_lead_id", "inbound_newest", ["lead_id"])
