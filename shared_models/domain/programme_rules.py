"""The parts of a member programme, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from functools import cached_property

from shared_models.domain.barcode import InStoreRule
from shared_models.domain.benefits import Reserved, Service
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal
from shared_models.domain.deal_index import DealIndex
from shared_models.domain.earn_rules import ActRule, EarnRule, RedeemRule
from shared_models.domain.limits import NO_LIMITS, Limits
from shared_models.domain.money import Currency, Rounding, currency_of
from shared_models.domain.offer import Offer, OfferIndex
from shared_models.domain.rewards import Reward
from shared_models.domain.risk import DEFAULT_RISK, RiskRule
from shared_models.domain.spending_rules import DEFAULT_SPENDING, Policy, ResourceKind, Spending
from shared_models.domain.stored_value_rules import StoredValueRule
from shared_models.domain.taxes import TaxRounding
from shared_models.domain.tier_rules import YEARLY, Evaluation, Tier


@dataclass(frozen=True)
class Programme:
    """The rules of the shop in one versioned document (no slots, because it keeps indexes of its rules).

    ``taxes`` are rates by tax code (0.13 is 13 %). ``tiers`` go from the lowest up. ``floor_points`` is what
    one member can redeem on one device that is offline (design: Spending while offline). ``cash_rounding_minor`` is the
    smallest sum payable in cash, 1 for none, and ``cash_rounding`` how a sum gets there; ``DOWN`` (抹零) is in the
    customer's favour. ``day_cut_off`` ends the business day, store's time. Without ``stored_value`` none is loaded.
    ``spending`` is how far tills may let things go by themselves, ``risk`` what head office wants to be told of.
    ``sells_past_best_before``: goods whose code names a best-before date (GS1's AI 15) are sold after it, with a
    warning; mainland China forbids it for food (Food Safety Law, article 34).
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
    tax_rounding: TaxRounding = TaxRounding.DOCUMENT
    coupons: tuple[CouponRule, ...] = ()
    services: tuple[Service, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    rewards: tuple[Reward, ...] = ()
    acts: tuple[ActRule, ...] = ()
    cash_rounding: Rounding = Rounding.HALF_UP
    evaluation: Evaluation = YEARLY
    stored_value: StoredValueRule | None = None
    spending: Spending = DEFAULT_SPENDING
    risk: tuple[RiskRule, ...] = DEFAULT_RISK
    sells_past_best_before: bool = False

    @cached_property
    def deal_index(self) -> DealIndex:
        return DealIndex(self.deals)

    @cached_property
    def offer_index(self) -> OfferIndex:
        return OfferIndex(self.offers)

    @cached_property
    def coupon_rules(self) -> Mapping[str, CouponRule]:
        return {rule.id: rule for rule in self.coupons}

    @cached_property
    def excluded(self) -> Mapping[str, frozenset[str]]:
        """Of each deal and kind of coupon what it never applies beside; each pair stands there both ways."""
        found: dict[str, set[str]] = {}
        for deal in (*self.deals, *(rule.deal for rule in self.coupons)):
            for other in deal.excludes:
                found.setdefault(deal.id, set()).add(other)
                found.setdefault(other, set()).add(deal.id)
        return {one: frozenset(others) for one, others in found.items()}

    @cached_property
    def limited(self) -> Mapping[str, Limits]:
        """The limits over many sales of the deals and kinds of coupons that have some, by the rule's id."""
        deals = (*self.deals, *(rule.deal for rule in self.coupons))
        return {deal.id: deal.limits for deal in deals if deal.limits != NO_LIMITS}

    @cached_property
    def limited_rewards(self) -> Mapping[str, Limits]:
        """The same of rewards, which no price rests on, by ``Reward.limited_as``."""
        return {reward.limited_as: reward.limits for reward in self.rewards if reward.limits != NO_LIMITS}

    @cached_property
    def all_limited(self) -> Mapping[str, Limits]:
        return {**self.limited_rewards, **self.limited}

    def policy(self, kind: ResourceKind) -> Policy:
        """How tills may let a kind of resource be spent; the floor of points is ``floor_points``."""
        policy = self.spending.of(kind)
        return replace(policy, floor=self.floor_points) if kind is ResourceKind.POINTS else policy

    @property
    def money(self) -> Currency:
        return currency_of(self.currency)

    def rank(self, tier: str) -> int:
        """The place of ``tier`` from 0; a tier this programme doesn't know counts as the lowest."""
        return next((place for place, known in enumerate(self.tiers) if known.code == tier), 0)

    def tier(self, code: str) -> Tier:
        """The tier ``code``, or the lowest if this programme doesn't know it."""
        return self.tiers[self.rank(code)]
