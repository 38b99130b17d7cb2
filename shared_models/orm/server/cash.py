"""Cash that was moved beside sales, and drawers that were opened for nothing."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

cash_movement = Table(
    "cash_movement",
    server,
    Column("movement_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("shift_id", Id, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("approver_id", String, nullable=False),
    Column("business_date", String, nullable=False),
    Column("moved_ms", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("amount_minor", Big, nullable=False),
    Column("reason", String, nullable=False),
    Index("cash_movement_by_shift", "shift_id", "moved_ms"),
)
"""``kind``: paid_in, paid_out, drop, or load (cash for stored value). ``amount_minor`` is above zero."""

drawer_opening = Table(
    "drawer_opening",
    server,
    Column("opening_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("shift_id", Id),
    Column("cashier_id", String, nullable=False),
    Column("business_date", String, nullable=False),
    Column("opened_ms", Big, nullable=False),
    Column("reason", String, nullable=False),
    Index("drawer_opening_by_shift", "shift_id", "opened_ms"),
)
"""Without a shift: nobody had one open."""
