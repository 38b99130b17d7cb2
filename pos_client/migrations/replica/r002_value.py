"""Rows of stored value and coupons, with what they count. Those that came before wait among the documents."""

from __future__ import annotations

from alembic import op

revision = "r002"
down_revision = "r005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE value_row (
        kind VARCHAR NOT NULL, "key" VARCHAR NOT NULL, version INTEGER NOT NULL, counted INTEGER NOT NULL,
        member_id BLOB, code_hash BLOB, doc BLOB NOT NULL, PRIMARY KEY (kind, "key"))"""
    )
    op.execute("CREATE INDEX value_row_by_member ON value_row (member_id)")
    op.execute("CREATE INDEX value_row_by_code ON value_row (code_hash)")
