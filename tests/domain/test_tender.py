from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import tender
from shared_models.domain.money import CURRENCIES, Rounding, currency_of
from shared_models.domain.sale import Payment, PaymentState, TenderKind
from shared_models.domain.tender import (
    BadTender,
    Cash,
    NothingDue,
    TenderNotPositive,
    TenderTooLarge,
    TenderTooSmall,
    VoucherEmpty,
    VoucherRest,
)
from tests.domain.shop import PROGRAMME

ID = UUID(int=1)


@pytest.mark.parametrize(
    ("due", "tendered", "step", "paid"),
    [
        (168_20, 200_00, 1, Cash(168_20, 200_00, 31_80, 0)),
        (168_20, 168_20, 1, Cash(168_20, 168_20, 0, 0)),
        (12_03, 20_00, 5, Cash(12_05, 20_00, 7_95, 2)),
        (12_02, 12_00, 5, Cash(12_00, 12_00, 0, -2)),
        (12_05, 20_00, 10, Cash(12_10, 20_00, 7_90, 5)),
        (12_49, 20_00, 100, Cash(12_00, 20_00, 8_00, -49)),
        (2, 1_00, 5, Cash(0, 1_00, 1_00, -2)),
        (2, 0, 5, Cash(0, 0, 0, -2)),
    ],
)
def test_cash(due: int, tendered: int, step: int, paid: Cash) -> None:
    assert tender.cash(due, tendered, step) == paid


@pytest.mark.parametrize(
    ("due", "tendered", "error"),
    [
        (168_20, 168_19, TenderTooSmall),
        (168_20, 0, TenderNotPositive),
        (168_20, -5, TenderNotPositive),
        (168_20, 6901234567892, TenderTooLarge),
        (0, 5_00, NothingDue),
        (0, 0, NothingDue),
        (-1, 5_00, NothingDue),
    ],
)
def test_sums_that_are_refused(due: int, tendered: int, error: type[BadTender]) -> None:
    with pytest.raises(error):
        tender.cash(due, tendered)


def test_a_tender_below_the_total_says_what_is_missing() -> None:
    with pytest.raises(TenderTooSmall) as caught:
        tender.cash(168_20, 100_00)
    assert caught.value.values == {"missing_minor": "6820"}
    sentence = caught.value.sentence(str, lambda minor: f"¥{minor / 100:.2f}")
    assert sentence == "¥68.20 is still missing. Take more, or split the payment."


def test_part_of_it_in_cash() -> None:
    assert tender.part_cash(168_20, 100_00) == Cash(100_00, 100_00, 0, 0)
    with pytest.raises(TenderTooLarge):
        tender.part_cash(168_20, 168_20)


ROUNDED = {
    (5, Rounding.HALF_UP): [0, 0, 0, 5, 5, 5, 5, 5, 10, 10],
    (5, Rounding.DOWN): [0, 0, 0, 0, 0, 5, 5, 5, 5, 5],
    (5, Rounding.UP): [0, 5, 5, 5, 5, 5, 10, 10, 10, 10],
    (10, Rounding.HALF_UP): [0, 0, 0, 0, 0, 10, 10, 10, 10, 10],
    (10, Rounding.DOWN): [0] * 10,
    (10, Rounding.UP): [0] + [10] * 9,
    (100, Rounding.HALF_UP): [0] * 50 + [100] * 50,
    (100, Rounding.DOWN): [0] * 100,
    (100, Rounding.UP): [0] + [100] * 99,
}


@pytest.mark.parametrize(("step", "rounding"), ROUNDED)
def test_each_ending_of_a_sum_in_cash(step: int, rounding: Rounding) -> None:
    table = ROUNDED[step, rounding]
    assert [tender.cash_due(12_00 + ending, step, rounding) - 12_00 for ending in range(len(table))] == table
    assert [tender.cash_due(-12_00 - ending, step, rounding) + 12_00 for ending in range(len(table))] == [
        -ending for ending in table
    ]


@pytest.mark.parametrize(
    ("due", "tendered", "step", "rounding", "paid"),
    [
        (12_99, 12_00, 100, Rounding.DOWN, Cash(12_00, 12_00, 0, -99)),
        (12_01, 20_00, 100, Rounding.UP, Cash(13_00, 20_00, 7_00, 99)),
        (99, 0, 100, Rounding.DOWN, Cash(0, 0, 0, -99)),
        (1, 1_00, 100, Rounding.UP, Cash(1_00, 1_00, 0, 99)),
    ],
)
def test_cash_by_the_shops_rounding(due: int, tendered: int, step: int, rounding: Rounding, paid: Cash) -> None:
    assert tender.cash(due, tendered, step, rounding) == paid


def test_only_captured_payments_count() -> None:
    paid = tender.cash(10_00, 10_00).payment(ID)
    tried = Payment(ID, TenderKind.CARD, PaymentState.DECLINED, 50_00)
    assert tender.due_after(60_00, [paid, tried]) == 50_00
    assert tender.due_after(60_00, [paid, replace(tried, state=PaymentState.CAPTURED)]) == 0


def test_points_pay() -> None:
    payment = tender.points_payment(ID, 500, PROGRAMME.redeem)
    assert payment == Payment(ID, TenderKind.POINTS, PaymentState.CAPTURED, 5_00, points=500)


@pytest.mark.parametrize(
    ("code", "due", "notes"),
    [
        ("CNY", 168_20, (168_20, 170_00, 200_00)),
        ("CNY", 100_00, (100_00,)),
        ("CNY", 3_40, (3_40, 5_00, 10_00, 50_00, 100_00)),
        ("JPY", 1_234, (1_234, 1_300, 1_500, 2_000, 5_000)),
        ("CNY", 0, ()),
        ("CNY", -5, ()),
    ],
)
def test_quick_notes(code: str, due: int, notes: tuple[int, ...]) -> None:
    assert tender.quick_notes(due, currency_of(code)) == notes


@given(st.integers(1, 10**9), st.sampled_from(sorted(CURRENCIES)))
def test_quick_notes_always_suffice(due: int, code: str) -> None:
    notes = tender.quick_notes(due, currency_of(code))
    assert notes[0] == due
    assert list(notes) == sorted(set(notes))
    assert len(notes) <= tender.MAX_QUICK_NOTES


@given(st.integers(1, 10**9), st.sampled_from([1, 5, 10, 50, 100]), st.integers(0, 10_000), st.sampled_from(Rounding))
def test_cash_balances(due: int, step: int, more: int, rounding: Rounding) -> None:
    paid = tender.cash(due, tender.cash_due(due, step, rounding) + more + step, step, rounding)
    assert paid.amount_minor == paid.tendered_minor - paid.change_minor == due + paid.rounding_minor
    assert paid.amount_minor % step == 0
    low, high = {Rounding.DOWN: (1 - step, 0), Rounding.UP: (0, step - 1)}.get(rounding, (-step // 2, step // 2))
    assert low <= paid.rounding_minor <= high


@pytest.mark.parametrize(
    ("worth", "due", "rest", "used"),
    [
        (50_00, 80_00, VoucherRest.STAYS, (50_00, 0, 0)),
        (50_00, 50_00, VoucherRest.FORFEITED, (50_00, 0, 0)),
        (50_00, 12_30, VoucherRest.STAYS, (12_30, 37_70, 0)),
        (50_00, 12_30, VoucherRest.FORFEITED, (12_30, 0, 37_70)),
    ],
)
def test_a_voucher_pays_what_is_due_and_gives_no_change(
    worth: int, due: int, rest: VoucherRest, used: tuple[int, int, int]
) -> None:
    found = tender.voucher_payment(ID, worth, due, rest)
    assert found.payment == Payment(ID, TenderKind.VOUCHER, PaymentState.CAPTURED, used[0])
    assert (found.left_minor, found.forfeited_minor) == used[1:]


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from(VoucherRest))
def test_a_vouchers_worth_goes_somewhere(worth: int, due: int, rest: VoucherRest) -> None:
    used = tender.voucher_payment(ID, worth, due, rest)
    assert used.payment.amount_minor + used.left_minor + used.forfeited_minor == worth
    assert used.payment.amount_minor <= due
    assert used.left_minor == 0 or used.forfeited_minor == 0


@pytest.mark.parametrize(
    ("worth", "due", "error"), [(0, 5_00, VoucherEmpty), (-1, 5_00, VoucherEmpty), (5_00, 0, NothingDue)]
)
def test_a_voucher_that_cannot_pay(worth: int, due: int, error: type[BadTender]) -> None:
    with pytest.raises(error):
        tender.voucher_payment(ID, worth, due)
