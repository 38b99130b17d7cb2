"""The coupon phase of pricing: which coupons count, for how much, beside what, and why others don't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.audience import Audience, PricingMember, Visit
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.coupon import Coupon, CouponRefusal
from shared_models.domain.coupon_offers import COUPON_PHASE, MAX_COUPONS
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal, Get, Spend, Step
from shared_models.domain.limits import Allowance, Cap, Limits, Used
from shared_models.domain.money import digits
from shared_models.domain.offer import AmountOff, Goods, PercentOff
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme import Programme
from shared_models.domain.reason import sentence
from tests.domain.shop import AT, MEMBER, PROGRAMME, TODAY, basket, offer, product

SINCE = date(2026, 1, 1)
ALL = Goods(everything=True)
GOLD = PricingMember("gold", id=MEMBER)
PLAIN = PricingMember("basic", id=MEMBER)
RICE = product("rice", 100_00, category="grain", member_price=False)
TEA = product("tea", 40_00, category="tea", member_price=False)


def amount(id: str, off: int, threshold: int = 0, goods: Goods = ALL, **more: Any) -> CouponRule:
    return _rule(id, Spend(goods, (Step(threshold, AmountOff(off)),)), **more)


def percent(id: str, off: int, threshold: int = 0, **more: Any) -> CouponRule:
    return _rule(id, Spend(ALL, (Step(threshold, PercentOff(Decimal(off))),)), **more)


def _rule(id: str, terms: Spend | Get, **more: Any) -> CouponRule:
    own = {name: more.pop(name) for name in ("most_per_sale", "personal", "comes_back") if name in more}
    return CouponRule(Deal(id, {"en": id}, terms, SINCE, **more), **own)


def coupon(rule: str, number: int = 1, to: date = TODAY, owner: UUID | None = MEMBER) -> Coupon:
    return Coupon(UUID(int=number), rule, SINCE, to, owner)


def paid(
    what: Basket,
    rules: Sequence[CouponRule],
    coupons: Sequence[Coupon],
    member: PricingMember | None = PLAIN,
    programme: Programme = PROGRAMME,
    left: dict[str, Allowance] | None = None,
) -> PricedBasket:
    visit = Visit(coupons=tuple(coupons), left=left or {})
    return price(what, replace(programme, coupons=tuple(rules)), member, AT, visit)


def refusals(priced: PricedBasket) -> dict[int, CouponRefusal]:
    return {each.id.int: each.why for each in priced.refused_coupons}


def test_an_amount_over_a_threshold_goes_to_the_lines_to_the_cent() -> None:
    priced = paid(basket(RICE, TEA), [amount("c", 10_00, 140_00)], [coupon("c")])
    assert priced.total_minor == 130_00
    assert [line.net_minor for line in priced.lines] == [92_86, 37_14]  # 1000 × 100/140 = 714.3, 1000 × 40/140 = 285.7
    assert [each.phase for line in priced.lines for each in line.adjustments] == [COUPON_PHASE, COUPON_PHASE]
    assert [(each.rule, each.off_minor) for each in priced.coupons] == [("c", 10_00)]
    assert priced.uses == {"c": Used(1, 10_00)}


def test_below_the_threshold_it_says_what_is_missing() -> None:
    priced = paid(basket(RICE), [amount("c", 10_00, 140_00)], [coupon("c")])
    (refused,) = priced.refused_coupons
    assert (priced.total_minor, refused.why, refused.missing_minor) == (100_00, CouponRefusal.THRESHOLD, 40_00)
    assert [(miss.rule, miss.missing_minor) for miss in priced.near_misses] == [("c", 40_00)]


def test_the_threshold_counts_what_deals_left() -> None:
    """150 with 20 off is 130: a coupon from 140 doesn't count any more, one from 130 does."""
    ten = Deal("d", {}, Spend(ALL, (Step(100_00, AmountOff(20_00)),)), SINCE)
    programme = replace(PROGRAMME, deals=(ten,))
    what = basket(RICE, product("pan", 50_00, member_price=False))
    assert paid(what, [amount("c", 10_00, 140_00)], [coupon("c")], programme=programme).total_minor == 130_00
    assert paid(what, [amount("c", 10_00, 130_00)], [coupon("c")], programme=programme).total_minor == 120_00


def test_a_percent_coupon_on_a_member_price() -> None:
    """8折 on what 8.5折 left: 12.50 → 10.63 (1062.5 half up) → 8.50 (850.4)."""
    assert paid(basket(product()), [percent("c", 20)], [coupon("c")], GOLD).total_minor == 8_50


def test_a_percent_coupon_with_a_cap() -> None:
    assert paid(basket(RICE), [percent("c", 20, most_minor=15_00)], [coupon("c")]).total_minor == 85_00


def test_a_free_piece() -> None:
    """Buy rice, get the tea free."""
    gift = _rule("c", Get(Goods(products=("rice",)), 1, 1, PercentOff(Decimal(100)), rewards=Goods(products=("tea",))))
    assert paid(basket(RICE, TEA), [gift], [coupon("c")]).total_minor == 100_00


def test_of_two_kinds_in_one_group_the_better_one_counts() -> None:
    rules = [amount("five", 5_00), percent("tenth", 10)]
    priced = paid(basket(RICE), rules, [coupon("five", 1), coupon("tenth", 2)])
    assert (priced.total_minor, refusals(priced)) == (90_00, {1: CouponRefusal.BEATEN})


def test_kinds_of_two_groups_follow_each_other_by_priority() -> None:
    """10 % first: 100 → 90 → 85. The other way round: 100 → 95 → 85.50."""
    rules = [amount("five", 5_00, group="b"), percent("tenth", 10, group="a", priority=1)]
    assert paid(basket(RICE), rules, [coupon("five", 1), coupon("tenth", 2)]).total_minor == 85_00
    rules = [amount("five", 5_00, group="b", priority=2), percent("tenth", 10, group="a", priority=1)]
    assert paid(basket(RICE), rules, [coupon("five", 1), coupon("tenth", 2)]).total_minor == 85_50


def test_several_of_one_kind_only_as_many_as_its_rule_says() -> None:
    coupons = [coupon("five", number, date(2026, 12, 10 - number)) for number in (1, 2, 3)]
    priced = paid(basket(RICE), [amount("five", 5_00, most_per_sale=2)], coupons)
    assert priced.total_minor == 90_00
    assert [each.id.int for each in priced.coupons] == [3, 2]  # those that end soonest
    assert refusals(priced) == {1: CouponRefusal.TOO_MANY}
    assert priced.uses == {"five": Used(2, 10_00)}


def test_two_of_one_kind_beat_one_better_coupon_of_the_group() -> None:
    rules = [amount("five", 5_00, most_per_sale=2), amount("eight", 8_00)]
    coupons = [coupon("five", 1), coupon("five", 2), coupon("eight", 3)]
    priced = paid(basket(RICE), rules, coupons)
    assert (priced.total_minor, refusals(priced)) == (90_00, {3: CouponRefusal.BEATEN})
    priced = paid(basket(RICE), [rules[0], amount("eleven", 11_00)], [*coupons[:2], coupon("eleven", 3)])
    assert (priced.total_minor, refusals(priced)) == (89_00, {1: CouponRefusal.BEATEN, 2: CouponRefusal.BEATEN})


def test_coupons_on_different_goods_of_one_group_both_count() -> None:
    rules = [amount("r", 5_00, goods=Goods(products=("rice",))), amount("t", 4_00, goods=Goods(products=("tea",)))]
    assert paid(basket(RICE, TEA), rules, [coupon("r", 1), coupon("t", 2)]).total_minor == 131_00


@pytest.mark.parametrize("names", [("deal", "c"), ("c", "deal")])
def test_a_coupon_never_counts_beside_a_deal_that_either_excludes(names: tuple[str, str]) -> None:
    holder, other = names
    ten = Deal(
        "deal", {}, Spend(ALL, (Step(0, AmountOff(10_00)),)), SINCE, excludes=(other,) if holder == "deal" else ()
    )
    rule = amount("c", 30_00, excludes=(other,) if holder == "c" else ())
    priced = paid(basket(RICE), [rule], [coupon("c")], programme=replace(PROGRAMME, deals=(ten,)))
    assert (priced.total_minor, refusals(priced)) == (90_00, {1: CouponRefusal.EXCLUDED})


@pytest.mark.parametrize("same_group", [True, False])
def test_kinds_that_exclude_each_other_never_count_together(same_group: bool) -> None:
    goods = [Goods(products=("rice",)), Goods(products=("tea",))]
    first = amount("r", 5_00, goods=goods[0], excludes=("t",), group="a")
    second = amount("t", 4_00, goods=goods[1], group="a" if same_group else "b")
    priced = paid(basket(RICE, TEA), [first, second], [coupon("r", 1), coupon("t", 2)])
    assert (priced.total_minor, refusals(priced)) == (135_00, {2: CouponRefusal.EXCLUDED})


def test_only_goods_at_full_price() -> None:
    cheap = offer("o", PercentOff(Decimal(10)), Goods(products=("rice",)))
    rule = percent("c", 50, full_price_only=True)
    programme = replace(PROGRAMME, offers=(cheap,))
    assert paid(basket(RICE, TEA), [rule], [coupon("c")], programme=programme).total_minor == 90_00 + 20_00
    priced = paid(basket(RICE), [rule], [coupon("c")], programme=programme)
    assert refusals(priced) == {1: CouponRefusal.FULL_PRICE_ONLY}


@pytest.mark.parametrize(
    ("rule", "card", "member", "why"),
    [
        (amount("x", 5_00), coupon("c"), PLAIN, CouponRefusal.UNKNOWN),
        (amount("c", 5_00), coupon("c", to=date(2026, 11, 23)), PLAIN, CouponRefusal.EXPIRED),
        (amount("c", 5_00), coupon("c", owner=UUID(int=77)), PLAIN, CouponRefusal.NOT_OWNER),
        (amount("c", 5_00), coupon("c"), None, CouponRefusal.NOT_OWNER),
        (amount("c", 5_00, valid_to=date(2026, 11, 23)), coupon("c"), PLAIN, CouponRefusal.NOT_HERE_AND_NOW),
        (amount("c", 5_00, audience=Audience(tiers=("gold",))), coupon("c"), PLAIN, CouponRefusal.NOT_HERE_AND_NOW),
        (amount("c", 5_00, audience=Audience(stores=("s9",))), coupon("c"), PLAIN, CouponRefusal.NOT_HERE_AND_NOW),
        (amount("c", 5_00, goods=Goods(brands=("moo",))), coupon("c"), PLAIN, CouponRefusal.NO_GOODS),
        (amount("c", 5_00, limits=Limits(total=Cap(times=9))), coupon("c"), PLAIN, CouponRefusal.LIMIT),
    ],
)
def test_why_a_coupon_is_not_used(
    rule: CouponRule, card: Coupon, member: PricingMember | None, why: CouponRefusal
) -> None:
    priced = paid(basket(RICE), [rule], [card], member)
    assert (priced.total_minor, refusals(priced), priced.coupons) == (100_00, {1: why}, ())


def test_a_coupon_for_everybody_needs_no_member() -> None:
    priced = paid(basket(RICE), [amount("c", 5_00, personal=False)], [coupon("c", owner=None)], None)
    assert priced.total_minor == 95_00


@pytest.mark.parametrize(
    ("left", "total", "used"),
    [
        (Allowance(times=5), 90_00, [1, 2]),
        (Allowance(times=1), 95_00, [1]),
        (Allowance(times=0), 100_00, []),
        (Allowance(minor=7_00), 93_00, [1, 2]),  # the budget is nearly used up
        (Allowance(minor=0), 100_00, []),
    ],
)
def test_what_a_budget_leaves(left: Allowance, total: int, used: list[int]) -> None:
    rule = amount("c", 5_00, most_per_sale=2, limits=Limits(total=Cap(times=9, minor=900_00)))
    priced = paid(basket(RICE), [rule], [coupon("c", 1), coupon("c", 2)], left={"c": left})
    assert (priced.total_minor, [each.id.int for each in priced.coupons]) == (total, used)


def test_presenting_a_coupon_twice_is_presenting_it_once() -> None:
    priced = paid(basket(RICE), [amount("c", 5_00, most_per_sale=9)], [coupon("c"), coupon("c")])
    assert (priced.total_minor, len(priced.coupons)) == (95_00, 1)


def test_no_sale_takes_more_than_so_many_coupons() -> None:
    coupons = [coupon("c", number) for number in range(1, MAX_COUPONS + 6)]
    priced = paid(basket(RICE), [amount("c", 10, most_per_sale=100)], coupons)
    assert len(priced.coupons) == MAX_COUPONS
    assert list(refusals(priced).values()) == [CouponRefusal.TOO_MANY] * 5


RULES = {
    "five": amount("five", 5_00, most_per_sale=2),
    "tenth": percent("tenth", 10, 50_00),
    "rice": amount("rice", 12_00, goods=Goods(categories=("grain",)), group="g"),
    "tea": amount("tea", 7_00, goods=Goods(categories=("tea",)), excludes=("five",)),
    "full": percent("full", 30, full_price_only=True, group="h", most_minor=9_00),
}
CARDS = st.lists(
    st.builds(coupon, st.sampled_from(sorted(RULES)), st.integers(1, 30)), max_size=5, unique_by=lambda each: each.id
)
GOODS = st.lists(st.sampled_from([RICE, TEA, product("pan", 33_33, member_price=False)]), min_size=1, max_size=4)


@given(GOODS, CARDS)
def test_every_cent_is_explained_and_every_coupon_accounted_for(goods: list[Product], cards: list[Coupon]) -> None:
    priced = paid(basket(*goods), list(RULES.values()), cards)
    for line in priced.lines:
        assert line.gross_minor + sum(each.amount_minor for each in line.adjustments) == line.net_minor >= 0
    off = sum(-each.amount_minor for line in priced.lines for each in line.adjustments if each.phase == COUPON_PHASE)
    assert off == sum(each.off_minor for each in priced.coupons)
    seen = [each.id for each in priced.coupons] + [each.id for each in priced.refused_coupons]
    assert sorted(seen) == sorted(each.id for each in cards)
    assert all(each.off_minor > 0 for each in priced.coupons)


@given(GOODS, st.lists(st.builds(coupon, st.sampled_from(sorted(RULES)), st.integers(1, 30)), max_size=3,
                       unique_by=lambda each: each.id))  # fmt: skip
def test_neither_the_order_of_coupons_nor_of_goods_matters(goods: list[Product], cards: list[Coupon]) -> None:
    totals = {
        (priced.total_minor, frozenset(each.id for each in priced.coupons))
        for order in permutations(cards)
        for scanned in (goods, goods[::-1])
        for priced in [paid(basket(*scanned), list(RULES.values()), order)]
    }
    assert len(totals) == 1


@given(GOODS, CARDS)
def test_the_best_of_a_group_is_never_worse_than_any_coupon_alone(goods: list[Product], cards: list[Coupon]) -> None:
    """Within one group, where coupons don't exclude each other, presenting more never costs more."""
    rules = [replace(RULES[name], deal=replace(RULES[name].deal, group="", excludes=())) for name in RULES]
    whole = paid(basket(*goods), rules, cards).total_minor
    for card in cards:
        assert whole <= paid(basket(*goods), rules, [card]).total_minor


def test_what_counts_members_is_for_members() -> None:
    """Else nobody in particular could use "once for each member" for ever."""
    limits = Limits(member=Cap(times=1))
    rule = amount("c", 5_00, personal=False, limits=limits)
    ten = Deal("d", {}, Spend(ALL, (Step(0, AmountOff(10_00)),)), SINCE, limits=limits)
    left = {"c": Allowance(times=1), "d": Allowance(times=1)}
    programme = replace(PROGRAMME, deals=(ten,))
    mine, generic = [coupon("c")], [coupon("c", owner=None)]
    assert paid(basket(RICE), [rule], mine, PLAIN, programme, left).total_minor == 85_00
    nobody = paid(basket(RICE), [rule], generic, None, programme, left)
    assert (nobody.total_minor, refusals(nobody)) == (100_00, {1: CouponRefusal.LIMIT})


def test_a_coupons_reason_says_that_it_is_one() -> None:
    priced = paid(basket(RICE), [amount("c", 10_00, 50_00)], [coupon("c")])
    (found,) = priced.lines[0].adjustments
    assert sentence(found, str, digits_of) == "Coupon: 10.00 off from 50.00"


def digits_of(minor: int) -> str:
    return digits(minor, 2)
