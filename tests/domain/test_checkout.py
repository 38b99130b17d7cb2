from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import effects, tender
from shared_models.domain.audience import PricingMember, Setting
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.checkout import (
    Buyer,
    EmptySale,
    NotPaid,
    Numbers,
    PaidTooMuch,
    PointsWithoutMember,
    assemble,
    check_sums,
)
from shared_models.domain.earn_rules import EarnBonus
from shared_models.domain.earning import EarnedBefore
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Effect, Lot, Standing
from shared_models.domain.months import Month, month_of
from shared_models.domain.offer import Goods, Offer
from shared_models.domain.pricing import PricedBasket
from shared_models.domain.sale import Inputs, Payment, PaymentState, PointsEarned, SaleConfirmed, SaleMember, TenderKind
from tests.domain.shop import (
    AT,
    MEMBER,
    PROGRAMME,
    SHIFT,
    TODAY,
    basket,
    offers,
    priced,
    product,
    programme,
    scan_all,
    scans,
    sell,
    tiers,
)

MILK = product()
SMOKES = product("smokes", 25_00, category="tobacco", member_price=False)


def record(bill: PricedBasket, *payments: Payment) -> SaleConfirmed:
    return assemble(
        bill,
        payments,
        programme=PROGRAMME,
        inputs=Inputs("1", 1, 1),
        shift=SHIFT,
        business_date=TODAY,
        numbers=Numbers(UUID(int=1), UUID(int=2), 1, ""),
    )


def test_a_cash_sale() -> None:
    sold = sell(basket(MILK, MILK), tendered_minor=30_00)
    sale = sold.sale
    assert (sale.total_minor, sale.rounding_minor, sale.member) == (25_00, 0, None)
    assert (sale.store_id, sale.lane, sale.cashier_id, sale.receipt_number) == ("s1", 3, "wang", 1)
    (line,) = sale.lines
    assert (line.number, line.product_id, line.name, line.quantity_milli) == (1, "milk", "Milk", 2000)
    assert (line.unit_price_minor, line.gross_minor, line.net_minor, line.tax_minor) == (12_50, 25_00, 25_00, 2_88)
    assert (sale.payments[0].tendered_minor, sale.payments[0].change_minor) == (30_00, 5_00)


def test_a_member_earns_on_what_was_paid_with_money() -> None:
    sale = sell(basket(MILK, product("ham", 40_00)), tier="gold", points=1_000).sale
    # (12.50 → 10.63) + (40.00 → 34.00) = 44.63, less ¥10 of points = 34.63; × 1.5 = 51.9 points, growth 34
    assert sale.total_minor == 44_63
    assert sale.member == SaleMember(
        MEMBER, PointsEarned(UUID(int=1 << 8 | 3), 51, date(2027, 12, 31), 34_63, Decimal("1.5")), 1_000, 34
    )


def test_each_line_says_what_it_earned_and_what_points_paid_of_it() -> None:
    ham = product("ham", 40_00)
    sale = sell(basket(MILK, ham, SMOKES), tier="gold", points=1_000).sale
    # points may pay the milk (10.63) and the ham (34.00), not the smokes: 2.38 and 7.62 of them
    assert [line.by_points_minor for line in sale.lines] == [2_38, 7_62, 0]
    assert [line.points for line in sale.lines] == [Decimal("12.375"), Decimal("39.57"), Decimal("37.5")]
    assert sale.member is not None
    assert sale.member.earned is not None
    assert sale.member.earned.points == 89, "89.445, rounded down once"
    nobody = sell(basket(MILK)).sale.lines[0]
    assert (nobody.points, nobody.by_points_minor) == (Decimal(0), 0)


def test_bonuses_and_caps_of_a_sale() -> None:
    bonus = EarnBonus("b", {}, Goods(everything=True), date(2026, 1, 1), multiplier=Decimal(3))
    rules = replace(PROGRAMME, earn=replace(PROGRAMME.earn, bonuses=(bonus,), most_per_day=100, pending_days=7))
    bill = priced(basket(SMOKES), rules, "basic")
    sale = assemble(
        bill,
        [tender.cash(25_00, 25_00).payment(UUID(int=6))],
        programme=rules,
        inputs=Inputs("1", 1, 1),
        shift=SHIFT,
        business_date=TODAY,
        numbers=Numbers(UUID(int=1), UUID(int=2), 1, ""),
        buyer=Buyer(MEMBER, "basic"),
        setting=Setting(AT, "basic", PricingMember("basic")),
        earned_before=EarnedBefore(day=60, month=60),
    )
    assert sale.lines[0].points == Decimal(75)
    earned = PointsEarned(UUID(int=2), 40, date(2027, 12, 31), 25_00, Decimal(1), date(2026, 12, 1))
    assert sale.member == SaleMember(MEMBER, earned, 0, 25)


def test_the_effect_of_a_sale_on_its_member() -> None:
    sale = sell(basket(MILK, product("ham", 40_00)), tier="gold", points=1_000).sale
    effect = effects.effect_of(sale)
    lot = Lot(UUID(int=1 << 8 | 3), 51, date(2027, 12, 31))
    assert effect == Effect(MEMBER, TODAY, lot, 1_000, 34, 34_63, visits=1)
    november = month_of(TODAY)
    before = Standing("silver", 1_470, months=(Month(november, 170_00, growth=1_470),))
    view = MemberView(Account((Lot(UUID(int=9), 1_200, date(2026, 12, 31)),)), before)
    after = Standing("gold", 1_504, months=(Month(november, 204_63, visits=1, growth=1_504, points=51),))
    assert effects.apply(view, effect, PROGRAMME) == MemberView(
        Account((Lot(UUID(int=9), 200, date(2026, 12, 31)), lot)), after
    )


def test_sales_that_touch_no_member() -> None:
    assert effects.effect_of(sell(basket(MILK)).sale) is None
    assert effects.effect_of(sell(basket(MILK), tier="gold", training=True).sale) is None


def test_goods_that_earn_nothing_still_count_as_spent() -> None:
    rules = replace(PROGRAMME, earn=replace(PROGRAMME.earn, excluded_categories=("tobacco",)))
    member = sell(basket(SMOKES), rules, tier="gold").sale.member
    assert member == SaleMember(MEMBER, None, 0, 25)


def test_cash_rounding_is_part_of_the_total() -> None:
    sale = sell(basket(product(price_minor=12_03)), replace(PROGRAMME, cash_rounding_minor=5)).sale
    assert (sale.rounding_minor, sale.total_minor, sale.payments[0].amount_minor) == (2, 12_05, 12_05)


def test_what_is_not_paid_is_no_sale() -> None:
    bill = priced(basket(MILK))
    with pytest.raises(NotPaid) as caught:
        record(bill, tender.part_cash(12_50, 10_00).payment(UUID(int=5)))
    assert caught.value.values == {"missing_minor": "250"}
    with pytest.raises(PaidTooMuch):
        record(bill, tender.cash(13_00, 13_00).payment(UUID(int=5)))
    with pytest.raises(EmptySale):
        record(priced(Basket()))


def test_points_need_a_member() -> None:
    bill = priced(basket(product(price_minor=5_00)))
    with pytest.raises(PointsWithoutMember):
        record(bill, tender.points_payment(UUID(int=5), 500, PROGRAMME.redeem))


def test_points_that_were_only_tried_are_not_redeemed() -> None:
    tried = replace(tender.points_payment(UUID(int=5), 500, PROGRAMME.redeem), state=PaymentState.REVERSED)
    sale = record(priced(basket(MILK)), tried, tender.cash(12_50, 12_50).payment(UUID(int=6)))
    assert sale.payments[0] == tried
    assert sale.member is None


def test_sums_that_do_not_hold_are_caught() -> None:
    sale = sell(basket(MILK)).sale
    for wrong in (
        replace(sale, total_minor=12_51),
        replace(sale, payments=()),
        replace(sale, lines=(replace(sale.lines[0], net_minor=12_49),)),
        replace(sale, lines=(replace(sale.lines[0], tax_minor=0),)),
        replace(sale, payments=(replace(sale.payments[0], change_minor=1),)),
        replace(sale, payments=(replace(sale.payments[0], kind=TenderKind.POINTS, points=5),)),
    ):
        with pytest.raises(AssertionError):
            check_sums(wrong)


@given(scans(), offers(), tiers, st.booleans(), st.sampled_from([1, 5, 10, 100]))
def test_every_sale_adds_up(
    scanned: list[tuple[Product, int]], live: tuple[Offer, ...], tier: str | None, included: bool, step: int
) -> None:
    rules = replace(programme(*live, include_tax=included), cash_rounding_minor=step)
    sale = sell(scan_all(scanned), rules, tier=tier, tendered_minor=None).sale
    check_sums(sale)
    paid = sum(payment.amount_minor for payment in sale.payments)
    assert paid == sale.total_minor
    effect = effects.effect_of(sale)
    assert (effect is None) == (tier is None)
    if effect is not None:
        assert effect.spend_minor == paid
