"""Stored value and coupons: accounts with their lots and entries, coupons with their uses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Id = sa.LargeBinary(16)


def upgrade() -> None:
    _stored_value()
    _coupons()


def _stored_value() -> None:
    op.create_table(
        "stored_value",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("principal_minor", Big, nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("bonuses", Big, nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_id"),
    )
    op.create_table(
        "stored_value_lot",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("minor", Big, nullable=False),
        sa.Column("expires_on", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id"),
    )
    op.create_table(
        "stored_value_entry",
        sa.Column("id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("booked_on", sa.String(), nullable=False),
        sa.Column("principal_minor", Big, nullable=False),
        sa.Column("bonus_minor", Big, nullable=False),
        sa.Column("lots", sa.LargeBinary(), nullable=False),
        sa.Column("owed_minor", Big, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("stored_value_entry_by_account", "stored_value_entry", ["account_id", "booked_on"])


def _coupons() -> None:
    op.create_table(
        "coupon",
        sa.Column("id", Id, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_to", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_by", Id, nullable=True),
        sa.Column("sale_id", Id, nullable=True),
        sa.Column("version", Big, nullable=False),
        sa.Column("batch_id", Id, nullable=True),
        sa.Column("serial", Big, nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("member_id", "valid_to", "batch_id"):
        op.create_index(f"ix_coupon_{column}", "coupon", [column])
    op.create_index("coupon_by_rule", "coupon", ["rule", "member_id"])
    op.create_table(
        "coupon_use",
        sa.Column("coupon_id", Id, nullable=False),
        sa.Column("sale_id", Id, nullable=False),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("booked_on", sa.String(), nullable=False),
        sa.Column("off_minor", Big, nullable=False),
        sa.Column("disputed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("coupon_id", "sale_id"),
    )
