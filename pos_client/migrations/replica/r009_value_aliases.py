"""Whose stored value is in whose row."""

from __future__ import annotations

from alembic import op

revision = "r009"
down_revision = "r006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE value_alias (gone VARCHAR NOT NULL PRIMARY KEY, kept VARCHAR NOT NULL) WITHOUT ROWID")
    op.execute("CREATE INDEX ix_value_alias_kept ON value_alias (kept)")
