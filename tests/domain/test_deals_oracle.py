"""The pricer of deals against brute force, and the laws that any basket and any deals keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.domain import basket_offers
from shared_models.domain.catalogue import EACH, Product
from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Part, Spend, Step, Terms, parts_of
from shared_models.domain.offer import AmountOff, FixedPrice, Goods, Offer, PercentOff
from shared_models.domain.pricing import PricedBasket
from tests.domain.brute_force import Piece, best_saving, greedy_saving
from tests.domain.shop import (
    BRANDS,
    CATEGORIES,
    PRODUCT_IDS,
    basket,
    goods,
    offer,
    offers,
    priced,
    product,
    programme,
    scan_all,
    scans,
    tiers,
)

Scans = list[tuple[Product, int]]

small_products = st.builds(
    Product,
    id=st.sampled_from(PRODUCT_IDS[:4]),
    codes=st.just(()),
    names=st.just({"en": "Thing"}),
    price_minor=st.integers(0, 40) | st.integers(0, 50_00),
    unit=st.sampled_from(["each", "each", "each", "kg"]),
    tax_code=st.sampled_from(["standard", "reduced", "zero"]),
    category=st.sampled_from(CATEGORIES),
    brand=st.sampled_from(BRANDS),
    member_price=st.just(False),
)


@st.composite
def small_scans(draw: st.DrawFn) -> Scans:
    """A few products, at most seven pieces: what brute force can try out."""
    catalogue = draw(st.lists(small_products, min_size=1, max_size=4, unique_by=lambda each: each.id))
    scanned, pieces = [], 0
    for each in catalogue:
        count = draw(st.integers(1, 3))
        if each.unit == EACH:
            count = min(count, 7 - pieces)
            pieces += count
        if count:
            scanned.append((each, count * 1000 if each.unit == EACH else draw(st.integers(1, 3_000))))
    return scanned


amounts = st.integers(1, 60) | st.integers(1, 30_00)
percents = st.decimals("0.5", 100, places=1)
reduced = st.builds(PercentOff, percents) | st.builds(AmountOff, amounts)


@st.composite
def spends(draw: st.DrawFn) -> Spend:
    every = draw(st.booleans())
    by_quantity = draw(st.booleans())
    thresholds = st.integers(1, 6_000) if by_quantity else st.integers(1, 100) | st.integers(1, 120_00)
    if every:
        return Spend(draw(goods), (Step(draw(thresholds), AmountOff(draw(amounts))),), by_quantity, every=True)
    steps = draw(st.lists(st.builds(Step, thresholds, reduced), min_size=1, max_size=3))
    return Spend(draw(goods), tuple(steps), by_quantity)


gets = st.builds(
    Get,
    goods,
    st.integers(1, 2),
    st.integers(1, 2),
    reduced | st.builds(FixedPrice, st.integers(0, 20_00)),
    same=st.booleans(),
) | st.builds(Get, goods, st.integers(1, 2), st.integers(1, 2), reduced | st.builds(FixedPrice, amounts), rewards=goods)
bundles = st.builds(
    Bundle, st.lists(st.builds(Part, goods, st.integers(1, 2)), min_size=1, max_size=2).map(tuple), amounts
)
priced_low = reduced | st.builds(FixedPrice, st.integers(0, 20_00))
singles = st.builds(Each, goods, priced_low) | st.builds(
    Gift,
    goods,
    st.integers(1, 100) | st.integers(1, 60_00),
    goods,
    st.integers(1, 2),
    priced_low,
    by_quantity=st.booleans(),
    every=st.booleans(),
)


@st.composite
def deals(draw: st.DrawFn, groups: tuple[str, ...] = ("",), most: int = 4) -> tuple[Deal, ...]:
    count = draw(st.integers(1, most))
    return tuple(
        Deal(
            f"d{number}",
            {"en": "Deal"},
            draw(spends() | gets | bundles | singles),
            date(2026, 1, 1),
            priority=draw(st.integers(-1, 1)),
            group=draw(st.sampled_from(groups)),
            most_times=draw(st.sampled_from([None, None, 1, 2])),
            most_minor=draw(st.sampled_from([None, None, 5, 10_00])),
            excludes=draw(st.sampled_from([(), (), (f"d{(number + 1) % count}",)])) if count > 1 else (),
            full_price_only=draw(st.booleans()),
        )
        for number in range(count)
    )


def pieces_of(bill: PricedBasket) -> list[Piece]:
    """What the deals meet: each line at what the phases before left, by the piece, odd cents on the first pieces."""
    found = []
    for line in bill.lines:
        product, left, offered = (
            line.product,
            line.net_minor,
            any(each.phase == "line_offer" for each in line.adjustments),
        )
        if product.unit != EACH:
            found.append(Piece(product.id, product.category, product.brand, left, line.quantity_milli, False, offered))
            continue
        count = line.quantity_milli // 1000
        for number in range(count):
            cents = left // count + (number < left % count)
            found.append(Piece(product.id, product.category, product.brand, cents, 1000, True, offered))
    return found


@settings(max_examples=400)
@given(small_scans(), offers(), deals())
def test_a_group_saves_what_brute_force_saves(scanned: Scans, lines: tuple[Offer, ...], live: tuple[Deal, ...]) -> None:
    before = priced(scan_all(scanned), programme(*lines))
    bill = priced(scan_all(scanned), replace(programme(*lines), deals=live))
    most = best_saving(list(live), pieces_of(before))
    saved = before.total_minor - bill.total_minor
    assert saved <= most
    if bill.optimal:
        assert saved == most


crowded_goods = st.sampled_from(
    [Goods(everything=True), Goods(everything=True), Goods(products=("p0", "p1")), Goods(products=("p1", "p2", "p3"))]
)
crowded_spends = st.builds(
    Spend,
    crowded_goods,
    st.lists(
        st.builds(Step, st.integers(1, 60), st.builds(AmountOff, st.integers(1, 30)) | st.builds(PercentOff, percents)),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
crowded_gets = st.builds(
    Get,
    crowded_goods,
    st.integers(1, 2),
    st.integers(1, 2),
    st.builds(PercentOff, percents) | st.builds(AmountOff, st.integers(1, 30)),
    same=st.booleans(),
    rewards=st.none() | st.none() | crowded_goods,
)
crowded_bundles = st.builds(
    Bundle,
    st.lists(st.builds(Part, crowded_goods, st.integers(1, 2)), min_size=1, max_size=2).map(tuple),
    st.integers(0, 30),
)
crowded_singles = st.builds(
    Each, crowded_goods, st.builds(PercentOff, percents) | st.builds(AmountOff, st.integers(1, 30))
) | st.builds(
    Gift,
    crowded_goods,
    st.integers(1, 60),
    crowded_goods,
    st.integers(1, 2),
    st.builds(PercentOff, percents) | st.builds(FixedPrice, st.integers(0, 10)),
    every=st.booleans(),
)
crowded_products = st.builds(
    Product,
    id=st.sampled_from(PRODUCT_IDS[:4]),
    codes=st.just(()),
    names=st.just({"en": "Thing"}),
    price_minor=st.integers(1, 30),
    unit=st.just(EACH),
    tax_code=st.just("standard"),
    category=st.just("dairy"),
)


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Scans, tuple[Deal, ...]]:
    """Two to four deals that fight for the same seven pieces."""
    catalogue = draw(st.lists(crowded_products, min_size=2, max_size=4, unique_by=lambda each: each.id))
    scanned = [(each, draw(st.integers(1, 2)) * 1000) for each in catalogue][:4]
    count = draw(st.integers(2, 4))
    return scanned, tuple(
        Deal(
            f"d{number}",
            {},
            draw(crowded_gets | crowded_bundles | crowded_spends | crowded_singles),
            date(2026, 1, 1),
            priority=draw(st.integers(-1, 1)),
            most_times=draw(st.sampled_from([None, None, None, 1])),
            most_minor=draw(st.sampled_from([None, None, None, 15])),
            excludes=draw(st.sampled_from([(), (), (), (f"d{(number + 1) % count}",)])),
        )
        for number in range(count)
    )


@settings(max_examples=300)
@given(crowds())
def test_deals_that_compete_save_what_brute_force_saves(crowd: tuple[Scans, tuple[Deal, ...]]) -> None:
    scanned, live = crowd
    before = priced(scan_all(scanned))
    with patch.object(basket_offers, "MAX_NODES", 100_000):
        bill = priced(scan_all(scanned), replace(programme(), deals=live))
    assert bill.optimal, "a few pieces are searched to the end"
    assert before.total_minor - bill.total_minor == best_saving(list(live), pieces_of(before))


def shares_goods(terms: Terms, scanned: Scans) -> bool:
    """Whether a product here could fill two parts: what a greedy choice is then isn't obvious."""
    if isinstance(terms, Gift):
        return False
    return any(sum(part.include(product) for part in parts_of(terms)) > 1 for product, _ in scanned)


@settings(max_examples=100)
@given(crowds())
def test_a_search_cut_short_is_never_worse_than_greedy(crowd: tuple[Scans, tuple[Deal, ...]]) -> None:
    scanned, live = crowd
    live = tuple(deal for deal in live if not shares_goods(deal.terms, scanned))
    rules = replace(programme(), deals=live)
    with patch.object(basket_offers, "MAX_NODES", 100_000):
        full = priced(scan_all(scanned), rules)
    totals = []
    for nodes in (0, 30, 10_000):
        with patch.object(basket_offers, "MAX_NODES", nodes):
            cut = priced(scan_all(scanned), rules)
        totals.append(cut.total_minor)
        assert cut.total_minor >= full.total_minor
        assert not cut.optimal or cut.total_minor == full.total_minor
    greedy = sum(line.gross_minor for line in full.lines) - greedy_saving(live, pieces_of(priced(scan_all(scanned))))
    assert max(totals) <= greedy


many_deals = deals(groups=("", "a", "b"), most=6)


@given(scans(), offers(), many_deals, tiers, st.booleans())
def test_every_cent_is_explained(
    scanned: Scans, lines: tuple[Offer, ...], live: tuple[Deal, ...], tier: str | None, included: bool
) -> None:
    rules = replace(programme(*lines, include_tax=included), deals=live)
    bill = priced(scan_all(scanned), rules, tier)
    for line in bill.lines:
        assert line.net_minor == line.gross_minor + sum(each.amount_minor for each in line.adjustments)
        assert 0 <= line.net_minor <= line.gross_minor
        assert all(each.amount_minor < 0 and each.quantity_milli <= line.quantity_milli for each in line.adjustments)
    net = sum(line.net_minor for line in bill.lines)
    tax = sum(each.tax_minor for each in bill.taxes)
    assert tax == sum(line.tax_minor for line in bill.lines)
    assert bill.total_minor == (net if included else net + tax)
    assert bill.saved_minor == sum(line.gross_minor for line in bill.lines) - net


@given(scans(), offers(), many_deals, st.randoms(use_true_random=False))
def test_neither_the_order_of_scanning_nor_that_of_deals_matters(
    scanned: Scans, lines: tuple[Offer, ...], live: tuple[Deal, ...], random: Random
) -> None:
    one = priced(scan_all(scanned), replace(programme(*lines), deals=live))
    random.shuffle(scanned)
    mixed = list(live)
    random.shuffle(mixed)
    two = priced(scan_all(scanned), replace(programme(*lines), deals=tuple(mixed)))
    assert (one.total_minor, one.taxes, one.near_misses) == (two.total_minor, two.taxes, two.near_misses)
    assert one.optimal == two.optimal
    assert by_product(one) == by_product(two)


def by_product(bill: PricedBasket) -> Counter[tuple[str, int, int]]:
    return Counter((line.product.id, line.quantity_milli, line.net_minor) for line in bill.lines)


@given(scans(), many_deals)
def test_a_deal_keeps_to_its_cap_and_to_what_it_excludes(scanned: Scans, live: tuple[Deal, ...]) -> None:
    bill = priced(scan_all(scanned), replace(programme(), deals=live))
    saved: Counter[str] = Counter()
    for line in bill.lines:
        for each in line.adjustments:
            saved[each.rule] -= each.amount_minor
    for deal in live:
        if deal.most_minor is not None:
            assert saved[deal.id] <= deal.most_minor
        assert not (saved[deal.id] and any(saved[other] for other in deal.excludes))


@given(small_scans(), deals(), deals(most=1))
def test_one_more_deal_in_a_group_never_raises_the_price(
    scanned: Scans, live: tuple[Deal, ...], more: tuple[Deal, ...]
) -> None:
    extra = replace(more[0], id="more", excludes=())
    one = priced(scan_all(scanned), replace(programme(), deals=live))
    two = priced(scan_all(scanned), replace(programme(), deals=(*live, extra)))
    if two.optimal:
        assert two.total_minor <= one.total_minor


def test_across_phases_and_groups_an_offer_more_can_raise_the_price() -> None:
    """Why the promise is one within a group: what comes earlier can leave a later threshold unreached."""
    milk = product("milk", 100_00)
    thirty = Deal("thirty", {}, Spend(Goods(everything=True), (Step(100_00, AmountOff(30_00)),)), date(2026, 1, 1))
    line = offer("line", AmountOff(1_00), Goods(products=("milk",)))
    first = Deal(
        "first", {}, Each(Goods(everything=True), AmountOff(1_00)), date(2026, 1, 1), priority=1, group="first"
    )
    assert priced(basket(milk), replace(programme(), deals=(thirty,))).total_minor == 70_00
    assert priced(basket(milk), replace(programme(line), deals=(thirty,))).total_minor == 99_00
    assert priced(basket(milk), replace(programme(), deals=(thirty, first))).total_minor == 99_00
    # in one group the better one is taken
    assert priced(basket(milk), replace(programme(), deals=(thirty, replace(first, group="")))).total_minor == 70_00
