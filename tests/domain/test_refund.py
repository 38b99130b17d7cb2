from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.refund import growing_share, refunds_in_all
from shared_models.domain.return_record import Refund
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TenderKind
from tests.domain.shop import basket, product, sell

weights = st.lists(st.integers(0, 30) | st.integers(0, 5_000_00), min_size=1, max_size=7)


@given(weights, st.data())
def test_a_share_grows_with_the_total_and_ends_at_its_weight(weights: list[int], data: st.DataObject) -> None:
    whole = sum(weights)
    total = data.draw(st.integers(0, whole))
    parts = growing_share(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
    if total < whole:
        more = growing_share(total + 1, weights)
        assert sorted(b - a for a, b in zip(parts, more, strict=True))[:-1] == [0] * (len(weights) - 1)
    assert growing_share(whole, weights) == weights


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5))
def test_a_share_is_what_arrives_first(weights: list[int]) -> None:
    arrivals = sorted(
        (Fraction(2 * cent + 1, 2 * weight), place) for place, weight in enumerate(weights) for cent in range(weight)
    )
    for total in range(sum(weights) + 1):
        first = [place for _, place in arrivals[:total]]
        assert growing_share(total, weights) == [first.count(place) for place in range(len(weights))]


@pytest.mark.parametrize(
    ("total", "parts"), [(0, [0, 0]), (1, [1, 0]), (50, [33, 17]), (149, [99, 50]), (150, [100, 50])]
)
def test_two_to_one(total: int, parts: list[int]) -> None:
    # 1: the first's cent comes at ½/100, the other's at ½/50; 50: 33⅓ and 16⅔; 149: 99⅓ and 49⅔
    assert growing_share(total, [100, 50]) == parts


@pytest.mark.parametrize(("total", "weights"), [(-1, [5]), (6, [5]), (1, []), (0, [1, -1])])
def test_what_cannot_be_split(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="can't be split"):
        growing_share(total, weights)


def paid_by(*payments: Payment) -> SaleConfirmed:
    """A sale of one thing that these payments paid."""
    total = sum(payment.amount_minor for payment in payments)
    return replace(sell(basket(product(price_minor=total))).sale, payments=payments)


def pay(number: int, kind: TenderKind, amount: int, *, points: int = 0, bonus_minor: int = 0) -> Payment:
    return Payment(UUID(int=number), kind, PaymentState.CAPTURED, amount, points=points, bonus_minor=bonus_minor)


def test_stored_value_gets_principal_and_bonus_in_proportion() -> None:
    sale = paid_by(pay(1, TenderKind.STORED_VALUE, 60_00, bonus_minor=10_00), pay(2, TenderKind.CARD, 30_00))
    # a third of 90.00: 20.00 of 60.00, of which 3.33 of the bonus of 10.00; 10.00 of 30.00.
    assert refunds_in_all(sale, 30_00, 0) == (
        Refund(TenderKind.STORED_VALUE, UUID(int=1), 20_00, 0, 3_33),
        Refund(TenderKind.CARD, UUID(int=2), 10_00),
    )


def test_points_come_back_rounded_down_until_all_are() -> None:
    sale = paid_by(pay(1, TenderKind.POINTS, 3, points=100), pay(2, TenderKind.CARD, 3))
    # by tender: cents come back in turn; a third of 100 points is 33, two thirds 66
    assert [refunds_in_all(sale, back, 0)[0].points for back in range(7)] == [0, 33, 33, 66, 66, 100, 100]


def test_points_go_by_line_if_the_lines_say_what_they_paid() -> None:
    sale = paid_by(pay(1, TenderKind.POINTS, 50, points=50), pay(2, TenderKind.CARD, 50))
    sale = replace(sale, lines=(replace(sale.lines[0], by_points_minor=50),))
    assert [each.amount_minor for each in refunds_in_all(sale, 60, 10)] == [10, 50]


def test_points_worth_nothing_come_back_too() -> None:
    sale = paid_by(pay(1, TenderKind.POINTS, 0, points=5), pay(2, TenderKind.CARD, 3_00))
    assert refunds_in_all(sale, 1_00, 0)[0] == Refund(TenderKind.POINTS, UUID(int=1), 0, 5)


def test_attempts_that_took_nothing_get_nothing() -> None:
    sale = paid_by(replace(pay(1, TenderKind.CARD, 0), state=PaymentState.DECLINED), pay(2, TenderKind.WALLET, 5_00))
    assert refunds_in_all(sale, 2_00, 0) == (Refund(TenderKind.WALLET, UUID(int=2), 2_00),)
