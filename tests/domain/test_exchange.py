from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import returned, tender
from shared_models.domain.checkout import Numbers, assemble, check_sums
from shared_models.domain.exchange import credit_payment, exchange
from shared_models.domain.return_record import Refund, ReturnPolicy, SaleReturned, check_return
from shared_models.domain.returns import ReturnRules, take_back
from shared_models.domain.sale import Inputs, TenderKind
from tests.domain.returning import Bought, bring_back, journeys, purchases, rules_of, slip
from tests.domain.shop import SHIFT, TODAY, basket, priced, product, programme, sell

KINDS = st.sampled_from(list(TenderKind))
EVERYTHING = 1 << 60


def returned_by(*refunds: Refund, rounding_minor: int = 0) -> SaleReturned:
    """A return that gave these refunds; its goods don't matter here."""
    total = sum(refund.amount_minor for refund in refunds)
    return SaleReturned(
        UUID(int=1), None, "s1", 3, UUID(int=2), "wang", 7, "", "", "boss", "", TODAY, "CNY", True,
        ReturnPolicy.AS_GIVEN, (), (), rounding_minor, total, refunds,
    )  # fmt: skip


def refund(kind: TenderKind, amount: int, points: int = 0, bonus: int = 0) -> Refund:
    return Refund(kind, UUID(int=5), amount, points, bonus)


@st.composite
def refunds(draw: st.DrawFn) -> Refund:
    kind, amount = draw(KINDS), draw(st.integers(1, 100_00))
    points = draw(st.integers(0, 200_00)) if kind is TenderKind.POINTS else 0
    return refund(kind, amount, points, draw(st.integers(0, amount)) if kind is TenderKind.STORED_VALUE else 0)


@given(st.lists(refunds(), max_size=5), st.integers(0, 200_00), st.sampled_from([1, 5, 100]), st.integers(0, 100_00))
def test_what_is_given_back_pays_or_is_paid_out(back: list[Refund], due: int, step: int, points_most: int) -> None:
    made = exchange(returned_by(*back), due, cash_step_minor=step, points_most_minor=points_most)
    assert Counter(replace(each, carried_minor=0) for each in made.refunds) == Counter(back)
    credited = sum(each.amount_minor for each in made.credits)
    assert due + made.rounding_minor == credited + made.due_minor
    assert made.due_minor >= 0
    assert abs(made.rounding_minor) < step
    assert sum(each.amount_minor for each in made.credits if each.kind is TenderKind.POINTS) <= points_most
    carried = [each for each in made.refunds if each.carried_minor]
    for whole, part in zip(carried, made.credits, strict=True):
        assert part.amount_minor == whole.carried_minor <= whole.amount_minor
        # neither of what pays nor of what is paid out is more bonus than amount
        assert 0 <= whole.bonus_minor - part.bonus_minor <= whole.amount_minor - part.amount_minor
        assert 0 <= part.points <= whole.points


@given(purchases(), st.data())
def test_the_same_goods_at_the_same_price_cost_nothing(bought: Bought, data: st.DataObject) -> None:
    records = bring_back(bought.sale, data.draw(journeys(bought.sale)), rules_of(bought))
    record = records[-1]
    worth = returned.sum_payable(
        bought.sale, {line.number: returned.Worth(line.net_minor, line.tax_minor) for line in record.lines}
    )
    step = bought.rules.cash_rounding_minor
    made = exchange(record, worth, cash_step_minor=step, points_most_minor=EVERYTHING)
    assert made.due_minor == 0
    assert all(each.carried_minor == each.amount_minor for each in made.refunds)


CARD, CASH, POINTS, STORED = TenderKind.CARD, TenderKind.CASH, TenderKind.POINTS, TenderKind.STORED_VALUE


@pytest.mark.parametrize(
    ("due", "carried", "still_due"),
    [
        (30_00, {CARD: 20_00, CASH: 10_00}, 0),
        (45_00, {CARD: 20_00, CASH: 10_00}, 15_00),  # dearer: 15.00 to pay
        (25_00, {CARD: 20_00, CASH: 5_00}, 0),  # cheaper: 5.00 in cash are paid out
        (12_00, {CARD: 12_00}, 0),  # much cheaper: 8.00 to the card and 10.00 in cash
        (0, {}, 0),
    ],
)
def test_dearer_and_cheaper(due: int, carried: dict[TenderKind, int], still_due: int) -> None:
    made = exchange(returned_by(refund(CASH, 10_00), refund(CARD, 20_00)), due)
    assert {each.kind: each.amount_minor for each in made.credits} == carried
    assert (made.due_minor, made.rounding_minor) == (still_due, 0)


def test_points_pay_only_what_they_may() -> None:
    back = returned_by(refund(POINTS, 10_00, 1_000), refund(CASH, 10_00))
    made = exchange(back, 20_00, points_most_minor=6_66)
    # 6.66 of points and the cash; the member keeps the other 334 points and pays 3.34
    assert [(each.kind, each.amount_minor, each.points) for each in made.credits] == [
        (POINTS, 6_66, 666),
        (CASH, 10_00, 0),
    ]
    assert made.due_minor == 3_34


def test_bonus_stays_bonus() -> None:
    made = exchange(returned_by(refund(STORED, 30_00, bonus=10_00)), 20_00)
    # two thirds of the bonus, 6.66⅔, up
    assert made.credits == (Refund(STORED, UUID(int=5), 20_00, 0, 6_67, 20_00),)


@pytest.mark.parametrize(
    ("credit", "due", "pays", "rounding"),
    [(20_00, 12_03, 12_05, 2), (20_00, 12_02, 12_00, -2), (12_04, 12_03, 12_04, 1), (20_00, 2, 0, -2)],
)
def test_cash_pays_payable_sums(credit: int, due: int, pays: int, rounding: int) -> None:
    made = exchange(returned_by(refund(CASH, credit)), due, cash_step_minor=5)
    assert (made.refunds[0].carried_minor, made.rounding_minor, made.due_minor) == (pays, rounding, 0)


def test_an_exchange_from_end_to_end() -> None:
    rules = replace(programme(), cash_rounding_minor=5)
    old = sell(basket(product(price_minor=12_03)), rules).sale
    record = take_back(old, (), {1: 1000}, slip(), ReturnRules(cash_step_minor=5))
    assert (record.total_minor, record.rounding_minor) == (12_05, 2)
    bill = priced(basket(product("tea", 15_01)), rules)
    made = exchange(record, bill.total_minor, cash_step_minor=5)
    assert made.due_minor == 2_96
    rest = tender.cash(made.due_minor, 2_95, 5)
    assert rest.rounding_minor == -1
    new = assemble(
        bill,
        [*(credit_payment(credit, UUID(int=90)) for credit in made.credits), rest.payment(UUID(int=91))],
        rounding_minor=made.rounding_minor + rest.rounding_minor,
        programme=rules,
        inputs=Inputs("1", 1, 1),
        shift=SHIFT,
        business_date=TODAY,
        numbers=Numbers(UUID(int=70), UUID(int=71), 2, ""),
    )
    check_sums(new)
    record = replace(record, refunds=made.refunds, exchange_id=new.sale_id)
    check_return(record)
    # in the drawer: 12.05 once, nothing out, 2.95 more
    drawer = sum(payment.amount_minor for payment in (*old.payments, *new.payments)) - record.total_minor
    assert drawer == 12_05 + 2_95
    # and all of it goes back where it came from
    back = take_back(new, (), {1: 1000}, slip(2), ReturnRules(cash_step_minor=5))
    assert [each.amount_minor for each in back.refunds] == [12_05, 2_95]
