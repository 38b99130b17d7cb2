"""What may be spent while tills don't know of each other, and by which policy (design: Spending while offline)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ResourceKind(StrEnum):
    """Bounded counters that several tills draw on.

    ``key`` of a resource: POINTS, STORED_VALUE the member's id; COUPON the coupon's id; BUDGET see ``budgets``;
    ALLOWANCE see ``spending.allowance_key``; GIFT the id of a store's stock, ``reward_facts.stock_id``; RETURNS
    ``<sale id>/<line number>``. Amounts: points, minor units, uses, uses or minor units, as the kind it is for, pieces,
    thousandths of a unit.
    """

    POINTS = "points"
    STORED_VALUE = "stored_value"
    COUPON = "coupon"
    BUDGET = "budget"
    ALLOWANCE = "allowance"
    GIFT = "gift"
    RETURNS = "returns"


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    kind: ResourceKind
    key: str


def points_of(member_id: UUID) -> Resource:
    return Resource(ResourceKind.POINTS, str(member_id))


def stored_value_of(member_id: UUID) -> Resource:
    return Resource(ResourceKind.STORED_VALUE, str(member_id))


def uses_of(coupon_id: UUID) -> Resource:
    return Resource(ResourceKind.COUPON, str(coupon_id))


def gifts_of(stock_id: UUID) -> Resource:
    return Resource(ResourceKind.GIFT, str(stock_id))


class Mode(StrEnum):
    """ESCROW: what the server lent to this device, kept until it is called back. FLOOR: up to a sum that only a sync
    frees again. REFUSE: only what was lent for the very sale in hand."""

    ESCROW = "escrow"
    FLOOR = "floor"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Policy:
    """``floor`` is the sum of FLOOR for one key on one device. ``usual_store``: FLOOR holds only in the member's own
    store, elsewhere it is REFUSE. ``per_day`` is what all tills of a store let go by FLOOR on one business day,
    ``None`` for any. A device asks for ``most`` at once, ``None`` for all there is."""

    mode: Mode
    floor: int = 0
    usual_store: bool = False
    per_day: int | None = None
    most: int | None = None

    def mode_in(self, *, usual_store: bool) -> Mode:
        """What holds in a store that is, or isn't, the member's own."""
        return Mode.REFUSE if self.mode is Mode.FLOOR and self.usual_store and not usual_store else self.mode


DEFAULT_IDLE_DAYS = 14
ALL = 1 << 53
"""A floor that bounds nothing by itself: what the device saw is the bound."""


@dataclass(frozen=True, slots=True)
class Spending:
    """The policies of a programme. ``idle_days`` after it was last used a device gives a lease back by itself.

    The floor of ``points`` is the programme's ``floor_points``: ``Programme.policy`` puts it in.
    """

    points: Policy = Policy(Mode.FLOOR)
    stored_value: Policy = Policy(Mode.ESCROW)
    coupons: Policy = Policy(Mode.FLOOR, floor=1, usual_store=True)
    budgets: Policy = Policy(Mode.ESCROW)
    gifts: Policy = Policy(Mode.ESCROW)
    returns: Policy = Policy(Mode.FLOOR, floor=ALL)
    idle_days: int = DEFAULT_IDLE_DAYS

    def of(self, kind: ResourceKind) -> Policy:
        match kind:
            case ResourceKind.POINTS:
                return self.points
            case ResourceKind.STORED_VALUE:
                return self.stored_value
            case ResourceKind.COUPON:
                return self.coupons
            case ResourceKind.BUDGET | ResourceKind.ALLOWANCE:
                return self.budgets
            case ResourceKind.GIFT:
                return self.gifts
            case ResourceKind.RETURNS:
                return self.returns


DEFAULT_SPENDING = Spending()
