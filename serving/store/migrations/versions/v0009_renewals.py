"""All leads scored again by a new model, behind what happens to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table, and order the queue."""
    op.create_table(
        "renewals",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("champion_since", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("last_lead_id", sa.Text()),
        sa.Column("finished_at", sa.BigInteger()),
    )
    op.add_column("rescoring", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("rescoring", sa.Column("for_model", sa.Text()))
    op.drop_index("ix_rescoring_requested_at", "rescoring")
    op.create_index("ix_rescoring_priority_requested_at", "rescoring", ["priority", "requested_at"])
