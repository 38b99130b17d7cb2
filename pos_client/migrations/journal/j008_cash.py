"""What was put into a shift's drawer and taken out beside sales, and how often it was opened for nothing."""

from __future__ import annotations

from alembic import op

revision = "j008"
down_revision = "j007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("paid_in_minor", "paid_out_minor", "dropped_minor", "openings"):
        op.execute(f"ALTER TABLE shift ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
