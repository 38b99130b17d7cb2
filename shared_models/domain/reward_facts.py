"""What facts say about rewards (DESK-2, DESK-4): gifts in stock at a store, and rewards that members had for points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from shared_models.domain.leases import LeaseUse
from shared_models.domain.member import Effect, Lot
from shared_models.domain.rewards import RewardKind
from shared_models.domain.spending_rules import Resource, gifts_of

_SPACE = UUID("5d0f6a1e-2f6b-5c8e-8d0b-6b0f0f3e9a27")


@dataclass(frozen=True, slots=True)
class RewardRedeemed:
    """Kind ``reward.redeemed``: a member had ``units`` of a reward for ``points`` in all.

    ``kind`` and ``what`` are the reward's in the programme of ``programme_version``; of goods the store's gift stock
    gets poorer. ``receipt_number`` is one of the lane's, as of a sale. ``spent`` are the lots that the till took the
    points from, below ``points`` by what it thinks is owed. ``leases`` is what it took of what the server had lent it.
    """

    redemption_id: UUID
    member_id: UUID
    reward: str
    kind: RewardKind
    what: str
    units: int
    points: int
    store_id: str
    lane: int
    shift_id: UUID
    cashier_id: str
    receipt_number: int
    business_date: date
    programme_version: int
    online: bool = False
    spent: tuple[Lot, ...] = ()
    leases: tuple[LeaseUse, ...] = ()

    @property
    def stock(self) -> Resource | None:
        """Whose gifts it took; ``None`` if there is nothing to hand over."""
        return gifts_of(stock_id(self.store_id, self.reward)) if self.kind is RewardKind.GOODS else None


@dataclass(frozen=True, slots=True)
class GiftStocked:
    """Kind ``gift.stocked``, of the server: ``units`` of a reward's goods came to a store, or, below zero, were lost or
    taken away. ``by`` says who did it, ``reason`` why."""

    entry_id: UUID
    store_id: str
    reward: str
    units: int
    booked_on: date
    reason: str
    by: str


def stock_id(store_id: str, reward: str) -> UUID:
    """The one stock of a reward in a store. It follows from both, so that it is known before anything is in it."""
    return uuid5(_SPACE, f"{len(store_id)} {store_id} {reward}")


def effect_of_redemption(redeemed: RewardRedeemed) -> Effect:
    """What it does to the member: the points are gone. No visit, no spend, no growth."""
    return Effect(member_id=redeemed.member_id, on=redeemed.business_date, redeemed_points=redeemed.points)


def check_redemption(redeemed: RewardRedeemed) -> None:
    """Assert what must hold of one before it is told: a failure is our bug."""
    assert redeemed.units > 0, "a reward of nothing"
    assert redeemed.points >= redeemed.units, "a reward that costs nothing"
    assert 0 <= taken_from(redeemed.spent) <= redeemed.points, "more lots than points"
    assert all(use.amount > 0 for use in redeemed.leases), "a lease of which nothing is used"


def taken_from(lots: Sequence[Lot]) -> int:
    return sum(lot.points for lot in lots)
