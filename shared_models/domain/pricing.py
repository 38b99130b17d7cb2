"""The price of a basket: one pure function for till and server.

Phases follow each other: first the member's tier price on goods marked for it, then one line offer per unit on what is
left after the member price, so a 20 % offer on a 9折 price gives 0.72 of the shelf price. Within the line-offer phase
each line takes the offer that leaves the lowest price; of equal ones the higher priority, then the lower id. A price
after a percentage is rounded half up, per line, and the discount is the difference. Then come the deals on several
goods together (``basket_offers``), last the coupons (``coupon_offers``). Every cent between a line's gross and net
stands in an adjustment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from shared_models.domain import reason
from shared_models.domain.audience import NOWHERE, PricingMember, Setting, Visit
from shared_models.domain.basket import Basket, BasketLine
from shared_models.domain.basket_offers import BasketOffers, Lot, basket_offers, lot_of
from shared_models.domain.catalogue import Product
from shared_models.domain.coupon_offers import CouponOffers, OfferedLine, RefusedCoupon, coupon_offers
from shared_models.domain.deal_reasons import of_benefit, percent_values
from shared_models.domain.limits import Used
from shared_models.domain.money import check_amount, scaled
from shared_models.domain.near_miss import NearMiss
from shared_models.domain.offer import Offer, PreparedOffer
from shared_models.domain.programme_rules import Programme
from shared_models.domain.sale import MEMBER_PRICE_RULE, Adjustment, TaxTotal, UsedCoupon
from shared_models.domain.taxes import taxes_of
from shared_models.domain.tier_rules import Tier

ENGINE = "2"
MEMBER_PRICE_PHASE = "member_price"
LINE_OFFER_PHASE = "line_offer"

_MOST_REMEMBERED = 5_000
"""Goods in such a quantity at such a price."""

_NO_DEALS = BasketOffers((), (), True)
_NO_COUPONS = CouponOffers((), (), (), (), True)


class PricedLine(NamedTuple):
    """``net_minor`` = gross + Σ adjustments; ``tax_minor`` is inside it or on top of it, as the programme says."""

    line: BasketLine
    gross_minor: int
    adjustments: tuple[Adjustment, ...]
    net_minor: int
    tax_code: str
    tax_minor: int

    @property
    def line_id(self) -> int:
        return self.line.line_id

    @property
    def product(self) -> Product:
        return self.line.product

    @property
    def quantity_milli(self) -> int:
        return self.line.quantity_milli


@dataclass(frozen=True, slots=True)
class PricedBasket:
    """``total_minor`` is what is to be paid before cash rounding, tax included. ``points_base_minor`` is the part of it
    that earns points. ``optimal``: in no phase would another allowed choice of offers cost less. ``near_misses``: what
    little is missing for a deal, nearest first. ``coupons`` were used, ``refused_coupons`` were not; ``uses``
    is how often and for how much each deal and kind of coupon applied, for limits over many sales."""

    lines: tuple[PricedLine, ...]
    taxes: tuple[TaxTotal, ...]
    total_minor: int
    saved_minor: int
    optimal: bool
    points_base_minor: int
    prices_include_tax: bool
    near_misses: tuple[NearMiss, ...] = ()
    coupons: tuple[UsedCoupon, ...] = ()
    refused_coupons: tuple[RefusedCoupon, ...] = ()
    uses: Mapping[str, Used] = field(default_factory=dict)

    def bill_without(self, categories: tuple[str, ...]) -> int:
        """What is to be paid for goods outside ``categories``, tax included."""
        return _bill_without(self.lines, self.prices_include_tax, categories)

    def bill_by_category(self) -> dict[str, int]:
        """What is to be paid for the goods of each category, tax included."""
        bill: dict[str, int] = {}
        for line in self.lines:
            category = line.product.category
            bill[category] = bill.get(category, 0) + self.payable_minor(line)
        return bill

    def payable_minor(self, line: PricedLine) -> int:
        """What ``line`` costs with tax."""
        return line.net_minor if self.prices_include_tax else line.net_minor + line.tax_minor


def _bill_without(lines: Sequence[PricedLine], include_tax: bool, categories: tuple[str, ...]) -> int:
    counted = [each for each in lines if each.line.product.category not in categories] if categories else lines
    bill = sum([each.net_minor for each in counted])
    return bill if include_tax else bill + sum([each.tax_minor for each in counted])


def price(
    basket: Basket, programme: Programme, member: PricingMember | None, at: datetime, visit: Visit = NOWHERE
) -> PricedBasket:
    """Price ``basket`` at ``at``, an aware time *in the store's zone*: its zone decides what day and hour offers see.

    A line that isn't weighed yet costs nothing and counts for no offer.

    Raise ``UnknownTaxCode``, ``AmountTooLarge``; ``ValueError`` for a time without zone.
    """
    if at.tzinfo is None:
        raise ValueError("pricing needs a time with the store's zone")
    tier = programme.tier(member.tier) if member else None
    setting = Setting(at, tier.code if tier else None, member, visit)
    reduced = _Phases(programme, tier, setting).reduced(basket.lines)
    together, coupons = _NO_DEALS, _NO_COUPONS
    if programme.deals:
        applied = reduced.applied() if programme.excluded else frozenset()
        together = basket_offers(programme.deal_index, basket.lines, reduced.lots, setting, applied)
        reduced.reduce(together.adjustments)
    if visit.coupons:
        applied, excluded = reduced.applied(), programme.excluded
        coupons = coupon_offers(programme.coupon_rules, reduced.offered_lines(), setting, applied, excluded)
        reduced.reduce(coupons.adjustments)
    taxed = [(line.product, left) for line, left in zip(basket.lines, reduced.left, strict=True)]
    taxes, tax_shares = taxes_of(taxed, programme.taxes, programme.prices_include_tax, programme.tax_rounding)
    lines = [
        PricedLine(line, gross, adjustments, net, line.product.tax_code, tax)
        for line, gross, adjustments, net, tax in zip(
            basket.lines, reduced.gross, reduced.adjustments, reduced.left, tax_shares, strict=True
        )
    ]
    return _sum_up(tuple(lines), taxes, programme, together, coupons)


@dataclass(slots=True)
class _Reduced:
    """Where ``lines`` stand after the phases so far, line by line: what they cost before and now, whether an offer made
    them cheaper, and why. ``lots`` are the lines as deals see them after the line offers."""

    lines: Sequence[BasketLine]
    gross: Sequence[int]
    left: list[int]
    offered: list[bool]
    adjustments: list[tuple[Adjustment, ...]]
    lots: Sequence[Lot]

    def applied(self) -> Set[str]:
        """The rules that took something off."""
        return {adjustment.rule for each in self.adjustments for adjustment in each}

    def reduce(self, adjustments: Sequence[tuple[Adjustment, ...]]) -> None:
        for place, more in enumerate(adjustments):
            if more:
                for each in more:
                    self.left[place] += each.amount_minor
                self.offered[place] = True
                self.adjustments[place] += more

    def offered_lines(self) -> Sequence[OfferedLine]:
        columns = (self.lines, self.left, self.offered, self.adjustments)
        return [OfferedLine(*each) for each in zip(*columns, strict=True)]


def _sum_up(
    lines: tuple[PricedLine, ...],
    taxes: tuple[TaxTotal, ...],
    programme: Programme,
    together: BasketOffers,
    coupons: CouponOffers,
) -> PricedBasket:
    on_top = 0 if programme.prices_include_tax else sum(tax.tax_minor for tax in taxes)
    net = sum([line.net_minor for line in lines])
    return PricedBasket(
        lines=lines,
        taxes=taxes,
        total_minor=check_amount(net + on_top),
        saved_minor=sum([line.gross_minor for line in lines]) - net,
        optimal=together.optimal and coupons.optimal,
        points_base_minor=_bill_without(lines, programme.prices_include_tax, programme.earn.excluded_categories),
        prices_include_tax=programme.prices_include_tax,
        near_misses=coupons.near_misses + together.near_misses,
        coupons=coupons.used,
        refused_coupons=coupons.refused,
        uses={**together.uses, **_coupon_uses(coupons)},
    )


def _coupon_uses(coupons: CouponOffers) -> dict[str, Used]:
    uses: dict[str, Used] = {}
    for coupon in coupons.used:
        before = uses.get(coupon.rule, Used())
        uses[coupon.rule] = Used(before.times + 1, before.minor + coupon.off_minor)
    return uses


_Given: TypeAlias = tuple[int, int, bool, tuple[Adjustment, ...], Lot]
"""What a line costs before and after the tier's price and a line offer, whether there was an offer, why it costs that,
and how deals see it."""


class _Phases:
    """The phases of one basket at one moment."""

    def __init__(self, programme: Programme, tier: Tier | None, setting: Setting) -> None:
        self._member: tuple[str, dict[str, str], Callable[[int], int]] | None = None
        if tier is not None:
            price_of = scaled(*tier.member_price.as_integer_ratio())
            self._member = (MEMBER_PRICE_RULE + tier.code, _member_values(tier), price_of)
        self._offers = programme.offer_index.running(setting)
        self._deals = programme.deal_index

    def reduced(self, lines: Sequence[BasketLine]) -> _Reduced:
        """Goods that lay alike in a basket before, in the same setting, cost what they cost then."""
        known: dict[object, _Given] = self._offers.given
        found = []
        for line in lines:
            product = line.product
            key = (
                product.id, product.category, product.brand, product.supplier, product.tags, product.unit,
                product.member_price, product.price_minor, line.quantity_milli, line.fixed_price_minor,
            )  # fmt: skip
            given = known.get(key)
            if given is None:
                if len(known) >= _MOST_REMEMBERED:
                    known.clear()
                given = known[key] = self._reduce(line)
            found.append(given)
        columns = map(list, zip(*found, strict=True)) if found else ([], [], [], [], [])
        return _Reduced(lines, *columns)

    def _reduce(self, line: BasketLine) -> _Given:
        left = gross = line.gross_minor
        adjustments: list[Adjustment] = []
        if self._member is not None and line.product.member_price:
            rule, values, price_of = self._member
            off = left - price_of(left)
            if off:
                why = reason.MEMBER_PRICE
                adjustments.append(Adjustment(rule, MEMBER_PRICE_PHASE, why, values, line.quantity_milli, -off))
                left -= off
        offer, off = self._best(line, left)
        if offer is not None:
            adjustments.append(_offer_adjustment(line, offer, off))
            left -= off
        offered = offer is not None
        return gross, left, offered, tuple(adjustments), lot_of(self._deals, line, left, offered)

    def _best(self, line: BasketLine, left_minor: int) -> tuple[Offer | None, int]:
        """The offer that takes most off ``left_minor`` and how much; none if none takes anything."""
        best: PreparedOffer | None = None
        best_off = 0
        product, quantity = line.product, line.quantity_milli
        for kind in self._offers.on(product):
            for prepared in kind:
                off = prepared.off(quantity, left_minor)
                if off < best_off or not off:
                    break
                if best is None or off > best_off or prepared.order < best.order:
                    best, best_off = prepared, off
        return (best.offer if best else None), best_off


def _member_values(tier: Tier) -> dict[str, str]:
    return {**percent_values(100 - 100 * tier.member_price), "tier": tier.code}


def _offer_adjustment(line: BasketLine, offer: Offer, off: int) -> Adjustment:
    key, values = of_benefit(offer.benefit)
    return Adjustment(offer.id, LINE_OFFER_PHASE, key, values, line.quantity_milli, -off)
