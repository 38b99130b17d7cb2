"""Laws that hold for any basket and any offers."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.audience import Setting
from shared_models.domain.basket import BasketLine
from shared_models.domain.catalogue import Product
from shared_models.domain.offer import AmountOff, FixedPrice, Goods, Offer, PercentOff
from shared_models.domain.pricing import PricedBasket
from tests.domain.shop import AT, PROGRAMME, offer, offers, priced, programme, scan_all, scans, tiers

Scans = list[tuple[Product, int]]
RATES = {"standard": "0.13", "reduced": "0.09", "zero": "0"}


def half_up(value: Decimal) -> int:
    """The obvious way: by Decimal, for amounts that are never below zero."""
    return int(value + Decimal("0.5"))


def brute_force(line: BasketLine, all_offers: tuple[Offer, ...], tier: str | None) -> int:
    """The lowest price of a line, by trying the member price and then every offer there is."""
    quantity = Decimal(line.quantity_milli) / 1000
    price = half_up(line.product.price_minor * quantity)
    if tier and line.product.member_price:
        price = half_up(price * PROGRAMME.tier(tier).member_price)
    tried = [price]
    for each in all_offers:
        if not each.goods.include(line.product) or not each.is_live(Setting(AT)):
            continue
        match each.benefit:
            case PercentOff(percent):
                tried.append(half_up(price * (1 - percent / 100)))
            case AmountOff(amount_minor):
                tried.append(max(0, price - half_up(amount_minor * quantity)))
            case FixedPrice(price_minor):
                tried.append(half_up(price_minor * quantity))
    return min(tried)


def by_product(bill: PricedBasket) -> Counter[tuple[str, int, int]]:
    return Counter((line.product.id, line.quantity_milli, line.net_minor) for line in bill.lines)


@given(scans(), offers(), tiers)
def test_equals_brute_force(scanned: Scans, live: tuple[Offer, ...], tier: str | None) -> None:
    basket = scan_all(scanned)
    bill = priced(basket, programme(*live), tier)
    assert [line.net_minor for line in bill.lines] == [brute_force(line, live, tier) for line in basket.lines]


@given(st.lists(st.tuples(scans(), tiers), min_size=1, max_size=3), offers())
def test_what_was_priced_before_changes_nothing(
    visits: list[tuple[Scans, str | None]], live: tuple[Offer, ...]
) -> None:
    known = programme(*live)
    for scanned, tier in (*visits, *visits):
        whole = scan_all(scanned)
        for basket in (whole.remove(whole.lines[0].line_id), whole, whole):
            assert priced(basket, known, tier) == priced(basket, programme(*live), tier)


@given(scans(), offers(), tiers, st.booleans())
def test_every_cent_is_explained(scanned: Scans, live: tuple[Offer, ...], tier: str | None, included: bool) -> None:
    bill = priced(scan_all(scanned), programme(*live, taxes=RATES, include_tax=included), tier)
    for line in bill.lines:
        assert line.net_minor == line.gross_minor + sum(each.amount_minor for each in line.adjustments)
        assert 0 <= line.net_minor <= line.gross_minor
        assert all(each.amount_minor < 0 for each in line.adjustments)
    net = sum(line.net_minor for line in bill.lines)
    tax = sum(each.tax_minor for each in bill.taxes)
    assert tax == sum(line.tax_minor for line in bill.lines)
    assert bill.total_minor == (net if included else net + tax)
    assert bill.saved_minor == sum(line.gross_minor for line in bill.lines) - net
    assert sum(each.base_minor for each in bill.taxes) == (net - tax if included else net)


@given(scans(), offers(), tiers, st.randoms(use_true_random=False))
def test_the_order_of_scanning_does_not_matter(
    scanned: Scans, live: tuple[Offer, ...], tier: str | None, random: Random
) -> None:
    other = list(scanned)
    random.shuffle(other)
    one, two = (priced(scan_all(each), programme(*live), tier) for each in (scanned, other))
    assert by_product(one) == by_product(two)
    assert (one.total_minor, one.taxes, one.points_base_minor) == (two.total_minor, two.taxes, two.points_base_minor)


@given(scans(), offers(), tiers, st.randoms(use_true_random=False))
def test_the_order_of_offers_does_not_matter(
    scanned: Scans, live: tuple[Offer, ...], tier: str | None, random: Random
) -> None:
    other = list(live)
    random.shuffle(other)
    assert priced(scan_all(scanned), programme(*live), tier) == priced(scan_all(scanned), programme(*other), tier)


@given(scans(), offers(), tiers, st.decimals("0.1", 100, places=1))
def test_one_more_percent_offer_never_raises_the_total(
    scanned: Scans, live: tuple[Offer, ...], tier: str | None, percent: Decimal
) -> None:
    more = offer("more", PercentOff(percent), Goods(everything=True), priority=-9)
    before = priced(scan_all(scanned), programme(*live), tier)
    after = priced(scan_all(scanned), programme(*live, more), tier)
    assert after.total_minor <= before.total_minor


@given(scans(), offers())
def test_a_higher_tier_never_pays_more(scanned: Scans, live: tuple[Offer, ...]) -> None:
    totals = [
        priced(scan_all(scanned), programme(*live), tier).total_minor
        for tier in (None, "basic", "silver", "gold", "diamond")
    ]
    assert all(low >= high for low, high in pairwise(totals))
