"""Views of the worklist that people keep, and its filters by persona and owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table and the indexes."""
    op.create_table(
        "saved_views",
        sa.Column("user_name", sa.Text(), sa.ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_standings_persona_points_lead_id", "standings", ["persona", "points", "lead_id"])
    op.create_index("ix_leads_owner", "leads", ["owner"])
