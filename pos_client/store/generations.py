"""Generations of the replica: each a file of its own, named by a pointer in the journal.

A new generation is built beside the one in use and switched to between two of the cashier's transactions. Nothing is
ever renamed over an open database: SQLite would go on serving the old file's rows under the new one's name.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from pos_client.app.ports import Storage
from pos_client.store import part_file
from pos_client.store.database import Corrupt, Database, Durability, WrongKey
from pos_client.store.meta import Meta
from pos_client.store.replica import Replica
from pos_client.store.schema import REPLICA, make_current

_POINTER = "replica"
_KEY = "replica_key"
_NAME = re.compile(r"replica-(\d+)-(\d+)\.db")
SCHEMA = "replica"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Generation:
    """``key`` opens its file, if that isn't the till's own: a file that the server made keeps the key it came with."""

    epoch: int
    number: int
    key: bytes = field(default=b"", repr=False)

    @property
    def file(self) -> str:
        return f"replica-{self.epoch}-{self.number}.db"


class Generations:
    """``journal`` is the cashier's connection; what is marked for the puller runs on its thread."""

    def __init__(self, journal: Database, storage: Storage, folder: Path, key: bytes) -> None:
        self._journal = journal
        self._meta = Meta(journal)
        self._storage = storage
        self.folder = folder
        self._key = key
        self.current = Generation(0, 0)
        self._newest = 0

    def start(self, epoch: int) -> None:
        """Attach the generation in use, made empty if there is none; delete what an interrupted switch left behind.

        A damaged one is replaced by an empty one, as the server has all that was in it: the journal opens with the same
        key, so the key isn't what is wrong.
        """
        found = _NAME.fullmatch(self._meta.text(_POINTER))
        key = self._meta.blob(_KEY) or b""
        self.current = Generation(int(found[1]), int(found[2]), key) if found else Generation(epoch, 1)
        self._newest = self.current.number
        self._delete_others()
        try:
            self._attach_current(new=not found)
        except (WrongKey, Corrupt):
            damaged, self.current = self.current, self._next(self.current.epoch)
            _logger.exception("%s is damaged; the till gets a new one from the server", damaged.file)
            self._attach_current(new=True)
            self._delete_others()

    def _attach_current(self, *, new: bool) -> None:
        replica = Replica(self._prepare(self.current))
        try:
            replica.take_up()
        finally:
            replica.close()
        if new:
            self._point_to(self.current)
        self._journal.attach(self._path(self.current), SCHEMA, self._key_of(self.current))

    def open_current(self) -> Replica:
        """The puller's own connection to the generation in use."""
        return Replica(self._prepare(self.current))

    def build(self, epoch: int) -> tuple[Generation, Replica]:
        """For the puller: a new, empty generation that nobody uses yet."""
        generation = self._next(epoch)
        self._storage.remove(self._path(generation))
        return generation, Replica(self._prepare(generation))

    def adopt(self, file: Path, epoch: int, key: bytes) -> tuple[Generation, Replica]:
        """For the puller: make a whole replica that came as ``file`` the new generation that nobody uses yet.

        The file is gone afterwards, whatever happens. Raise ``WrongKey``, ``Corrupt``, ``NewerDatabase``.
        """
        generation = self._next(epoch, key)
        self._storage.remove(self._path(generation))
        part_file.put_in_place(file, self._path(generation))
        try:
            return generation, Replica(self._prepare(generation))
        except BaseException:
            self.discard(generation)
            raise

    def discard(self, generation: Generation) -> None:
        """For the puller: delete a new generation after all. It was closed."""
        assert generation != self.current, "what is in use is never deleted"
        self._storage.remove(self._path(generation))

    def switch(self, generation: Generation) -> None:
        """On the cashier's thread, between transactions: use ``generation`` from now on and delete the one before it.

        Its builder has closed it. A crash at any point leaves either the old one in use or the new one.
        """
        assert not self._journal.in_transaction, "a generation is switched between transactions"
        old = self.current
        self._point_to(generation)
        self._journal.detach(SCHEMA)
        self._journal.attach(self._path(generation), SCHEMA, self._key_of(generation))
        self.current = generation
        self._storage.remove(self._path(old))

    def _next(self, epoch: int, key: bytes = b"") -> Generation:
        """Never a number that was used: a file of that name might still be open."""
        self._newest += 1
        return Generation(epoch, self._newest, key)

    def _path(self, generation: Generation) -> Path:
        return self.folder / generation.file

    def _key_of(self, generation: Generation) -> bytes:
        return generation.key or self._key

    def _prepare(self, generation: Generation) -> Database:
        database = self._storage.open(self._path(generation), self._key_of(generation), Durability.NORMAL)
        try:
            make_current(database, REPLICA)
        except BaseException:
            database.close()
            raise
        return database

    @staticmethod
    def point(journal: Database, generation: Generation) -> None:
        """Have ``journal`` use ``generation`` from its next start on. Doesn't commit."""
        meta = Meta(journal)
        meta.put(_POINTER, generation.file)
        meta.put(_KEY, generation.key)

    def _point_to(self, generation: Generation) -> None:
        with self._journal.transaction():
            self.point(self._journal, generation)

    def _delete_others(self) -> None:
        for path in sorted(self.folder.glob("replica-*.db")):
            if _NAME.fullmatch(path.name) and path.name != self.current.file:
                self._storage.remove(path)
