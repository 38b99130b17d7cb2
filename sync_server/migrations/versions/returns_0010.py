"""Goods that came back, and which sales' receipts tills have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.LargeBinary(16)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("sale", sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.false()))
    shown = sa.text("shown")
    op.create_index("sale_shown", "sale", ["store_id", "business_date"], sqlite_where=shown, postgresql_where=shown)
    op.create_table(
        "sale_return",
        sa.Column("return_id", Id, primary_key=True),
        sa.Column("sale_id", Id, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("receipt_number", Big, nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("confirmed_ms", Big, nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("total_minor", Big, nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("incarnation", "number"),
    )
    op.create_index("ix_sale_return_sale_id", "sale_return", ["sale_id"])
    op.create_index("ix_sale_return_member_id", "sale_return", ["member_id"])
    op.create_index("sale_return_by_day", "sale_return", ["business_date", "store_id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "sale_return_waiting", "sale_return", ["incarnation", "number"], sqlite_where=waiting, postgresql_where=waiting
    )
