"""The puller's side of the replica, its only writer: applies pages of the feed, each with its cursor or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pos_client.store.database import Database
from pos_client.store.meta import Meta
from shared_models.replica.rows import Rows, cursor_text, read_cursor
from shared_models.replica.schema import COUNTED
from shared_models.wire.messages import Cursor, RowMessage

_CACHE_KIB: Final = 32 * 1024
"""A page of changed members touches as many of the file's pages. SQLite's own 2 MB would read and write them twice."""


class Replica:
    """Used by the puller's thread only; ``database`` is its own connection with the replica's schema."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._database.run(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._meta = Meta(database)
        self._rows = Rows(database)
        self._settled = False

    def cursor(self) -> Cursor | None:
        """Where the next pull goes on; ``None`` at the start."""
        return read_cursor(self._meta.text("cursor"))

    def apply(self, rows: Sequence[RowMessage], cursor: Cursor) -> None:
        """Apply one page. Raise ``ValueError`` for a row that can't be one."""
        if not rows and cursor == self.cursor():
            return
        self._settled = False
        with self._database.transaction():
            self._rows.write(rows)
            self._meta.put("cursor", cursor_text(cursor))

    def take_up(self) -> None:
        """Use what another version kept unread. Where nobody noted what that counts, all rows are asked for again."""
        with self._database.transaction():
            if not self._rows.take_up():
                self._database.run("DELETE FROM meta WHERE key = 'cursor'")

    def take_over(self, incarnation: UUID, rows: Sequence[RowMessage]) -> None:
        """Make a file that the server made for several tills this device's: with what its rows count of it, and with
        ``rows`` of its own. The server may know fewer tables than this version, or more. Raise ``ValueError`` for a row
        that can't be one."""
        with self._database.transaction():
            self._rows.take_up()
            self._database.run(
                f"UPDATE member SET counted = own.number FROM {COUNTED} AS own"  # noqa: S608 - our own names
                " WHERE own.incarnation = ? AND own.member_id = member.id",
                (incarnation.bytes,),
            )
            self._database.run(
                f"UPDATE value_row SET counted = own.number FROM {COUNTED} AS own"  # noqa: S608 - our own names
                " WHERE own.incarnation = ? AND lower(hex(own.member_id)) = replace(value_row.\"key\", '-', '')",
                (incarnation.bytes,),
            )
            self._rows.write(rows)

    def settle(self) -> None:
        """Have all that was applied survive a power cut, without waiting for readers.

        The replica commits without syncing, the journal with it: an effect may be pruned only once the row that counts
        it can't be forgotten any more. One commit that syncs takes the whole write-ahead log before it along. (A
        checkpoint wouldn't do: it syncs nothing when a reader lets it copy nothing.)
        """
        if self._settled:
            return
        self._database.run("PRAGMA synchronous = FULL")
        try:
            with self._database.transaction():
                self._meta.put("settled", self._meta.text("cursor"))
        finally:
            self._database.run("PRAGMA synchronous = NORMAL")
        self._settled = True

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file, as far as readers allow."""
        self._database.one("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._database.close()
