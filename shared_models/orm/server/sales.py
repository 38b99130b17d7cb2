"""Sales, their returns, and shifts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, String, Table, UniqueConstraint, false, text

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

_WAITING = text("state = 'waiting'")
_SHOWN = text("shown")

sale = Table(
    "sale",
    server,
    Column("sale_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("receipt_code", String, nullable=False),
    Column("business_date", String, nullable=False),
    Column("confirmed_ms", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("shift_id", Id, nullable=False),
    Column("member_id", Id),
    Column("currency", String, nullable=False),
    Column("total_minor", Big, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Column("saved_minor", Big, nullable=False),
    Column("lines", Big, nullable=False),
    Column("points_earned", Big, nullable=False),
    Column("points_redeemed", Big, nullable=False),
    Column("shown", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("incarnation", "number"),
    Index("sale_by_day", "business_date", "store_id"),
    Index("sale_by_member", "member_id", "business_date"),
    Index("sale_by_code", "receipt_code"),
    Index("sale_by_shift", "shift_id"),
    Index("sale_shown", "store_id", "business_date", sqlite_where=_SHOWN, postgresql_where=_SHOWN),
)
"""``shown``: the store's tills have its row, so that its goods can come back."""

sale_line = Table(
    "sale_line",
    server,
    Column("sale_id", Id, primary_key=True),
    Column("line", Big, primary_key=True, autoincrement=False),
    Column("business_date", String, nullable=False),
    Column("product_id", String, nullable=False),
    Column("code", String, nullable=False),
    Column("name", String, nullable=False),
    Column("quantity_milli", Big, nullable=False),
    Column("gross_minor", Big, nullable=False),
    Column("net_minor", Big, nullable=False),
    Column("tax_code", String, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Index("sale_line_by_product", "product_id", "business_date"),
)

payment = Table(
    "payment",
    server,
    Column("sale_id", Id, primary_key=True),
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("amount_minor", Big, nullable=False),
    Column("tendered_minor", Big, nullable=False),
    Column("change_minor", Big, nullable=False),
    Column("points", Big, nullable=False),
)

sale_return = Table(
    "sale_return",
    server,
    Column("return_id", Id, primary_key=True),
    Column("sale_id", Id, index=True),
    Column("state", String, nullable=False),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("business_date", String, nullable=False),
    Column("confirmed_ms", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("member_id", Id, index=True),
    Column("total_minor", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("shift_id", Id, index=True),
    UniqueConstraint("incarnation", "number"),
    Index("sale_return_by_day", "business_date", "store_id"),
    Index("sale_return_waiting", "incarnation", "number", sqlite_where=_WAITING, postgresql_where=_WAITING),
)
"""state: booked, waiting (nobody told of its sale yet). ``doc`` is the ``SaleReturned`` as JSON."""

shift = Table(
    "shift",
    server,
    Column("shift_id", Id, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("business_date", String, nullable=False, index=True),
    Column("float_minor", Big, nullable=False),
    Column("z_number", Big),
    Column("counted_cash_minor", Big),
    Column("over_short_minor", Big),
)
