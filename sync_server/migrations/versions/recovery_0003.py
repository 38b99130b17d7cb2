"""Which numbers a lane's device began above, and a quick way to what can't be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("receipt_start", "z_start"):
        op.add_column("device", sa.Column(name, _BIG, nullable=False, server_default="0"))
    op.add_column("device", sa.Column("handed_over", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("device", sa.Column("written_off", sa.Boolean(), nullable=False, server_default=sa.false()))
    unread = sa.text("state = 'quarantined'")
    op.create_index("fact_quarantined", "fact", ["incarnation", "number"], sqlite_where=unread, postgresql_where=unread)
