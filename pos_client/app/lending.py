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
from shared_models.domain import coupon_life, leases
from shared_models.domain.budgets import PORTION, budgets, read_budget
from shared_models.domain.coupon_offers import MAX_COUPONS
from shared_models.domain.errors import DomainError
from shared_models.domain.leases import Lease, LeaseReturned
from shared_models.domain.points import balance
from shared_models.domain.sale import TenderKind
from shared_models.domain.spending import allowance, read_allowance
from shared_models.domain.spending_rules import Mode, Resource, ResourceKind, points_of, stored_value_of, uses_of

if TYPE_CHECKING:
    from pos_client.app.counter import Counter

RETRY_MS: Final = 60_000
"""So long nothing of a resource is asked for once it was refused or called back."""

FIRST_RETRY_MS: Final = 4_000
QUICK_RETRIES: Final = 3
"""What is a member's, who is being served, is asked for again sooner, so often, and then after twice as long each time:
another till that holds it gives it back some seconds after the server heard that it is wanted."""

MOST_AT_ONCE: Final = 20
"""New leases asked for, and leases given back, in one round: each is a durable write that the cashier must not feel."""

_DAY_MS: Final = 24 * 3_600 * 1_000
_KINDS_BY_FLOOR: Final = (ResourceKind.POINTS, ResourceKind.STORED_VALUE, ResourceKind.COUPON)


@dataclass(frozen=True, slots=True)
class _Want:
    resource: Resource
    amount: int
    sale_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Rest:
    """Until when nothing is asked for, and after how many refusals in a row."""

    until_ms: int
    times: int


_NO_REST: Final = _Rest(0, 0)


class Lending:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._resting: dict[Resource, _Rest] = {}
        self._wished: tuple[UUID, frozenset[UUID]] = (counter.sale.id, frozenset())

    def wants_anything(self) -> bool:
        """Whether the sale in hand is waiting for something to be lent."""
        return any(True for _ in self._open_wants())

    def wish_coupon(self, coupon_id: UUID) -> None:
        """The cashier wants to take it in the sale in hand, and may not yet: have the server asked for it."""
        counter = self._counter
        sale_id, wished = self._wished
        self._wished = (counter.sale.id, (wished if sale_id == counter.sale.id else frozenset()) | {coupon_id})
        if self.wants_anything():
            counter.on_need()

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
        self._resting.pop(lease.resource, None)
        counter.price_again()

    def refused(self, asked: Asked) -> None:
        self._counter.books.journal.leases.refused(asked.id)
        self._rest(asked.resource, soon=asked.resource.kind in _KINDS_BY_FLOOR)

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
        found = (*self._of_member(), *self._coupons(), *self._returns(), *self._budgets(), *self._allowances())
        wants = {want.resource: want for want in found}
        for want in wants.values():
            if now_ms >= self._resting.get(want.resource, _NO_REST).until_ms and not own.is_asked(want.resource):
                yield want

    def _of_member(self) -> Iterator[_Want]:
        """Points and stored value of the member who is being served; they stay here until another till needs them."""
        counter = self._counter
        member = counter.member()
        if member is None or member.version is None:
            return
        on, usual_store = counter.business_date(), spending.is_usual_store(counter, member)
        stored_value = counter.books.valuables.stored_value(member.doc.id).held
        for resource, there in (
            (points_of(member.doc.id), balance(member.account, on)),
            (stored_value_of(member.doc.id), 0 if stored_value.frozen else stored_value.balance_minor(on)),
        ):
            policy = counter.programme.policy(resource.kind)
            by = policy.mode_in(usual_store=usual_store)
            here = leases.usable((each.held for each in spending.usable(counter, resource, by)), on)
            missing = (there if policy.most is None else min(there, policy.most)) - here
            if by is not Mode.FLOOR and missing > 0:
                yield _Want(resource, missing, counter.sale.id if by is Mode.REFUSE else None)

    def _coupons(self) -> Iterator[_Want]:
        """Those of the member who is being served that this till can't take by itself, soonest end first, and what the
        cashier tried to take."""
        counter = self._counter
        valuables, member = counter.books.valuables, counter.member()
        sale_id, wished = self._wished
        found = [valuables.coupon(each) for each in wished] if sale_id == counter.sale.id else []
        if member is not None and member.version is not None:
            found += [
                each
                for each in valuables.coupons_of(member.doc.id, counter.now().date())
                if each.coupon.valid_from <= counter.now().date() and coupon_life.uses_left(each.coupon)
            ][:MAX_COUPONS]
        for known in found:
            if known is None:
                continue
            usual_store = spending.is_usual_store_of(counter, known, member)
            by = spending.mode(counter, ResourceKind.COUPON, usual_store=usual_store)
            resource = uses_of(known.coupon.id)
            if by is not Mode.FLOOR and not spending.usable(counter, resource, by):
                yield _Want(resource, 1, counter.sale.id if by is Mode.REFUSE else None)

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
        today, member_id = counter.business_date(), counter.member_id
        found = [
            (budget, on)
            for rule, limits in programme.limited.items()
            for on in self._days()
            for budget in budgets(rule, limits, on, member_id)
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
        """What the sale in hand would take: what pays for it, its coupons, the limits that its price rests on."""
        counter = self._counter
        sale = counter.sale
        found = {uses_of(each.id) for each in sale.coupons}
        member_id = counter.member_id if sale.payments else None
        if member_id and any(payment.points for payment in sale.payments):
            found.add(points_of(member_id))
        if member_id and any(payment.kind is TenderKind.STORED_VALUE for payment in sale.payments):
            found.add(stored_value_of(member_id))
        store_id, on = counter.books.journal.identity.store_id, counter.business_date()
        found |= {allowance(kind, store_id, on) for kind in {each.kind for each in found}}
        if sale.basket.lines:
            found |= self._drawn()
        if counter.returning:
            found |= {spending.units_of(counter.returning.sale_id, number) for number in counter.returning.wanted}
        return found

    def _drawn(self) -> set[Resource]:
        """The limits that the sale's price rests on. One that today's programme can't price any more rests on none,
        and mustn't keep the till from syncing."""
        try:
            pricing = self._counter.pricing
        except DomainError:
            return set()
        on = self._counter.business_date()
        drawn = spending.drawn(pricing.programme, pricing.basket.uses, self._counter.member_id, on)
        return {budget.resource for budget, amount in drawn if amount}

    def _is_over(self, owned: Owned) -> bool:
        """Whether nothing more can or should be spent of it here."""
        counter = self._counter
        if not owned.held.left or (owned.sale_id is not None and owned.sale_id not in counter.hands):
            return True
        idle_ms = counter.machine.clock.now_ms() - owned.touched_ms
        if idle_ms >= counter.programme.spending.idle_days * _DAY_MS:
            return True
        return self._is_past(owned)

    def _is_past(self, owned: Owned) -> bool:
        """Whether the programme or the day that it was for is over."""
        programme, today, resource = self._counter.programme, self._counter.business_date(), owned.resource
        match resource.kind:
            case ResourceKind.POINTS | ResourceKind.STORED_VALUE:
                by = programme.policy(resource.kind).mode_in(usual_store=False)
                return by is Mode.FLOOR or (by is Mode.REFUSE and owned.sale_id is None)
            case ResourceKind.COUPON:
                return self._is_coupon_past(UUID(resource.key))
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

    def _is_coupon_past(self, coupon_id: UUID) -> bool:
        """Used up or cancelled, its days over, or one that this till takes by itself."""
        counter = self._counter
        known = counter.books.valuables.coupon(coupon_id)
        if known is None or not coupon_life.uses_left(known.coupon) or known.coupon.valid_to < counter.business_date():
            return True
        usual_store = spending.is_usual_store_of(counter, known)
        return spending.mode(counter, ResourceKind.COUPON, usual_store=usual_store) is Mode.FLOOR

    def _rest(self, resource: Resource, *, soon: bool = False) -> None:
        now_ms = self._counter.machine.clock.monotonic_ms()
        self._resting = {key: rest for key, rest in self._resting.items() if rest.until_ms > now_ms - RETRY_MS}
        before = self._resting.get(resource)
        times = before.times + 1 if before else 1
        wait_ms = min(RETRY_MS, FIRST_RETRY_MS << min(max(0, times - QUICK_RETRIES), 10)) if soon else RETRY_MS
        self._resting[resource] = _Rest(now_ms + wait_ms, times)
