"""An executable model of offline spending, on the domain's own functions (SYNC-2).

A few devices spend what one server lends or lets go: stored value by ESCROW, also what was paid in at the device;
points by FLOOR, and lent beside it for a reward that costs more than the floor; a coupon for one use, by FLOOR at home
and lent away from home. Requests, answers and batches are lost, doubled and late; tills are lost for good with spends
that nobody was told of; disks are copied; the server is restored from backups; devices are written off; leases are
called back. After each fact is told the books must balance, and when
all that can be told was told the overspend must be within its bound.

    python -m tests.protocol.spending_model --steps 1000000 --seed 1
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from shared_models.domain import leases
from shared_models.domain.leases import NO_LOAN, Held, Lease, Loan
from shared_models.domain.spending import Seen, coupon_bound, escrow_bound, floor_bound, spendable
from shared_models.domain.spending_rules import Mode, Policy, Resource, ResourceKind

ON = date(2026, 11, 24)
ESCROW = Policy(Mode.ESCROW)
FLOOR = Policy(Mode.FLOOR, floor=30)
COUPON = Policy(Mode.FLOOR, floor=1, usual_store=True)
VALUE = Resource(ResourceKind.STORED_VALUE, "member")
USE = Resource(ResourceKind.COUPON, "coupon")
POINTS = Resource(ResourceKind.POINTS, "member")
AT_HOME = 2
"""So many of the devices stand in the usual store of the coupon's owner."""

EPISODE_STEPS = 200
DEVICES = 4
COPIES = 2


class Violation(AssertionError):
    """A bound that didn't hold."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one device did. ``kind``: load (kept under a lease of its own), spend, coupon (of a lease, if there is one),
    end (a lease), floor, reward (of a lease of points). An ``end`` of −1 is that of a lease which never arrived."""

    number: int
    kind: str
    amount: int = 0
    lease: UUID | None = None


@dataclass(slots=True)
class Till:
    """A device's disk. ``balance``, ``uses``, ``lent`` and ``points_lent`` are what it pulled: points, uses of the
    coupon, how many of these and of those devices hold; ``counted`` is what that counts of it."""

    name: int
    journal: list[Fact] = field(default_factory=list)
    acknowledged: int = 0
    held: dict[UUID, Held] = field(default_factory=dict)
    asked: dict[UUID, tuple[Resource, int]] = field(default_factory=dict)
    ended: set[UUID] = field(default_factory=set)
    shown: dict[UUID, tuple[Lease, int]] = field(default_factory=dict)
    balance: int = 0
    uses: int = 0
    lent: int = 0
    points_lent: int = 0
    counted: int = 0
    epoch: int = 1
    forked_at: int = 0

    @property
    def at_home(self) -> bool:
        return self.name < AT_HOME

    def append(self, kind: str, amount: int = 0, lease: UUID | None = None) -> None:
        self.journal.append(Fact(len(self.journal) + 1, kind, amount, lease))

    def own(self, kind: str) -> int:
        """Own amounts that the pulled row doesn't count."""
        return sum(fact.amount for fact in self.journal[self.counted :] if fact.kind == kind)

    def floor_seen(self) -> Seen:
        spent = self.own("floor") + self.own("reward")
        elsewhere = max(0, self.points_lent - leases.usable(self.of(POINTS), ON))
        return Seen(balance=self.balance - spent, lent_elsewhere=elsewhere, own_uncounted=spent)

    def of(self, resource: Resource) -> list[Held]:
        return [each for each in self.held.values() if each.lease.resource == resource]

    def coupon_seen(self) -> Seen:
        used, leased = self.own("coupon"), leases.usable(self.of(USE), ON)
        return Seen(
            balance=1 - self.uses - used, lent_elsewhere=max(0, self.lent - leased), own_uncounted=used, leased=leased,
            usual_store=self.at_home,
        )  # fmt: skip


@dataclass(slots=True)
class Server:
    funded: int
    floor_funded: int
    heads: Counter[int] = field(default_factory=Counter)
    loans: dict[UUID, tuple[Lease, Loan]] = field(default_factory=dict)
    unknown: dict[UUID, Loan] = field(default_factory=dict)
    recalled: set[UUID] = field(default_factory=set)
    frozen: set[int] = field(default_factory=set)
    written_off: set[int] = field(default_factory=set)
    floor_spent: int = 0
    uses: int = 0
    epoch: int = 1
    declared: set[int] = field(default_factory=set)

    def of(self, resource: Resource) -> list[Loan]:
        return [loan for lease, loan in self.loans.values() if lease.resource == resource]

    def free(self, resource: Resource) -> int:
        if resource == USE:
            return leases.balance_free(1 - self.uses, self.of(USE))
        if resource == POINTS:
            return leases.balance_free(self.floor_funded - self.floor_spent, self.of(POINTS))
        return leases.free(self.funded, self.of(VALUE))


class World:
    """One episode. What there really was spent is read from the journals, those of lost tills and of copies too."""

    def __init__(self, seed: int, broken: str = "") -> None:
        self.chance = random.Random(seed)
        self.broken = broken
        self.server = Server(self.chance.randint(20, 200), self.chance.randint(0, 120))
        self.funded = self.server.funded
        self.backup: Server | None = None
        self.tills = [Till(name, balance=self.server.floor_funded) for name in range(DEVICES)]
        self.lost: set[int] = set()
        self.copies: list[Till] = []
        self.flying: list[Callable[[], None]] = []
        self.serial = 0
        self.copied: dict[Resource, list[int]] = {VALUE: [], POINTS: []}
        self.exposed: Counter[Resource] = Counter()
        self.forgotten: Counter[str] = Counter()

    def run(self, steps: int) -> Counter[str]:
        done: Counter[str] = Counter()
        for name in self.chance.choices(_NAMES, _WEIGHTS, k=steps):
            done[name] += 1
            _ACTS[name][1](self)
            self.check_books()
        self.heal()
        self.check_bounds()
        return done

    def at_work(self) -> Till:
        """A till that can reach the server."""
        return self.chance.choice([till for till in self.tills if till.name not in self.lost])

    def new_id(self) -> UUID:
        self.serial += 1
        return UUID(int=self.serial)

    # at the tills

    def spend(self) -> None:
        """By ESCROW, at any till: a stolen one and a copy spend as well."""
        till = self.chance.choice([*self.tills, *self.copies])
        held = [each for each in till.of(VALUE) if each.usable(ON)]
        there = spendable(ESCROW, Seen(leased=leases.usable(held, ON))).amount
        if self.broken == "unleased" and not there:
            till.append("spend", self.chance.randint(1, 20), self.new_id())
            return
        if not there:
            return
        for use in leases.split(held, self.chance.randint(1, there), ON):
            till.held[use.lease] = leases.take(till.held[use.lease], use.amount, ON)
            till.append("spend", use.amount, use.lease)

    def floor(self) -> None:
        till = self.chance.choice([*self.tills, *self.copies])
        seen = till.floor_seen()
        if self.broken == "floor_by_clock":
            seen = Seen(balance=till.balance)
        there = spendable(FLOOR, seen).amount
        if there:
            till.append("floor", self.chance.randint(1, there))

    def reward(self) -> None:
        """More than the floor at once, out of what was lent for it, as far as the member has it."""
        till = self.chance.choice([*self.tills, *self.copies])
        seen, held = till.floor_seen(), till.of(POINTS)
        amount = min(leases.usable(held, ON), seen.balance or 0)
        if amount <= FLOOR.floor:
            return
        for use in leases.split(held, amount, ON):
            till.held[use.lease] = leases.take(till.held[use.lease], use.amount, ON)
            till.append("reward", use.amount, use.lease)

    def coupon(self) -> None:
        till = self.chance.choice([*self.tills, *self.copies])
        if not spendable(COUPON, till.coupon_seen()).amount:
            return
        if till.at_home:
            till.append("coupon", 1)
            return
        (use,) = leases.split(till.of(USE), 1, ON)
        till.held[use.lease] = leases.take(till.held[use.lease], 1, ON)
        till.append("coupon", 1, use.lease)

    def load(self) -> None:
        """Money is paid in at a till, which keeps it to itself until it is called back."""
        till = self.chance.choice([*self.tills, *self.copies])
        lease = Lease(self.new_id(), UUID(int=till.name), VALUE, self.chance.randint(1, 20), epoch=0)
        till.append("load", lease.amount, lease.id)
        till.held[lease.id] = leases.received(lease)

    def ask(self) -> None:
        """Made with its id first. The request may arrive twice, late or never, and so may its answer."""
        till = self.at_work()
        if not till.asked:
            till.asked[self.new_id()] = self._wanted(till)
        lease_id, (resource, amount) = next(iter(till.asked.items()))
        for _ in range(self.chance.choice((0, 1, 1, 1, 2))):
            self.flying.append(lambda: self._answer(till, lease_id, self._lend(till, lease_id, resource, amount)))

    def _wanted(self, till: Till) -> tuple[Resource, int]:
        chance = self.chance.random()
        if chance < 0.3 and not (till.at_home or till.of(USE)):
            return USE, 1
        if chance < 0.5 and not till.of(POINTS):
            return POINTS, self.chance.randint(FLOOR.floor + 1, 90)
        return VALUE, self.chance.randint(1, 60)

    def _answer(self, till: Till, lease_id: UUID, lease: Lease | None) -> None:
        def arrives() -> None:
            if till.asked.pop(lease_id, None) is not None and lease is not None:
                till.held[lease_id] = leases.received(lease)
                till.shown[lease_id] = (lease, 0)

        if self.chance.random() > 0.2:
            self.flying.append(arrives)

    def sync(self) -> None:
        self._push(self.at_work(), self.chance.randint(1, 6), lost=self.chance.random() < 0.3)

    def deliver(self) -> None:
        """A message that was under way, in any order."""
        if self.flying:
            self.flying.pop(self.chance.randrange(len(self.flying)))()

    # at the server

    def _lend(self, till: Till, lease_id: UUID, resource: Resource, amount: int) -> Lease | None:
        server = self.server
        if lease_id in server.loans:
            lease, loan = server.loans[lease_id]
            return lease if loan.state is leases.LoanState.OPEN else None
        if till.name in server.frozen | server.written_off or self._undeclared():
            return None
        free = server.free(resource)
        if self.broken == "lends_twice" and resource == POINTS:
            free = max(0, server.floor_funded - server.floor_spent)
        there = leases.portion(amount, free, shared=False)
        if there < amount:
            server.recalled |= {
                lease.id for lease, loan in server.loans.values() if loan.left and lease.resource == resource
            }
        if not there:
            return None
        lease = Lease(lease_id, UUID(int=till.name), resource, there, (), server.epoch)
        server.loans[lease_id] = (lease, Loan(there))
        return lease

    def _undeclared(self) -> bool:
        server = self.server
        if server.epoch == 1 or self.broken == "lends_undeclared":
            return False
        return any(name not in server.declared | server.written_off for name in range(DEVICES))

    def _push(self, till: Till, batch: int, *, lost: bool = False) -> None:
        """Facts in order, once. A server that forgot some, or has another epoch, is shown the leases first."""
        server = self.server
        if till.acknowledged > server.heads[till.name] or till.epoch != server.epoch:
            self._declare(till)
        after = min(till.acknowledged, server.heads[till.name])
        for fact in till.journal[after : after + batch]:
            self._take(till.name, fact)
        if lost:
            return
        till.acknowledged = server.heads[till.name]
        if till.acknowledged == len(till.journal):
            till.balance, till.uses = server.floor_funded - server.floor_spent, server.uses
            till.lent = sum(loan.left for loan in server.of(USE))
            till.points_lent = sum(loan.left for loan in server.of(POINTS))
            till.counted = till.acknowledged
        mine = {lease.id for lease, loan in server.loans.values() if lease.incarnation.int == till.name and loan.left}
        self._give_back(till, {each for each in server.recalled & mine if self.chance.random() < 0.8})

    def _take(self, name: int, fact: Fact) -> None:
        """What the server does with one fact; one it has is skipped."""
        server = self.server
        if fact.number <= server.heads[name] and self.broken != "applied_twice":
            return
        server.heads[name] = max(server.heads[name], fact.number)
        match fact.kind:
            case "floor" | "reward":
                server.floor_spent += fact.amount
            case "load" if fact.lease is not None:
                server.funded += fact.amount
                if self.broken == "load_unkept":
                    return
                lease = Lease(fact.lease, UUID(int=name), VALUE, fact.amount, epoch=0)
                known = server.loans.get(fact.lease)
                before = known[1] if known else server.unknown.pop(fact.lease, None)
                server.loans[fact.lease] = (lease, leases.declare(before, lease))
            case "coupon":
                server.uses += fact.amount
        match fact.kind:
            case "spend" | "coupon" | "reward" if fact.lease in server.loans:
                lease, loan = server.loans[fact.lease]
                server.loans[fact.lease] = (lease, leases.use(loan, fact.amount)[0])
            case "spend" | "coupon" | "reward" if fact.lease is not None:
                server.unknown[fact.lease] = leases.use(server.unknown.get(fact.lease, NO_LOAN), fact.amount)[0]
            case "end" if fact.lease in server.loans:
                lease, loan = server.loans[fact.lease]
                ended, as_told = leases.end(loan, None if fact.amount < 0 else fact.amount)
                if not as_told:
                    raise Violation(f"device {name} gave back {fact.amount} where {loan.left} were left")
                server.loans[fact.lease] = (lease, ended)

    def _give_back(self, till: Till, recalled: set[UUID]) -> None:
        for lease_id in sorted(recalled - till.ended):
            held = till.held.pop(lease_id, None)
            till.asked.pop(lease_id, None)
            till.ended.add(lease_id)
            till.append("end", held.left if held else -1, lease_id)
            if lease_id in till.shown:
                till.shown[lease_id] = (till.shown[lease_id][0], len(till.journal))

    def _declare(self, till: Till) -> None:
        """All leases whose end the server wasn't told. One that was written off gets no hearing."""
        server = self.server
        till.epoch = server.epoch
        if till.name in server.written_off:
            return
        for lease, ended in till.shown.values():
            if lease.id in till.held or ended > server.heads[till.name]:
                known = server.loans.get(lease.id)
                before = known[1] if known else server.unknown.pop(lease.id, None)
                server.loans[lease.id] = (lease, leases.declare(before, lease))
        server.declared.add(till.name)

    # what goes wrong

    def doubled(self) -> None:
        """A batch that was sent before arrives again."""
        till = self.at_work()
        head = self.server.heads[till.name]
        if head and till.epoch == self.server.epoch:
            start = self.chance.randrange(head)
            for fact in till.journal[start : min(head, start + 3)]:
                self._take(till.name, fact)

    def patience(self) -> None:
        """However long a till is silent, what it holds stays lent."""
        if self.broken == "time_out":
            for lease_id, (lease, loan) in self.server.loans.items():
                self.server.loans[lease_id] = (lease, leases.end(loan, None)[0])

    def lose(self) -> None:
        """A till is stolen, with what it didn't tell. It may be found again at the end."""
        if len(self.lost) < DEVICES - 2:
            self.lost.add(self.at_work().name)

    def write_off(self) -> None:
        """A lost till, or by mistake one that does come back. A restored server writes off what it doesn't know, too:
        the exposure is what was lent, known or not."""
        server = self.server
        till = self.tills[self.chance.choice(sorted(self.lost) or [0])]
        if till.name in server.written_off:
            return
        server.written_off.add(till.name)
        for lease, _ in till.shown.values():
            if lease.id not in server.loans:
                self.exposed[lease.resource] += lease.amount
        for lease_id, (lease, loan) in server.loans.items():
            if lease.incarnation.int == till.name:
                ended, exposure = leases.write_off(loan)
                self.exposed[lease.resource] += exposure
                server.loans[lease_id] = (lease, ended)

    def copy_disk(self) -> None:
        """Both go on. The copy reaches no server: its first fact is a fork, and stops lending to its lane."""
        if len(self.copies) < COPIES:
            till = self.chance.choice(self.tills)
            other = copy.deepcopy(till)
            other.forked_at = len(other.journal)
            self.copies.append(other)
            for resource, copied in self.copied.items():
                copied.append(leases.usable(other.of(resource), ON))
            self.server.frozen.add(till.name)

    def back_up(self) -> None:
        self.backup = copy.deepcopy(self.server)

    def restore(self) -> None:
        """An older server in the same place, that says so by its epoch. It forgets facts, leases, recalls, freezes and
        write-offs alike; answers that were under way are lost."""
        if self.backup is None:
            return
        old, self.server = self.server, copy.deepcopy(self.backup)
        self.server.epoch = old.epoch + 1
        self.server.declared = set()
        self.flying.clear()
        self.forgotten["floor"] += max(0, old.floor_spent - self.server.floor_spent)
        self.forgotten["coupon"] += max(0, old.uses - self.server.uses)

    # what must hold

    def check_books(self) -> None:
        server = self.server
        loans = server.of(VALUE)
        left, used = sum(loan.left for loan in loans), sum(loan.used for loan in loans)
        if server.free(VALUE) + left + used != server.funded:
            raise Violation("free, lent and spent aren't what was funded")
        if server.epoch == 1 and sum(loan.left for loan in server.of(POINTS)) > server.floor_funded:
            raise Violation("more points are lent than there are")

    def heal(self) -> None:
        """Lost tills are found, or not; all who are there tell all they did; each fact counts exactly once."""
        found = {name for name in self.lost if self.chance.random() < 0.5}
        there = [till for till in self.tills if till.name not in self.lost - found]
        self.check_untold()
        for _ in range(2):
            for till in there:
                self._push(till, len(till.journal) + 1)
        told: Counter[str] = Counter()
        spent: Counter[UUID] = Counter()
        for till in self.tills:
            for fact in till.journal[: self.server.heads[till.name]]:
                told[fact.kind] += fact.amount
                if fact.kind in ("spend", "coupon", "reward") and fact.lease is not None:
                    spent[fact.lease] += fact.amount
        if (self.server.floor_spent, self.server.uses) != (told["floor"] + told["reward"], told["coupon"]):
            raise Violation("the server counts other debits than were told")
        for lease_id, (_, loan) in self.server.loans.items():
            if loan.used != spent[lease_id]:
                raise Violation(f"{loan.used} of a lease count as used where the facts say {spent[lease_id]}")

    def check_untold(self) -> None:
        """The stated bound of FLOOR, at this moment: by what each device last saw and what there really is and isn't
        lent."""
        untold = [each.journal[self.server.heads[each.name] :] for each in self.tills]
        untold += [each.journal[each.forked_at :] for each in self.copies]
        amount = sum(fact.amount for facts in untold for fact in facts if fact.kind == "floor")
        lent = sum(loan.left for loan in self.server.of(POINTS))
        balance = self.server.floor_funded - self.server.floor_spent - lent
        seen = [each.balance for each in (*self.tills, *self.copies)]
        bound = floor_bound(FLOOR.floor, seen, balance)
        if not self.forgotten and not self.copies and amount - balance > bound:
            raise Violation(f"{amount} are spent by floor of {balance}; the bound is {bound} more")

    def check_bounds(self) -> None:
        really: Counter[str] = Counter()
        for each in (*self.tills, *self.copies):
            for fact in each.journal[each.forked_at :]:
                really[fact.kind] += fact.amount
        bound, paid_in = escrow_bound(self.copied[VALUE], self.exposed[VALUE]), self.funded + really["load"]
        if really["spend"] > paid_in + bound:
            raise Violation(f"{really['spend']} of {paid_in} spent by escrow; the bound is {bound} more")
        devices, funded = DEVICES + len(self.copies), self.server.floor_funded
        bound = (devices - 1) * min(FLOOR.floor, funded) + self.forgotten["floor"]
        bound += escrow_bound(self.copied[POINTS], self.exposed[POINTS])
        points = really["floor"] + really["reward"]
        if points > funded + bound:
            raise Violation(f"{points} of {funded} spent by floor and for rewards; the bound is {bound} more")
        if really["coupon"] > 1 + coupon_bound(devices) + self.forgotten["coupon"]:
            raise Violation(f"a coupon for one use was used {really['coupon']} times on {devices} devices")


_ACTS: dict[str, tuple[float, Callable[[World], None]]] = {
    "spend": (20, World.spend), "load": (0.5, World.load), "floor": (8, World.floor), "reward": (4, World.reward),
    "coupon": (2, World.coupon), "ask": (14, World.ask),
    "deliver": (22, World.deliver), "sync": (20, World.sync), "doubled": (4, World.doubled),
    "patience": (2, World.patience), "lose": (0.7, World.lose), "write_off": (0.5, World.write_off),
    "copy_disk": (0.5, World.copy_disk), "back_up": (1.5, World.back_up), "restore": (0.7, World.restore),
}  # fmt: skip
_NAMES = list(_ACTS)
_WEIGHTS = [weight for weight, _ in _ACTS.values()]

BROKEN = (
    "unleased", "time_out", "lends_undeclared", "floor_by_clock", "applied_twice", "load_unkept", "lends_twice"
)  # fmt: skip
"""What a careless implementation does: spend without a lease; take leases back by a time-out; lend after a restore
before all have declared; free the floor by the clock; count a fact that comes again; lend what a till keeps; lend
points that are lent."""


def run(steps: int, seed: int, broken: str = "") -> Counter[str]:
    """Episodes until ``steps`` are done; how often what happened. Raise ``Violation``, which names the episode."""
    done: Counter[str] = Counter()
    episode = seed << 32
    while sum(done.values()) < steps:
        try:
            done += World(episode, broken).run(min(EPISODE_STEPS, steps - sum(done.values())))
        except Violation as error:
            raise Violation(f"{error} (episode {episode})") from None
        episode += 1
    return done


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.protocol.spending_model", description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broken", choices=BROKEN, default="", help="try a rule that is wrong: a bound must fall")
    given = parser.parse_args()
    start = time.monotonic()
    try:
        done = run(given.steps, given.seed, given.broken)
    except Violation as error:
        sys.stderr.write(f"{error}\n")
        return 1
    counts = ", ".join(f"{name} {count}" for name, count in sorted(done.items()))
    sys.stdout.write(f"{sum(done.values())} steps in {time.monotonic() - start:.0f} s, every bound held: {counts}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
