"""A till in a simulation: the real journal, replica, counter and sync on virtual ports, and the power cuts in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from pos_client.app.till import Till
from pos_client.bootstrap import Parts, Ports, assemble, renew, software
from pos_client.settings import Settings
from pos_client.store.database import Database, Durability, Files, connect
from pos_client.store.journal import SELECT_FACTS, Journal, fact_of_row, read_identity
from pos_client.store.keys import Keys, KeysMissing
from pos_client.store.shop import Shop
from pos_client.sync.client import SyncTrouble
from pos_client.sync.cycle import Cycle
from pos_client.sync.enrolment import enrol_device
from pos_client.system import AtOnce, ClockIds
from shared_models.domain.facts import Fact
from shared_models.domain.spending_rules import Resource
from shared_models.domain.stored_value_ledger import StoredValue
from shared_models.wire.messages import SUPPORTED
from tillpoint.simulate.books import PersonOnScreen, Shown, TillBooks
from tillpoint.simulate.kernel import Kernel, SimClock, SimRandomness
from tillpoint.simulate.machine import Machine
from tillpoint.simulate.network import NO_FAULTS, Handler, SimNetwork
from tillpoint.simulate.server import shown_of

PAGE_ROWS = 3
"""Small, so that a pull takes many pages and much happens between them."""


class SimDatabase(Database):
    """A real encrypted file on a machine that may lose its power at any write or sync."""

    def __init__(self, connection: Any, path: Path, machine: Machine) -> None:
        super().__init__(connection, path)
        self._machine = machine

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        with self._machine.powered():
            return super().run(sql, values)

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        with self._machine.powered():
            super().many(sql, rows)

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        with self._machine.powered():
            return super().one(sql, values)

    def all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._machine.powered():
            return super().all(sql, values)

    def commit(self) -> None:
        with self._machine.powered():
            super().commit()


class SimStorage(Files):
    """The ``Storage`` port. Remembers what is open, to let go of all of it when the power goes."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._open: list[Database] = []

    def open(self, path: Path, key: bytes, durability: Durability) -> Database:
        with self._machine.powered():
            database = SimDatabase(connect(path, key, durability), path, self._machine)
        self._open.append(database)
        return database

    def remove(self, path: Path) -> None:
        """Nothing without power."""
        if not self._machine.disk.dead:
            super().remove(path)

    def let_go(self) -> None:
        for database in self._open:
            database.close()
        self._open.clear()


class MemoryKeys:
    """The ``KeyStore`` port: what a system's key store keeps through a power cut."""

    in_file = False

    def __init__(self) -> None:
        self._keys: Keys | None = None

    def load(self) -> Keys:
        if self._keys is None:
            raise KeysMissing
        return self._keys

    def save(self, keys: Keys) -> None:
        self._keys = keys


class SimTill:
    """``parts`` is the running till, ``told`` the sales that were confirmed to a customer, ``told_returns`` by their
    receipts' codes the returns."""

    parts: Parts

    def __init__(self, kernel: Kernel, name: str, store_id: str, folder: Path, server: Handler) -> None:
        self.name = name
        self.store_id = store_id
        self.machine = Machine(kernel, name, "till", folder)
        self.told: list[UUID] = []
        self.told_returns: list[str] = []
        self.told_rewards: list[tuple[int, int]] = []
        self.lane = 0
        self.clock = SimClock(kernel)
        self.faults = NO_FAULTS
        self.speaks: tuple[int, ...] = SUPPORTED
        self._kernel = kernel
        self._folder = folder
        self._server = server
        self._randomness = SimRandomness(kernel, name)
        self._storage = SimStorage(self.machine)
        self._keys = MemoryKeys()
        self._cycle: Cycle | None = None
        self.network = self.new_network()

    @property
    def till(self) -> Till:
        return self.parts.till

    @property
    def journal(self) -> Journal:
        return self.parts.journal

    @property
    def shop(self) -> Shop:
        return self.parts.counter.books.shop

    def enrol(self, code: str) -> None:
        """Again and again, with the same code and key, until the server answers."""
        self._folder.mkdir()
        while True:
            try:
                enrol_device(
                    self._folder, code, self._keys, self.network, self._storage, self._randomness, self.clock,
                    software(),
                )  # fmt: skip
            except SyncTrouble:
                continue
            return

    def start(self) -> None:
        """Open the files as a till does when it is switched on."""
        self.network = self.new_network()
        with self.machine.powered():
            self.parts = assemble(
                self._folder, self._keys, Settings(page_rows=PAGE_ROWS), self._ports(), self.network, self.speaks
            )
        self._cycle = self.parts.cycle

    def sync(self) -> None:
        """One round of the puller's thread."""
        assert self.parts.round is not None, "a simulated till has a network"
        with self.machine.powered():
            self.parts.round.run()

    def is_told(self) -> bool:
        """Whether it ever had all rows of its shop. A new one whose line or power went may have some of the goods."""
        return self.journal.database.one("SELECT 1 FROM replica.meta WHERE key = 'settled'") is not None

    def renew(self, code: str) -> None:
        """Set up anew: the old journal is kept aside, and what the server lacks of it is told again."""
        self.stop()
        self.network = self.new_network()
        renew(self._folder, code, self._keys, Settings(page_rows=PAGE_ROWS), self._ports(), self.network)
        self._storage.let_go()
        self.start()

    def lose_replica(self) -> None:
        """The file with the shop's rows is gone; the till is switched off."""
        for path in self._folder.glob("replica-*"):
            path.unlink()

    def copied(self, name: str, folder: Path) -> SimTill:
        """Another machine with a copy of this one's disk, switched off."""
        other = SimTill(self._kernel, name, self.store_id, folder, self._server)
        self.disk_image(folder)
        other._keys.save(self._keys.load())
        return other

    def disk_image(self, folder: Path) -> None:
        """Copy all files as they stand between two transactions."""
        shutil.copytree(self._folder, folder, ignore=shutil.ignore_patterns("*-shm"))

    def put_back(self, image: Path) -> None:
        """The disk is what it was when ``image`` was taken. The till is switched off."""
        shutil.rmtree(self._folder)
        shutil.copytree(image, self._folder)

    def lose_disk(self) -> None:
        """Files and keys are gone; what the journal held is kept for the accountant only."""
        self.stop()
        shutil.rmtree(self._folder)
        self._keys = MemoryKeys()

    def stop(self) -> None:
        """The power is gone, or the till is switched off: nothing is written any more."""
        self._storage.let_go()
        if self._cycle is not None:
            self._cycle.arrival.close()
        self.machine.off()

    def books(self, members: list[UUID], coupons: list[UUID]) -> TillBooks:
        """The journal as it stands, and what the till shows of ``members`` and ``coupons``."""
        identity, valuables = self.journal.identity, self.parts.counter.books.valuables
        rows = self.journal.database.all(SELECT_FACTS + " ORDER BY number")
        shown: dict[UUID, Shown] = {}
        people: dict[UUID, PersonOnScreen] = {}
        for member_id in members:
            known = self.shop.member(member_id)
            if known is not None:
                view, doc = known.view, known.doc
                shown[member_id] = shown_of(view.account, view.standing.growth, view.standing.tier)
                consents = tuple((each.consent, each.given) for each in doc.consents)
                people[member_id] = PersonOnScreen(
                    doc.id, doc.masked_name, doc.last4, consents, tuple(sorted(doc.aliases))
                )
        known_coupons = {each: valuables.coupon(each) for each in coupons}
        return TillBooks(
            name=self.name,
            incarnation=identity.incarnation,
            public_key=identity.public_key,
            store_id=self.store_id,
            lane=identity.lane,
            facts=[fact_of_row(row, identity.incarnation) for row in rows],
            before=[self._read_aside(path) for path in sorted(self._folder.glob("journal-*-old.db"))],
            told=self.told,
            told_returns=self.told_returns,
            told_rewards=self.told_rewards,
            unsent=self.parts.outbox.unsent(),
            shown=shown,
            people=people,
            value={each: _value(valuables.stored_value(each).held) for each in members},
            coupons={
                each: (known.coupon.state.value, known.coupon.reserved_by)
                for each, known in known_coupons.items()
                if known is not None
            },
            held={each.id: each.held.left for each in self.journal.leases.held()},
        )

    def lent(self) -> list[tuple[Resource, int]]:
        """What it holds, or may have been lent without knowing it."""
        leases = self.journal.leases
        return [
            *((each.resource, each.held.left) for each in leases.held()),
            *((each.resource, each.amount) for each in leases.asked()),
        ]

    def _read_aside(self, path: Path) -> list[Fact]:
        database = Database(connect(path, self._keys.load().database, Durability.FULL), path)
        try:
            identity = read_identity(database)
            rows = database.all(SELECT_FACTS + " ORDER BY number")
            return [fact_of_row(row, identity.incarnation) for row in rows]
        finally:
            database.close()

    def _ports(self) -> Ports:
        ids = ClockIds(self.clock, self._randomness)
        return Ports(self.clock, ids, self._randomness, self._storage, AtOnce())

    def new_network(self) -> SimNetwork:
        return SimNetwork(self._kernel, self.name, self.machine, self._server, self.faults)


def _value(held: StoredValue) -> int:
    return held.principal_minor + sum(lot.minor for lot in held.lots)
