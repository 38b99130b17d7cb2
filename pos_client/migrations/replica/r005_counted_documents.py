"""Rows of kinds and forms to come keep what they count, so that a later version can use them as they are."""

from __future__ import annotations

from alembic import op

revision = "r005"
down_revision = "r001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE document ADD COLUMN counted INTEGER")
