"""A fleet over some days: tills that sell, a server, a bad network and power cuts, then peace and the accounts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pos_client.store.outbox import Standing
from sync_server import setup
from tillpoint.simulate import shop
from tillpoint.simulate.accountant import Account, audit
from tillpoint.simulate.cashier import Cashier
from tillpoint.simulate.kernel import Kernel, PowerCut
from tillpoint.simulate.network import ALL_FAULTS, NO_FAULTS
from tillpoint.simulate.server import OWNER, SimServer
from tillpoint.simulate.till import SimTill
from tillpoint.simulate.watch import Watch

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
OPEN_MS = 12 * HOUR_MS
BOOT_MS = 20_000
TILL_CUTS = 4
SERVER_CUTS = 15
HEALING_ROUNDS = 4
UNPLUGS_A_DAY = 4
ROUNDS_PER_OPERATION = 2
MEMBERS_WATCHED = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """``operations`` is per till and day. ``faults``: whether anything goes wrong at all."""

    seed: int
    tills: int
    days: int
    operations: int
    faults: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    account: Account
    faults: dict[str, int]


def simulate(plan: Plan) -> Outcome:
    """Run ``plan`` from founding to audit. The same plan gives the same outcome."""
    memory = Path("/dev/shm")  # noqa: S108 - a RAM disk where there is one; the folder in it is private
    with tempfile.TemporaryDirectory(prefix="tillpoint-", dir=memory if memory.is_dir() else None) as folder:
        fleet = _Fleet(plan, Path(folder))
        try:
            return fleet.run()
        finally:
            fleet.close()


class _Fleet:
    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._kernel = Kernel(plan.seed)
        self._kernel.on_power_cut(self._crashed)
        self._server = SimServer(self._kernel, folder, cuts=0)
        shop.found(self._server.server)
        self._watch = Watch()
        self._watch.note(self._server.server)
        self._server.after_commit = self._watch.note
        self._members = sorted(self._server.books().shown)
        self._eyes = self._kernel.chance.stream("watch")
        self._tills = [
            SimTill(self._kernel, f"till-{lane}", folder / f"till-{lane}", self._server.handle, NO_FAULTS, cuts=0)
            for lane in range(1, plan.tills + 1)
        ]
        self._cashiers = {till.name: Cashier(self._kernel, till) for till in self._tills}
        self._syncing: set[str] = set()
        self._healing = False

    def run(self) -> Outcome:
        for lane, till in enumerate(self._tills, start=1):
            till.enrol(setup.new_enrolment_code(self._server.server, shop.STORE, lane))
            till.start()
            till.sync()
        if self._plan.faults:
            self._let_loose()
        for till in self._tills:
            self._plan_days(till)
        self._kernel.run()
        self._heal()
        return self._audit()

    def close(self) -> None:
        for till in self._tills:
            till.stop()
        self._server.close()

    # the days

    def _let_loose(self) -> None:
        self._server.cuts = SERVER_CUTS
        for till in self._tills:
            till.stop()
            till.set_faults(ALL_FAULTS, TILL_CUTS)
            self._boot(till)

    def _plan_days(self, till: SimTill) -> None:
        random = self._kernel.chance.stream(f"{till.name}/plan")
        for day in range(self._plan.days):
            start = day * DAY_MS
            for _ in range(self._plan.operations):
                self._later(till, start + random.randrange(OPEN_MS), self._operate)
            for _ in range(ROUNDS_PER_OPERATION * self._plan.operations):
                self._later(till, start + random.randrange(OPEN_MS + HOUR_MS), self._sync)
            self._later(till, start + OPEN_MS, self._close_shift)
            if self._plan.faults:
                for _ in range(UNPLUGS_A_DAY):
                    duration, hangs = random.randrange(60_000, 3_600_000), random.randrange(2) == 1
                    self._later(till, start + random.randrange(OPEN_MS), _unplugging(self._kernel, duration, hangs))

    def _later(self, till: SimTill, delay_ms: int, act: Callable[[SimTill], None]) -> None:
        def happen() -> None:
            act(till)
            self._look(till)

        self._kernel.after(delay_ms, till.name, happen)

    def _look(self, till: SimTill) -> None:
        """Watch a few members on this till's screen."""
        self._watch.look(till, self._eyes.sample(self._members, MEMBERS_WATCHED))

    def _operate(self, till: SimTill) -> None:
        cashier = self._cashiers[till.name]
        cashier.begin()
        cashier.act()

    def _close_shift(self, till: SimTill) -> None:
        cashier = self._cashiers[till.name]
        cashier.begin()
        cashier.end()

    def _sync(self, till: SimTill) -> None:
        """One round of the puller's thread, which is never in two rounds at once."""
        if till.name in self._syncing:
            return
        self._syncing.add(till.name)
        life = till.power.life
        try:
            till.sync()
        finally:
            if till.power.life == life:
                self._syncing.discard(till.name)

    # the faults

    def _crashed(self, cut: PowerCut) -> None:
        """Take the machine down and switch it on again. A stack of an earlier life has nothing left to take down."""
        if cut.owner == OWNER:
            if cut.life == self._server.life:
                self._server.restart()
            return
        till = next(till for till in self._tills if till.name == cut.owner)
        if cut.life == till.power.life:
            till.stop()
            self._boot(till)

    def _boot(self, till: SimTill) -> None:
        """Until it is up: the power may go again while it starts."""
        self._syncing.discard(till.name)
        while True:
            try:
                till.start()
            except PowerCut:
                till.stop()
            else:
                return

    # peace

    def _heal(self) -> None:
        """No more faults; every till restarts and syncs until all have heard of everything."""
        self._server.cuts = 0
        for till in self._tills:
            till.stop()
            till.set_faults(NO_FAULTS, 0)
            self._boot(till)
        for _ in range(HEALING_ROUNDS):
            for till in self._tills:
                till.sync()

    def _audit(self) -> Outcome:
        server = self._server.books()
        members = sorted(server.shown)
        account = audit([till.books(members) for till in self._tills], server)
        account.violations += self._watch.violations
        account.violations += [
            f"{till.name}: the server calls it {till.parts.outbox.standing()}"
            for till in self._tills
            if till.parts.outbox.standing() is not Standing.GOOD
        ]
        return Outcome(account, dict(sorted(self._kernel.faults.items())))


def _unplugging(kernel: Kernel, duration_ms: int, hangs: bool) -> Callable[[SimTill], None]:
    def unplug(till: SimTill) -> None:
        kernel.faults["unplugged"] += 1
        till.network.unplug(duration_ms, hangs=hangs)

    return unplug
