"""The laws that any return of any sale keeps, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.domain import effects, returned
from shared_models.domain.errors import DomainError
from shared_models.domain.member import Effect, Lot
from shared_models.domain.quantity import QuantityNotWhole
from shared_models.domain.refund import captured, payable
from shared_models.domain.reprice import repriced
from shared_models.domain.return_record import SaleReturned, check_return, effect_of_return
from shared_models.domain.returned import Quantities, Worth
from shared_models.domain.returns import (
    MoreThanLeft,
    NothingToReturn,
    NothingWasSold,
    NotOnReceipt,
    ReturnBeforeSale,
    ReturnRules,
    left_to_return,
    take_back,
)
from shared_models.domain.sale import SaleConfirmed, TenderKind
from tests.domain.returning import (
    TIMES,
    Bought,
    bring_back,
    figures,
    journeys,
    purchases,
    rules_of,
    slip,
    together,
)
from tests.domain.shop import MEMBER, TODAY, basket, priced, product, sell

MILK, APPLES = product(), product("apples", 10_00, unit="kg")
RULES = ReturnRules()


def everything(sale: SaleConfirmed) -> dict[int, int]:
    return {line.number: line.quantity_milli for line in sale.lines}


def not_below_zero(record: SaleReturned) -> bool:
    return all(value >= 0 for name, value in figures([record]).items() if name != "rounding")


def rounding_is_of_cash(bought: Bought, records: list[SaleReturned]) -> bool:
    """However many returns there were, at most half of the smallest coin for each payment in cash."""
    in_cash = sum(payment.kind is TenderKind.CASH for payment in captured(bought.sale))
    return 2 * abs(figures(records)["rounding"]) <= bought.rules.cash_rounding_minor * in_cash


@settings(max_examples=80)
@given(purchases(), st.data())
def test_splitting_a_return_changes_nothing(bought: Bought, data: st.DataObject) -> None:
    sale, rules = bought.sale, rules_of(bought)
    journey = data.draw(journeys(sale))
    records = bring_back(sale, journey, rules)
    assert all(map(not_below_zero, records))
    for count in range(1, len(records) + 1):
        (whole,) = bring_back(sale, [together(journey[:count])], rules)
        assert figures(records[:count]) == figures([whole])
        assert rounding_is_of_cash(bought, [whole])


@settings(max_examples=80)
@given(purchases(), st.data())
def test_after_all_has_come_back_nothing_was_bought(bought: Bought, data: st.DataObject) -> None:
    sale = bought.sale
    records = bring_back(sale, data.draw(journeys(sale, all_of_it=True)), rules_of(bought))
    sums = figures(records)
    assert sums["total"] == sale.total_minor
    assert sums["rounding"] == sale.rounding_minor
    for payment in captured(sale):
        assert sums[f"{payment.id} amount"] == payment.amount_minor
        assert sums[f"{payment.id} points"] == payment.points
        assert sums[f"{payment.id} bonus"] == payment.bonus_minor
    for tax in sale.taxes:
        assert (sums[f"{tax.code} base"], sums[f"{tax.code} tax"]) == (tax.base_minor, tax.tax_minor)
    for rule, times in TIMES.items():
        off = [-each.amount_minor for line in sale.lines for each in line.adjustments if each.rule == rule]
        assert (sums[f"{rule} times"], sums[f"{rule} minor"]) == (times, sum(off))
    assert sorted(coupon.int for record in records for coupon in record.coupons) == [50, 52]
    assert left_to_return(sale, records) == dict.fromkeys(everything(sale), 0)
    if sale.member is not None:
        granted = sale.member.earned.points if sale.member.earned else 0
        assert (sums["taken back"], sums["growth"], sums["visits"]) == (granted, sale.member.growth, 1)
        assert sum(record.points for record in records) == sale.member.redeemed_points
        assert sum(record.spend_minor for record in records) == effects.spend(sale)


@given(purchases(), st.data())
def test_what_is_kept_stays_paid_and_earned(bought: Bought, data: st.DataObject) -> None:
    sale = bought.sale
    record = take_back(sale, (), data.draw(journeys(sale))[0], slip(), rules_of(bought))
    given_back = {line.number: line for line in record.lines}
    for line in sale.lines:
        if line.number in given_back:
            back = given_back[line.number]
            # a cent more would be more than was paid for these units
            assert 0 <= Fraction(line.net_minor * back.quantity_milli, line.quantity_milli) - back.net_minor < 1
            assert back.tax_minor <= line.tax_minor
    for refund in record.refunds:
        paid = next(payment for payment in captured(sale) if payment.id == refund.payment_id)
        assert refund.amount_minor <= paid.amount_minor
        assert refund.points <= paid.points
        assert refund.bonus_minor <= min(paid.bonus_minor, refund.amount_minor)
    if sale.member is not None and record.member is not None:
        by_points = sum(each.amount_minor for each in captured(sale) if each.kind is TenderKind.POINTS)
        by_points_back = record.total_minor - record.spend_minor
        money = sum(payable(sale, line) for line in sale.lines) - by_points
        money_back = record.total_minor - record.rounding_minor - by_points_back
        assert sale.member.growth - record.member.growth == (money - money_back) // 100
    if sale.member is not None and sale.member.earned is not None and any(line.points for line in sale.lines):
        kept = Fraction(0)
        for line in sale.lines:
            milli = line.quantity_milli - (given_back[line.number].quantity_milli if line.number in given_back else 0)
            kept += Fraction(line.points) * milli / line.quantity_milli
        assert record.member is not None
        assert sale.member.earned.points - record.member.taken_back == int(kept)


@given(purchases())
def test_growth_is_taken_as_it_was_given(bought: Bought) -> None:
    if bought.sale.member is not None:
        growth = returned.growth_kept(bought.sale, (), 0, bought.rules.earn.growth)
        assert growth == bought.sale.member.growth


@settings(max_examples=50)
@given(purchases(), st.data())
def test_what_is_kept_costs_its_own_price(bought: Bought, data: st.DataObject) -> None:
    """Under the other policy the sum given back is the largest that was due on the way, and never below zero."""
    sale = bought.sale
    reprice = repriced(sale, lambda kept: priced(kept, bought.rules, bought.tier))
    rules = replace(rules_of(bought), reprice=reprice)
    journey = data.draw(journeys(sale))
    records = bring_back(sale, journey, rules)
    paid = sum(payable(sale, line) for line in sale.lines)
    most = 0
    for count, record in enumerate(records, 1):
        kept = everything(sale)
        for number, milli in together(journey[:count]).items():
            kept[number] -= milli
        prices = reprice({number: milli for number, milli in kept.items() if milli})
        most = max(most, paid - returned.sum_payable(sale, prices))
        sums = figures(records[:count])
        assert sums["total"] - sums["rounding"] == most
        assert rounding_is_of_cash(bought, records[:count])
        assert record.total_minor >= 0
        for payment in captured(sale):
            assert 0 <= sums[f"{payment.id} amount"] <= payment.amount_minor
        assert all(each.amount_minor >= 0 and each.points >= 0 for each in record.refunds)
    rest = left_to_return(sale, records)
    if any(rest.values()):
        last = {number: milli for number, milli in rest.items() if milli}
        records.append(take_back(sale, records, last, slip(999), rules))
    sums = figures(records)
    assert sums["total"] == sale.total_minor
    assert all(sums[f"{payment.id} amount"] == payment.amount_minor for payment in captured(sale))
    assert all(sums[f"{tax.code} tax"] == tax.tax_minor for tax in sale.taxes)


@given(purchases(), st.data())
def test_where_the_kept_only_get_cheaper_the_way_does_not_matter(bought: Bought, data: st.DataObject) -> None:
    sale = bought.sale

    def reprice(kept: Quantities) -> dict[int, Worth]:
        """Full price; what was paid is less or the same, so even a whole line can give back less than was paid."""
        lines = {line.number: line for line in sale.lines}
        return {
            number: Worth(-(-lines[number].gross_minor * milli // lines[number].quantity_milli), 0)
            for number, milli in kept.items()
        }

    rules = replace(rules_of(bought), reprice=reprice)
    journey = data.draw(journeys(sale))
    split, whole = bring_back(sale, journey, rules), bring_back(sale, [together(journey)], rules)
    assert sum(each.total_minor for each in split) == sum(each.total_minor for each in whole)


@given(purchases(), st.data())
def test_a_change_of_policy_leaks_nothing(bought: Bought, data: st.DataObject) -> None:
    sale = bought.sale
    reprice = repriced(sale, lambda kept: priced(kept, bought.rules, bought.tier))
    records: list[SaleReturned] = []
    for number, goods in enumerate(data.draw(journeys(sale, all_of_it=True))):
        policy = replace(
            rules_of(bought),
            reprice=data.draw(st.sampled_from([None, reprice])),
            cash_step_minor=data.draw(st.sampled_from([1, 5, 100])),
        )
        records.append(take_back(sale, records, goods, slip(number), policy))
        assert records[-1].total_minor >= 0
    sums = figures(records)
    assert sums["total"] == sale.total_minor
    assert all(sums[f"{payment.id} amount"] == payment.amount_minor for payment in captured(sale))


@given(purchases(), st.data())
def test_a_doubled_packet_is_one_return(bought: Bought, data: st.DataObject) -> None:
    sale, rules = bought.sale, rules_of(bought)
    journey = data.draw(journeys(sale))
    records = bring_back(sale, journey, rules)
    again = take_back(sale, records, journey[0], slip(0), rules)
    assert again == records[0]
    assert left_to_return(sale, [*records, *records]) == left_to_return(sale, records)


@given(purchases())
def test_what_was_given_back_twice_is_set_off(bought: Bought) -> None:
    """Two shops without contact can take the same goods back; the sale's last return then gives only what is left."""
    sale, rules = bought.sale, rules_of(bought)
    first = sale.lines[0]
    records = [take_back(sale, (), {1: first.quantity_milli}, slip(number), rules) for number in range(2)]
    rest = {number: milli for number, milli in left_to_return(sale, records).items() if milli}
    if rest:
        last = take_back(sale, records, rest, slip(3), rules)
        before, after = figures(records), figures([*records, last])
        assert last.total_minor >= 0
        assert all(after[f"{line.number} net"] == line.net_minor for line in sale.lines) or not last.total_minor
        for payment in captured(sale):
            name = f"{payment.id} amount"
            assert before[name] <= after[name] <= max(before[name], payment.amount_minor)


def test_nothing_more_comes_back_where_more_came_back_than_was_paid() -> None:
    sold = sell(
        basket(product("dear", 98, member_price=False), product("cheap", 3, member_price=False)), tier="basic", points=1
    )
    points, cash = captured(sold.sale)
    dear, cheap = (replace(line, by_points_minor=0) for line in sold.sale.lines)
    sale = replace(sold.sale, lines=(dear, replace(cheap, by_points_minor=1)))
    assert (points.amount_minor, cash.amount_minor) == (1, 1_00)
    twice = [take_back(sale, (), {1: 1000}, slip(number), RULES) for number in range(2)]
    assert [record.total_minor for record in twice] == [98, 98]
    last = take_back(sale, twice, {2: 1000}, slip(3), RULES)
    assert (last.total_minor, last.refunds) == (0, ())


@pytest.mark.parametrize(
    ("goods", "error", "values"),
    [
        ({}, NothingToReturn, {}),
        ({1: 0}, NothingToReturn, {}),
        ({1: 1000, 2: -1}, NothingToReturn, {}),
        ({3: 1000}, NotOnReceipt, {"number": "3"}),
        ({1: 3000}, MoreThanLeft, {"number": "1", "name": "Milk", "left": "2"}),
        ({2: 451}, MoreThanLeft, {"number": "2", "name": "Apples", "left": "0.45"}),
        ({1: 1500}, QuantityNotWhole, {}),
    ],
)
def test_goods_that_cannot_come_back(goods: dict[int, int], error: type[DomainError], values: dict[str, str]) -> None:
    sale = sell(basket(MILK, MILK).add(APPLES, "", 450)).sale
    with pytest.raises(error) as caught:
        take_back(sale, (), goods, slip(), RULES)
    assert caught.value.values == values


def test_nothing_comes_back_twice() -> None:
    sale = sell(basket(MILK, MILK)).sale
    first = take_back(sale, (), {1: 2000}, slip(1), RULES)
    with pytest.raises(MoreThanLeft) as caught:
        take_back(sale, [first], {1: 1000}, slip(2), RULES)
    assert str(caught.value) == "Of line 1 (Milk) only 0 can still be returned."
    assert take_back(sale, [first], {1: 2000}, slip(1), RULES) is first


def test_receipts_that_cannot_be() -> None:
    sale = sell(basket(MILK)).sale
    with pytest.raises(NothingWasSold):
        take_back(replace(sale, training=True), (), {1: 1000}, slip(), RULES)
    with pytest.raises(ReturnBeforeSale) as caught:
        take_back(sale, (), {1: 1000}, slip(on=TODAY - timedelta(days=1)), RULES)
    assert caught.value.values == {"sold_on": "2026-11-24"}
    other = take_back(sale, (), {1: 1000}, slip(), RULES)
    with pytest.raises(ValueError, match="isn't of sale"):
        take_back(replace(sale, sale_id=UUID(int=77)), [other], {1: 1000}, slip(2), RULES)


def test_the_effect_on_the_member() -> None:
    sale = sell(basket(MILK, product("ham", 40_00)), tier="gold", points=1_000).sale
    record = take_back(sale, (), {1: 1000, 2: 1000}, slip(), RULES)
    assert record.member is not None
    lot = Lot(UUID(int=9), 1_000, date(2026, 12, 31))
    named = replace(record, member=replace(record.member, given_back=(lot,)))
    # what test_checkout has it earn: 51 points and 34 growth for the 34.63 that money paid
    assert effect_of_return(named) == Effect(
        MEMBER, TODAY, growth=-34, spend_minor=-34_63, visits=-1, taken_back=51, given_back=(lot,), bought_on=TODAY
    )
    with pytest.raises(AssertionError):
        effect_of_return(record)
    assert effect_of_return(take_back(sell(basket(MILK)).sale, (), {1: 1000}, slip(), RULES)) is None


def test_sums_that_do_not_hold_are_caught() -> None:
    sale = sell(basket(MILK, MILK), tier="gold", points=100).sale
    record = take_back(sale, (), {1: 1000}, slip(), RULES)
    points, cash = record.refunds
    assert (points.kind, cash.kind) == (TenderKind.POINTS, TenderKind.CASH)
    for wrong in (
        replace(record, total_minor=record.total_minor + 1),
        replace(record, rounding_minor=1),
        replace(record, refunds=()),
        replace(record, taxes=()),
        replace(record, lines=(replace(record.lines[0], quantity_milli=-1),)),
        replace(record, refunds=(points, replace(cash, carried_minor=cash.amount_minor + 1))),
        replace(record, refunds=(points, replace(cash, bonus_minor=-1))),
        replace(record, refunds=(points, replace(cash, points=1))),
        replace(record, member=None),
        replace(record, sale_id=None, approver_id=""),
    ):
        with pytest.raises(AssertionError):
            check_return(wrong)
