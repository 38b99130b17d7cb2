"""Making snapshots: one at a time however many workers there are, from one moment's rows, holding nobody up."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import Connection, select

from shared_models.orm.server import counted, device, snapshot
from sync_server.feed import head, rows_above, rows_of_store
from sync_server.ingest.locks import SERVER
from sync_server.jobs.background import Background
from sync_server.server import Server
from sync_server.snapshots.file import Count, blocks, make
from sync_server.snapshots.shelf import REFRESH_ROWS, Shelf, key_place
from sync_server.store.engine import snapshot as one_moment

KEEP: Final = 2
"""Of each store: who began to fetch the one before may finish."""

UNASKED_MS: Final = 7 * 86_400_000
"""A store whose tills haven't asked for so long gets no new one, and loses the old ones."""

LOOK_S: Final = 60
KEY_BYTES: Final = 32
_BLOCK_BYTES: Final = 1 << 20
_LOCK_FILE: Final = "building.lock"

_logger = logging.getLogger(__name__)
Item = TypeVar("Item")


class Stopped(Exception):
    """The server is stopping; what was being made is thrown away."""


class Builder:
    """Makes what ``shelf`` lacks. ``stop`` ends a build under way."""

    def __init__(self, server: Server, shelf: Shelf) -> None:
        self._server = server
        self._shelf = shelf
        self._stopping = False

    def build_due(self) -> int:
        """Make the snapshots that tills wait for, and anew those that lack much; how many were made."""
        made = 0
        for store_id in self._due():
            made += self.build(store_id)
        return made

    def build(self, store_id: str) -> bool:
        """Make a snapshot of the store as of now. ``False`` if another worker is making one."""
        self._shelf.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(self._shelf.folder) as alone:
            if not alone:
                return False
            self._tidy()
            self._make(store_id)
            self._tidy()
        return True

    def stop(self) -> None:
        self._stopping = True

    def _due(self) -> list[str]:
        """Stores whose tills have asked lately, and whose newest snapshot, if there is one, lacks much."""
        since_ms = self._server.ports.clock.now_ms() - UNASKED_MS
        wanted = self._shelf.take_wanted()
        with self._server.reading() as connection:
            asked = select(snapshot.c.store_id).where(snapshot.c.asked_ms >= since_ms).distinct()
            stores = dict.fromkeys([*wanted, *sorted(connection.scalars(asked))])
            return [store_id for store_id in stores if self._lacks_much(connection, store_id)]

    def _lacks_much(self, connection: Connection, store_id: str) -> bool:
        kept = self._shelf.kept(connection, store_id)
        return not kept or rows_above(connection, kept[0].version, REFRESH_ROWS + 1) > REFRESH_ROWS

    def _make(self, store_id: str) -> None:
        id_, key = self._server.ports.ids.new(), self._server.ports.randomness.secret(KEY_BYTES)
        path = self._shelf.folder / f"{id_}.building"
        with one_moment(self._server.engine) as connection:
            cursor = head(connection, self._server.epoch(connection))
            rows = rows_of_store(connection, self._server.sealer, store_id)
            make(path, key, self._going_on(rows), _counts(connection, store_id), cursor)
        digest = hashlib.sha256()
        for block in blocks(path, _BLOCK_BYTES):
            digest.update(block)
        size = path.stat().st_size
        path.rename(self._shelf.file(id_))
        _sync_folder(self._shelf.folder)
        with self._server.acting() as act:
            act.connection.execute(
                snapshot.insert().values(
                    id=id_, store_id=store_id, epoch=cursor.epoch, version=cursor.version, tag=cursor.tag, size=size,
                    sha256=digest.digest(), key_sealed=self._server.sealer.seal(key, key_place(id_)),
                    built_ms=act.now_ms, asked_ms=act.now_ms,
                )
            )  # fmt: skip
        _logger.info("a snapshot of store %s up to version %d: %d bytes", store_id, cursor.version, size)

    def _going_on(self, items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            if self._stopping:
                raise Stopped
            yield item

    def _tidy(self) -> None:
        """Forget what nobody needs any more; then delete every file that isn't remembered."""
        with self._server.acting() as act:
            keep = self._worth_keeping(act.connection, act.now_ms - UNASKED_MS)
            act.connection.execute(snapshot.delete().where(snapshot.c.id.not_in(keep)))
        names = {self._shelf.file(id_).name for id_ in keep}
        for path in sorted(self._shelf.folder.iterdir()):
            if path.name not in names and not path.name.startswith(_LOCK_FILE):
                path.unlink(missing_ok=True)

    def _worth_keeping(self, connection: Connection, since_ms: int) -> list[UUID]:
        asked = select(snapshot.c.store_id).where(snapshot.c.asked_ms >= since_ms).distinct()
        stores = connection.scalars(asked).all()
        return [row.id for store_id in stores for row in self._shelf.kept(connection, store_id)[:KEEP]]


def in_background(builder: Builder, shelf: Shelf) -> Background:
    """Looks for work when a till asks, and now and then."""
    trouble = "a snapshot couldn't be made; tills pull pages"
    return Background("snapshots", builder.build_due, LOOK_S, trouble, shelf.wake, builder.stop)


def _counts(connection: Connection, store_id: str) -> Iterator[Count]:
    """What rows count of the store's devices, in the order of the file's key."""
    rows = connection.execute(
        select(counted.c.incarnation, counted.c.member_id, counted.c.number)
        .join(device, device.c.incarnation == counted.c.incarnation)
        .where(device.c.store_id == store_id, device.c.state != SERVER)
        .order_by(counted.c.incarnation, counted.c.member_id)
    )
    for row in rows.yield_per(10_000):
        yield row.incarnation, row.member_id, row.number


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other worker is at it; held until the end or until the process ends, however it ends. SQLite's own
    file locks work on every system."""
    lock = sqlite3.connect(folder / _LOCK_FILE, timeout=0, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            yield False
        else:
            yield True
    finally:
        lock.close()


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
