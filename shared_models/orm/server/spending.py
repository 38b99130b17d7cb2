"""What devices were lent."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

lease = Table(
    "lease",
    server,
    Column("id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("amount", Big, nullable=False),
    Column("used", Big, nullable=False),
    Column("state", String, nullable=False),
    Column("epoch", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("granted_ms", Big, nullable=False),
    Column("ended_ms", Big),
    Index("lease_by_resource", "kind", "key", "state"),
    Index("lease_by_device", "incarnation", "state"),
)
"""state: open, returned, written_off, undeclared (facts use it; after a restore nobody has shown it yet). ``used`` is
what facts told so far, also beyond ``amount``."""

lease_recall = Table("lease_recall", server, Column("id", Id, primary_key=True))
"""Leases that somebody else needs; a row of its own, so that who recalls waits for nobody who uses."""

lease_declaration = Table(
    "lease_declaration",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("epoch", Big, primary_key=True, autoincrement=False),
    Column("at_ms", Big, nullable=False),
)
"""Devices that have shown all their leases in an epoch above 1."""
