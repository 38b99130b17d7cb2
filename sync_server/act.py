"""One write transaction of the server, and the feed rows it leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, func, select

from shared_models.orm.server import feed, feed_commit
from sync_server.ports import Randomness
from sync_server.store.engine import lock
from sync_server.store.statements import Row, add, put

FEED_LOCK = 0x71_11_00_02
TAG_BYTES = 8


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A state row as tills are to see it.

    ``store_id``: for that store only; of a member: whose tills get the full profile. ``member_id``: the id that
    ``counted`` is kept under, that of the member, the account or the coupon. ``sealed`` ``None`` keeps what the row
    has. ``new``: there is no row of this kind and key yet.
    """

    kind: str
    key: str
    doc: bytes
    store_id: str | None = None
    member_id: UUID | None = None
    sealed: bytes | None = None
    deleted: bool = False
    new: bool = False


class Act:
    """A connection in a write transaction; ``publish`` gathers, ``finish`` draws versions under the feed's lock.

    Locks are taken in this order, so that no two acts wait for each other: enrolment code, devices by incarnation, the
    server's own device, new members, members by id, new accounts and coupons, accounts by id, coupons by id, the feed.
    """

    def __init__(self, connection: Connection, now_ms: int) -> None:
        self.connection = connection
        self.now_ms = now_ms
        self._rows: dict[tuple[str, str], FeedRow] = {}

    def publish(self, row: FeedRow) -> None:
        """Have tills see ``row``. Publishing the same kind and key again in one act replaces what was to be seen, but
        for a sealed part that the later one leaves as it is."""
        before = self._rows.pop((row.kind, row.key), None)
        if before is not None:
            row = replace(row, sealed=before.sealed if row.sealed is None else row.sealed, new=before.new)
        self._rows[row.kind, row.key] = row

    def finish(self, randomness: Randomness) -> None:
        """Write the feed rows under new versions, as the transaction's last step.

        The lock is held from before the versions are drawn until the commit, so a row never appears below a version
        that a reader has already seen.
        """
        if not self._rows:
            return
        lock(self.connection, FEED_LOCK)
        last = last_version(self.connection)
        new: list[Row] = []
        others: list[Row] = []
        for version, row in enumerate(self._rows.values(), last + 1):
            (new if row.new else others).append(_values(row, version))
        add(self.connection, feed, new)
        put(self.connection, feed, others, keep=("sealed",))
        newest = last + len(self._rows)
        self.connection.execute(feed_commit.insert().values(last_version=newest, tag=randomness.secret(TAG_BYTES)))


def last_version(connection: Connection) -> int:
    """The newest version in the feed, 0 if it is empty."""
    return connection.scalar(select(func.coalesce(func.max(feed_commit.c.last_version), 0))) or 0


def _values(row: FeedRow, version: int) -> Row:
    return {
        "kind": row.kind, "key": row.key, "version": version, "store_id": row.store_id, "member_id": row.member_id,
        "deleted": row.deleted, "doc": row.doc, "sealed": row.sealed,
    }  # fmt: skip
