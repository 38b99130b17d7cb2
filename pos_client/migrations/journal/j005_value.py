"""What own facts did to stored value and coupons."""

from __future__ import annotations

from alembic import op

revision = "j005"
down_revision = "j004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE value_effect (
        number INTEGER NOT NULL, kind VARCHAR NOT NULL, "key" VARCHAR NOT NULL, doc BLOB NOT NULL,
        PRIMARY KEY (number, kind, "key"))"""
    )
    op.execute('CREATE INDEX value_effect_by_row ON value_effect (kind, "key")')
