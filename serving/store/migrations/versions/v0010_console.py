"""The console's users speak a language, and tries to sign in are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and make the table."""
    op.add_column("users", sa.Column("language", sa.Text()))
    op.create_table(
        "sign_in_tries",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("of_hash", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sign_in_tries_of_hash_at", "sign_in_tries", ["of_hash", "at"])
    op.create_index("ix_sign_in_tries_at", "sign_in_tries", ["at"])
