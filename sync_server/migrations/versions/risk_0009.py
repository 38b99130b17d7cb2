"""What was found suspicious."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Id = sa.LargeBinary(16)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table("watched", sa.Column("incarnation", Id, primary_key=True), sa.Column("number", Big, nullable=False))
    op.create_table(
        "risk_finding",
        sa.Column("rule", sa.String(), primary_key=True),
        sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("last_day", sa.String(), primary_key=True),
        sa.Column("found_ms", Big, nullable=False),
    )
    op.create_index("member_by_day", "member", ["registered_on", "store_id"])
    op.execute("INSERT INTO watched (incarnation, number) SELECT incarnation, head_number FROM device")
