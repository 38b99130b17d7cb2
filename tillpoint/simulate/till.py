"""A till in a simulation: the real journal, replica, counter and sync on virtual ports, and the power cuts in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from pos_client.app.till import Till
from pos_client.bootstrap import Parts, Ports, assemble, software
from pos_client.settings import Settings
from pos_client.store.database import Database, Durability, Files, connect
from pos_client.store.journal import SELECT_FACTS, Journal, fact_of_row
from pos_client.store.keys import Keys, KeysMissing
from pos_client.store.shop import Shop
from pos_client.sync.enrolment import enrol_device
from pos_client.system import AtOnce, ClockIds
from tillpoint.simulate.accountant import Shown, TillBooks
from tillpoint.simulate.kernel import Kernel, PowerCut, SimClock, SimRandomness
from tillpoint.simulate.network import Handler, NetworkFaults, SimNetwork
from tillpoint.simulate.server import shown_of

IN_A_THOUSAND = 1_000
PAGE_ROWS = 3
"""Small, so that a pull takes many pages and much happens between them."""


class PowerLine:
    """Cuts a till's power around its commits. ``cuts`` is in how many of a thousand commits."""

    def __init__(self, kernel: Kernel, owner: str, cuts: int) -> None:
        self._kernel = kernel
        self._owner = owner
        self._random = kernel.chance.stream(f"{owner}/power")
        self.cuts = cuts
        self.life = 0

    def strike(self, when: str) -> None:
        if self.cuts and self._random.randrange(IN_A_THOUSAND) < self.cuts:
            self._kernel.faults[f"till_cut_{when}_commit"] += 1
            raise PowerCut(self._owner, self.life)


class SimDatabase(Database):
    """A real encrypted file whose machine may lose its power just before or just after a commit."""

    def __init__(self, connection: Any, path: Path, power: PowerLine) -> None:
        super().__init__(connection, path)
        self._power = power

    def commit(self) -> None:
        self._power.strike("before")
        super().commit()
        self._power.strike("after")


class SimStorage(Files):
    """The ``Storage`` port. Remembers what is open, to let go of all of it when the power goes."""

    def __init__(self, power: PowerLine) -> None:
        self._power = power
        self._open: list[Database] = []

    def open(self, path: Path, key: bytes, durability: Durability) -> Database:
        database = SimDatabase(connect(path, key, durability), path, self._power)
        self._open.append(database)
        return database

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
    """``parts`` is the running till, ``told`` the sales that were confirmed to a customer."""

    parts: Parts

    def __init__(
        self, kernel: Kernel, name: str, folder: Path, server: Handler, faults: NetworkFaults, cuts: int
    ) -> None:
        self.name = name
        self.power = PowerLine(kernel, name, cuts)
        self.told: list[UUID] = []
        self._kernel = kernel
        self._folder = folder
        self._server = server
        self._faults = faults
        self._clock = SimClock(kernel)
        self._randomness = SimRandomness(kernel, name)
        self._storage = SimStorage(self.power)
        self._keys = MemoryKeys()
        self.network = self._new_network()

    @property
    def till(self) -> Till:
        return self.parts.till

    @property
    def journal(self) -> Journal:
        return self.parts.journal

    @property
    def shop(self) -> Shop:
        return self.parts.counter.books.shop

    def set_faults(self, faults: NetworkFaults, cuts: int) -> None:
        """From now on; the network's with the next start."""
        self._faults = faults
        self.power.cuts = cuts

    def enrol(self, code: str) -> None:
        self._folder.mkdir()
        enrol_device(
            self._folder, code, self._keys, self.network, self._storage, self._randomness, self._clock, software()
        )

    def start(self) -> None:
        """Open the files as a till does when it is switched on."""
        self.network = self._new_network()
        ids = ClockIds(self._clock, self._randomness)
        ports = Ports(self._clock, ids, self._randomness, self._storage, AtOnce())
        self.parts = assemble(self._folder, self._keys, Settings(page_rows=PAGE_ROWS), ports, self.network)

    def sync(self) -> None:
        """One round of the puller's thread."""
        assert self.parts.round is not None, "a simulated till has a network"
        self.parts.round.run()

    def stop(self) -> None:
        """The power is gone, or the till is switched off: nothing is written any more."""
        self.power.life += 1
        self._storage.let_go()

    def books(self, members: list[UUID]) -> TillBooks:
        """The journal as it stands, and what the till shows of ``members``."""
        identity = self.journal.identity
        rows = self.journal.database.all(SELECT_FACTS + " ORDER BY number")
        shown: dict[UUID, Shown] = {}
        for member_id in members:
            known = self.shop.member(member_id)
            if known is not None:
                view = known.view
                shown[member_id] = shown_of(view.account, view.standing.growth, view.standing.tier)
        return TillBooks(
            name=self.name,
            incarnation=identity.incarnation,
            public_key=identity.public_key,
            lane=identity.lane,
            facts=[fact_of_row(row, identity.incarnation) for row in rows],
            told=self.told,
            unsent=self.parts.outbox.unsent(),
            shown=shown,
        )

    def _new_network(self) -> SimNetwork:
        return SimNetwork(self._kernel, self.name, self.power.life, self._server, self._faults, self._alive)

    def _alive(self, life: int) -> bool:
        return life == self.power.life
