"""What a member's tier is reckoned from, and the first day on which points can be spent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("basis", sa.LargeBinary(), nullable=True))
    op.add_column("points_lot", sa.Column("available_on", sa.String(), nullable=True))
