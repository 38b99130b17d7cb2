"""Worked returns from the trade. The arithmetic stands beside each figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from shared_models.domain import tender
from shared_models.domain.basket import Basket
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.deal import Deal, Get, Spend, Step, Terms
from shared_models.domain.money import Rounding
from shared_models.domain.offer import AmountOff, Goods, PercentOff
from shared_models.domain.pricing import PricedBasket
from shared_models.domain.programme_rules import Programme
from shared_models.domain.reprice import kept_basket, repriced
from shared_models.domain.return_record import MemberReturn, Refund, ReturnedUse, ReturnPolicy, SaleReturned
from shared_models.domain.return_without_receipt import ApprovalNeeded, take_back_unknown
from shared_models.domain.returns import NothingToReturn, ReturnRules, take_back
from shared_models.domain.sale import (
    Inputs,
    Payment,
    PaymentState,
    PointsEarned,
    SaleConfirmed,
    SaleMember,
    TenderKind,
    UsedCoupon,
)
from tests.domain.returning import bring_back, slip
from tests.domain.shop import MEMBER, PROGRAMME, SHIFT, TODAY, basket, priced, product, programme, sell

ALL = Goods(everything=True)
SHARE = ReturnRules()


def under(*terms: Terms) -> Programme:
    deals = tuple(Deal(f"d{place}", {}, each, date(2026, 1, 1), group=f"g{place}") for place, each in enumerate(terms))
    return replace(programme(), deals=deals)


def repricing(sale: SaleConfirmed, rules: Programme) -> ReturnRules:
    return ReturnRules(reprice=repriced(sale, lambda kept: priced(kept, rules)))


def things(*prices: int) -> Basket:
    return basket(*(product(f"thing{place}", each) for place, each in enumerate(prices)))


def totals(records: list[SaleReturned]) -> list[int]:
    return [record.total_minor for record in records]


def paid_with(bill: PricedBasket, *payments: Payment, member: bool = False) -> SaleConfirmed:
    return assemble(
        bill,
        payments,
        programme=PROGRAMME,
        inputs=Inputs("1", 1, 1),
        shift=SHIFT,
        business_date=TODAY,
        numbers=Numbers(UUID(int=1), UUID(int=2), 1, ""),
        buyer=Buyer(MEMBER, "basic") if member else None,
    )


def card(amount: int) -> Payment:
    return Payment(UUID(int=61), TenderKind.CARD, PaymentState.CAPTURED, amount)


def cash(amount: int) -> Payment:
    return tender.cash(amount, amount).payment(UUID(int=62))


ONE_EACH = [{1: 1000}, {1: 1000}, {1: 1000}]


def test_three_for_two() -> None:
    rules = under(Get(ALL, 2, 1, PercentOff(Decimal(100))))
    sale = sell(basket(*[product(price_minor=10_00)] * 3), rules).sale
    assert sale.total_minor == 20_00
    # 20 × 1/3 = 6.66⅔; 20 × 2/3 = 13.33⅓; 20
    assert totals(bring_back(sale, ONE_EACH, SHARE)) == [6_66, 6_67, 6_67]
    # two are kept for 20, then one for 10, then none
    assert totals(bring_back(sale, ONE_EACH, repricing(sale, rules))) == [0, 10_00, 10_00]


def test_fifty_off_three_hundred_below_the_threshold() -> None:
    rules = under(Spend(ALL, (Step(300_00, AmountOff(50_00)),)))
    sale = sell(things(100_00, 200_00), rules).sale
    # 50 × 1/3 = 16.67 and 33.33
    assert [line.net_minor for line in sale.lines] == [83_33, 166_67]
    assert totals(bring_back(sale, [{1: 1000}, {2: 1000}], SHARE)) == [83_33, 166_67]
    first, last = bring_back(sale, [{1: 1000}, {2: 1000}], repricing(sale, rules))
    # 250 were paid, what is kept costs 200: the lost discount of 33.33 stands on the line that is kept
    assert (first.total_minor, first.policy) == (50_00, ReturnPolicy.REPRICE_KEPT)
    assert [(line.number, line.quantity_milli, line.net_minor) for line in first.lines] == [
        (1, 1000, 83_33),
        (2, 0, -33_33),
    ]
    # tax of 50.00 at 13 %: 250 holds 28.76, 200 holds 23.01
    assert [(tax.base_minor, tax.tax_minor) for tax in first.taxes] == [(44_25, 5_75)]
    assert last.total_minor == 200_00


def test_a_lost_discount_above_the_price_of_the_goods() -> None:
    rules = under(Spend(ALL, (Step(300_00, AmountOff(50_00)),)))
    sale = sell(things(100_00, 290_00, 10_00), rules).sale
    assert sale.total_minor == 350_00
    # 350 − (300 − 50) = 100; then what is kept costs 290, of which 250 stay paid: 0, not −40; then all the rest
    one_by_one = bring_back(sale, [{1: 1000}, {3: 1000}, {2: 1000}], repricing(sale, rules))
    assert totals(one_by_one) == [100_00, 0, 250_00]
    # at once: 350 − 290 = 60
    assert totals(bring_back(sale, [{1: 1000, 3: 1000}, {2: 1000}], repricing(sale, rules))) == [60_00, 290_00]
    # 10 × 350/400 = 8.75 and so on
    assert totals(bring_back(sale, [{1: 1000}, {3: 1000}, {2: 1000}], SHARE)) == [87_50, 8_75, 253_75]


def test_three_stacked_tens() -> None:
    ten = Spend(ALL, (Step(0, PercentOff(Decimal(10))),))
    sale = sell(things(100_00, 100_00, 100_00), under(ten, ten, ten)).sale
    # 300 × 0.9 × 0.9 × 0.9 = 218.70
    assert totals(bring_back(sale, [{1: 1000}, {3: 1000}, {2: 1000}], SHARE)) == [72_90, 72_90, 72_90]


def test_half_paid_by_points() -> None:
    goods = basket(product("milk", 30_00), product("smokes", 10_00))
    points = tender.points_payment(UUID(int=60), 1_500, PROGRAMME.redeem)
    sale = paid_with(priced(goods), points, cash(25_00), member=True)
    milk, smokes = (replace(line, by_points_minor=0) for line in sale.lines)
    # what points may not pay was not paid by them: all of their 15.00 is the milk's
    says = replace(sale, lines=(replace(milk, by_points_minor=15_00), smokes))
    by_points = Refund(TenderKind.POINTS, UUID(int=60), 15_00, 1_500)
    by_cash = Refund(TenderKind.CASH, UUID(int=62), 15_00)
    first, last = bring_back(says, [{2: 1000}, {1: 1000}], SHARE)
    assert first.refunds == (replace(by_cash, amount_minor=10_00),)
    assert last.refunds == (by_points, by_cash)
    # an older record doesn't say: a quarter of the sale, 3.75 of points and 6.25 of cash
    assert take_back(replace(sale, lines=(milk, smokes)), (), {2: 1000}, slip(), SHARE).refunds == (
        replace(by_points, amount_minor=3_75, points=375),
        replace(by_cash, amount_minor=6_25),
    )


def test_points_that_were_worth_nothing() -> None:
    few = Payment(UUID(int=60), TenderKind.POINTS, PaymentState.CAPTURED, 0, points=5)
    sale = paid_with(priced(things(3_00)), few, card(3_00), member=True)
    record = take_back(sale, (), {1: 1000}, slip(), SHARE)
    assert [(each.amount_minor, each.points) for each in record.refunds] == [(0, 5), (3_00, 0)]


def test_cash_and_card() -> None:
    sale = paid_with(priced(things(33_33, 66_67)), card(60_00), cash(40_00))
    first, last = bring_back(sale, [{1: 1000}, {2: 1000}], SHARE)
    # 33.33 × 0.6 = 19.998 and 33.33 × 0.4 = 13.332
    assert [each.amount_minor for each in first.refunds] == [20_00, 13_33]
    assert [each.amount_minor for each in last.refunds] == [40_00, 26_67]


def test_cash_without_small_coins() -> None:
    sale = sell(basket(*[product(price_minor=6_02)] * 2), replace(PROGRAMME, cash_rounding_minor=5)).sale
    assert (sale.total_minor, sale.rounding_minor) == (12_05, 1)
    records = bring_back(sale, [{1: 1000}, {1: 1000}], ReturnRules(cash_step_minor=5))
    # 6.02 → 6.00; then what is left of 12.05
    assert [(record.total_minor, record.rounding_minor) for record in records] == [(6_00, -2), (6_05, 3)]


@pytest.mark.parametrize(("price", "paid"), [(12_02, 12_00), (12_03, 12_05), (2, 0)])
def test_all_the_cash_comes_back(price: int, paid: int) -> None:
    sale = sell(basket(product(price_minor=price)), replace(PROGRAMME, cash_rounding_minor=5)).sale
    record = take_back(sale, (), {1: 1000}, slip(), ReturnRules(cash_step_minor=5))
    assert (record.total_minor, record.rounding_minor) == (paid, paid - price)


def test_a_total_that_rounds_to_nothing_without_any_payment() -> None:
    sale = sell(basket(product(price_minor=2)), replace(PROGRAMME, cash_rounding_minor=5)).sale
    record = take_back(replace(sale, payments=()), (), {1: 1000}, slip(), SHARE)
    assert (record.refunds, record.total_minor, record.rounding_minor) == ((), 0, -2)


def test_weighed_goods() -> None:
    sale = sell(Basket().add(product("apples", 10_00, unit="kg"), "", 453)).sale
    # 4.53 × 0.1/0.453 = 1.00; 4.53 × 0.101/0.453 = 1.01; all
    assert totals(bring_back(sale, [{1: 100}, {1: 1}, {1: 352}], SHARE)) == [1_00, 1, 3_52]


def test_no_tax_without_money() -> None:
    rules = programme(taxes={"standard": "0.18"})
    sale = sell(Basket().add(product("spice", 2_00, unit="kg"), "", 100), rules).sale
    # 0.20 with 0.03 of tax (20 × 18/118 = 3.05); 31 g: 6.2 → 6, 6 × 3/20 = 0.9 → 0; 34 g: 6.8 → still 6
    records = bring_back(sale, [{1: 31}, {1: 3}, {1: 66}], SHARE)
    assert [(record.total_minor, record.lines[0].tax_minor) for record in records] == [(6, 0), (0, 0), (14, 3)]


def test_tax_on_top() -> None:
    sale = sell(basket(*[product(price_minor=9_99)] * 3), programme(include_tax=False)).sale
    # 29.97 × 0.13 = 3.90 (3.8961)
    assert (sale.total_minor, sale.lines[0].tax_minor) == (33_87, 3_90)
    records = bring_back(sale, ONE_EACH, SHARE)
    # tax: 3.90 × 9.99/29.97 = 1.30 and so on
    assert [(record.lines[0].net_minor, record.lines[0].tax_minor) for record in records] == [(9_99, 1_30)] * 3
    assert totals(records) == [11_29] * 3


def earning(*points: str, granted: int) -> SaleConfirmed:
    """Things for 1.00 each whose lines earned ``points``."""
    sale = paid_with(priced(things(*[1_00] * len(points))), cash(len(points) * 1_00))
    lines = tuple(replace(line, points=Decimal(each)) for line, each in zip(sale.lines, points, strict=True))
    earned = PointsEarned(UUID(int=2), granted, date(2027, 12, 31), 0, Decimal(1))
    return replace(sale, lines=lines, member=SaleMember(MEMBER, earned, 0, len(points)))


@pytest.mark.parametrize(
    ("points", "granted", "taken"),
    [
        # 1.8 → 1 was given; 1.2 → 1 is kept, then 0.6 → 0
        (("0.6", "0.6", "0.6"), 1, [0, 1, 0]),
        # a cap gave 5 of 9: what is kept is worth 6, then 3
        (("3", "3", "3"), 5, [0, 2, 3]),
        # an older record, 10 points by amount: 6⅔ → 6, 3⅓ → 3
        (("0", "0", "0"), 10, [4, 3, 3]),
    ],
)
def test_points_taken_back(points: tuple[str, ...], granted: int, taken: list[int]) -> None:
    sale = earning(*points, granted=granted)
    records = bring_back(sale, [{1: 1000}, {2: 1000}, {3: 1000}], SHARE)
    growth = [(1, False), (1, False), (1, True)]
    assert [record.member for record in records] == [
        MemberReturn(MEMBER, each, more[0], TODAY, *more[1:]) for each, more in zip(taken, growth, strict=True)
    ]


def test_coupons_and_limits() -> None:
    rules = under(Spend(Goods(products=("thing0", "thing1")), (Step(0, AmountOff(1_00)),)))
    sale = sell(things(10_00, 10_00, 10_00), rules).sale
    used = UsedCoupon(UUID(int=50), "d0", 1_00)
    one_way, idle = replace(used, id=UUID(int=51), rule="other"), replace(used, id=UUID(int=52), rule="idle")
    sale = replace(sale, coupons=(used, one_way, idle))
    here = ReturnRules(coupons=frozenset({"d0", "idle"}), times={"d0": 2})
    records = bring_back(sale, [{3: 1000}, {1: 1000}, {2: 1000}], here)
    # 0.50 of it came off each of the two things it was used on
    assert [record.uses for record in records] == [(), (ReturnedUse("d0", 0, 50),), (ReturnedUse("d0", 2, 50),)]
    # the one that took nothing off waits for the whole sale
    assert [record.coupons for record in records] == [(), (), (UUID(int=50), UUID(int=52))]
    records = bring_back(sale, [{1: 1000, 2: 1000}, {3: 1000}], here)
    assert [record.coupons for record in records] == [(UUID(int=50),), (UUID(int=52),)]
    assert all(record.coupons == () for record in bring_back(sale, [{1: 1000}, {2: 1000}], SHARE))


def test_what_is_kept_is_what_was_scanned() -> None:
    apples = product("apples", 10_00, unit="kg")
    scanned = Basket().add(product("milk"), "690", 3000).add(apples, "22", 500, fixed_price_minor=4_99)
    sale = sell(scanned).sale
    milk, label = kept_basket(sale, {1: 1000, 2: 100}).lines
    assert (milk.line_id, milk.code, milk.quantity_milli, milk.gross_minor) == (1, "690", 1000, 12_50)
    # a fifth of a label of 4.99, up: 1.00
    assert (label.line_id, label.quantity_milli, label.gross_minor) == (2, 100, 1_00)
    assert kept_basket(sale, {2: 500}).lines[0].gross_minor == 4_99


def test_without_a_receipt() -> None:
    agreed = Basket().add(product("milk"), "690", 1000, fixed_price_minor=8_02)
    record = take_back_unknown(priced(agreed), slip(), cash_step_minor=5)
    assert (record.sale_id, record.with_receipt, record.policy) == (None, False, ReturnPolicy.AS_GIVEN)
    assert record.refunds == (Refund(TenderKind.CASH, None, 8_00),)
    assert (record.rounding_minor, record.member, record.approver_id) == (-2, None, "manager")
    # 8.02 × 13/113 = 0.92
    assert [(line.product_id, line.net_minor, line.tax_minor) for line in record.lines] == [("milk", 8_02, 92)]
    stored = take_back_unknown(priced(agreed), slip(), kind=TenderKind.STORED_VALUE, cash_step_minor=5)
    assert stored.refunds == (Refund(TenderKind.STORED_VALUE, None, 8_02),)


def test_without_a_receipt_it_needs_goods_and_an_approval() -> None:
    with pytest.raises(ApprovalNeeded):
        take_back_unknown(priced(things(1_00)), replace(slip(), approver_id=""))
    with pytest.raises(NothingToReturn):
        take_back_unknown(priced(Basket()), slip())
    with pytest.raises(ValueError, match="points"):
        take_back_unknown(priced(things(1_00)), slip(), kind=TenderKind.POINTS)


def test_a_sum_paid_out_is_rounded_as_the_programme_says() -> None:
    """Two of 9.98 with 抹零 to 0.10 are paid as 19.90; one comes back as 9.90 and the other as the rest, 10.00."""
    rules = replace(PROGRAMME, cash_rounding_minor=10, cash_rounding=Rounding.DOWN)
    sale = sell(basket(product("pen", 9_98), quantity_milli=2_000), rules).sale
    assert sale.total_minor == 19_90
    down = ReturnRules(cash_step_minor=10, cash_rounding=Rounding.DOWN)
    records = bring_back(sale, [{1: 1_000}, {1: 1_000}], down)
    assert [record.total_minor for record in records] == [9_90, 10_00]
    nearest = bring_back(sale, [{1: 1_000}, {1: 1_000}], replace(down, cash_rounding=Rounding.HALF_UP))
    assert [record.total_minor for record in nearest] == [10_00, 9_90]
