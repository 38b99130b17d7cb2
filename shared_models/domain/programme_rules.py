"""The parts of a member programme, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import cached_property

from shared_models.domain.barcode import InStoreRule
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal
from shared_models.domain.deal_index import DealIndex
from shared_models.domain.money import Currency, currency_of
from shared_models.domain.offer import Offer, OfferIndex


@dataclass(frozen=True, slots=True)
class Tier:
    """All gates must be met: ``growth`` value, spend in one calendar month, referred members.

    ``member_price`` is the factor on goods marked for it (0.85 is 8.5折), ``earn_multiplier`` that on points.
    """

    code: str
    names: Mapping[str, str]
    growth: int
    member_price: Decimal
    earn_multiplier: Decimal
    month_spend_minor: int = 0
    referrals: int = 0


@dataclass(frozen=True, slots=True)
class EarnRule:
    """``points`` and ``growth`` per unit of currency paid; lots expire at the end of the calendar year ``years`` on.

    Goods in ``excluded_categories`` earn no points.
    """

    points: int = 1
    growth: int = 1
    years: int = 1
    excluded_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RedeemRule:
    """``points`` pay ``worth_minor``; from ``minimum_points`` in steps of ``step_points``, up to ``share`` of the bill.

    The bill is that of the goods outside ``excluded_categories``.
    """

    points: int = 100
    worth_minor: int = 100
    minimum_points: int = 100
    step_points: int = 100
    share: Decimal = Decimal("0.5")
    excluded_categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Programme:
    """The rules of the shop in one versioned document (no slots, because it keeps indexes of its offers and deals).

    ``taxes`` are rates by tax code (0.13 is 13 %). ``tiers`` go from the lowest up. ``floor_points`` is what
    one member can redeem on one device that is offline (design: Spending while offline). ``cash_rounding_minor`` is the
    smallest sum payable in cash, 1 for none. ``day_cut_off`` ends the business day, store's time.
    """

    version: int
    valid_from: date
    currency: str
    prices_include_tax: bool
    taxes: Mapping[str, Decimal]
    tiers: tuple[Tier, ...]
    offers: tuple[Offer, ...] = ()
    earn: EarnRule = field(default_factory=EarnRule)
    redeem: RedeemRule = field(default_factory=RedeemRule)
    floor_points: int = 500
    in_store: tuple[InStoreRule, ...] = ()
    cash_rounding_minor: int = 1
    day_cut_off: time = time(0)
    deals: tuple[Deal, ...] = ()
    coupons: tuple[CouponRule, ...] = ()

    @cached_property
    def deal_index(self) -> DealIndex:
        return DealIndex(self.deals)

    @cached_property
    def offer_index(self) -> OfferIndex:
        return OfferIndex(self.offers)

    @property
    def money(self) -> Currency:
        return currency_of(self.currency)

    def rank(self, tier: str) -> int:
        """The place of ``tier`` from 0; a tier this programme doesn't know counts as the lowest."""
        return next((place for place, known in enumerate(self.tiers) if known.code == tier), 0)

    def tier(self, code: str) -> Tier:
        """The tier ``code``, or the lowest if this programme doesn't know it."""
        return self.tiers[self.rank(code)]
