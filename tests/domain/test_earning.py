from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared_models.domain import earning, tender
from shared_models.domain.audience import EVERYBODY, Audience, PricingMember, Setting
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.earn_rules import EarnBonus, EarnRule, Expiry, Lasting, NotEarning, Period, TierTerms
from shared_models.domain.earning import MAX_POINTS, NONE_BEFORE, EarnedBefore, LineEarned, Reward, earn_lines, earned
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.offer import ANY_TIME, Goods, Window
from shared_models.domain.pricing import PricedBasket
from shared_models.domain.programme import Programme, default_programme
from shared_models.domain.sale import Payment, PaymentState, PointsEarned, TenderKind
from tests.domain.shop import (
    AT,
    CATEGORIES,
    PROGRAMME,
    TODAY,
    basket,
    goods,
    priced,
    product,
    scan_all,
    scans,
    tiers,
)

LOT = UUID(int=1)
EVERYTHING = Goods(everything=True)
BREAD = product("bread", 10_00, member_price=False)
HAM = product("ham", 40_00, category="meat", member_price=False)


def bonus(
    id: str = "b",
    multiplier: str = "1",
    extra: int = 0,
    what: Goods = EVERYTHING,
    *,
    valid_from: date = date(2026, 1, 1),
    valid_to: date | None = None,
    window: Window = ANY_TIME,
    audience: Audience = EVERYBODY,
) -> EarnBonus:
    return EarnBonus(id, {"en": id}, what, valid_from, valid_to, Decimal(multiplier), extra, window, audience)


def rules(*bonuses: EarnBonus, **changes: Any) -> Programme:
    return replace(PROGRAMME, earn=replace(PROGRAMME.earn, bonuses=bonuses, **changes))


def setting(tier: str = "basic", at: datetime = AT) -> Setting:
    return Setting(at, tier, PricingMember(tier))


def paid(kind: TenderKind, minor: int, *, bonus_minor: int = 0, points: int = 0) -> Payment:
    return Payment(UUID(int=7), kind, PaymentState.CAPTURED, minor, points=points, bonus_minor=bonus_minor)


def by_points(count: int) -> Payment:
    return tender.points_payment(UUID(int=8), count, PROGRAMME.redeem)


def lines(
    what: Basket, programme: Programme, *payments: Payment, tier: str = "basic", at: datetime = AT
) -> tuple[LineEarned, ...]:
    return earn_lines(priced(what, programme, tier, at), payments, programme, tier, setting(tier, at))


def granted(what: Basket, programme: Programme, *payments: Payment, tier: str = "basic", at: datetime = AT) -> int:
    found = earned(lines(what, programme, *payments, tier=tier, at=at), programme, tier, TODAY, LOT)
    return found.points if found else 0


def on_base(base_minor: int, tier: str, programme: Programme = PROGRAMME) -> PointsEarned | None:
    """What a sale of one line earns that was paid with ``base_minor``."""
    made = priced(basket(product(price_minor=base_minor, member_price=False)), programme, tier)
    return earned(earn_lines(made, (), programme, tier), programme, tier, TODAY, LOT)


@pytest.mark.parametrize(
    ("base_minor", "tier", "count", "multiplier"),
    [
        (12_50, "basic", 12, "1"),
        (12_50, "silver", 15, "1.2"),  # 12.50 × 1.2, rounded down once: not 12 × 1.2 = 14
        (10_99, "gold", 16, "1.5"),
        (10_99, "diamond", 21, "2"),
        (168_20, "gold", 252, "1.5"),
    ],
)
def test_earning(base_minor: int, tier: str, count: int, multiplier: str) -> None:
    found = on_base(base_minor, tier)
    assert found == PointsEarned(LOT, count, date(2027, 12, 31), base_minor, Decimal(multiplier))


def test_less_than_a_point_is_none() -> None:
    assert on_base(99, "basic") is None
    assert on_base(0, "gold") is None


def test_many_small_lines_lose_no_point() -> None:
    """Rounding each line down would leave nothing of ten times ¥0.99."""
    cheap = [product(f"p{number}", 99, member_price=False) for number in range(10)]
    assert granted(basket(*cheap), PROGRAMME) == 9


@pytest.mark.parametrize(
    ("payment", "excludes", "base"),
    [
        (paid(TenderKind.CARD, 50_00), None, 50_00),
        (paid(TenderKind.WALLET, 50_00), None, 50_00),
        (by_points(1_000), None, 40_00),
        (paid(TenderKind.STORED_VALUE, 50_00, bonus_minor=8_00), None, 42_00),
        (paid(TenderKind.VOUCHER, 20_00), None, 50_00),
        (paid(TenderKind.STORED_VALUE, 50_00, bonus_minor=8_00), ("stored_value",), 8_00),
        (paid(TenderKind.STORED_VALUE, 50_00, bonus_minor=8_00), ("stored_value", "stored_value_bonus"), 0),
        (paid(TenderKind.VOUCHER, 20_00), ("voucher",), 30_00),
        (by_points(1_000), (), 50_00),
        (replace(by_points(1_000), state=PaymentState.REVERSED), None, 50_00),
        (paid(TenderKind.VOUCHER, 70_00), ("voucher",), 0),
    ],
)
def test_tenders_that_do_not_earn(payment: Payment, excludes: tuple[str, ...] | None, base: int) -> None:
    programme = PROGRAMME if excludes is None else rules(base_excludes=tuple(map(NotEarning, excludes)))
    found = lines(basket(BREAD, HAM), programme, payment)
    assert sum(line.base_minor for line in found) == base


def test_points_pay_only_goods_that_they_may_pay() -> None:
    smokes = product("smokes", 50_00, category="tobacco", member_price=False)
    found = lines(basket(BREAD, smokes, HAM), PROGRAMME, by_points(1_001))
    assert [line.by_points_minor for line in found] == [2_00, 0, 8_01]
    assert [line.base_minor for line in found] == [8_00, 50_00, 31_99]


def test_points_pay_each_category_by_its_share() -> None:
    redeem = replace(PROGRAMME.redeem, by_category={"meat": Decimal("0.05")})
    found = lines(basket(BREAD, HAM), replace(PROGRAMME, redeem=redeem), by_points(700))
    assert [line.by_points_minor for line in found] == [5_00, 2_00], "half of the bread and a twentieth of the ham"


def test_more_than_points_may_pay_is_still_shared() -> None:
    smokes = product("smokes", 50_00, category="tobacco", member_price=False)
    assert [line.by_points_minor for line in lines(basket(BREAD, smokes), PROGRAMME, by_points(1_000))] == [10_00, 0]
    assert [line.by_points_minor for line in lines(basket(BREAD, smokes), PROGRAMME, by_points(3_000))] == [5_00, 25_00]
    assert [line.by_points_minor for line in lines(basket(BREAD), PROGRAMME, by_points(3_000))] == [10_00]


def test_excluded_goods_earn_neither_points_nor_extras() -> None:
    programme = rules(bonus(extra=50, multiplier="3"), excluded_categories=("meat",))
    assert [line.points for line in lines(basket(BREAD, HAM), programme)] == [Decimal(80), Decimal(0)]


def test_bonuses_multiply_and_extras_are_added() -> None:
    programme = rules(
        bonus("a", "2", what=Goods(products=("bread",))),
        bonus("b", "1.5", extra=7, what=Goods(categories=("dairy",))),
        bonus("c", extra=3, what=Goods(everything=True, but=Goods(products=("bread",)))),
    )
    found = lines(basket(BREAD, BREAD, HAM), programme, tier="silver")
    # bread: 20 × 1.2 × 2 × 1.5 + 2 × 7; ham: 40 × 1.2 + 3
    assert [line.points for line in found] == [Decimal(86), Decimal(51)]
    assert [str(line.points) for line in found] == ["86", "51"]


def test_bonuses_stop_at_the_most() -> None:
    made = (bonus("a", "4"), bonus("b", "4"))
    assert granted(basket(BREAD), rules(*made), tier="diamond") == 200, "10 × 10 × 2"
    assert granted(basket(BREAD), rules(*made, most_multiplier=Decimal(16))) == 160
    assert granted(basket(BREAD), rules(bonus("a", "0.5"))) == 5


def test_extra_points_go_by_weight_and_need_money() -> None:
    tea = product("tea", 80_00, unit="kg", member_price=False)
    programme = rules(bonus(extra=10))
    weighed = Basket().add(tea, "tea", 250)
    assert lines(weighed, programme)[0].points == Decimal("22.5"), "20 + 2.5"
    assert granted(weighed, programme) == 22
    assert granted(weighed, programme, by_points(2_000)) == 0, "points bought all of it"
    assert granted(basket(product("gift", 0)), programme) == 0


def test_a_bonus_runs_for_some_at_some_time() -> None:
    silver = bonus(multiplier="2", audience=Audience(tiers=("silver",)))
    assert [granted(basket(BREAD), rules(silver), tier=tier) for tier in ("basic", "silver")] == [10, 24]
    morning = bonus(multiplier="2", window=Window(start=time(9), end=time(10)))
    assert [granted(basket(BREAD), rules(morning), at=AT.replace(hour=hour)) for hour in (9, 10)] == [20, 10]
    over = bonus(multiplier="2", valid_to=date(2026, 11, 23))
    assert granted(basket(BREAD), rules(over)) == 10
    bill = priced(basket(BREAD), rules(silver), "silver")
    assert earn_lines(bill, (), rules(silver), "silver")[0].points == Decimal(12), "no bonus runs in no setting"


@pytest.mark.parametrize(
    ("before", "points"),
    [(NONE_BEFORE, 60), (EarnedBefore(30, 30), 60), (EarnedBefore(50, 50), 50), (EarnedBefore(0, 180), 20),
     (EarnedBefore(100, 100), 0), (EarnedBefore(500, 500), 0)],
)  # fmt: skip
def test_caps(before: EarnedBefore, points: int) -> None:
    programme = rules(most_per_sale=60, most_per_day=100, most_per_month=200)
    found = lines(basket(BREAD, HAM, HAM), programme)
    lot = earned(found, programme, "basic", TODAY, LOT, before)
    assert (lot.points if lot else 0) == points
    assert sum(line.points for line in found) == 90, "the lines say what was earned before the caps"


def test_pending_points() -> None:
    programme = rules(pending_days=14, expiry=Expiry(Lasting.DAYS, 90))
    lot = earned(lines(basket(BREAD), programme), programme, "basic", TODAY, LOT)
    assert lot is not None
    assert (lot.available_on, lot.expires_on) == (date(2026, 12, 8), date(2027, 2, 22))


def test_a_careless_rule_still_earns_what_can_be_counted() -> None:
    programme = rules(bonus("a", "1000"), points=1_000_000, most_multiplier=Decimal(1_000))
    dear = basket(product(price_minor=MAX_AMOUNT_MINOR, member_price=False))
    assert granted(dear, programme, tier="diamond") == MAX_POINTS
    assert lines(dear, programme, tier="diamond")[0].points == Decimal("19999999999980000000")
    many = rules(*(bonus(str(number), "0.99") for number in range(100)))
    exact = lines(basket(BREAD), many)[0].points
    assert Fraction(exact) == 10 * Fraction(99, 100) ** 100
    assert len(str(exact)) < 500, "the longest text a fact may hold"


def test_acts() -> None:
    acts = default_programme().acts
    assert [earning.reward(acts, "sign_in", done) for done in (0, 1)] == [Reward(growth=5), Reward()]
    assert [earning.reward(acts, "share", done).growth for done in (0, 1, 2, 3, 99)] == [20, 20, 20, 0, 0]
    assert [earning.reward(acts, "referral", done).growth for done in (0, 99)] == [50, 50]
    assert earning.reward(acts, "questionnaire", 5) == Reward(growth=10)
    assert earning.reward(acts, "unheard of", 0) == Reward()


@pytest.mark.parametrize(
    ("period", "on", "start"),
    [
        (Period.DAY, TODAY, TODAY),
        (Period.WEEK, TODAY, date(2026, 11, 23)),
        (Period.WEEK, date(2026, 11, 22), date(2026, 11, 16)),
        (Period.WEEK, date.min, date.min),
        (Period.WEEK, date(1, 1, 3), date.min),
        (Period.MONTH, TODAY, date(2026, 11, 1)),
        (Period.EVER, TODAY, date.min),
    ],
)
def test_periods_begin(period: Period, on: date, start: date) -> None:
    assert period.start(on) == start


bonus_goods = st.one_of(
    goods, st.builds(Goods, everything=st.just(True), but=goods.filter(lambda each: not each.everything))
)


@st.composite
def earn_rules(draw: st.DrawFn) -> EarnRule:
    return EarnRule(
        points=draw(st.integers(0, 5)),
        excluded_categories=tuple(draw(st.lists(st.sampled_from(CATEGORIES), max_size=1))),
        most_multiplier=draw(st.sampled_from([Decimal(1), Decimal("2.5"), Decimal(10)])),
        base_excludes=tuple(draw(st.lists(st.sampled_from(NotEarning), unique=True))),
        bonuses=tuple(
            bonus(
                str(number),
                draw(st.sampled_from(["0.5", "1", "1.25", "2", "3.33"])),
                draw(st.integers(0, 3)) * 5,
                draw(bonus_goods),
                audience=Audience(tiers=tuple(draw(st.lists(st.sampled_from(["silver", "gold"]), max_size=1)))),
            )
            for number in range(draw(st.integers(0, 4)))
        ),
    )


@st.composite
def tenders(draw: st.DrawFn, total_minor: int) -> tuple[Payment, ...]:
    made, left = [], total_minor
    for kind in draw(st.lists(st.sampled_from(TenderKind), max_size=4, unique=True)):
        minor = draw(st.integers(0, left))
        left -= minor
        made.append(paid(kind, minor, bonus_minor=draw(st.integers(0, minor)), points=minor))
    return tuple(made)


def plain_points(
    bill: PricedBasket, found: Sequence[LineEarned], payments: Sequence[Payment], programme: Programme, tier: str
) -> list[Fraction]:
    """The plainest computation, with fractions. ``found`` is asked only for what counts of each line."""
    rule, answers = programme.earn, []
    for line, each in zip(bill.lines, found, strict=True):
        factor, extra = Fraction(1), Fraction(0)
        for one in rule.bonuses:
            if one.goods.include(line.product) and (not one.audience.tiers or tier in one.audience.tiers):
                factor *= Fraction(one.multiplier)
                extra += Fraction(one.extra * line.quantity_milli, 1_000)
        factor = min(factor, Fraction(rule.most_multiplier))
        worth = Fraction(each.base_minor, 100) * rule.points * Fraction(programme.tier(tier).earn_multiplier) * factor
        answers.append(worth + extra if each.base_minor else Fraction(0))
    return answers


@given(st.data(), scans(), earn_rules(), tiers.filter(bool), st.booleans())
def test_points_are_those_of_the_plainest_computation(
    data: st.DataObject, scanned: list[tuple[Product, int]], rule: EarnRule, tier: str, included: bool
) -> None:
    programme = replace(PROGRAMME, earn=rule, prices_include_tax=included)
    bill = priced(scan_all(scanned), programme, tier)
    payments = data.draw(tenders(bill.total_minor))
    found = earn_lines(bill, payments, programme, tier, setting(tier))
    exact = plain_points(bill, found, payments, programme, tier)
    assert [Fraction(line.points) for line in found] == exact
    assert all("E" not in str(line.points) for line in found)
    lot = earned(found, programme, tier, TODAY, LOT)
    assert (lot.points if lot else 0) == sum(exact) // 1


@given(st.data(), scans(), earn_rules(), tiers.filter(bool))
def test_each_cent_paid_is_on_one_line(
    data: st.DataObject, scanned: list[tuple[Product, int]], rule: EarnRule, tier: str
) -> None:
    programme = replace(PROGRAMME, earn=replace(rule, excluded_categories=()))
    bill = priced(scan_all(scanned), programme, tier)
    payments = data.draw(tenders(bill.total_minor))
    found = earn_lines(bill, payments, programme, tier)
    costs = [bill.payable_minor(line) for line in bill.lines]
    assert sum(line.by_points_minor for line in found) == sum(
        payment.amount_minor for payment in payments if payment.kind is TenderKind.POINTS
    )
    assert all(0 <= line.by_points_minor <= cost for line, cost in zip(found, costs, strict=True))
    assert all(0 <= line.base_minor <= cost for line, cost in zip(found, costs, strict=True))
    unearning = 0
    for payment in payments:
        bonus_minor = payment.bonus_minor if payment.kind is TenderKind.STORED_VALUE else 0
        unearning += bonus_minor if NotEarning.STORED_VALUE_BONUS in rule.base_excludes else 0
        if payment.kind.value in rule.base_excludes:
            unearning += payment.amount_minor - bonus_minor
    assert sum(line.base_minor for line in found) == bill.total_minor - unearning


@given(scans(), tiers.filter(bool), st.integers(0, 10**7), st.booleans())
@example([(product(price_minor=MAX_AMOUNT_MINOR), 1000)], "diamond", 5, True)
def test_without_bonuses_a_sale_earns_on_its_total_less_what_points_paid(
    scanned: list[tuple[Product, int]], tier: str, count: int, included: bool
) -> None:
    programme = replace(PROGRAMME, prices_include_tax=included)
    bill = priced(scan_all(scanned), programme, tier)
    payment = by_points(min(count, bill.total_minor))
    base = bill.total_minor - payment.amount_minor
    lot = earned(earn_lines(bill, (payment,), programme, tier), programme, tier, TODAY, LOT)
    assert (lot.points if lot else 0) == Fraction(base, 100) * Fraction(programme.tier(tier).earn_multiplier) // 1
    assert lot is None or lot.base_minor == base


@given(scans(), earn_rules(), tiers.filter(bool))
def test_buying_in_two_sales_never_earns_more(scanned: list[tuple[Product, int]], rule: EarnRule, tier: str) -> None:
    """At most a point less for each rounding down. Prices round line by line, so the lines are kept apart."""
    programme = replace(PROGRAMME, earn=rule)
    found = earn_lines(priced(scan_all(scanned), programme, tier), (), programme, tier, setting(tier))
    half = len(found) // 2
    parts = [earned(each, programme, tier, TODAY, LOT) for each in (found[:half], found[half:])]
    whole = earned(found, programme, tier, TODAY, LOT)
    apart = sum(each.points for each in parts if each)
    together = whole.points if whole else 0
    assert apart <= together <= apart + 1


def test_what_a_tier_redeems_at_decides_what_points_may_pay() -> None:
    redeem = replace(PROGRAMME.redeem, share=Decimal(0), by_tier={"gold": TierTerms(share=Decimal(1))})
    programme = replace(PROGRAMME, redeem=redeem)
    found = lines(basket(BREAD, HAM), programme, by_points(500), tier="gold")
    assert [line.by_points_minor for line in found] == [1_00, 4_00]
