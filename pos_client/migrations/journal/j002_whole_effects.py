"""Effects are kept whole: visits, points taken and given back, when points can be spent."""

from __future__ import annotations

from alembic import op

revision = "j002"
down_revision = "j001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE effect ADD COLUMN doc BLOB")
