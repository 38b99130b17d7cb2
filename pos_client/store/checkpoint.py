"""Folding the journal's write-ahead log into its file, off the cashier's path: checkpoints make sales slow."""

from __future__ import annotations

from pathlib import Path

from pos_client.app.ports import Storage
from pos_client.store.database import Database, Durability


class JournalLog:
    """A connection of its own, used by one background thread. A passive checkpoint never makes a writer wait."""

    def __init__(self, path: Path, key: bytes, storage: Storage) -> None:
        self._path = path
        self._key = key
        self._storage = storage
        self._database: Database | None = None

    def fold(self) -> None:
        if self._database is None:
            self._database = self._storage.open(self._path, self._key, Durability.FULL)
        self._database.one("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
