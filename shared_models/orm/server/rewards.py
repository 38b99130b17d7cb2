"""Gifts in stock at stores, and rewards that members had for points."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, UniqueConstraint

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

gift_stock = Table(
    "gift_stock",
    server,
    Column("id", Id, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("reward", String, nullable=False),
    Column("units", Big, nullable=False),
)
"""What a store has of a reward's goods: the sum of its entries."""

gift_entry = Table(
    "gift_entry",
    server,
    Column("id", Id, primary_key=True),
    Column("stock_id", Id, nullable=False, index=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("units", Big, nullable=False),
    Column("booked_on", String, nullable=False),
    Column("note", String, nullable=False),
)
"""Append-only. kind: stocked, handed_over. ``id`` is that of the act."""

reward_redemption = Table(
    "reward_redemption",
    server,
    Column("redemption_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("business_date", String, nullable=False),
    Column("confirmed_ms", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("member_id", Id, nullable=False, index=True),
    Column("reward", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("what", String, nullable=False),
    Column("units", Big, nullable=False),
    Column("points", Big, nullable=False),
    UniqueConstraint("incarnation", "number"),
    Index("reward_redemption_by_day", "business_date", "store_id"),
)
"""Rewards that members had. kind: a ``RewardKind``."""
