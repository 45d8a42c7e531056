"""What waits is found by its endpoint, however much was delivered before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the index anew."""
    op.drop_index("ix_deliveries_waiting", "deliveries")
    waits = sa.text("state = 'waiting'")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["subscription_id", "message_number"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
