"""The state rows that tills pull."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, LargeBinary, String, Table

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

feed = Table(
    "feed",
    server,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("version", Big, nullable=False, unique=True),
    Column("store_id", String),
    Column("member_id", Id),
    Column("deleted", Boolean, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
)
"""The current state rows. ``store_id``: for that store only (of a member: who gets the ``sealed`` personal part).
``member_id``: under which id ``counted`` has what the row counts."""

feed_commit = Table(
    "feed_commit",
    server,
    Column("last_version", Big, primary_key=True, autoincrement=False),
    Column("tag", LargeBinary, nullable=False),
)
"""One row per transaction that wrote to the feed: the tag of the cursors that end in it."""

counted = Table(
    "counted",
    server,
    Column("member_id", Id, primary_key=True),
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, nullable=False),
)
"""The device's highest fact number that the row holds (``RowMessage.counted``). ``member_id`` is that of the member, of
the account or of the coupon: the id that ``feed.member_id`` names. Each row has its own, whatever kind it is."""

snapshot = Table(
    "snapshot",
    server,
    Column("id", Id, primary_key=True),
    Column("store_id", String, nullable=False, index=True),
    Column("epoch", Big, nullable=False),
    Column("version", Big, nullable=False),
    Column("tag", LargeBinary, nullable=False),
    Column("size", Big, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("key_sealed", LargeBinary, nullable=False),
    Column("built_ms", Big, nullable=False),
    Column("asked_ms", Big, nullable=False),
)
"""Ready-made replicas, each a file named by its id. ``epoch``, ``version`` and ``tag`` are the cursor it stands at;
``asked_ms``: when a till last asked for it."""
