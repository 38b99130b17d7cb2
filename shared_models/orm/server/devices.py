"""Tills, and the codes they are enrolled with."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, LargeBinary, String, Table, false, true

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

device = Table(
    "device",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("pepper_sealed", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("frozen_at", Big),
    Column("head_number", Big, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("head_hlc", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("z_number", Big, nullable=False),
    Column("enrolled_ms", Big, nullable=False),
    Column("contact_ms", Big, nullable=False),
    Column("pulled_version", Big, nullable=False),
    Column("software", String, nullable=False),
    Column("receipt_start", Big, nullable=False, server_default="0"),
    Column("z_start", Big, nullable=False, server_default="0"),
    Column("handed_over", Boolean, nullable=False, server_default=true()),
    Column("written_off", Boolean, nullable=False, server_default=false()),
)
"""state: active, frozen (a forked journal), retired (its lane has another device), revoked, server (our own).

The device's own numbers are above ``receipt_start`` and ``z_start``. Unless its lane was ``handed_over``, nobody knows
which of the numbers below were used by the device before it."""

enrolment_code = Table(
    "enrolment_code",
    server,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("expires_ms", Big, nullable=False),
    Column("incarnation", Id),
)
