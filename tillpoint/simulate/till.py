"""A till in a simulation: the real journal, replica, counter and sync on virtual ports, and the power cuts in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.app.counter import Books, Counter, Machine, Secrets
from pos_client.app.surroundings import Surroundings
from pos_client.app.till import Till
from pos_client.store.check import check_journal
from pos_client.store.database import Database, Durability, Files, connect
from pos_client.store.generations import Generations
from pos_client.store.journal import SELECT_FACTS, Identity, Journal, fact_of_row, make_identity
from pos_client.store.open_sales import OpenSales
from pos_client.store.outbox import Outbox
from pos_client.store.schema import JOURNAL, make_current
from pos_client.store.search import Search
from pos_client.store.shop import Shop
from pos_client.sync.client import Client, enrol
from pos_client.sync.cycle import Cycle
from pos_client.sync.loop import Round
from shared_models.domain.text import Words
from shared_models.wire.messages import EnrolAnswer
from tillpoint.simulate.accountant import Shown, TillBooks
from tillpoint.simulate.kernel import InlineExecutor, Kernel, PowerCut, SimClock, SimIds, SimRandomness
from tillpoint.simulate.network import Handler, NetworkFaults, SimNetwork
from tillpoint.simulate.server import shown_of

IN_A_THOUSAND = 1_000
SOFTWARE = "simulation"
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


class SimTill:
    """``till`` is what its cashier works with. ``told`` are the sales that were confirmed to a customer."""

    def __init__(
        self, kernel: Kernel, name: str, folder: Path, server: Handler, faults: NetworkFaults, cuts: int
    ) -> None:
        self.name = name
        self.power = PowerLine(kernel, name, cuts)
        self.clock = SimClock(kernel)
        self.told: list[UUID] = []
        self._kernel = kernel
        self._folder = folder
        self._server = server
        self._faults = faults
        self._randomness = SimRandomness(kernel, name)
        self._ids = SimIds(self.clock, self._randomness)
        self._storage = SimStorage(self.power)
        self._database_key = self._randomness.secret(32)
        self._device_key = Ed25519PrivateKey.from_private_bytes(self._randomness.secret(32))
        self._answer: EnrolAnswer | None = None
        self.network = self._new_network()

    @property
    def public_key(self) -> bytes:
        return self._device_key.public_key().public_bytes_raw()

    def set_faults(self, faults: NetworkFaults, cuts: int) -> None:
        """From now on; the network's with the next start."""
        self._faults = faults
        self.power.cuts = cuts

    def enrol(self, code: str) -> None:
        self._answer = enrol(self.network, code, self.public_key, SOFTWARE)
        self._folder.mkdir()
        database = self._storage.open(self._folder / "journal.db", self._database_key, Durability.FULL)
        make_current(database, JOURNAL)
        identity = Identity(self._answer.incarnation, self._answer.store_id, self._answer.lane, self.public_key)
        with database.transaction():
            make_identity(database, identity, self._answer.receipt_number, self._answer.z_number)
        database.close()

    def start(self) -> None:
        """Open the files as a till does when it is switched on."""
        answer = self._answer
        assert answer is not None, "a till is enrolled before it starts"
        self.network = self._new_network()
        database = self._storage.open(self._folder / "journal.db", self._database_key, Durability.FULL)
        make_current(database, JOURNAL)
        self.journal = Journal(database, self._device_key.sign, self.clock, self._ids)
        check_journal(database, self.journal.identity)
        generations = Generations(database, self._storage, self._folder, self._database_key)
        generations.start(answer.epoch)
        self.outbox = Outbox(self.journal)
        self.shop = Shop(database)
        search = Search(database, self.shop, answer.phone_key)
        surroundings = Surroundings()
        machine = Machine(
            clock=self.clock,
            ids=self._ids,
            randomness=self._randomness,
            words_in=_english,
            keys_in_file=False,
            redeem_days=14,
            notice_version="2026-11",
        )
        books = Books(self.journal, self.outbox, OpenSales(database), self.shop, search)
        counter = Counter(books, machine, Secrets(answer.pepper, answer.phone_key), surroundings)
        self.till = Till(counter)
        client = Client(self.network, answer.incarnation, self._device_key.sign, SOFTWARE)
        cycle = Cycle(client, InlineExecutor(), self.journal, self.outbox, generations, self.clock, PAGE_ROWS)
        self.round = Round(cycle, surroundings, self._randomness)

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
            unsent=self.outbox.unsent(),
            shown=shown,
        )

    def _new_network(self) -> SimNetwork:
        return SimNetwork(self._kernel, self.name, self.power.life, self._server, self._faults, self._alive)

    def _alive(self, life: int) -> bool:
        return life == self.power.life


def _english(_language: str) -> Words:
    return str
