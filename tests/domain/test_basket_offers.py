"""What the phase of deals is told about other phases and sales, and what it tells them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.audience import Setting, Visit
from shared_models.domain.basket import Basket
from shared_models.domain.basket_offers import BasketOffers, basket_offers, lot_of
from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Part, Spend, Step, Terms
from shared_models.domain.deal_index import BASKET_OFFER_PHASE, DealIndex
from shared_models.domain.limits import Allowance, Cap, Limits, Used
from shared_models.domain.offer import AmountOff, Goods, PercentOff
from tests.domain.shop import AT, product, scan_all, scans
from tests.domain.test_deals_oracle import Scans, deals
from tests.domain.test_worked_deals import deal, things

ALL = Goods(everything=True)
DAIRY, FRUIT = Goods(categories=("dairy",)), Goods(categories=("fruit",))
FREE = PercentOff(Decimal(100))
PAIR = Bundle((Part(ALL, 2),), 5_00)
EVERY = Spend(ALL, (Step(10_00, AmountOff(1_00)),), every=True)
LIMITED = Limits(total=Cap(times=9))


def offered(
    basket: Basket, live: Sequence[Deal], visit: Visit | None = None, phase: str = BASKET_OFFER_PHASE, **more: Any
) -> BasketOffers:
    return on_full_price(DealIndex(live, phase), basket, visit, **more)


def on_full_price(index: DealIndex, basket: Basket, visit: Visit | None = None, **more: Any) -> BasketOffers:
    lots = [lot_of(index, line, line.gross_minor, False) for line in basket.lines]
    return basket_offers(index, basket.lines, lots, Setting(AT, visit=visit or Visit()), **more)


@given(scans(), deals(groups=("", "a"), most=5))
def test_the_uses_are_the_sums_of_the_adjustments(scanned: Scans, live: tuple[Deal, ...]) -> None:
    found = offered(scan_all(scanned), live)
    saved: Counter[str] = Counter()
    for line in found.adjustments:
        for each in line:
            saved[each.rule] -= each.amount_minor
    assert {rule: used.minor for rule, used in found.uses.items() if used.minor} == dict(saved)
    most = {each.id: each.most_times for each in live}
    assert all(1 <= used.times <= (most[rule] or used.times) for rule, used in found.uses.items())


@pytest.mark.parametrize(
    ("terms", "used"),
    [
        (PAIR, Used(2, 30_00)),  # two pairs of ten each for five
        (Get(ALL, 1, 1, FREE), Used(2, 20_00)),
        (EVERY, Used(4, 4_00)),  # 1 for each of four full tens
        (Spend(ALL, (Step(10_00, AmountOff(1_00)),)), Used(1, 1_00)),
        (Each(ALL, AmountOff(1_00)), Used(4, 4_00)),
        (Gift(DAIRY, 1_00, FRUIT, 2, FREE, every=True), Used(1, 4_00)),  # both pears are one gift
    ],
)
def test_how_often_and_for_how_much(terms: Terms, used: Used) -> None:
    basket = things(*[10_00] * 4)
    if isinstance(terms, Gift):
        basket = basket.add(product("pear", 2_00, category="fruit"), "", 2_000)
    assert offered(basket, [deal("d", terms)]).uses == {"d": used}


@pytest.mark.parametrize(
    ("terms", "left", "used"),
    [
        (PAIR, Allowance(times=1), Used(1, 15_00)),
        (PAIR, Allowance(minor=20_00), Used(2, 20_00)),
        (EVERY, Allowance(times=3), Used(3, 3_00)),
        (EVERY, Allowance(), Used(4, 4_00)),
        (Each(ALL, AmountOff(1_00)), Allowance(times=3), Used(3, 3_00)),
    ],
)
def test_a_deal_keeps_to_what_its_limits_leave(terms: Terms, left: Allowance, used: Used) -> None:
    live = [deal("d", terms, limits=LIMITED)]
    assert offered(things(*[10_00] * 4), live, Visit(left={"d": left})).uses == {"d": used}


@pytest.mark.parametrize("left", [{}, {"d": Allowance(times=0)}, {"d": Allowance(minor=0)}])
def test_a_deal_with_nothing_left_does_not_apply(left: dict[str, Allowance]) -> None:
    assert offered(things(10_00, 10_00), [deal("d", PAIR, limits=LIMITED)], Visit(left=left)).uses == {}


def test_a_limit_of_the_sale_holds_beside_those_over_many_sales() -> None:
    live = [deal("d", PAIR, limits=LIMITED, most_times=1, most_minor=12_00)]
    assert offered(things(*[10_00] * 4), live, Visit(left={"d": Allowance(5, 50_00)})).uses == {"d": Used(1, 12_00)}


def test_what_applied_before_bars_what_excludes_it() -> None:
    one = deal("d", PAIR, excludes=("line",))
    assert offered(things(10_00, 10_00), [one], applied={"other"}).uses == {"d": Used(1, 15_00)}
    assert offered(things(10_00, 10_00), [one], applied={"line"}).uses == {}


def test_the_phase_names_its_adjustments() -> None:
    (first, _) = offered(things(10_00, 10_00), [deal("d", PAIR)], phase="coupon").adjustments
    assert [each.phase for each in first] == ["coupon"]


def test_alike_lines_share_a_limit_whatever_their_order() -> None:
    basket = things(9_00, 10_00)
    turned = replace(basket, lines=basket.lines[::-1])
    live = [deal("d", Get(ALL, 1, 1, FREE))]
    assert offered(basket, live).uses == offered(turned, live).uses == {"d": Used(1, 9_00)}


@given(st.lists(scans(), min_size=2, max_size=4), deals(groups=("", "a"), most=5))
def test_what_was_priced_before_changes_nothing(baskets: list[Scans], live: tuple[Deal, ...]) -> None:
    index = DealIndex(live)
    growing = [baskets[0][:count] for count in range(1, len(baskets[0]) + 1)]
    for scanned in (*growing, *baskets, *baskets):
        basket = scan_all(scanned)
        assert on_full_price(index, basket) == on_full_price(DealIndex(live), basket)


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (Get(ALL, 2, 1, PercentOff(Decimal(50))), Get(ALL, 2, 1, FREE)),
        (Bundle((Part(ALL, 2),), 9_00), PAIR),
        (EVERY, Spend(ALL, (Step(10_00, AmountOff(2_00)),), every=True)),
    ],
)
def test_a_deal_that_another_one_beats_everywhere_changes_nothing(weaker: Terms, stronger: Terms) -> None:
    basket = things(12_00, 11_00, 10_00, 9_00)
    alone = offered(basket, [deal("b", stronger)])
    crowd = [deal(f"c{number}", weaker) for number in range(150)]
    both = offered(basket, [*crowd, deal("b", stronger)])
    assert (both.adjustments, both.uses, both.optimal) == (alone.adjustments, alone.uses, True)


def test_a_deal_that_may_apply_once_beats_none() -> None:
    once, half = deal("once", Get(ALL, 1, 1, FREE), most_times=1), deal("half", Get(ALL, 1, 1, PercentOff(Decimal(50))))
    # 10 free, and half of 8
    assert offered(things(10_00, 10_00, 8_00, 8_00), [once, half]).uses == {
        "once": Used(1, 10_00),
        "half": Used(1, 4_00),
    }


def test_of_two_that_save_the_same_the_first_by_priority() -> None:
    two = [deal("a", Get(ALL, 1, 1, FREE)), deal("b", Get(ALL, 1, 1, AmountOff(10_00)), priority=1)]
    assert offered(things(10_00, 10_00), two).uses == {"b": Used(1, 10_00)}


def test_two_gifts_from_the_same_sum_are_two_gifts() -> None:
    basket = things(100_00).add(product("pear", 6_00, category="fruit"), "", 3_000)
    live = [deal(name, Gift(DAIRY, 100_00, FRUIT, 1, FREE)) for name in ("a", "b")]
    assert offered(basket, live).uses == {"a": Used(1, 6_00), "b": Used(1, 6_00)}
