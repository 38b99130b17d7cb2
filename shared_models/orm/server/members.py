"""Members and their points."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, String, Table, Text

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

member = Table(
    "member",
    server,
    Column("id", Id, primary_key=True),
    Column("number", String, nullable=False, index=True),
    Column("store_id", String, nullable=False),
    Column("registered_on", String, nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("made_up", Boolean, nullable=False),
    Column("tier", String, nullable=False),
    Column("growth", Big, nullable=False),
    Column("spend_month", String, nullable=False),
    Column("spend_month_minor", Big, nullable=False),
    Column("referrals", Big, nullable=False),
    Column("debt", Big, nullable=False),
    Column("flags", Text, nullable=False),
    Column("basis", LargeBinary),
    Column("ordinal", Big, unique=True),
    Column("consents", LargeBinary),
    Column("clocks", LargeBinary),
    Column("alias_of", Id, index=True),
    Column("apart", LargeBinary),
    Column("welcome", Big),
    Index("member_by_store", "store_id", "tier"),
    Index("member_by_day", "registered_on", "store_id"),
)
"""``basis`` is the ``BasisDoc`` that the tier is reckoned from, ``tier`` what it gave last, for lists;
``spend_month`` is its newest month. ``ordinal`` counts members from 1: the bit that is theirs in a segment.

``consents`` and ``clocks`` are what edits are merged by (``ledger.person``). ``alias_of``: joined into that member, who
holds the points of both; ``apart`` is then, of both, the ``MemberFigures`` of what would be theirs alone. ``welcome``:
points of the welcome gift, 0 if it is withheld, null if none was due."""

member_profile = Table(
    "member_profile",
    server,
    Column("member_id", Id, primary_key=True),
    Column("phone_hash", LargeBinary, nullable=False, index=True),
    Column("last4", String, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""The person: ``sealed`` is the profile's JSON. Deleted on erasure; the member's figures stay."""

member_link = Table(
    "member_link",
    server,
    Column("first", Id, primary_key=True),
    Column("second", Id, primary_key=True, index=True),
    Column("why", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("linked_ms", Big, nullable=False),
    Column("decided_ms", Big),
    Column("decided_by", String),
    Column("how", String),
    Column("note", Text),
)
"""Two members that may be one person, the lower id ``first``. state: open, joined, parted (different people)."""

parting_asked = Table(
    "parting_asked",
    server,
    Column("first", Id, primary_key=True),
    Column("second", Id, primary_key=True),
    Column("asked_ms", Big, nullable=False),
    Column("by", String, nullable=False),
    Column("note", Text, nullable=False),
)
"""Two who are joined and are to be parted once tills hold nothing of theirs (``ledger.partings``)."""

points_lot = Table(
    "points_lot",
    server,
    Column("id", Id, primary_key=True),
    Column("member_id", Id, nullable=False, index=True),
    Column("granted", Big, nullable=False),
    Column("remaining", Big, nullable=False),
    Column("expires_on", String, nullable=False),
    Column("available_on", String),
    Column("earned_by", Id),
)
"""``earned_by``: the member joined into ``member_id`` whose points they were; null for their own."""

points_entry = Table(
    "points_entry",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("member_id", Id, nullable=False, index=True),
    Column("points", Big, nullable=False),
    Column("lot_id", Id),
    Column("booked_on", String, nullable=False),
)
"""Append-only. kind: earned, redeemed (negative points), taken_back (negative) and given_back by a return, opening
(imported). ``lot_id`` is that of the only lot; what is given back may be several."""
