"""Gifts in stock at stores, and rewards that members had for points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Id = sa.LargeBinary(16)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "gift_stock",
        sa.Column("id", Id, primary_key=True),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("reward", sa.String(), nullable=False),
        sa.Column("units", Big, nullable=False),
    )
    op.create_table(
        "gift_entry",
        sa.Column("id", Id, primary_key=True),
        sa.Column("stock_id", Id, nullable=False),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("units", Big, nullable=False),
        sa.Column("booked_on", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
    )
    op.create_index("ix_gift_entry_stock_id", "gift_entry", ["stock_id"])
    op.create_table(
        "reward_redemption",
        sa.Column("redemption_id", Id, primary_key=True),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("receipt_number", Big, nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("confirmed_ms", Big, nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("reward", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("units", Big, nullable=False),
        sa.Column("points", Big, nullable=False),
        sa.UniqueConstraint("incarnation", "number"),
    )
    op.create_index("ix_reward_redemption_member_id", "reward_redemption", ["member_id"])
    op.create_index("reward_redemption_by_day", "reward_redemption", ["business_date", "store_id"])
