"""What devices were lent, what of it is called back, and who has shown their leases after a restore."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Id = sa.LargeBinary(16)


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("id", Id, primary_key=True),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount", Big, nullable=False),
        sa.Column("used", Big, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("epoch", Big, nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("granted_ms", Big, nullable=False),
        sa.Column("ended_ms", Big, nullable=True),
    )
    op.create_index("lease_by_resource", "lease", ["kind", "key", "state"])
    op.create_index("lease_by_device", "lease", ["incarnation", "state"])
    op.create_table("lease_recall", sa.Column("id", Id, primary_key=True))
    op.create_table(
        "lease_declaration",
        sa.Column("incarnation", Id, primary_key=True),
        sa.Column("epoch", Big, primary_key=True, autoincrement=False),
        sa.Column("at_ms", Big, nullable=False),
    )
