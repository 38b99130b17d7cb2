"""Receipts of the store, so that what was bought can come back."""

from __future__ import annotations

from alembic import op

revision = "r006"
down_revision = "r003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE receipt (
        sale_id BLOB NOT NULL PRIMARY KEY, code VARCHAR NOT NULL, version INTEGER NOT NULL, doc BLOB NOT NULL)"""
    )
    op.execute("CREATE INDEX receipt_by_code ON receipt (code)")
