"""A fleet over some days: tills that sell, a server, a bad network and power cuts, then peace and the accounts."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from pos_client.store.database import DiskFull
from pos_client.store.outbox import Standing
from shared_models.domain.spending_rules import Mode, ResourceKind
from shared_models.domain.stored_value_facts import account_id
from shared_models.wire.messages import SUPPORTED
from sync_server import setup
from tillpoint.simulate import shop
from tillpoint.simulate.accountant import audit
from tillpoint.simulate.books import Account, Pool
from tillpoint.simulate.cashier import Cashier
from tillpoint.simulate.disk import Disk, simulated_disks
from tillpoint.simulate.faults import EVERY, Fault
from tillpoint.simulate.kernel import START_MS, Kernel, PowerCut
from tillpoint.simulate.network import ALL_FAULTS, NO_FAULTS
from tillpoint.simulate.office import Office, Pair
from tillpoint.simulate.scale import small_shop
from tillpoint.simulate.server import OWNER, SimServer
from tillpoint.simulate.till import SimTill
from tillpoint.simulate.watch import RECEIPTS_WATCHED, Watch

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
OPEN_MS = 12 * HOUR_MS
TILL_STRIKES = 8
SERVER_STRIKES = 5
"""Of ten thousand writes."""
ACCIDENT_MS = 4 * HOUR_MS
"""How long before closing time the last accident begins; a backup is restored and a copy sells within that."""
COPY_OPERATIONS = 12
RETRY_MS, TRIES = 5 * 60_000, 24
HEALING_ROUNDS = 4
UNPLUGS_A_DAY = 4
FULL_DISKS_A_DAY = 1
WRONG_CLOCKS_A_DAY = 1
ROUNDS_PER_OPERATION = 2
MEMBERS_WATCHED = 5
OLD_RELEASES_A_DAY = 2
LONGEST_OLD_MS = 3 * HOUR_MS
SOON_MS = 2_000
SKEWS_MS = (-2 * DAY_MS, -HOUR_MS, 10 * 60_000, HOUR_MS, 2 * DAY_MS)


@dataclass(frozen=True, slots=True)
class Plan:
    """``operations`` is per till and day. Tills are spread over the stores."""

    seed: int
    tills: int
    days: int
    operations: int
    faults: frozenset[Fault] = EVERY
    stores: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    account: Account
    faults: dict[str, int]


def simulate(plan: Plan) -> Outcome:
    """Run ``plan`` from founding to audit. The same plan gives the same outcome."""
    memory = Path("/dev/shm")  # noqa: S108 - a RAM disk where there is one; the folder in it is private
    with (
        tempfile.TemporaryDirectory(prefix="tillpoint-", dir=memory if memory.is_dir() else None) as folder,
        simulated_disks() as add_disk,
        small_shop(),
    ):
        fleet = _Fleet(plan, Path(folder), add_disk)
        try:
            return fleet.run()
        finally:
            fleet.close()


class _Fleet:
    def __init__(self, plan: Plan, folder: Path, add_disk: Callable[[Disk], None]) -> None:
        self._plan = plan
        self._kernel = Kernel(plan.seed)
        self._kernel.on_power_cut(self._crashed)
        (folder / "server").mkdir()
        self._server = SimServer(self._kernel, folder / "server")
        add_disk(self._server.machine.disk)
        self._server.start()
        self._spending = shop.style(plan.seed)
        shop.found(self._server.server, plan.stores, self._spending)
        floor = max(shop.FLOORS) if self._spending.points.mode is Mode.FLOOR else 0
        floor_minor = self._spending.stored_value.floor if self._spending.stored_value.mode is Mode.FLOOR else 0
        self._watch = Watch(plan.tills * (2 if Fault.CLONE in plan.faults else 1), floor, floor_minor)
        self._watch.note(self._server.server)
        self._server.after_commit = self._watch.note
        self._office = Office(self._kernel, self._server, self._spending, self._joined)
        self._office.open()
        self._exposed: Counter[Pool] = Counter()
        self._eyes = self._kernel.chance.stream("watch")
        self._tills = [
            SimTill(
                self._kernel, f"till-{number}", shop.store_id(1 + (number - 1) % plan.stores),
                folder / f"till-{number}", self._server.handle,
            )
            for number in range(1, plan.tills + 1)
        ]  # fmt: skip
        for till in self._tills:
            add_disk(till.machine.disk)
        self._receipts: defaultdict[str, list[str]] = defaultdict(list)
        self._cashiers: dict[str, Cashier] = {}
        for till in self._tills:
            self._employ(till)
        self._at_work: set[str] = set()
        self._gone: set[str] = set()
        self._folder = folder
        self._add_disk = add_disk
        self._syncing: set[str] = set()
        self._revoked: set[str] = set()
        self._unwatched: set[str] = set()
        self._renewed: list[str] = []
        self._copies: list[SimTill] = []
        self._accidents_had: list[str] = []
        self._accidents = self._kernel.chance.stream("accidents")
        self._backups_kept = 0

    def run(self) -> Outcome:
        for number, till in enumerate(self._tills):
            till.lane = 1 + number // self._plan.stores
            till.enrol(self._code(till))
            till.start()
            till.sync()
        self._let_loose()
        for till in self._tills:
            self._plan_days(till)
        self._plan_office()
        self._kernel.run()
        self._heal()
        return self._audit()

    def close(self) -> None:
        for till in self._all():
            till.stop()
        self._server.close()

    # the days

    def _let_loose(self) -> None:
        if Fault.SNAPSHOT in self._plan.faults:
            self._server.with_snapshots = True
            self._server.restart()
        if Fault.POWER in self._plan.faults:
            self._server.machine.disk.strikes = SERVER_STRIKES
        for till in self._tills:
            till.stop()
            self._expose(till)

    def _employ(self, till: SimTill) -> None:
        self._cashiers[till.name] = Cashier(
            self._kernel, till, len(self._cashiers), lambda: self._office.leaflets, self._receipts,
            partial(self._sync, till),
        )  # fmt: skip

    def _joined(self, pair: Pair) -> None:
        self._watch.joined(pair.first, pair.second)

    def _expose(self, till: SimTill) -> None:
        """Switch a till on in a world with faults."""
        till.faults = ALL_FAULTS if Fault.NETWORK in self._plan.faults else NO_FAULTS
        till.machine.disk.strikes = TILL_STRIKES if Fault.POWER in self._plan.faults else 0
        self._boot(till)

    def _code(self, till: SimTill) -> str:
        return self._server.act(lambda server: setup.new_enrolment_code(server, till.store_id, till.lane))

    def _plan_days(self, till: SimTill) -> None:
        random = self._kernel.chance.stream(f"{till.name}/plan")
        for day in range(self._plan.days):
            start = day * DAY_MS
            for _ in range(self._plan.operations):
                self._later(till, start + random.randrange(OPEN_MS), self._operate)
            for _ in range(ROUNDS_PER_OPERATION * self._plan.operations):
                self._later(till, start + random.randrange(OPEN_MS + HOUR_MS), self._sync)
            self._later(till, start + OPEN_MS, self._close_shift)
            for fault, often, act in (
                (Fault.NETWORK, UNPLUGS_A_DAY, self._unplug),
                (Fault.FULL, FULL_DISKS_A_DAY, self._fill_disk),
                (Fault.CLOCK, WRONG_CLOCKS_A_DAY, self._set_clock),
                (Fault.VERSIONS, OLD_RELEASES_A_DAY, self._downgrade),
            ):
                for _ in range(often if fault in self._plan.faults else 0):
                    self._later(till, start + random.randrange(OPEN_MS), act)

    def _plan_office(self) -> None:
        """What happens to whole stores, and what head office does."""
        random = self._kernel.chance.stream("office/plan")
        for day in range(self._plan.days):
            start = day * DAY_MS
            for _ in range(self._plan.operations * 2 // 3):
                self._kernel.after(start + random.randrange(OPEN_MS), "office", self._office.act)
            if Fault.VERSIONS in self._plan.faults:
                self._kernel.after(start + random.randrange(OPEN_MS), "office", self._downgrade_server)
            if Fault.PARTITION in self._plan.faults:
                store = shop.store_id(random.randint(1, self._plan.stores))
                self._kernel.after(start + random.randrange(OPEN_MS), "office", partial(self._cut_off, store))
            if Fault.PROGRAMME in self._plan.faults:
                self._kernel.after(start + random.randrange(OPEN_MS), "office", partial(self._publish, day + 2))
            for fault, act in (
                (Fault.BACKUP, self._back_up),
                (Fault.CLONE, self._clone),
                (Fault.ROLLBACK, self._roll_back),
                (Fault.LOST, self._lose_disk),
                (Fault.WRITTEN_OFF, self._write_off),
                (Fault.SNAPSHOT, self._lose_replica),
                (Fault.SNAPSHOT, self._lose_replica),
            ):
                if fault in self._plan.faults:
                    self._kernel.after(start + random.randrange(OPEN_MS - ACCIDENT_MS), "accident", act)
        if Fault.REVOKE in self._plan.faults and len(self._tills) > 1:
            self._kernel.after(random.randrange(OPEN_MS), "office", self._revoke)

    def _later(self, till: SimTill, delay_ms: int, act: Callable[[SimTill], None]) -> None:
        def happen() -> None:
            if till.name not in self._gone:
                act(till)
                self._look(till)

        self._kernel.after(delay_ms, till.name, happen)

    def _look(self, till: SimTill) -> None:
        """Watch a few members on this till's screen, unless its facts may never become the server's."""
        if till.name in self._unwatched:
            return
        receipts = self._watch.receipts
        self._watch.look(
            till,
            self._eyes.sample(self._watch.members, MEMBERS_WATCHED),
            self._eyes.sample(receipts, min(len(receipts), RECEIPTS_WATCHED)),
        )

    def _operate(self, till: SimTill) -> None:
        self._work(till, self._cashiers[till.name].act)

    def _close_shift(self, till: SimTill) -> None:
        self._work(till, self._cashiers[till.name].end)

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
            self._kernel.faults["work_stopped_by_full_disk"] += 1
        finally:
            if till.machine.life == life:
                self._at_work.discard(till.name)

    def _sync(self, till: SimTill) -> None:
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

    # the faults

    def _crashed(self, cut: PowerCut) -> None:
        """Take the machine down and switch it on again. A stack of an earlier life has nothing left to take down."""
        if cut.owner == OWNER:
            if cut.life == self._server.machine.life:
                self._server.restart()
            return
        till = next(till for till in self._all() if till.name == cut.owner)
        if cut.life == till.machine.life:
            till.stop()
            self._boot(till)

    def _boot(self, till: SimTill) -> None:
        """Until it is up: the power may go again while it starts, and a full disk is cleared by somebody."""
        self._syncing.discard(till.name)
        self._at_work.discard(till.name)
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

    def _unplug(self, till: SimTill) -> None:
        random = self._kernel.chance.stream(f"{till.name}/plan")
        self._kernel.faults["unplugged"] += 1
        till.network.unplug(random.randrange(60_000, HOUR_MS), hangs=random.randrange(2) == 1)

    def _cut_off(self, store_id: str) -> None:
        self._kernel.faults["partition"] += 1
        duration = self._kernel.chance.stream("office/plan").randrange(HOUR_MS, OPEN_MS)
        for till in self._all():
            if till.store_id == store_id:
                till.network.unplug(duration, hangs=False)

    def _fill_disk(self, till: SimTill) -> None:
        self._kernel.faults["disk_full"] += 1
        till.machine.disk.full = True

        def make_room() -> None:
            till.machine.disk.full = False

        self._kernel.after(self._kernel.chance.stream(f"{till.name}/plan").randrange(HOUR_MS), "room", make_room)

    def _set_clock(self, till: SimTill) -> None:
        random = self._kernel.chance.stream(f"{till.name}/plan")
        self._kernel.faults["clock_set_wrong"] += 1
        till.clock.skew_ms = random.choice(SKEWS_MS)

        def set_right() -> None:
            till.clock.skew_ms = 0

        self._kernel.after(random.randrange(3 * HOUR_MS), "clock", set_right)

    def _publish(self, version: int) -> None:
        self._kernel.faults["programme_published"] += 1
        self._office.publish(version)

    def _downgrade(self, till: SimTill) -> None:
        """The release before is put back for a while."""
        if till.speaks != SUPPORTED:
            return
        self._kernel.faults["till_of_version_1"] += 1
        self._reinstall(till, (min(SUPPORTED),))
        random = self._kernel.chance.stream(f"{till.name}/plan")
        self._later(till, random.randrange(LONGEST_OLD_MS), partial(self._reinstall, speaks=SUPPORTED))

    def _reinstall(self, till: SimTill, speaks: tuple[int, ...]) -> None:
        till.speaks = speaks
        till.stop()
        self._boot(till)

    def _downgrade_server(self) -> None:
        """A server of the release before, or one that has forgotten the first version already."""
        random = self._kernel.chance.stream("office/plan")
        self._kernel.faults["server_of_other_versions"] += 1
        self._server.speak((random.choice(SUPPORTED),))
        self._kernel.after(random.randrange(LONGEST_OLD_MS), "office", partial(self._server.speak, SUPPORTED))

    def _revoke(self) -> None:
        """Not one with a copy: both would be shut out."""
        till = self._victim()
        if till is None:
            return
        self._kernel.faults["revoked"] += 1
        self._revoked.add(till.name)
        self._office.revoke(till.journal.identity.incarnation)

    # accidents

    def _victim(self) -> SimTill | None:
        """A till to which nothing of the kind has happened yet."""
        free = self._free()
        return self._accidents.choice(free) if free else None

    def _free(self) -> list[SimTill]:
        return [till for till in self._tills if till.name not in self._unwatched | self._revoked]

    def _note_exposed(self, till: SimTill) -> None:
        """What the till holds may be spent twice from now on."""
        for resource, amount in till.lent():
            self._exposed[resource.kind.value, resource.key] += amount
            if resource.kind in (ResourceKind.POINTS, ResourceKind.STORED_VALUE):
                for subject in (UUID(resource.key), account_id(UUID(resource.key))):
                    self._watch.exposed(subject, amount)

    def _accident(self, kind: str, till: SimTill) -> None:
        self._kernel.faults[kind] += 1
        hour = (self._kernel.now_ms - START_MS) / HOUR_MS
        self._accidents_had.append(f"{kind} {till.name} at {hour:.1f} h")

    def _back_up(self) -> None:
        self._backups_kept += 1
        backup = self._server.back_up()
        delay = self._accidents.randrange(ACCIDENT_MS)
        self._kernel.after(delay, "accident", partial(self._restore, backup))

    def _restore(self, backup: dict[str, bytes]) -> None:
        """The server forgets; what head office did meanwhile it does again."""
        self._kernel.faults["server_restored"] += 1
        self._backups_kept -= 1
        self._server.restore(backup)
        self._exposed += self._watch.restored(self._server.server)
        self._watch.forgot_lending(self._server.server, self._free)
        self._office.again()

    def _clone(self) -> None:
        """Somebody copies a till's disk, and the copy sells too."""
        till = self._victim()
        if till is None:
            return
        self._accident("cloned", till)
        name = f"{till.name}-copy"
        copy = till.copied(name, self._folder / name)
        copy.lane = till.lane
        self._note_exposed(till)
        self._unwatched |= {till.name, name}
        self._copies.append(copy)
        self._add_disk(copy.machine.disk)
        self._employ(copy)
        self._expose(copy)
        for _ in range(COPY_OPERATIONS):
            self._later(copy, self._accidents.randrange(ACCIDENT_MS), self._operate)
            self._later(copy, self._accidents.randrange(ACCIDENT_MS), self._sync)

    def _roll_back(self) -> None:
        """A till's disk is put back some hours later to what it is now."""
        till = self._victim()
        if till is None:
            return
        image = self._folder / f"{till.name}-image-{self._kernel.now_ms}"
        till.disk_image(image)
        self._kernel.after(self._accidents.randrange(ACCIDENT_MS), "accident", partial(self._put_back, till, image))

    def _put_back(self, till: SimTill, image: Path, tries: int = TRIES) -> None:
        """Once the server has all of it: else sales would be lost that nothing in the world could know of."""
        if till not in self._free():
            return
        if not self._is_all_told(till):
            if tries:
                self._kernel.after(RETRY_MS, "accident", partial(self._put_back, till, image, tries - 1))
            return
        self._accident("rolled_back", till)
        self._unwatched.add(till.name)
        till.stop()
        till.put_back(image)
        self._boot(till)

    def _lose_disk(self, tries: int = TRIES) -> None:
        till = self._victim()
        if till is None or not self._is_all_told(till):
            if tries:
                self._kernel.after(RETRY_MS, "accident", partial(self._lose_disk, tries - 1))
            return
        self._accident("disk_lost", till)
        self._unwatched.add(till.name)
        self._note_exposed(till)
        lost = till.journal.identity.incarnation
        till.lose_disk()
        self._syncing.discard(till.name)
        self._at_work.discard(till.name)
        till.faults, till.machine.disk.strikes, till.machine.disk.full = NO_FAULTS, 0, False
        till.network = till.new_network()
        till.enrol(self._code(till))
        till.start()
        till.sync()
        till.stop()
        self._office.write_off(lost)
        self._expose(till)

    def _write_off(self) -> None:
        """A till is thought to be gone for good, and is or isn't. Of one that is nobody hears any more."""
        till = self._victim()
        if till is None or len(self._free()) == 1:
            return
        self._accident("written_off", till)
        self._note_exposed(till)
        self._revoked.add(till.name)
        incarnation = till.journal.identity.incarnation
        if self._accidents.randrange(2):
            self._gone.add(till.name)
            till.stop()
        self._office.write_off(incarnation)

    def _lose_replica(self) -> None:
        """The till's file with the shop's rows is damaged, so that all of them are missing."""
        till = self._victim()
        if till is None:
            return
        self._kernel.faults["replica_lost"] += 1
        till.stop()
        till.lose_replica()
        self._boot(till)

    def _is_all_told(self, till: SimTill) -> bool:
        """Whether the server has all of a till, and no backup is about to make it forget that."""
        journal = till.journal
        return not self._backups_kept and self._server.holds(journal.identity.incarnation) == journal.head.number

    # peace

    def _all(self) -> list[SimTill]:
        return self._tills + self._copies

    def _heal(self) -> None:
        """No more faults; every till restarts and syncs until all have heard of everything. Those whose journal is no
        longer the lane's are set up anew."""
        self._server.machine.disk.strikes = 0
        self._server.speak(SUPPORTED)
        for till in self._all():
            till.stop()
            till.faults, till.clock.skew_ms, till.speaks = NO_FAULTS, 0, SUPPORTED
            till.machine.disk.strikes, till.machine.disk.full = 0, False
            self._boot(till)
        self._sync_all()
        for till in self._all():
            if till.parts.outbox.standing() is Standing.FORKED:
                self._note_exposed(till)
                before = till.journal.identity.incarnation
                till.renew(self._code(till))
                self._renewed.append(till.name)
                if all(other.journal.identity.incarnation != before for other in self._all()):
                    self._office.write_off(before)
        self._sync_all()

    def _out_of_use(self) -> set[str]:
        """Of a till and its copy, the one that wasn't set up anew last: a lane has one device."""
        gone: set[str] = set()
        for copy in self._copies:
            pair = {copy.name, copy.name.removesuffix("-copy")}
            renewed = [name for name in self._renewed if name in pair]
            gone |= pair - {renewed[-1]} if renewed else set()
        return gone

    def _sync_all(self) -> None:
        for _ in range(HEALING_ROUNDS):
            for till in self._all():
                if till.name not in self._gone:
                    till.sync()
                    self._kernel.run()

    def _audit(self) -> Outcome:
        server = self._server.books()
        members, coupons = sorted(server.shown), sorted(server.coupons)
        books = [till.books(members, coupons) for till in self._all()]
        for book in books:
            book.is_alone = book.name not in self._unwatched
            book.is_gone = book.name in self._gone
        account = audit(books, server, self._revoked, self._exposed, self._spending.returns)
        account.violations += self._watch.violations
        for till in self._all():
            if till.name in self._gone:
                continue
            ought = Standing.REVOKED if till.name in self._revoked else Standing.GOOD
            oughts = {ought, Standing.RETIRED} if till.name in self._out_of_use() else {ought}
            if till.parts.outbox.standing() not in oughts:
                account.violations.append(
                    f"{till.name}: the server calls it {till.parts.outbox.standing()} (accidents: "
                    f"{'; '.join(self._accidents_had)})"
                )
        return Outcome(account, dict(sorted(self._kernel.faults.items())))
