"""Members who were joined into others, as these others' rows tell it."""

from __future__ import annotations

from alembic import op

revision = "r003"
down_revision = "r002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE member_alias (gone BLOB NOT NULL PRIMARY KEY, kept BLOB NOT NULL) WITHOUT ROWID")
    op.execute("CREATE INDEX ix_member_alias_kept ON member_alias (kept)")
