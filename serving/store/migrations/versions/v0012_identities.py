"""A person's mailbox is one lead, whatever ids its records have elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the tables."""
    plain = sa.Text()
    op.create_table(
        "mailboxes",
        sa.Column("mailbox", plain, primary_key=True),
        sa.Column("lead_id", plain, sa.ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index("ix_mailboxes_lead_id", "mailboxes", ["lead_id"])
    op.create_table(
        "aliases",
        sa.Column("alias", plain, primary_key=True),
        sa.Column("lead_id", plain, sa.ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
        sa.Column("merged_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
    )
    op.create_index("ix_aliases_lead_id", "aliases", ["lead_id"])
