"""What devices told, and what of it somebody should look at."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text, text

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

_QUARANTINED = text("state = 'quarantined'")

fact = Table(
    "fact",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False),
    Column("hlc", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("schema", Big, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("received_ms", Big, nullable=False),
    Column("state", String, nullable=False),
    Index("fact_quarantined", "incarnation", "number", sqlite_where=_QUARANTINED, postgresql_where=_QUARANTINED),
)
"""state: applied, quarantined (kept whole, unreadable), solved (was quarantined; somebody dealt with it by hand)."""

forked_fact = Table(
    "forked_fact",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("received_ms", Big, nullable=False),
)
"""The fact message of a number that came again with another hash, whole, as evidence."""

side = Table(
    "side",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""Salt and body of a side record, sealed together. Erasure deletes the row."""

alert = Table(
    "alert",
    server,
    Column("id", Id, primary_key=True),
    Column("at_ms", Big, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("incarnation", Id),
    Column("number", Big),
    Column("member_id", Id),
    Column("message", Text, nullable=False),
)
