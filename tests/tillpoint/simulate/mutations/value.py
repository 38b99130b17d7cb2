"""Stored value, coupons and gifts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from pos_client.app import spending as till_spending
from pos_client.app.counter import Counter
from pos_client.store.shop import KnownMember
from pos_client.store.value_effects import ValueEffects
from shared_models.domain import coupon_life
from shared_models.domain.coupon import Coupon, CouponState
from shared_models.domain.coupon_life import Told
from shared_models.domain.leases import LeaseUse
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.rewards import Reward, RewardKind
from shared_models.domain.spending import Spendable, Why
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.domain.stored_value_ledger import Entry, EntryKind
from shared_models.domain.stored_value_summary import added
from sync_server.ledger import stored_value as ledger
from sync_server.ledger.gifts import HANDED_OVER, Gifts
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import APART


@mutation("A purchase with stored value is booked twice.")
def stored_value_applied_twice(patch: Patch) -> None:
    real = ledger.Accounts.add

    def add(self: ledger.Accounts, number: int, member_id: UUID, entry: Entry, note: str = "") -> int:
        owed = real(self, number, member_id, entry, note)
        if entry.kind is EntryKind.SPEND:
            account = self.of(member_id)
            account.summary = added(account.summary, replace(entry, id=UUID(int=entry.id.int ^ 1)))
        return owed

    patch.setattr(ledger.Accounts, "add", add)


@mutation("Stored value that isn't there is withheld from a purchase instead of owed.", APART)
def stored_value_withheld(patch: Patch) -> None:
    real = ledger.Accounts.add

    def add(self: ledger.Accounts, number: int, member_id: UUID, entry: Entry, note: str = "") -> int:
        short = max(0, -entry.amount_minor - max(0, self.of(member_id).held.principal_minor))
        if entry.kind is EntryKind.SPEND and short and not entry.lots:
            entry = replace(entry, principal_minor=entry.principal_minor + short)
        return real(self, number, member_id, entry, note)

    patch.setattr(ledger.Accounts, "add", add)


@mutation("The till adds its own purchases to a row that counts them.", replace(APART, seed=8))
def stored_value_shown_twice(patch: Patch) -> None:
    real = ValueEffects.entries
    patch.setattr(ValueEffects, "entries", lambda self, account, _counted: real(self, account, 0))


@mutation("A till lets stored value go as often as it likes.")
def stored_value_without_a_bound(patch: Patch) -> None:
    real = till_spending._uses

    def careless(counter: Counter, resource: Resource, *rest: Any, **more: Any) -> tuple[LeaseUse, ...]:
        if resource.kind is ResourceKind.STORED_VALUE:
            return ()
        return real(counter, resource, *rest, **more)

    patch.setattr(till_spending, "stored_value", lambda *_: Spendable(1 << 53, Why.NONE))
    patch.setattr(till_spending, "_uses", careless)


@mutation("A coupon isn't marked as used.")
def coupon_not_marked_used(patch: Patch) -> None:
    patch.setattr("sync_server.ledger.coupons.told", lambda coupon, _sale_id: Told(coupon))


@mutation("A till forgets which coupons it took itself.", APART)
def coupon_used_again(patch: Patch) -> None:
    patch.setattr(ValueEffects, "used_by", lambda _self, _coupon_id, _counted: None)


@mutation("A cancelled coupon that was used is given to that sale.", replace(APART, operations=80))
def void_undone(patch: Patch) -> None:
    real = coupon_life.told

    def told(coupon: Coupon, sale_id: UUID) -> Told:
        if coupon.state is CouponState.REDEEMED:
            return Told(replace(coupon, reserved_by=sale_id))
        return real(coupon, sale_id)

    patch.setattr("sync_server.ledger.coupons.told", told)


@mutation("A till hands over gifts as long as it sees some, whatever it was lent.", APART)
def gifts_without_a_lease(patch: Patch) -> None:
    real = till_spending.reward_uses

    def reward_uses(
        counter: Counter, redeemed: RewardRedeemed, reward: Reward, member: KnownMember
    ) -> tuple[LeaseUse, ...]:
        return real(counter, replace(redeemed, kind=RewardKind.SERVICE), reward, member)

    patch.setattr(till_spending, "gifts", lambda _counter, known: Spendable(known.units if known else 0, Why.NONE))
    patch.setattr(till_spending, "reward_uses", reward_uses)


@mutation("A gift that a member had stays in the stock.", APART)
def gifts_not_taken_out(patch: Patch) -> None:
    real = Gifts.add

    def add(self: Gifts, number: int, entry_id: UUID, store_id: str, reward: str, kind: str, *more: Any) -> int | None:
        if kind == HANDED_OVER:
            self.count(number, store_id, reward)
            return 0
        return real(self, number, entry_id, store_id, reward, kind, *more)

    patch.setattr(Gifts, "add", add)
