"""Worked cases. The arithmetic stands beside each figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import permutations

import pytest

from shared_models.domain.basket import Basket
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, Goods, Offer, PercentOff, Window
from shared_models.domain.pricing import PricedBasket
from shared_models.domain.sale import Adjustment, TaxTotal
from shared_models.domain.taxes import UnknownTaxCode
from tests.domain.shop import AT, PROGRAMME, TODAY, ZONE, basket, offer, priced, product, programme

MILK = product()
ALL = Goods(everything=True)


def nets(what: PricedBasket) -> list[int]:
    return [line.net_minor for line in what.lines]


@pytest.mark.parametrize(
    ("tier", "net"),
    [(None, 12_50), ("basic", 11_88), ("silver", 11_25), ("gold", 10_63), ("diamond", 10_00), ("unheard of", 11_88)],
)
def test_member_prices(tier: str | None, net: int) -> None:
    # 12.50 × 0.95 = 11.875, × 0.90 = 11.25, × 0.85 = 10.625, × 0.80 = 10.00; an unknown tier counts as the lowest.
    bill = priced(basket(MILK), tier=tier)
    assert (bill.total_minor, bill.saved_minor) == (net, 12_50 - net)


def test_a_member_price_says_why() -> None:
    (line,) = priced(basket(MILK), tier="gold").lines
    assert line.adjustments == (
        Adjustment(
            "tier:gold",
            "member_price",
            "member_price",
            {"percent": "15", "tenths": "8.5", "tier": "gold"},
            1000,
            -1_87,
        ),
    )


def test_goods_without_member_price() -> None:
    bill = priced(basket(product("cigarettes", 25_00, member_price=False)), tier="diamond")
    assert (bill.total_minor, bill.lines[0].adjustments) == (25_00, ())


@pytest.mark.parametrize(
    ("benefit", "quantity_milli", "net"),
    [
        (PercentOff(Decimal(20)), 1000, 10_00),
        (PercentOff(Decimal("12.5")), 3000, 32_81),  # 37.50 × 0.875 = 32.8125
        (PercentOff(Decimal(100)), 2000, 0),
        (AmountOff(3_00), 2000, 19_00),
        (AmountOff(20_00), 2000, 0),  # never below zero
        (FixedPrice(9_99), 3000, 29_97),
        (FixedPrice(13_00), 1000, 12_50),  # dearer than the shelf: not taken
        (FixedPrice(0), 1000, 0),
    ],
)
def test_offers(benefit: Benefit, quantity_milli: int, net: int) -> None:
    rules = programme(offer("o", benefit, Goods(products=("milk",))))
    bill = priced(basket(MILK, quantity_milli=quantity_milli), rules)
    assert bill.total_minor == net


def test_offers_on_weighed_goods() -> None:
    apples = product("apples", 9_90, unit="kg")
    rules = programme(offer("o", AmountOff(2_00), Goods(products=("apples",))))
    # 0.755 kg × 9.90 = 7.4745 → 7.47; 0.755 × 2.00 = 1.51
    assert priced(Basket().add(apples, "", 755), rules).total_minor == 7_47 - 1_51


def test_an_offer_counts_on_the_member_price() -> None:
    # 12.50 × 0.90 = 11.25; 20 % off that leaves 9.00
    rules = programme(offer("o", PercentOff(Decimal(20)), ALL))
    (line,) = priced(basket(MILK), rules, "silver").lines
    assert [(each.phase, each.amount_minor) for each in line.adjustments] == [
        ("member_price", -1_25),
        ("line_offer", -2_25),
    ]
    assert line.net_minor == 9_00


def test_the_best_offer_for_the_customer_wins() -> None:
    # 12.50: 5.50 off leaves 7.00, 20 % off leaves 10.00. 50.00: 44.50 against 40.00.
    rules = programme(offer("a", AmountOff(5_50), ALL), offer("b", PercentOff(Decimal(20)), ALL, priority=9))
    bill = priced(basket(MILK, product("ham", 50_00)), rules)
    assert [line.adjustments[0].rule for line in bill.lines] == ["a", "b"]
    assert nets(bill) == [7_00, 40_00]


def test_ties_go_to_priority_then_to_the_lower_id() -> None:
    same = PercentOff(Decimal(10))
    tied = (offer("a", same, ALL), offer("b", same, ALL), offer("c", same, ALL, priority=-1))
    high = offer("z", same, ALL, priority=1)
    for order in permutations(tied):
        assert priced(basket(MILK), programme(*order)).lines[0].adjustments[0].rule == "a"
        assert priced(basket(MILK), programme(high, *order)).lines[0].adjustments[0].rule == "z"
        assert priced(basket(MILK), programme(*order, high)).lines[0].adjustments[0].rule == "z"


@pytest.mark.parametrize(
    "goods",
    [
        Goods(products=("milk",)),
        Goods(categories=("dairy",)),
        Goods(brands=("moo",)),
        Goods(products=("milk",), categories=("dairy",), brands=("moo",)),
        ALL,
    ],
)
def test_whom_an_offer_concerns(goods: Goods) -> None:
    rules = programme(offer("o", PercentOff(Decimal(10)), goods))
    moo, other = product(brand="moo"), product("bread", 10_00, category="bakery")
    bill = priced(basket(moo, other), rules)
    assert nets(bill) == [11_25, 9_00 if goods.everything else 10_00]
    assert [goods.include(each) for each in (moo, other)] == [True, goods.everything]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "runs"),
    [
        (TODAY, TODAY, True),
        (date(2026, 11, 25), None, False),
        (date(2026, 1, 1), date(2026, 11, 23), False),
        (date(2026, 1, 1), None, True),
    ],
)
def test_validity_days(valid_from: date, valid_to: date | None, runs: bool) -> None:
    rules = programme(offer("o", PercentOff(Decimal(20)), ALL, valid_from=valid_from, valid_to=valid_to))
    assert priced(basket(MILK), rules).total_minor == (10_00 if runs else 12_50)


def at_(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


TUESDAY_MORNING = Window((2,), time(8), time(10))
NIGHT_OF_MONDAY = Window((1,), time(22), time(2))


@pytest.mark.parametrize(
    ("window", "at", "runs"),
    [
        (TUESDAY_MORNING, at_(24, 8, 0), True),
        (TUESDAY_MORNING, at_(24, 9, 59), True),
        (TUESDAY_MORNING, at_(24, 10, 0), False),
        (TUESDAY_MORNING, at_(25, 9, 0), False),
        (NIGHT_OF_MONDAY, at_(23, 23, 0), True),
        (NIGHT_OF_MONDAY, at_(24, 1, 59), True),
        (NIGHT_OF_MONDAY, at_(24, 23, 0), False),
        (NIGHT_OF_MONDAY, at_(23, 1, 0), False),
        (NIGHT_OF_MONDAY, at_(24, 12, 0), False),
        (Window(), at_(24, 0, 0), True),
    ],
)
def test_hours_of_the_week(window: Window, at: datetime, runs: bool) -> None:
    timed = Offer("o", {}, PercentOff(Decimal(20)), ALL, date(2026, 1, 1), window=window)
    bill = priced(basket(MILK), programme(timed), at=at)
    assert bill.total_minor == (10_00 if runs else 12_50)


def test_the_zone_of_the_time_decides_the_day() -> None:
    rules = programme(offer("o", PercentOff(Decimal(20)), ALL, valid_from=date(2026, 11, 25)))
    late = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert priced(basket(MILK), rules, at=late).total_minor == 12_50
    assert priced(basket(MILK), rules, at=late.astimezone(ZONE)).total_minor == 10_00


def test_a_time_without_zone_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zone"):
        priced(basket(MILK), at=AT.replace(tzinfo=None))


def test_a_price_label_is_the_price() -> None:
    rules = programme(offer("o", PercentOff(Decimal(10)), ALL))
    bill = priced(Basket().add(MILK, "label", fixed_price_minor=8_00), rules, "gold")
    # 8.00 × 0.85 = 6.80; 10 % off leaves 6.12
    assert (bill.lines[0].gross_minor, bill.total_minor) == (8_00, 6_12)


def test_tax_inside_prices() -> None:
    food = product("rice", 10_90, tax_code="reduced")
    bill = priced(basket(product(price_minor=11_30), food, product("stamp", 5_00, tax_code="zero")))
    # 11.30 × 13/113 = 1.30; 10.90 × 9/109 = 0.90
    assert bill.taxes == (
        TaxTotal("reduced", Decimal("0.09"), 10_00, 90),
        TaxTotal("standard", Decimal("0.13"), 10_00, 1_30),
        TaxTotal("zero", Decimal(0), 5_00, 0),
    )
    assert bill.total_minor == 27_20
    assert [line.tax_minor for line in bill.lines] == [1_30, 90, 0]


def test_tax_on_top_is_rounded_once_per_document() -> None:
    rules = programme(taxes={"standard": "0.07"}, include_tax=False)
    goods = [product(f"p{number}", 1_07) for number in range(3)]
    bill = priced(basket(*goods), rules)
    # 3.21 × 0.07 = 0.2247 → 0.22, where three roundings of 0.0749 would give 0.21
    assert bill.taxes == (TaxTotal("standard", Decimal("0.07"), 3_21, 22),)
    assert [line.tax_minor for line in bill.lines] == [8, 7, 7]
    assert (bill.total_minor, bill.points_base_minor) == (3_43, 3_43)


def test_fifteen_percent_inside_115_is_15() -> None:
    bill = priced(basket(product(price_minor=115_00)), programme(taxes={"standard": "0.15"}))
    assert bill.taxes[0].tax_minor == 15_00


def test_a_tax_code_without_rate_names_the_product() -> None:
    with pytest.raises(UnknownTaxCode, match="Milk has the tax code luxury"):
        priced(basket(product(tax_code="luxury")))


def test_what_earns_points() -> None:
    rules = replace(PROGRAMME, earn=replace(PROGRAMME.earn, excluded_categories=("tobacco",)))
    smokes = product("smokes", 25_00, category="tobacco", member_price=False)
    bill = priced(basket(MILK, smokes), rules)
    assert (bill.total_minor, bill.points_base_minor) == (37_50, 12_50)
    assert bill.bill_without(rules.redeem.excluded_categories) == 12_50


def test_an_empty_basket_costs_nothing() -> None:
    bill = priced(Basket())
    assert (bill.total_minor, bill.taxes, bill.lines, bill.optimal) == (0, (), (), True)
