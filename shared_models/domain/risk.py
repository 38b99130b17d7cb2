"""What head office is told of: too many acts of one kind, or too much, by one person or in one place (RISK-1).

Velocity and amount rules. They stop nobody: what they find is listed for review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple


class Act(StrEnum):
    """What is counted, and what its amount is: minor units; of REDEMPTION points. ADJUSTMENT is a correction of stored
    value by head office. REGISTRATION and COUPON have times only."""

    PURCHASE = "purchase"
    REDEMPTION = "redemption"
    STORED_VALUE = "stored_value"
    COUPON = "coupon"
    REGISTRATION = "registration"
    ADJUSTMENT = "adjustment"
    RETURN = "return"


class Per(StrEnum):
    """By whom it is counted. MEMBER_AT_CASHIER: one card with one cashier, as when somebody lends their own to
    customers (cashier self-dealing)."""

    MEMBER = "member"
    CASHIER = "cashier"
    STORE = "store"
    MEMBER_AT_CASHIER = "member_at_cashier"


_BY_CASHIER: Final = frozenset(Per)
COUNTED_BY: Final[Mapping[Act, frozenset[Per]]] = {
    Act.PURCHASE: _BY_CASHIER,
    Act.REDEMPTION: _BY_CASHIER,
    Act.STORED_VALUE: _BY_CASHIER,
    Act.COUPON: _BY_CASHIER,
    Act.REGISTRATION: frozenset({Per.STORE}),
    Act.ADJUSTMENT: frozenset({Per.MEMBER}),
    Act.RETURN: _BY_CASHIER,
}
"""What the facts of an act say about who did it."""


class Sum(NamedTuple):
    times: int
    amount: int


@dataclass(frozen=True, slots=True)
class RiskRule:
    """More than ``times`` acts, or more than ``amount`` in all, within ``days`` business dates in a row. ``None``: any
    number of it is right."""

    id: str
    act: Act
    per: Per
    days: int = 1
    times: int | None = None
    amount: int | None = None

    def within(self, by_day: Mapping[date, Sum], on: date) -> Sum:
        """What was done in the window that ends with ``on``."""
        window = [by_day.get(on - timedelta(days=back), Sum(0, 0)) for back in range(self.days)]
        return Sum(sum(each.times for each in window), sum(each.amount for each in window))

    def is_broken_by(self, done: Sum) -> bool:
        too_often = self.times is not None and done.times > self.times
        return too_often or (self.amount is not None and done.amount > self.amount)


DEFAULT_RISK: Final = (
    RiskRule("redemptions-a-day", Act.REDEMPTION, Per.MEMBER, 1, times=5),
    RiskRule("redeemed-a-week", Act.REDEMPTION, Per.MEMBER, 7, amount=50_000),
    RiskRule("redemptions-with-one-cashier", Act.REDEMPTION, Per.MEMBER_AT_CASHIER, 7, times=10),
    RiskRule("stored-value-a-day", Act.STORED_VALUE, Per.MEMBER, 1, times=10),
    RiskRule("coupons-a-day", Act.COUPON, Per.MEMBER, 1, times=10),
    RiskRule("purchases-a-day", Act.PURCHASE, Per.MEMBER, 1, times=10),
    RiskRule("purchases-with-one-cashier", Act.PURCHASE, Per.MEMBER_AT_CASHIER, 7, times=20),
    RiskRule("registrations-a-day", Act.REGISTRATION, Per.STORE, 1, times=300),
    RiskRule("returns-a-month", Act.RETURN, Per.MEMBER, 30, times=8),
    RiskRule("returns-with-one-cashier", Act.RETURN, Per.CASHIER, 1, times=30),
    RiskRule("adjustments-a-month", Act.ADJUSTMENT, Per.MEMBER, 30, times=3),
)
"""Ours; a supermarket's busiest honest members stay below."""
