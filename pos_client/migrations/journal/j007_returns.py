"""Own sales and returns by the code of the sale's receipt; what a shift gave back."""

from __future__ import annotations

from alembic import op

revision = "j007"
down_revision = "j006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE own_receipt (
        code VARCHAR NOT NULL, number INTEGER NOT NULL, booked_on VARCHAR NOT NULL,
        PRIMARY KEY (code, number)) WITHOUT ROWID"""
    )
    op.execute("ALTER TABLE shift ADD COLUMN returns INTEGER NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE shift ADD COLUMN refunds_minor INTEGER NOT NULL DEFAULT 0")
