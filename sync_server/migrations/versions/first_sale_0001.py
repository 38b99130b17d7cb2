"""The tables of the first sale: devices, facts, the shop, sales, members and the feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Id = sa.LargeBinary(16)


def upgrade() -> None:
    _devices()
    _facts()
    _shop()
    _sales()
    _members()
    _feed()


def _devices() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "device",
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("pepper_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("frozen_at", Big, nullable=True),
        sa.Column("head_number", Big, nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("head_hlc", Big, nullable=False),
        sa.Column("receipt_number", Big, nullable=False),
        sa.Column("z_number", Big, nullable=False),
        sa.Column("enrolled_ms", Big, nullable=False),
        sa.Column("contact_ms", Big, nullable=False),
        sa.Column("pulled_version", Big, nullable=False),
        sa.Column("software", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation"),
    )
    op.create_table(
        "enrolment_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("expires_ms", Big, nullable=False),
        sa.Column("incarnation", Id, nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )


def _facts() -> None:
    op.create_table(
        "fact",
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False, autoincrement=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("hlc", Big, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("schema", Big, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("received_ms", Big, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "number"),
    )
    op.create_table(
        "forked_fact",
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_ms", Big, nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "number", "hash"),
    )
    op.create_table(
        "side",
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "number", "name"),
    )
    op.create_table(
        "alert",
        sa.Column("id", Id, nullable=False),
        sa.Column("at_ms", Big, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("incarnation", Id, nullable=True),
        sa.Column("number", Big, nullable=True),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_alert_at_ms", "alert", ["at_ms"], unique=False)


def _shop() -> None:
    op.create_table(
        "store",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("price_minor", Big, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_product_category", "product", ["category"], unique=False)
    op.create_table(
        "programme",
        sa.Column("version", Big, nullable=False, autoincrement=False),
        sa.Column("published_ms", Big, nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("pin_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "head_office_user",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _sales() -> None:
    op.create_table(
        "sale",
        sa.Column("sale_id", Id, nullable=False),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("receipt_number", Big, nullable=False),
        sa.Column("receipt_code", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("confirmed_ms", Big, nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("shift_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("total_minor", Big, nullable=False),
        sa.Column("tax_minor", Big, nullable=False),
        sa.Column("saved_minor", Big, nullable=False),
        sa.Column("lines", Big, nullable=False),
        sa.Column("points_earned", Big, nullable=False),
        sa.Column("points_redeemed", Big, nullable=False),
        sa.PrimaryKeyConstraint("sale_id"),
        sa.UniqueConstraint("incarnation", "number"),
    )
    op.create_index("sale_by_code", "sale", ["receipt_code"], unique=False)
    op.create_index("sale_by_day", "sale", ["business_date", "store_id"], unique=False)
    op.create_index("sale_by_member", "sale", ["member_id", "business_date"], unique=False)
    op.create_table(
        "sale_line",
        sa.Column("sale_id", Id, nullable=False),
        sa.Column("line", Big, nullable=False, autoincrement=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity_milli", Big, nullable=False),
        sa.Column("gross_minor", Big, nullable=False),
        sa.Column("net_minor", Big, nullable=False),
        sa.Column("tax_code", sa.String(), nullable=False),
        sa.Column("tax_minor", Big, nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "line"),
    )
    op.create_index("sale_line_by_product", "sale_line", ["product_id", "business_date"], unique=False)
    op.create_table(
        "payment",
        sa.Column("sale_id", Id, nullable=False),
        sa.Column("position", Big, nullable=False, autoincrement=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("amount_minor", Big, nullable=False),
        sa.Column("tendered_minor", Big, nullable=False),
        sa.Column("change_minor", Big, nullable=False),
        sa.Column("points", Big, nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "position"),
    )
    op.create_index("ix_payment_id", "payment", ["id"], unique=False)
    op.create_table(
        "shift",
        sa.Column("shift_id", Id, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("float_minor", Big, nullable=False),
        sa.Column("z_number", Big, nullable=True),
        sa.Column("counted_cash_minor", Big, nullable=True),
        sa.Column("over_short_minor", Big, nullable=True),
        sa.PrimaryKeyConstraint("shift_id"),
    )
    op.create_index("ix_shift_business_date", "shift", ["business_date"], unique=False)


def _members() -> None:
    op.create_table(
        "member",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("registered_on", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("growth", Big, nullable=False),
        sa.Column("spend_month", sa.String(), nullable=False),
        sa.Column("spend_month_minor", Big, nullable=False),
        sa.Column("referrals", Big, nullable=False),
        sa.Column("debt", Big, nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("member_by_store", "member", ["store_id", "tier"], unique=False)
    op.create_index("ix_member_number", "member", ["number"], unique=False)
    op.create_index("ix_member_registered_on", "member", ["registered_on"], unique=False)
    op.create_table(
        "member_profile",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("ix_member_profile_last4", "member_profile", ["last4"], unique=False)
    op.create_index("ix_member_profile_phone_hash", "member_profile", ["phone_hash"], unique=False)
    op.create_table(
        "points_lot",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("granted", Big, nullable=False),
        sa.Column("remaining", Big, nullable=False),
        sa.Column("expires_on", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_points_lot_member_id", "points_lot", ["member_id"], unique=False)
    op.create_table(
        "points_entry",
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("points", Big, nullable=False),
        sa.Column("lot_id", Id, nullable=True),
        sa.Column("booked_on", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "number", "kind"),
    )
    op.create_index("ix_points_entry_member_id", "points_entry", ["member_id"], unique=False)


def _feed() -> None:
    op.create_table(
        "counted",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "incarnation"),
    )
    op.create_table(
        "feed",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("store_id", sa.String(), nullable=True),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "key"),
        sa.UniqueConstraint("version"),
    )
    op.create_table(
        "feed_commit",
        sa.Column("last_version", Big, nullable=False, autoincrement=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("last_version"),
    )
