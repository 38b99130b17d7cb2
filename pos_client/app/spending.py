"""What this till may let be spent right now: the one place that decides it, for every kind of resource.

No server is asked here. What a sale takes out of leases stands in its fact (``SaleConfirmed.leases``) and lowers them
in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pos_client.app.refusals import (
    RedeemingRetired,
    RedeemingRevoked,
    RedeemingStale,
    RedeemingStopped,
    RedeemingUnknown,
    RedeemingUnread,
    SpendingStale,
    SpendingStopped,
)
from pos_client.app.views import Notice
from pos_client.store.leases import Owned
from pos_client.store.outbox import Standing
from pos_client.store.shop import KnownMember
from pos_client.store.valuables import KnownCoupon, KnownGift, KnownStoredValue
from shared_models.domain import coupon_life, leases
from shared_models.domain.budgets import TIMES, Budget, budgets, left_of
from shared_models.domain.leases import LeaseUse
from shared_models.domain.limits import Allowance, Used
from shared_models.domain.points import RedeemRefused, balance
from shared_models.domain.programme import Programme
from shared_models.domain.spending import WHY_TEXTS, Seen, Spendable, Why, allowance, spendable
from shared_models.domain.spending_rules import (
    Mode,
    Policy,
    Resource,
    ResourceKind,
    gifts_of,
    points_of,
    stored_value_of,
    uses_of,
)
from shared_models.domain.spent import spent
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.app.counter import Counter
    from shared_models.domain.reward_facts import RewardRedeemed
    from shared_models.domain.rewards import Reward
    from shared_models.domain.sale import SaleConfirmed
    from shared_models.wire.state import LentDoc

_DAY_MS: Final = 24 * 3_600 * 1_000
_STOPPED: Final = {
    Standing.RETIRED: RedeemingRetired, Standing.REVOKED: RedeemingRevoked, Standing.UNKNOWN: RedeemingUnknown,
}  # fmt: skip
_FLOOR: Final = N_("Points: up to {limit} per member until the server has counted them.")
_LENT: Final = N_("Points: only what the server lent this till for the member.")
_HELD_BACK: Final = {
    Why.ASKING: N_("{offer} may apply: the server is being asked how many are left."),
    Why.NOT_LENT: N_("{offer} doesn't apply: without the server this till has none left of it."),
    Why.BALANCE: N_("{offer} doesn't apply: all of it is used up, or other tills hold it."),
}


def refusal(counter: Counter) -> RedeemRefused | None:
    """Why this till lets nothing be spent at all, or ``None``."""
    outbox = counter.books.outbox
    standing = outbox.standing()
    if standing is not Standing.GOOD:
        return _STOPPED.get(standing, RedeemingStopped)()
    if outbox.unread():
        return RedeemingUnread()
    return RedeemingStale(days=counter.machine.redeem_days) if is_stale(counter) else None


def is_stale(counter: Counter) -> bool:
    """Too long without the server: a stolen till lets nothing be spent and shows no names."""
    silence_ms = counter.books.outbox.silence_ms(counter.machine.clock.now_ms())
    return silence_ms is None or silence_ms > counter.machine.redeem_days * _DAY_MS


def stopped(counter: Counter) -> SpendingStopped | SpendingStale | None:
    """The same in the words for stored value and coupons."""
    if refusal(counter) is None:
        return None
    return SpendingStale(days=counter.machine.redeem_days) if is_stale(counter) else SpendingStopped()


# what belongs to somebody


def is_usual_store(counter: Counter, member: KnownMember) -> bool:
    return member.doc.store_id == counter.books.journal.identity.store_id


def is_usual_store_of(counter: Counter, coupon: KnownCoupon, owner: KnownMember | None = None) -> bool:
    """The store it is bound to, else its owner's; one that is nobody's is at home everywhere. ``owner`` saves looking
    them up."""
    if coupon.store_id:
        return coupon.store_id == counter.books.journal.identity.store_id
    owner_id = coupon.coupon.member_id
    if owner_id is None:
        return True
    found = owner if owner is not None and owner.doc.id == owner_id else counter.books.shop.member(owner_id)
    return found is not None and is_usual_store(counter, found)


def mode(counter: Counter, kind: ResourceKind, *, usual_store: bool) -> Mode:
    return counter.programme.policy(kind).mode_in(usual_store=usual_store)


def points(counter: Counter, member: KnownMember) -> Spendable:
    """How many points the member can redeem here now, whatever there is to pay."""
    return _spendable(
        counter,
        points_of(member.doc.id),
        usual_store=is_usual_store(counter, member),
        balance=balance(member.account, counter.business_date()),
        own_uncounted=member.own_debits,
        lent=member.doc.lent,
    )


def stored_value(counter: Counter, member: KnownMember, known: KnownStoredValue) -> Spendable:
    """The same of the member's stored value, in minor units. By FLOOR what was paid in here is known to be there: it
    adds to the floor until the server counts it."""
    return _spendable(
        counter,
        stored_value_of(member.doc.id),
        usual_store=is_usual_store(counter, member),
        balance=known.held.balance_minor(counter.business_date()),
        own_uncounted=known.own_net_debit_minor,
        lent=known.lent,
    )


def coupon(counter: Counter, known: KnownCoupon, owner: KnownMember | None = None) -> Spendable:
    """How many uses of a coupon this till can let go now, whatever its days and rules say."""
    return _spendable(
        counter,
        uses_of(known.coupon.id),
        usual_store=is_usual_store_of(counter, known, owner),
        balance=coupon_life.uses_left(known.coupon),
        own_uncounted=known.own_uses,
        lent=known.lent,
    )


def _spendable(
    counter: Counter,
    resource: Resource,
    *,
    usual_store: bool,
    balance: int,
    own_uncounted: int,
    lent: Iterable[LentDoc],
) -> Spendable:
    on, policy = counter.business_date(), counter.programme.policy(resource.kind)
    own = counter.books.journal.leases
    here = usable(counter, resource, policy.mode_in(usual_store=usual_store))
    seen = Seen(
        balance=balance,
        lent_elsewhere=sum(each.left for each in lent if not own.is_own(each.lease)),
        own_uncounted=own_uncounted,
        leased=leases.usable((each.held for each in here), on),
        day_left=_day_left(counter, policy, resource.kind, on),
        usual_store=usual_store,
        asking=own.is_asked(resource),
    )
    return spendable(policy, seen)


def owned_uses(counter: Counter, sale: SaleConfirmed, member: KnownMember | None) -> tuple[LeaseUse, ...]:
    """What a sale takes out of leases for points, stored value and coupons. Raise ``NotLent``."""
    taken: dict[UUID, int] = {}
    for resource, amount in spent(sale).items():
        if resource.kind is ResourceKind.COUPON:
            known = counter.books.valuables.coupon(UUID(resource.key))
            usual_store = known is None or is_usual_store_of(counter, known, member)
        else:
            usual_store = member is None or is_usual_store(counter, member)
        for use in _uses(counter, resource, amount, sale.business_date, taken, usual_store=usual_store):
            taken[use.lease] = taken.get(use.lease, 0) + use.amount
    return tuple(LeaseUse(lease, amount) for lease, amount in taken.items())


def _uses(
    counter: Counter, resource: Resource, amount: int, on: date, taken: Mapping[UUID, int], *, usual_store: bool
) -> tuple[LeaseUse, ...]:
    policy = counter.programme.policy(resource.kind)
    by = policy.mode_in(usual_store=usual_store)
    if by is Mode.FLOOR:
        if policy.per_day is None:
            return ()
        resource, by = _allowance(counter, resource.kind, on), Mode.ESCROW
    held = [leases.counted(each.held, taken.get(each.id, 0), on) for each in usable(counter, resource, by)]
    return leases.split(held, amount, on)


# rewards


def gifts(counter: Counter, known: KnownGift | None) -> Spendable:
    """How many of a stock's gifts this till may hand over now; ``None`` is a stock that nobody told of."""
    if known is None or known.units <= 0:
        return Spendable(0, Why.BALANCE)
    resource = gifts_of(known.id)
    return _spendable(
        counter, resource, usual_store=True, balance=known.units, own_uncounted=known.own_units, lent=known.lent
    )


def points_for_reward(counter: Counter, member: KnownMember) -> Spendable:
    """How many points the member can redeem here now for the reward in hand: as for a sale, or, where that is by FLOOR,
    what was lent for this very reward."""
    there = points(counter, member)
    if mode(counter, ResourceKind.POINTS, usual_store=is_usual_store(counter, member)) is not Mode.FLOOR:
        return there
    lent = leases.usable((each.held for each in _lent_for_reward(counter, member)), counter.business_date())
    lent = min(lent, balance(member.account, counter.business_date()))
    return Spendable(lent, Why.FLOOR) if lent > there.amount else there


def points_to_lend(counter: Counter, member: KnownMember, cost: int) -> int:
    """How many points the server has to lend for a reward that costs more than the floor, which the member has."""
    by = mode(counter, ResourceKind.POINTS, usual_store=is_usual_store(counter, member))
    on = counter.business_date()
    if by is not Mode.FLOOR or not points(counter, member).amount < cost <= balance(member.account, on):
        return 0
    return max(0, cost - leases.usable((each.held for each in _lent_for_reward(counter, member)), on))


def _lent_for_reward(counter: Counter, member: KnownMember) -> list[Owned]:
    """By FLOOR points are lent for nothing but a reward that costs more."""
    return usable(counter, points_of(member.doc.id), Mode.REFUSE)


def reward_uses(
    counter: Counter, redeemed: RewardRedeemed, reward: Reward, member: KnownMember
) -> tuple[LeaseUse, ...]:
    """What a reward takes out of leases for points, gifts and its limits. Raise ``NotLent``."""
    on, usual_store = redeemed.business_date, is_usual_store(counter, member)
    by_floor = mode(counter, ResourceKind.POINTS, usual_store=usual_store) is Mode.FLOOR
    if by_floor and redeemed.points > points(counter, member).amount:
        uses = leases.split([each.held for each in _lent_for_reward(counter, member)], redeemed.points, on)
    else:
        uses = _uses(counter, points_of(member.doc.id), redeemed.points, on, {}, usual_store=usual_store)
    if redeemed.stock is not None:
        uses += _uses(counter, redeemed.stock, redeemed.units, on, {}, usual_store=True)
    by = counter.programme.policy(ResourceKind.BUDGET).mode
    for budget in limits_of(counter, reward, member):
        uses += leases.split([each.held for each in usable(counter, budget.resource, by)], redeemed.units, on)
    return uses


def limits_of(counter: Counter, reward: Reward, member: KnownMember) -> tuple[Budget, ...]:
    """The counters that a reward draws on, a use for each unit. It takes no money off, so those of money don't bind."""
    found = budgets(reward.limited_as, reward.limits, counter.business_date(), member.doc.id)
    return tuple(each for each in found if each.unit == TIMES)


def limits_left(counter: Counter, reward: Reward, member: KnownMember) -> Spendable:
    """How many units this till's leases leave of a reward's limits."""
    on, by = counter.business_date(), counter.programme.policy(ResourceKind.BUDGET).mode
    found = limits_of(counter, reward, member)

    def there(resource: Resource) -> int:
        return leases.usable((each.held for each in usable(counter, resource, by)), on)

    return Spendable(left_of(found, there).times, why_none_left(counter, found) if found else Why.NONE)


def points_notice(counter: Counter) -> Notice:
    """What bounds redeeming at one till, online or not."""
    policy = counter.programme.policy(ResourceKind.POINTS)
    if policy.mode is Mode.FLOOR:
        return Notice("limit_offline", _FLOOR, {"limit": str(policy.floor)})
    return Notice("limit_lent", _LENT)


def why_notice(found: Spendable) -> Notice:
    return Notice(f"limit_{found.why}", WHY_TEXTS[found.why])


# returns


def units_of(sale_id: UUID, number: int) -> Resource:
    """The units of a receipt's line that can come back."""
    return Resource(ResourceKind.RETURNS, f"{sale_id}/{number}")


# budgets


def left(counter: Counter, programme: Programme, member_id: UUID | None, on: date) -> dict[str, Allowance]:
    """What this till's leases leave of each rule with limits, for one sale."""
    if not programme.limited or refusal(counter) is not None:
        return {}
    by = programme.policy(ResourceKind.BUDGET).mode

    def there(resource: Resource) -> int:
        return leases.usable((each.held for each in usable(counter, resource, by)), on)

    return {rule: left_of(budgets(rule, limits, on, member_id), there) for rule, limits in programme.limited.items()}


def budget_uses(
    counter: Counter, programme: Programme, uses: Mapping[str, Used], member_id: UUID | None, on: date
) -> tuple[LeaseUse, ...]:
    """What a sale takes out of leases for the rules with limits that apply. Raise ``NotLent``."""
    by = programme.policy(ResourceKind.BUDGET).mode
    return tuple(
        each
        for budget, amount in drawn(programme, uses, member_id, on)
        if amount
        for each in leases.split([one.held for one in usable(counter, budget.resource, by)], amount, on)
    )


def drawn(
    programme: Programme, uses: Mapping[str, Used], member_id: UUID | None, on: date
) -> Iterator[tuple[Budget, int]]:
    """The counters that a sale draws on, and how much."""
    for rule, used in uses.items():
        if rule in programme.limited:
            for budget in budgets(rule, programme.limited[rule], on, member_id):
                yield budget, budget.amount(used)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A rule that would make the sale cheaper, and of which this till has nothing left."""

    rule: str
    why: Why

    def notice(self, offer: str) -> Notice:
        return Notice(f"offer_{self.why}", _HELD_BACK[self.why], {"offer": offer})


def why_none_left(counter: Counter, budgets_of_rule: Sequence[Budget]) -> Why:
    own = counter.books.journal.leases
    if any(own.is_asked(each.resource) for each in budgets_of_rule):
        return Why.ASKING
    return Why.BALANCE if counter.surroundings.online else Why.NOT_LENT


# both


def usable(counter: Counter, resource: Resource, by: Mode) -> list[Owned]:
    """The leases that what is in hand may use: by REFUSE only its own, and never those of another."""
    return [
        each
        for each in counter.books.journal.leases.held(resource)
        if each.sale_id in counter.hands or (each.sale_id is None and by is Mode.ESCROW)
    ]


def _day_left(counter: Counter, policy: Policy, kind: ResourceKind, on: date) -> int | None:
    if policy.per_day is None:
        return None
    own = usable(counter, _allowance(counter, kind, on), Mode.ESCROW)
    return leases.usable((each.held for each in own), on)


def _allowance(counter: Counter, kind: ResourceKind, on: date) -> Resource:
    return allowance(kind, counter.books.journal.identity.store_id, on)
