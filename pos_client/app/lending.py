"""What this till asks the server to lend it, and what it gives back.

Looked at on the cashier's thread in each round of syncing and never waited for: a lease is made here with its id, asked
for by the puller's thread, and usable once its answer is in the journal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pos_client.app import spending
from pos_client.store.leases import Asked, Owned
from shared_models.domain import leases
from shared_models.domain.budgets import PORTION, budgets, read_budget
from shared_models.domain.errors import DomainError
from shared_models.domain.leases import Lease, LeaseReturned
from shared_models.domain.points import balance
from shared_models.domain.spending import allowance, read_allowance
from shared_models.domain.spending_rules import Mode, Resource, ResourceKind

if TYPE_CHECKING:
    from pos_client.app.counter import Counter
    from pos_client.app.sale_in_hand import SaleInHand

RETRY_MS: Final = 60_000
"""So long nothing of a resource is asked for once it was refused or called back."""

MOST_AT_ONCE: Final = 20
"""New leases asked for, and leases given back, in one round: each is a durable write that the cashier must not feel."""

_DAY_MS: Final = 24 * 3_600 * 1_000
_KINDS_BY_FLOOR: Final = (ResourceKind.POINTS,)


@dataclass(frozen=True, slots=True)
class _Want:
    resource: Resource
    amount: int
    sale_id: UUID | None = None


class Lending:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._not_before_ms: dict[Resource, int] = {}

    def wants_anything(self) -> bool:
        """Whether the sale in hand is waiting for something to be lent."""
        return any(True for _ in self._open_wants())

    def asked(self) -> list[Asked]:
        """What to ask the server for, each made durable before. Those of before, whose answer was lost, too."""
        counter = self._counter
        own = counter.books.journal.leases
        for want in list(islice(self._open_wants(), MOST_AT_ONCE)):
            own.ask(counter.machine.ids.new(), want.resource, want.amount, want.sale_id, counter.machine.clock.now_ms())
        return own.asked()

    def received(self, lease: Lease, doc: bytes, signature: bytes) -> None:
        counter = self._counter
        counter.books.journal.leases.receive(lease, doc, signature, counter.machine.clock.now_ms())
        counter.price_again()

    def refused(self, asked: Asked) -> None:
        self._counter.books.journal.leases.refused(asked.id)
        self._rest(asked.resource)

    def give_back(self, recalled: Collection[UUID] = ()) -> int:
        """Tell, as facts, that leases end which this till needs no more or the server called back; how many. What the
        sale in hand uses stays until it is done."""
        counter = self._counter
        own = counter.books.journal.leases
        in_use = self._in_use()
        held = {each.id: each for each in own.held()}
        going = [each.id for each in held.values() if self._is_over(each) or each.id in recalled]
        going = [each for each in going if held[each].resource not in in_use]
        going += [each for each in recalled if each not in held and not own.is_ended(each)]
        for lease_id in going[:MOST_AT_ONCE]:
            counter.books.journal.append(LeaseReturned(lease_id, own.left(lease_id)))
            if lease_id in held and lease_id in recalled:
                self._rest(held[lease_id].resource)
        if going:
            counter.price_again()
        return len(going[:MOST_AT_ONCE])

    # what is wanted

    def _open_wants(self) -> Iterator[_Want]:
        """What is neither asked for already nor refused a moment ago."""
        now_ms, own = self._counter.machine.clock.monotonic_ms(), self._counter.books.journal.leases
        if spending.refusal(self._counter) is not None:
            return
        wants = {
            want.resource: want for want in (*self._points(), *self._returns(), *self._budgets(), *self._allowances())
        }
        for want in wants.values():
            if now_ms >= self._not_before_ms.get(want.resource, 0) and not own.is_asked(want.resource):
                yield want

    def _points(self) -> Iterator[_Want]:
        """The balance of the member who is being served; it stays here until another till needs it."""
        counter = self._counter
        member = counter.member()
        if member is None or member.version is None:
            return
        mode, policy = spending.points_mode(counter, member), counter.programme.policy(ResourceKind.POINTS)
        if mode is Mode.FLOOR:
            return
        resource, on = spending.points_of(member.doc.id), counter.business_date()
        here = leases.usable((each.held for each in spending.usable(counter, resource, mode)), on)
        most = balance(member.account, on)
        missing = (most if policy.most is None else min(most, policy.most)) - here
        if missing > 0:
            yield _Want(resource, missing, counter.sale.id if mode is Mode.REFUSE else None)

    def _returns(self) -> Iterator[_Want]:
        """The units that are to come back, unless tills may take back what they see."""
        counter = self._counter
        hand, mode = counter.returning, counter.programme.policy(ResourceKind.RETURNS).mode
        if hand is None or mode is Mode.FLOOR:
            return
        for number, milli in hand.wanted.items():
            resource = spending.units_of(hand.sale_id, number)
            here = leases.usable(
                (each.held for each in spending.usable(counter, resource, mode)), counter.business_date()
            )
            if milli > here:
                yield _Want(resource, milli - here, hand.id if mode is Mode.REFUSE else None)

    def _budgets(self) -> Iterator[_Want]:
        """A portion of each limit, refilled when half of it is gone; of a member's own limits all, while they are
        served."""
        counter, programme = self._counter, self._counter.programme
        mode = programme.policy(ResourceKind.BUDGET).mode
        sale = counter.sale
        if not programme.limited or (mode is Mode.REFUSE and sale.is_empty):
            return
        today = counter.business_date()
        found = [
            (budget, on)
            for rule, limits in programme.limited.items()
            for on in self._days()
            for budget in budgets(rule, limits, on, sale.member_id)
            if budget.shared or on == today
        ]
        for budget, on in sorted(found, key=lambda each: each[0].shared):
            here = spending.usable(counter, budget.resource, mode)
            if 2 * leases.usable((each.held for each in here), on) < (budget.asked if budget.shared else 1):
                yield _Want(budget.resource, budget.asked, sale.id if mode is Mode.REFUSE else None)

    def _allowances(self) -> Iterator[_Want]:
        counter = self._counter
        for kind in _KINDS_BY_FLOOR:
            policy = counter.programme.policy(kind)
            if policy.mode is not Mode.FLOOR or not policy.per_day:
                continue
            portion = -(-policy.per_day // PORTION)
            for on in self._days():
                resource = allowance(kind, counter.books.journal.identity.store_id, on)
                here = spending.usable(counter, resource, Mode.ESCROW)
                if 2 * leases.usable((each.held for each in here), on) < portion:
                    yield _Want(resource, portion)

    def _days(self) -> tuple[date, ...]:
        """Today and tomorrow: a till that is cut off overnight begins the next day with something."""
        today = self._counter.business_date()
        return today, today + timedelta(days=1)

    # what goes back

    def _in_use(self) -> set[Resource]:
        """What the sale in hand would take: the points that pay for it, the limits that its price rests on."""
        counter = self._counter
        found: set[Resource] = set()
        sale = counter.sale
        if sale.member_id and any(payment.points for payment in sale.payments):
            found.add(spending.points_of(sale.member_id))
            found.add(allowance(ResourceKind.POINTS, counter.books.journal.identity.store_id, counter.business_date()))
        if sale.basket.lines:
            found |= self._drawn(sale)
        if counter.returning:
            found |= {spending.units_of(counter.returning.sale_id, number) for number in counter.returning.wanted}
        return found

    def _drawn(self, sale: SaleInHand) -> set[Resource]:
        """The limits that the sale's price rests on. One that today's programme can't price any more rests on none,
        and mustn't keep the till from syncing."""
        try:
            pricing = self._counter.pricing
        except DomainError:
            return set()
        on = self._counter.business_date()
        drawn = spending.drawn(pricing.programme, pricing.basket.uses, sale.member_id, on)
        return {budget.resource for budget, amount in drawn if amount}

    def _is_over(self, owned: Owned) -> bool:
        """Whether nothing more can or should be spent of it here."""
        counter = self._counter
        if not owned.held.left or (owned.sale_id is not None and owned.sale_id not in counter.hands):
            return True
        idle_ms = counter.machine.clock.now_ms() - owned.touched_ms
        if idle_ms >= counter.programme.spending.idle_days * _DAY_MS:
            return True
        return self._is_past(owned.resource)

    def _is_past(self, resource: Resource) -> bool:
        """Whether the programme or the day that it was for is over."""
        programme, today = self._counter.programme, self._counter.business_date()
        match resource.kind:
            case ResourceKind.POINTS:
                return programme.policy(resource.kind).mode_in(usual_store=False) is Mode.FLOOR
            case ResourceKind.BUDGET:
                budget = read_budget(resource.key, programme.limited)
                return budget is None or (budget.day is not None and budget.day < today)
            case ResourceKind.RETURNS:
                return programme.policy(resource.kind).mode is Mode.FLOOR
            case ResourceKind.ALLOWANCE:
                found = read_allowance(resource.key)
                return found is None or found[1] < today or not programme.policy(found[0]).per_day
            case _:
                return False

    def _rest(self, resource: Resource) -> None:
        now_ms = self._counter.machine.clock.monotonic_ms()
        self._not_before_ms = {key: until for key, until in self._not_before_ms.items() if until > now_ms}
        self._not_before_ms[resource] = now_ms + RETRY_MS
