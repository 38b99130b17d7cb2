"""The tills, the server and head office of a simulation, how they work, and how they get up again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

from pos_client.store.database import DiskFull
from shared_models.domain.spending_rules import Mode, ResourceKind
from shared_models.domain.stored_value_facts import account_id
from sync_server import setup
from tillpoint.simulate import shop
from tillpoint.simulate.books import Pool
from tillpoint.simulate.cashier import Cashier
from tillpoint.simulate.disk import Disk
from tillpoint.simulate.faults import Fault
from tillpoint.simulate.kernel import Kernel, PowerCut
from tillpoint.simulate.network import ALL_FAULTS, NO_FAULTS
from tillpoint.simulate.office import Office, Pair
from tillpoint.simulate.plan import Plan
from tillpoint.simulate.server import OWNER, SimServer
from tillpoint.simulate.till import SimTill
from tillpoint.simulate.watch import RECEIPTS_WATCHED, Watch

TILL_STRIKES = 8
SERVER_STRIKES = 5
"""Of ten thousand writes."""
MEMBERS_WATCHED = 5


class World:
    """``copies`` are tills made of the disks of ``tills``. By name: ``gone`` is never heard of again, ``revoked`` is
    shut out, ``unwatched`` may say what never becomes the server's, ``renewed`` was set up anew, in turn.
    ``exposed``: what may be spent twice."""

    def __init__(self, plan: Plan, folder: Path, add_disk: Callable[[Disk], None]) -> None:
        self.kernel = Kernel(plan.seed)
        self.kernel.on_power_cut(self._crashed)
        (folder / "server").mkdir()
        self.server = SimServer(self.kernel, folder / "server")
        add_disk(self.server.machine.disk)
        self.server.start()
        self.spending = shop.style(plan.seed)
        shop.found(self.server.server, plan.stores, self.spending)
        floor = max(shop.FLOORS) if self.spending.points.mode is Mode.FLOOR else 0
        floor_minor = self.spending.stored_value.floor if self.spending.stored_value.mode is Mode.FLOOR else 0
        self.watch = Watch(plan.tills * (2 if Fault.CLONE in plan.faults else 1), floor, floor_minor)
        self.watch.note(self.server.server)
        self.server.after_commit = self.watch.note
        self.office = Office(self.kernel, self.server, self.spending, self._joined)
        self.office.open()
        self.folder = folder
        self.tills = [
            SimTill(
                self.kernel, f"till-{number}", shop.store_id(1 + (number - 1) % plan.stores),
                folder / f"till-{number}", self.server.handle,
            )
            for number in range(1, plan.tills + 1)
        ]  # fmt: skip
        self.copies: list[SimTill] = []
        self.exposed: Counter[Pool] = Counter()
        self.gone: set[str] = set()
        self.revoked: set[str] = set()
        self.unwatched: set[str] = set()
        self.renewed: list[str] = []
        self.accidents_had: list[str] = []
        self._plan = plan
        self._add_disk = add_disk
        self._eyes = self.kernel.chance.stream("watch")
        self._receipts: defaultdict[str, list[str]] = defaultdict(list)
        self._cashiers: dict[str, Cashier] = {}
        self._at_work: set[str] = set()
        self._syncing: set[str] = set()
        for till in self.tills:
            add_disk(till.machine.disk)
        for till in self.tills:
            self._employ(till)

    def close(self) -> None:
        for till in self.all_tills():
            till.stop()
        self.server.close()

    def all_tills(self) -> list[SimTill]:
        return self.tills + self.copies

    def found(self) -> None:
        """Every till is enrolled and knows the shop."""
        for number, till in enumerate(self.tills):
            till.lane = 1 + number // self._plan.stores
            till.enrol(self.code(till))
            till.start()
            till.sync()

    def let_loose(self) -> None:
        """From now on there are faults."""
        if Fault.SNAPSHOT in self._plan.faults:
            self.server.with_snapshots = True
            self.server.restart()
        if Fault.POWER in self._plan.faults:
            self.server.machine.disk.strikes = SERVER_STRIKES
        for till in self.tills:
            till.stop()
            self.expose(till)

    def expose(self, till: SimTill) -> None:
        """Switch a till on in a world with faults."""
        till.faults = ALL_FAULTS if Fault.NETWORK in self._plan.faults else NO_FAULTS
        till.machine.disk.strikes = TILL_STRIKES if Fault.POWER in self._plan.faults else 0
        self.boot(till)

    def add_copy(self, copy: SimTill) -> None:
        """It sells too."""
        self.copies.append(copy)
        self._add_disk(copy.machine.disk)
        self._employ(copy)
        self.expose(copy)

    def code(self, till: SimTill) -> str:
        """To enrol the till with."""
        return self.server.act(lambda server: setup.new_enrolment_code(server, till.store_id, till.lane))

    # what tills do

    def later(self, till: SimTill, delay_ms: int, act: Callable[[SimTill], None]) -> None:
        def happen() -> None:
            if till.name not in self.gone:
                act(till)
                self._look(till)

        self.kernel.after(delay_ms, till.name, happen)

    def operate(self, till: SimTill) -> None:
        self._work(till, self._cashiers[till.name].act)

    def close_shift(self, till: SimTill) -> None:
        self._work(till, self._cashiers[till.name].end)

    def sync(self, till: SimTill) -> None:
        """One round of the puller's thread, which is never in two rounds at once."""
        if till.name in self._syncing:
            return
        self._syncing.add(till.name)
        life = till.machine.life
        try:
            till.sync()
        finally:
            if till.machine.life == life:
                self._syncing.discard(till.name)

    def _work(self, till: SimTill, act: Callable[[], None]) -> None:
        """What a full disk keeps a cashier from is left as it is, for the next time. One who waits for the server in
        the middle of a sale does nothing else."""
        if till.name in self._at_work:
            return
        self._at_work.add(till.name)
        life = till.machine.life
        try:
            if self._cashiers[till.name].begin():
                act()
        except DiskFull:
            self.kernel.faults["work_stopped_by_full_disk"] += 1
        finally:
            if till.machine.life == life:
                self._at_work.discard(till.name)

    def _look(self, till: SimTill) -> None:
        """Watch a few members on this till's screen, unless its facts may never become the server's."""
        if till.name in self.unwatched:
            return
        receipts = self.watch.receipts
        self.watch.look(
            till,
            self._eyes.sample(self.watch.members, MEMBERS_WATCHED),
            self._eyes.sample(receipts, min(len(receipts), RECEIPTS_WATCHED)),
        )

    def _employ(self, till: SimTill) -> None:
        self._cashiers[till.name] = Cashier(
            self.kernel, till, len(self._cashiers), lambda: self.office.leaflets, self._receipts,
            partial(self.sync, till),
        )  # fmt: skip

    def _joined(self, pair: Pair) -> None:
        self.watch.joined(pair.first, pair.second)

    # down and up again

    def boot(self, till: SimTill) -> None:
        """Until it is up: the power may go again while it starts, and a full disk is cleared by somebody."""
        self.has_stopped(till)
        while True:
            try:
                till.start()
            except PowerCut:
                till.stop()
            except DiskFull:
                till.stop()
                till.machine.disk.full = False
            else:
                return

    def has_stopped(self, till: SimTill) -> None:
        """Nobody is at work at it any more, and it doesn't sync."""
        self._syncing.discard(till.name)
        self._at_work.discard(till.name)

    def note_exposed(self, till: SimTill) -> None:
        """What the till holds may be spent twice from now on."""
        for resource, amount in till.lent():
            self.exposed[resource.kind.value, resource.key] += amount
            if resource.kind in (ResourceKind.POINTS, ResourceKind.STORED_VALUE):
                for subject in (UUID(resource.key), account_id(UUID(resource.key))):
                    self.watch.exposed(subject, amount)

    def _crashed(self, cut: PowerCut) -> None:
        """Take the machine down and switch it on again. A stack of an earlier life has nothing left to take down."""
        if cut.owner == OWNER:
            if cut.life == self.server.machine.life:
                self.server.restart()
            return
        till = next(till for till in self.all_tills() if till.name == cut.owner)
        if cut.life == till.machine.life:
            till.stop()
            self.boot(till)
