"""Pricing by hand: loops that do the look-ups and sums that any pricer must do, and explain nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias
from zoneinfo import ZoneInfo

from shared_models.domain.audience import PricingMember, Setting
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.deal import Bundle, Each, Get, Gift, Spend, Terms, parts_of
from shared_models.domain.offer import AmountOff, FixedPrice, Offer, PercentOff
from shared_models.domain.programme import Programme

AT = datetime(2026, 11, 24, 18, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
MEMBER = PricingMember("silver")

BareBasket: TypeAlias = list[tuple[Product, int]]
"""Products and their quantities in thousandths."""


def bare_of(basket: Basket) -> BareBasket:
    return [(line.product, line.quantity_milli) for line in basket.lines]


def bare_nets(programme: Programme) -> Callable[[BareBasket], list[int]]:
    """What each line costs after the line offers. Which offers run and what they name is found before."""
    running = [offer for offer in programme.offers if offer.is_live(Setting(AT))]
    everything = [_bare(offer) for offer in running if offer.goods.everything]
    named: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    for offer in running:
        for kind, names in (("id", offer.goods.products), ("c", offer.goods.categories), ("b", offer.goods.brands)):
            for name in names:
                named.setdefault((kind, name), []).append(_bare(offer))
    member_up, member_down = programme.tier(MEMBER.tier).member_price.as_integer_ratio()

    def nets(lines: BareBasket) -> list[int]:
        found = []
        for goods, quantity_milli in lines:
            left = (goods.price_minor * quantity_milli + 500) // 1_000
            if goods.member_price:
                left = (2 * left * member_up + member_down) // (2 * member_down)
            best = left
            keys = (("id", goods.id), ("c", goods.category), ("b", goods.brand))
            for offers in (*(named.get(key, ()) for key in keys), everything):
                for kind, up, down in offers:
                    if kind == 0:
                        after = (2 * left * up + down) // (2 * down)
                    elif kind == 1:
                        after = left - (up * quantity_milli + 500) // 1_000
                    else:
                        after = (up * quantity_milli + 500) // 1_000
                    best = min(best, max(0, after))
            found.append(best)
        return found

    return nets


def bare_pricer(programme: Programme) -> Callable[[BareBasket], tuple[int, int]]:
    """A pricer that gives the total and the tax in it, no more."""
    nets = bare_nets(programme)
    taxes = {code: (rate / (1 + rate)).as_integer_ratio() for code, rate in _rates(programme).items()}

    def total(lines: BareBasket) -> tuple[int, int]:
        sums = dict.fromkeys(taxes, 0)
        for (goods, _), net in zip(lines, nets(lines), strict=True):
            sums[goods.tax_code] += net
        tax = 0
        for code, (up, down) in taxes.items():
            tax += (2 * sums[code] * up + down) // (2 * down)
        return sum(sums.values()), tax

    return total


def bare_looker(programme: Programme) -> Callable[[BareBasket], int]:
    """Adds up, for each deal that runs, the value and the pieces of its goods after the line offers and compares them
    with what it needs: nobody can tell without that which deals apply. It decides nothing; it gives how many could."""
    nets = bare_nets(programme)
    running = [deal for deal in programme.deals if deal.is_live(Setting(AT))]
    needs = [_needs(deal.terms) for deal in running]
    goods_of = [parts_of(deal.terms) for deal in running]
    known: dict[str, list[int]] = {}

    def could_apply(lines: BareBasket) -> int:
        sums = [[0, 0] for _ in running]
        for (product, quantity_milli), net in zip(lines, nets(lines), strict=True):
            mine = known.get(product.id)
            if mine is None:
                found = [
                    number for number, parts in enumerate(goods_of) if any(each.include(product) for each in parts)
                ]
                mine = known[product.id] = found
            for number in mine:
                each = sums[number]
                each[0] += net
                each[1] += quantity_milli
        return sum(each[unit] >= least for each, (unit, least) in zip(sums, needs, strict=True))

    return could_apply


def _needs(terms: Terms) -> tuple[int, int]:
    """Value (0) or thousandths (1), and how much of it at least."""
    match terms:
        case Spend(steps=steps):
            return 0, min(step.threshold for step in steps)
        case Get(buy=buy, get=get):
            return 1, 1_000 * (buy + get)
        case Bundle(parts=parts):
            return 1, 1_000 * sum(part.count for part in parts)
        case Each():
            return 1, 1
        case Gift(threshold=threshold):
            return 0, threshold


def _rates(programme: Programme) -> dict[str, Fraction]:
    return {code: Fraction(rate) for code, rate in programme.taxes.items()}


def _bare(offer: Offer) -> tuple[int, int, int]:
    match offer.benefit:
        case PercentOff(percent):
            up, down = (100 - percent).as_integer_ratio()
            return 0, up, 100 * down
        case AmountOff(amount_minor):
            return 1, amount_minor, 1
        case FixedPrice(price_minor):
            return 2, price_minor, 1
