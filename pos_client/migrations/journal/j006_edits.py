"""Edits of members made here, until their rows count them."""

from __future__ import annotations

from alembic import op

revision = "j006"
down_revision = "j005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE IF NOT EXISTS own_edit (
            number INTEGER NOT NULL PRIMARY KEY, member_id BLOB NOT NULL, doc BLOB NOT NULL, phone_hash BLOB,
            phone_reversed VARCHAR, terms TEXT)"""
    )
    op.execute("CREATE INDEX IF NOT EXISTS ix_own_edit_member_id ON own_edit (member_id)")
