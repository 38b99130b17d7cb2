"""Stored value and coupons."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, String, Table

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

stored_value = Table(
    "stored_value",
    server,
    Column("id", Id, primary_key=True),
    Column("member_id", Id, nullable=False, unique=True),
    Column("principal_minor", Big, nullable=False),
    Column("frozen", Boolean, nullable=False),
    Column("bonuses", Big, nullable=False),
    Column("run", LargeBinary),
)
"""An account's ledger in sum, as ``domain.stored_value_summary`` has it; its lots are rows of their own. ``run`` is a
``RunDoc``. Below zero is owed."""

stored_value_lot = Table(
    "stored_value_lot",
    server,
    Column("account_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("minor", Big, nullable=False),
    Column("expires_on", String, nullable=False),
)
"""What is left of a bonus: the sum of the entries' ``lots``."""

stored_value_entry = Table(
    "stored_value_entry",
    server,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("booked_on", String, nullable=False),
    Column("principal_minor", Big, nullable=False),
    Column("bonus_minor", Big, nullable=False),
    Column("lots", LargeBinary, nullable=False),
    Column("owed_minor", Big, nullable=False),
    Column("note", String, nullable=False),
    Index("stored_value_entry_by_account", "account_id", "booked_on"),
)
"""Append-only, by the fact ``number`` of ``incarnation``. What is taken is below zero; ``lots`` are ``BonusLotDoc``s.
``owed_minor`` is what of it wasn't there, ``note`` why somebody did it by hand."""

coupon = Table(
    "coupon",
    server,
    Column("id", Id, primary_key=True),
    Column("rule", String, nullable=False),
    Column("member_id", Id, index=True),
    Column("store_id", String, nullable=False),
    Column("valid_from", String, nullable=False),
    Column("valid_to", String, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("issued_by", Id),
    Column("sale_id", Id),
    Column("version", Big, nullable=False),
    Column("batch_id", Id, index=True),
    Column("serial", Big),
    Column("code_hash", LargeBinary),
    Column("shown", Boolean, nullable=False),
    Index("coupon_by_rule", "rule", "member_id"),
)
"""``sale_id`` used it. Without a ``batch_id`` nobody told of its issue yet. ``shown``: tills have its row."""

coupon_use = Table(
    "coupon_use",
    server,
    Column("coupon_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("booked_on", String, nullable=False),
    Column("off_minor", Big, nullable=False),
    Column("disputed", String, nullable=False),
)
"""Append-only: each sale that used the coupon. ``disputed``: a ``CouponRefusal``, empty for the one that had it."""
