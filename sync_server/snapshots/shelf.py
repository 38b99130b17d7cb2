"""What snapshots there are, and which of them a till may have."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select

from shared_models.orm.server import snapshot
from shared_models.wire.messages import FAR_BEHIND_ROWS, Cursor
from sync_server.feed import is_known, rows_above
from sync_server.server import Server

PART_BYTES: Final = 4 * 1024 * 1024
FEWEST_ROWS: Final = 20_000
"""A feed of fewer rows is read in pages within seconds."""

REFRESH_ROWS: Final = 50_000
"""A snapshot that lacks more rows is made anew."""

RETRY_S: Final = 10


@dataclass(frozen=True, slots=True)
class Ready:
    id: UUID
    size: int
    sha256: bytes
    key: bytes = field(repr=False)
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Building:
    """One is being made; ask again in ``retry_s`` seconds."""

    retry_s: int = RETRY_S


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages are the better way."""


class SnapshotUnknown(Exception):
    """There is no such snapshot, or it isn't the asking till's, or it was deleted."""


class Shelf:
    """The snapshots in ``folder``, one file each, and their rows in the database. Safe to share between threads."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.folder = folder
        self.wake = threading.Event()
        self._server = server
        self._lock = threading.Lock()
        self._wanted: list[str] = []

    def file(self, id_: UUID) -> Path:
        return self.folder / f"{id_}.db"

    def offer(self, store_id: str, wanted: UUID | None) -> Ready | Building | Pages:
        """What a till of the store should do. If it began to fetch ``wanted``, it gets that one again while it can.

        A snapshot that lacks many rows is still given, one that would leave the till far behind isn't: it would ask
        again at once.
        """
        with self._server.reading() as connection:
            if rows_above(connection, 0, FEWEST_ROWS) < FEWEST_ROWS:
                return Pages()
            usable = [row for row in self.kept(connection, store_id) if self._lacks(connection, row) <= FAR_BEHIND_ROWS]
            row = next((row for row in usable if row.id == wanted), usable[0] if usable else None)
            if row is None or self._lacks(connection, usable[0]) > REFRESH_ROWS:
                self.want(store_id)
        if row is None:
            return Building()
        self._note_asked(row.id)
        key = self._server.sealer.open(bytes(row.key_sealed), key_place(row.id))
        return Ready(row.id, row.size, bytes(row.sha256), key, cursor_of(row))

    def part(self, store_id: str, id_: UUID, start: int, end: int) -> tuple[bytes, int]:
        """Bytes ``start`` to ``end`` − 1 of a snapshot of the store, at most ``PART_BYTES``, and its whole size. Empty
        if it ends before ``start``. Raise ``SnapshotUnknown``."""
        with self._server.reading() as connection:
            size = connection.scalar(
                select(snapshot.c.size).where(
                    snapshot.c.id == id_,
                    snapshot.c.store_id == store_id,
                    snapshot.c.epoch == self._server.epoch(connection),
                )
            )
        if size is None:
            raise SnapshotUnknown
        try:
            with self.file(id_).open("rb") as file:
                file.seek(start)
                return file.read(max(0, min(end - start, PART_BYTES))), int(size)
        except FileNotFoundError as error:
            raise SnapshotUnknown from error

    def want(self, store_id: str) -> None:
        """Have a snapshot made soon."""
        with self._lock:
            if store_id not in self._wanted:
                self._wanted.append(store_id)
        self.wake.set()

    def take_wanted(self) -> list[str]:
        """The stores that were wanted since the last time, in that order."""
        with self._lock:
            wanted, self._wanted = self._wanted, []
        return wanted

    def kept(self, connection: Connection, store_id: str) -> Sequence[Any]:
        """The store's snapshots that a till can go on from, the newest first."""
        epoch = self._server.epoch(connection)
        rows = connection.execute(
            select(snapshot).where(snapshot.c.store_id == store_id).order_by(snapshot.c.version.desc())
        ).all()
        return [row for row in rows if is_known(connection, cursor_of(row), epoch) and self.file(row.id).exists()]

    def _lacks(self, connection: Connection, row: Any) -> int:
        return rows_above(connection, row.version, FAR_BEHIND_ROWS + 1)

    def _note_asked(self, id_: UUID) -> None:
        with self._server.acting() as act:
            act.connection.execute(snapshot.update().where(snapshot.c.id == id_).values(asked_ms=act.now_ms))


def cursor_of(row: Any) -> Cursor:
    """Of a row of ``snapshot``."""
    return Cursor(row.epoch, row.version, bytes(row.tag))


def key_place(id_: UUID) -> bytes:
    """Where in the database a snapshot's sealed key belongs."""
    return b"snapshot.key." + id_.bytes
