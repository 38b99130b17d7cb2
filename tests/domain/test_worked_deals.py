"""Worked cases from the trade. The arithmetic stands beside each figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared_models.domain import reason
from shared_models.domain.audience import Audience
from shared_models.domain.basket import Basket
from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Part, Spend, Step, Terms
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, Goods, PercentOff
from shared_models.domain.tender import cash_due
from tests.domain.shop import offer, priced, product, programme

ALL = Goods(everything=True)
FREE = PercentOff(Decimal(100))
HALF = PercentOff(Decimal(50))
FRUIT, TEA = Goods(categories=("fruit",)), Goods(categories=("tea",))


def pct(percent: str) -> PercentOff:
    return PercentOff(Decimal(percent))


def deal(id: str, terms: Terms, **more: Any) -> Deal:
    return replace(Deal(id, {}, terms, date(2026, 1, 1)), **more)


def steps(*pairs: tuple[int, PercentOff | AmountOff], every: bool = False, quantity: bool = False) -> Spend:
    return Spend(ALL, tuple(Step(*pair) for pair in pairs), quantity, every)


def things(*prices: int, category: str = "dairy") -> Basket:
    """One piece each, in the order given."""
    made = Basket()
    for number, each in enumerate(prices):
        made = made.add(product(f"{category}{number}", each, category=category))
    return made


def total(basket: Basket, *live: Deal, tier: str | None = None) -> int:
    return priced(basket, replace(programme(), deals=live), tier).total_minor


TEN = steps((0, pct("10")))
STACK = [deal(f"d{number}", TEN, group=f"g{number}") for number in range(3)]


@pytest.mark.parametrize(("count", "left"), [(1, 270_00), (2, 243_00), (3, 218_70)])
def test_stacked_tens_on_300(count: int, left: int) -> None:
    # 300 × 0.9 = 270; × 0.9 = 243; × 0.9 = 218.70
    assert total(things(100_00, 100_00, 100_00), *STACK[:count]) == left


def test_tens_of_one_group_do_not_stack() -> None:
    assert total(things(300_00), *(replace(each, group="") for each in STACK)) == 270_00


LADDER = steps((100_00, AmountOff(10_00)), (200_00, AmountOff(30_00)), (300_00, AmountOff(60_00)))


@pytest.mark.parametrize(
    ("spent", "left"),
    [
        (99_99, 99_99), (100_00, 90_00), (199_99, 189_99), (200_00, 170_00),
        (299_99, 269_99), (300_00, 240_00), (1_000_00, 940_00),  # the highest step reached, once
    ],
)  # fmt: skip
def test_spend_and_save_in_steps(spent: int, left: int) -> None:
    assert total(things(spent), deal("d", LADDER)) == left


@pytest.mark.parametrize(
    ("spent", "times", "cap", "left"),
    [
        (99_99, None, None, 99_99), (100_00, None, None, 80_00), (250_00, None, None, 210_00),  # 2 × 20
        (1_000_00, None, None, 800_00), (1_000_00, 3, None, 940_00), (1_000_00, None, 50_00, 950_00),
    ],
)  # fmt: skip
def test_twenty_off_every_hundred(spent: int, times: int | None, cap: int | None, left: int) -> None:
    every = steps((100_00, AmountOff(20_00)), every=True)
    assert total(things(spent), deal("d", every, most_times=times, most_minor=cap)) == left


@pytest.mark.parametrize(("pieces", "left"), [(1, 10_00), (2, 19_00), (3, 27_00), (4, 36_00)])
def test_steps_by_quantity(pieces: int, left: int) -> None:
    # from 2: 5 % (20.00 − 1.00); from 3: 10 % (30.00 − 3.00, 40.00 − 4.00)
    count = steps((2_000, pct("5")), (3_000, pct("10")), quantity=True)
    assert total(things(*[10_00] * pieces), deal("d", count)) == left


@pytest.mark.parametrize(
    ("buy", "get", "benefit", "prices", "left"),
    [
        (3, 1, FREE, [10_00] * 3, 30_00),
        (3, 1, FREE, [10_00] * 4, 30_00),
        (3, 1, FREE, [10_00] * 7, 60_00),
        (3, 1, FREE, [10_00] * 8, 60_00),
        (2, 1, FREE, [30_00, 20_00, 10_00], 50_00),
        (2, 1, FREE, [60_00, 50_00, 40_00, 30_00, 20_00, 10_00], 160_00),  # 40 and 10 of (60 50 40)(30 20 10)
        (1, 1, HALF, [20_00, 10_00], 25_00),  # the second at half price: 20 + 5
        (1, 1, HALF, [20_00, 10_00, 8_00], 33_00),  # 20 + 5 + 8
        (1, 1, HALF, [9_99, 9_99], 14_99),  # 9.99 + 4.995 → 5.00
        (2, 1, HALF, [9_00] * 3, 22_50),  # the third at half price
        (1, 1, FixedPrice(1_00), [20_00, 10_00], 21_00),  # one more for ¥1
        (1, 1, FixedPrice(15_00), [20_00, 10_00], 30_00),  # dearer than the shelf: not taken
        (1, 1, AmountOff(3_00), [20_00, 10_00], 27_00),
        (1, 1, AmountOff(30_00), [20_00, 10_00], 20_00),  # never below zero
        (1, 2, FREE, [9_00, 6_00, 3_00], 9_00),
    ],
)  # fmt: skip
def test_buy_and_get(buy: int, get: int, benefit: Benefit, prices: list[int], left: int) -> None:
    assert total(things(*prices), deal("d", Get(ALL, buy, get, benefit))) == left


def test_buy_one_get_the_same_one_free() -> None:
    milk, tea = product("milk", 12_50), product("tea", 30_00)
    basket = Basket().add(milk, "", 3_000).add(tea)
    # two sets are not to be had: of three milks one is free, the tea stands alone
    assert total(basket, deal("d", Get(ALL, 1, 1, FREE, same=True))) == 67_50 - 12_50


@pytest.mark.parametrize(("times", "left"), [(None, 20_00), (1, 30_00)])
def test_a_limit_per_sale(times: int | None, left: int) -> None:
    assert total(things(*[10_00] * 4), deal("d", Get(ALL, 1, 1, FREE), most_times=times)) == left


def test_tea_gives_fruit_at_half_price() -> None:
    basket = Basket()
    for each in (product("green", 40_00, category="tea"), product("pear", 6_00, category="fruit")):
        basket = basket.add(each)
    basket = basket.add(product("mango", 15_00, category="fruit"))
    # one tea: one fruit, the dearer for the customer's good: 61.00 − 7.50
    assert total(basket, deal("d", Get(TEA, 1, 1, HALF, rewards=FRUIT))) == 53_50


@pytest.mark.parametrize(
    ("prices", "count", "price", "left"),
    [
        ([4_00, 4_00, 4_00], 3, 10_00, 10_00),
        ([5_00, 4_00, 3_50, 3_00], 3, 10_00, 13_00),  # 12.50 → 10, and 3
        ([5_00] * 7, 3, 10_00, 25_00),
        ([3_00, 3_00, 3_00], 3, 10_00, 9_00),  # dearer than the shelf: not taken
        ([9_99, 9_99], 2, 15_00, 15_00),
        ([9_99, 9_99, 9_99], 2, 15_00, 24_99),
    ],
)
def test_mix_and_match(prices: list[int], count: int, price: int, left: int) -> None:
    assert total(things(*prices), deal("d", Bundle((Part(ALL, count),), price))) == left


def test_a_bundle_of_two_kinds() -> None:
    basket = (
        Basket().add(product("green", 40_00, category="tea")).add(product("pear", 6_00, category="fruit"), "", 3_000)
    )
    # tea and two pears, 52.00, for 45.00; one pear stays
    assert total(basket, deal("d", Bundle((Part(TEA, 1), Part(FRUIT, 2)), 45_00))) == 51_00


def test_the_best_of_five_fifty_and_twenty_percent() -> None:
    two = (deal("a", steps((0, AmountOff(5_50)))), deal("b", steps((0, pct("20"))), priority=9))
    assert total(things(12_50), *two) == 7_00  # 12.50 − 5.50, against 10.00
    assert total(things(50_00), *two) == 40_00  # 50.00 × 0.8, against 44.50


def test_deals_of_one_group_share_the_goods_out() -> None:
    # 10 9 8 1: the pair 10 + 9 for 5 saves 14, then 8 + 1 for 5 saves 4; "the cheaper one free" would save 9 and 4
    pair, free = deal("pair", Bundle((Part(ALL, 2),), 5)), deal("free", Get(ALL, 1, 1, FREE))
    assert total(things(10, 9, 8, 1), pair, free) == 10


def test_what_is_excluded_never_applies_beside() -> None:
    basket = things(100_00)
    one, two = deal("a", TEN, group="a", excludes=("b",), priority=1), deal("b", TEN, group="b")
    assert total(basket, one, two) == 90_00
    assert total(basket, replace(one, excludes=()), two) == 81_00


def test_a_deal_never_applies_beside_an_offer_it_excludes() -> None:
    rules = programme(offer("line", pct("10"), Goods(products=("dairy0",))))
    for excludes, left in (((), 16_20 + 9_00), (("line",), 18_00 + 10_00)):  # 10 % off 18 and 10, or off the line alone
        live = (deal("d", TEN, excludes=excludes),)
        assert priced(things(20_00, 10_00), replace(rules, deals=live)).total_minor == left


def test_goods_made_cheaper_by_an_offer_can_be_left_out() -> None:
    rules = programme(offer("line", pct("10"), Goods(products=("dairy0",))))
    for only, left in ((True, 9_00 + 9_00), (False, 8_10 + 9_00)):  # 10 % off the second only, or off both
        live = (deal("d", TEN, full_price_only=only),)
        assert priced(things(10_00, 10_00), replace(rules, deals=live)).total_minor == left


@pytest.mark.parametrize(("tier", "left"), [(None, 100_00), ("silver", 90_00), ("gold", 76_50)])
def test_a_deal_for_gold_counts_on_the_member_price(tier: str | None, left: int) -> None:
    assert (
        total(things(100_00), deal("d", TEN, audience=Audience(tiers=("gold",))), tier=tier) == left
    )  # 100 × 0.85 × 0.9


def test_a_sale_discount_goes_to_the_lines_by_largest_remainder() -> None:
    bill = priced(things(10_00, 10_00, 10_00), replace(programme(), deals=(deal("d", steps((0, AmountOff(1_00)))),)))
    # 1.00 on three equal lines: 0.34 + 0.33 + 0.33
    assert [line.net_minor for line in bill.lines] == [9_66, 9_67, 9_67]
    assert [line.adjustments[0].phase for line in bill.lines] == ["basket_offer"] * 3


def test_tax_follows_the_shares() -> None:
    food, other = product("rice", 109_00, tax_code="reduced"), product("soap", 113_00)
    bill = priced(Basket().add(food).add(other), replace(programme(), deals=(deal("d", steps((0, pct("50")))),)))
    # 54.50 × 9/109 = 4.50; 56.50 × 13/113 = 6.50
    assert [(each.base_minor, each.tax_minor) for each in bill.taxes] == [(50_00, 4_50), (50_00, 6_50)]


@pytest.mark.parametrize(
    ("step", "total_minor", "due"),
    [
        (5, 9_97, 9_95), (5, 9_98, 10_00), (5, 1_02, 1_00), (5, 1_03, 1_05),
        (10, 1_04, 1_00), (10, 1_05, 1_10), (10, 99, 1_00), (100, 1_49, 1_00), (100, 1_50, 2_00), (100, 49, 0),
    ],
)  # fmt: skip
def test_cash_rounding(step: int, total_minor: int, due: int) -> None:
    assert cash_due(total_minor, step) == due


def test_goods_that_are_not_weighed_yet_count_for_nothing() -> None:
    apples = product("apples", 10_00, unit="kg")
    basket = Basket().add(apples, "", 2_500).add(apples)
    assert total(basket, deal("d", Each(ALL, HALF))) == 12_50
    assert total(basket, deal("d", Each(ALL, FixedPrice(8_00)), most_times=1)) == 20_00


def test_weighed_goods_count_for_spending_but_are_no_pieces() -> None:
    apples = Basket().add(product("apples", 10_00, unit="kg"), "", 2_500)
    assert total(apples, deal("d", steps((20_00, AmountOff(5_00))))) == 20_00  # 25.00 − 5.00
    assert total(apples, deal("d", Get(ALL, 1, 1, FREE))) == 25_00


@pytest.mark.parametrize(
    ("benefit", "times", "prices", "left"),
    [
        (FixedPrice(8_00), 2, [10_00] * 3, 26_00),  # 8 + 8 + 10
        (FixedPrice(8_00), 2, [12_00, 10_00, 9_00], 25_00),  # the dearest two: 8 + 8 + 9
        (FixedPrice(8_00), None, [10_00] * 3, 24_00),
        (FixedPrice(12_00), 2, [10_00] * 3, 30_00),  # dearer than the shelf: not taken
        (HALF, 1, [9_99, 9_99], 14_99),  # 9.99 + 4.995 → 5.00
        (AmountOff(30_00), 1, [20_00, 10_00], 10_00),  # never below zero
    ],
)
def test_at_most_so_many_at_this_price(benefit: Benefit, times: int | None, prices: list[int], left: int) -> None:
    assert total(things(*prices), deal("d", Each(ALL, benefit), most_times=times)) == left


@pytest.mark.parametrize(
    ("benefit", "left"),
    [(FixedPrice(8_00), 20_00 + 15_00), (AmountOff(1_00), 22_50 + 15_00), (HALF, 12_50 + 15_00)],
)
def test_a_weighed_line_is_one_piece_at_a_price_for_its_weight(benefit: Benefit, left: int) -> None:
    # 2.5 kg at 10.00, then 1.5 kg at 10.00: one of them at 8.00 a kilogram, 1.00 a kilogram less, or half
    apples = product("apples", 10_00, unit="kg")
    basket = Basket().add(apples, "", 2_500).add(apples, "", 1_500)
    assert total(basket, deal("d", Each(ALL, benefit), most_times=1)) == left


def gift(
    threshold: int, benefit: Benefit = FREE, count: int = 1, *, every: bool = False, quantity: bool = False
) -> Gift:
    return Gift(ALL, threshold, FRUIT, count, benefit, quantity, every)


def with_fruit(fruit: int, *prices: int) -> Basket:
    """Things, and so many pears at 6.00."""
    made = things(*prices)
    return made.add(product("pear", 6_00, category="fruit"), "", fruit * 1_000) if fruit else made


@pytest.mark.parametrize(
    ("terms", "fruit", "spent", "left"),
    [
        (gift(100_00), 1, 99_99, 105_99),  # the pear doesn't count
        (gift(100_00), 1, 100_00, 100_00),
        (gift(100_00), 2, 300_00, 306_00),  # once, however much is spent
        (gift(100_00, every=True), 2, 300_00, 300_00),
        (gift(100_00, every=True), 4, 300_00, 306_00),  # three gifts
        (gift(100_00, count=2), 3, 100_00, 106_00),
        (gift(100_00, count=2, every=True), 5, 200_00, 206_00),
        (gift(100_00, FixedPrice(1_00)), 2, 100_00, 107_00),  # one for 1.00, one for 6.00
        (gift(100_00, HALF), 1, 100_00, 103_00),
        (gift(3_000, quantity=True), 1, 100_00, 106_00),  # one thing
    ],
)  # fmt: skip
def test_a_gift_from_a_threshold(terms: Gift, fruit: int, spent: int, left: int) -> None:
    assert total(with_fruit(fruit, spent), deal("d", terms)) == left


def test_a_gift_by_quantity() -> None:
    assert total(with_fruit(1, 1_00, 1_00, 1_00), deal("d", gift(3_000, quantity=True))) == 3_00


def test_a_gift_at_most_so_often() -> None:
    live = deal("d", gift(100_00, every=True), most_times=2)
    assert total(with_fruit(3, 500_00), live) == 506_00


def test_a_gift_uses_up_only_the_reward() -> None:
    # the things cost 100.00 before the deals of the group: 10 % off them, and the pear all the same
    ten = Deal("ten", {}, Spend(Goods(categories=("dairy",)), (Step(0, pct("10")),)), date(2026, 1, 1))
    assert total(with_fruit(1, 100_00), ten, deal("d", gift(100_00))) == 90_00
    # in a group of its own, later, it counts what is left of them
    assert total(with_fruit(1, 100_00), ten, deal("d", gift(100_00), group="later", priority=-1)) == 96_00


@pytest.mark.parametrize(
    ("terms", "fruit", "spent", "sentence"),
    [
        (gift(100_00), 0, 87_50, "1250 more: From 10000: 1 free"),
        (gift(100_00), 0, 100_00, "Choose 1: From 10000: 1 free"),
        (gift(100_00, count=3), 1, 100_00, "Choose 2: From 10000: 3 free"),
        (gift(100_00, FixedPrice(1_00)), 0, 100_00, "Choose 1: From 10000: 1 for 100 each"),
        (gift(100_00, every=True), 1, 180_00, "2000 more: From 10000: 1 free"),
        (gift(100_00, every=True), 1, 280_00, "Choose 1: From 10000: 1 free"),
        (gift(2_000, pct("30"), quantity=True), 0, 50_00, "1 more: From 2: 1 at -30 %"),
    ],
)
def test_a_gift_that_is_just_missed_or_to_be_chosen(terms: Gift, fruit: int, spent: int, sentence: str) -> None:
    (miss,) = priced(with_fruit(fruit, spent), replace(programme(), deals=(deal("d", terms),))).near_misses
    assert reason.near_miss(miss, str, str) == sentence


@pytest.mark.parametrize(("terms", "fruit", "spent"), [(gift(100_00), 1, 190_00), (gift(100_00), 0, 49_99)])
def test_a_gift_that_is_given_or_far_away_is_not_mentioned(terms: Gift, fruit: int, spent: int) -> None:
    assert priced(with_fruit(fruit, spent), replace(programme(), deals=(deal("d", terms),))).near_misses == ()


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Each(FRUIT, HALF), "Offer -50 %"),
        (Each(FRUIT, AmountOff(1_00)), "Offer 100 off each"),
        (Each(FRUIT, FixedPrice(1_00)), "Offer price 100"),
        (gift(1_00), "From 100: 1 free"),
        (gift(1_00, HALF), "From 100: 1 at -50 %"),
        (gift(1_00, AmountOff(2_00)), "From 100: 1, 200 off each"),
        (gift(1_00, FixedPrice(1_00), 2), "From 100: 2 for 100 each"),
    ],
)
def test_why_a_single_piece_costs_less(terms: Terms, sentence: str) -> None:
    bill = priced(with_fruit(1, 10_00), replace(programme(), deals=(deal("d", terms),)))
    (why,) = bill.lines[1].adjustments
    assert reason.sentence(why, str, str) == sentence


@pytest.mark.parametrize(
    ("basket", "terms", "sentence"),
    [
        (things(87_50), steps((100_00, AmountOff(30_00))), "1250 more: 3000 off from 10000"),
        (things(150_00), steps((100_00, AmountOff(20_00)), every=True), "5000 more: 2000 off for every 10000"),
        (things(10_00, 10_00), Get(ALL, 2, 1, FREE), "1 more: Buy 2, get 1 free"),
        (things(4_00, 4_00), Bundle((Part(ALL, 3),), 10_00), "1 more: 3 together for 1000"),
        (things(10_00, 10_00), steps((3_000, pct("10")), quantity=True), "1 more: From a quantity of 3: -10 %"),
    ],
)
def test_what_is_just_missed(basket: Basket, terms: Terms, sentence: str) -> None:
    (miss,) = priced(basket, replace(programme(), deals=(deal("d", terms),))).near_misses
    assert reason.near_miss(miss, str, str) == sentence


def test_what_is_far_away_is_not_mentioned() -> None:
    assert priced(things(49_99), replace(programme(), deals=(deal("d", LADDER),))).near_misses == ()
