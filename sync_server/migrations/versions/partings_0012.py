"""Partings that wait until tills have given back what they were lent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

Id = sa.LargeBinary(16)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "parting_asked",
        sa.Column("first", Id, primary_key=True),
        sa.Column("second", Id, primary_key=True),
        sa.Column("asked_ms", Big, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
