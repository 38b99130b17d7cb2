"""Pricing a basket, against a hand-written loop that does the same look-ups and sums and explains nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from shared_models.domain.audience import PricingMember, Setting
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.offer import AmountOff, FixedPrice, Offer, PercentOff
from shared_models.domain.pricing import price
from shared_models.domain.programme import Programme, default_programme
from tillpoint.bench import shop
from tillpoint.bench.measure import Budget, Place, Result, Size, alternately, p99

LINES = 50
OFFERS = 200
_MOST_MS = 5
_BASKETS = 20
_GOODS = 1_000
_AT = datetime(2026, 11, 24, 18, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
_MEMBER = PricingMember("silver")

BareBasket = list[tuple[Product, int]]


def measure(size: Size, place: Place) -> Iterator[Result]:  # noqa: ARG001 - the common signature
    yield _one(size, "price", "offers as a shop has them", crowded=False)
    yield _one(size, "price-crowded", "every offer on every line", crowded=True)


def _one(size: Size, name: str, kind: str, *, crowded: bool) -> Result:
    programme = replace(default_programme(), offers=shop.offers(OFFERS, _GOODS, crowded=crowded))
    baskets = [_basket(number) for number in range(_BASKETS)]
    bare = [[(line.product, line.quantity_milli) for line in basket.lines] for basket in baskets]
    loop = bare_pricer(programme)
    for basket, lines in zip(baskets, bare, strict=True):
        priced = price(basket, programme, _MEMBER, _AT)
        tax = sum(each.tax_minor for each in priced.taxes)
        assert (priced.total_minor, tax) == loop(lines), "the bare loop does other work"
    ours, limit = alternately(
        size.rounds,
        lambda round_: price(baskets[round_ % _BASKETS], programme, _MEMBER, _AT),
        lambda round_: loop(bare[round_ % _BASKETS]),
    )
    scale = f"{LINES} lines, {OFFERS} offers"
    return Result(name, f"price a basket, p99, {kind}", scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))


def _basket(number: int) -> Basket:
    basket = Basket()
    for line in range(LINES):
        goods = shop.product((number * 311 + line * 17) % _GOODS)
        basket = basket.add(goods, goods.codes[0], (1 + (number + line) % 4) * 1_000)
    return basket


def bare_pricer(programme: Programme) -> Callable[[BareBasket], tuple[int, int]]:
    """A pricer that gives the total and the tax in it, no more. Which offers run and what they name is found before."""
    running = [offer for offer in programme.offers if offer.is_live(Setting(_AT))]
    everything = [_bare(offer) for offer in running if offer.goods.everything]
    named: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    for offer in running:
        for kind, names in (("id", offer.goods.products), ("c", offer.goods.categories), ("b", offer.goods.brands)):
            for name in names:
                named.setdefault((kind, name), []).append(_bare(offer))
    member_up, member_down = programme.tier(_MEMBER.tier).member_price.as_integer_ratio()
    taxes = {code: (rate / (1 + rate)).as_integer_ratio() for code, rate in _rates(programme).items()}

    def total(lines: BareBasket) -> tuple[int, int]:
        nets = dict.fromkeys(taxes, 0)
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
            nets[goods.tax_code] += best
        tax = 0
        for code, (up, down) in taxes.items():
            tax += (2 * nets[code] * up + down) // (2 * down)
        return sum(nets.values()), tax

    return total


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
