"""Generations of the replica: each a file of its own, named by a pointer in the journal.

A new generation is built beside the one in use and switched to between two of the cashier's transactions. Nothing is
ever renamed over an open database: SQLite would go on serving the old file's rows under the new one's name.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from pos_client.app.ports import Storage
from pos_client.store.database import Corrupt, Database, Durability, WrongKey
from pos_client.store.meta import Meta
from pos_client.store.replica import Replica
from pos_client.store.schema import REPLICA, make_current

_POINTER = "replica"
_NAME = re.compile(r"replica-(\d+)-(\d+)\.db")
SCHEMA = "replica"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Generation:
    epoch: int
    number: int

    @property
    def file(self) -> str:
        return f"replica-{self.epoch}-{self.number}.db"

    def next(self, epoch: int) -> Generation:
        return Generation(epoch, self.number + 1)


class Generations:
    """``journal`` is the cashier's connection; what is marked for the puller runs on its thread."""

    def __init__(self, journal: Database, storage: Storage, folder: Path, key: bytes) -> None:
        self._journal = journal
        self._meta = Meta(journal)
        self._storage = storage
        self._folder = folder
        self._key = key
        self.current = Generation(0, 0)

    def start(self, epoch: int) -> None:
        """Attach the generation in use, made empty if there is none; delete what an interrupted switch left behind.

        A damaged one is replaced by an empty one, as the server has all that was in it: the journal opens with the same
        key, so the key isn't what is wrong.
        """
        found = _NAME.fullmatch(self._meta.text(_POINTER))
        self.current = Generation(int(found[1]), int(found[2])) if found else Generation(epoch, 1)
        self._delete_others()
        try:
            self._attach_current(new=not found)
        except (WrongKey, Corrupt):
            damaged, self.current = self.current, self.current.next(self.current.epoch)
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
        self._journal.attach(self._path(self.current), SCHEMA, self._key)

    def open_current(self) -> Replica:
        """The puller's own connection to the generation in use."""
        return Replica(self._prepare(self.current))

    def build(self, epoch: int) -> tuple[Generation, Replica]:
        """For the puller: a new, empty generation that nobody uses yet."""
        generation = self.current.next(epoch)
        self._storage.remove(self._path(generation))
        return generation, Replica(self._prepare(generation))

    def switch(self, generation: Generation) -> None:
        """On the cashier's thread, between transactions: use ``generation`` from now on and delete the one before it.

        Its builder has closed it. A crash at any point leaves either the old one in use or the new one.
        """
        assert not self._journal.in_transaction, "a generation is switched between transactions"
        old = self.current
        self._point_to(generation)
        self._journal.detach(SCHEMA)
        self._journal.attach(self._path(generation), SCHEMA, self._key)
        self.current = generation
        self._storage.remove(self._path(old))

    def _path(self, generation: Generation) -> Path:
        return self._folder / generation.file

    def _prepare(self, generation: Generation) -> Database:
        database = self._storage.open(self._path(generation), self._key, Durability.NORMAL)
        try:
            make_current(database, REPLICA)
        except BaseException:
            database.close()
            raise
        return database

    @staticmethod
    def point(journal: Database, generation: Generation) -> None:
        """Have ``journal`` use ``generation`` from its next start on. Doesn't commit."""
        Meta(journal).put(_POINTER, generation.file)

    def _point_to(self, generation: Generation) -> None:
        with self._journal.transaction():
            self.point(self._journal, generation)

    def _delete_others(self) -> None:
        for path in sorted(self._folder.glob("replica-*.db")):
            if _NAME.fullmatch(path.name) and path.name != self.current.file:
                self._storage.remove(path)
