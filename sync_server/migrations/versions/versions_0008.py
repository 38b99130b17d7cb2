"""An index of the facts in quarantine, which each start looks at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    only = sa.text("state = 'quarantined'")
    op.create_index("ix_fact_quarantined", "fact", ["incarnation", "number"], sqlite_where=only, postgresql_where=only)
