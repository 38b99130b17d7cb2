from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.cash_drawer import CashMoved, MovementKind
from shared_models.domain.money import AmountTooLarge
from shared_models.domain.receipt import Align, Pair, Text
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TaxTotal, TenderKind
from shared_models.domain.shift_figures import (
    BadCount,
    ShiftFigures,
    add,
    add_load,
    add_movement,
    add_opening,
    close,
    expected_cash,
)
from shared_models.domain.shift_report import x_report, z_report
from shared_models.domain.stored_value_facts import StoredValueLoaded
from tests.domain.shop import AT, SHIFT, STORE, TODAY, basket, product, sell

SALES = [
    sell(basket(product(), product()), tendered_minor=30_00).sale,
    sell(basket(product("ham", 40_00)), tier="gold", points=1_000).sale,
    sell(basket(product()), training=True).sale,
]


def figures() -> ShiftFigures:
    sums = ShiftFigures()
    for sale in SALES:
        sums = add(sums, sale)
    return sums


def test_the_figures_of_a_shift() -> None:
    # 25.00 cash; ham 40.00 × 0.85 = 34.00: 10.00 points, 24.00 cash; training counts nowhere
    assert figures() == ShiftFigures(
        sales=2,
        takings_minor=59_00,
        saved_minor=6_00,
        rounding_minor=0,
        tenders={TenderKind.CASH: 49_00, TenderKind.POINTS: 10_00},
        taxes=(TaxTotal("standard", Decimal("0.13"), 52_21, 6_79),),
    )
    assert expected_cash(SHIFT, figures()) == 249_00


@pytest.mark.parametrize(("counted", "over_short"), [(249_00, 0), (248_50, -50), (250_00, 1_00), (0, -249_00)])
def test_closing(counted: int, over_short: int) -> None:
    closed = close(SHIFT, figures(), counted, 17, TODAY)
    assert (closed.expected_cash_minor, closed.counted_cash_minor) == (249_00, counted)
    assert (closed.over_short_minor, closed.z_number, closed.sales, closed.takings_minor) == (over_short, 17, 2, 59_00)
    assert (closed.shift_id, closed.store_id, closed.lane, closed.cashier_id) == (SHIFT.shift_id, "s1", 3, "wang")


def test_counts_that_are_refused() -> None:
    with pytest.raises(BadCount):
        close(SHIFT, figures(), -1, 17, TODAY)
    with pytest.raises(AmountTooLarge):
        close(SHIFT, figures(), 10**12, 17, TODAY)


@given(st.permutations(SALES))
def test_the_order_of_sales_does_not_matter(sales: list[SaleConfirmed]) -> None:
    sums = ShiftFigures()
    for sale in sales:
        sums = add(sums, sale)
    assert sums == figures()


def test_an_x_report_keeps_the_count_blind() -> None:
    report = x_report(SHIFT, figures(), STORE, str, "en", at=AT, cashier="Wang Fang")
    said = [(block.left, block.right) for block in report.blocks if isinstance(block, Pair)]
    assert said == [
        ("Lane 3", "2026-11-24 09:42"),
        ("Business day", "2026-11-24"),
        ("Sales", "2"),
        ("Takings", "59.00"),
        ("Discounts given", "6.00"),
        ("Cash", "49.00"),
        ("Points", "10.00"),
        ("Tax 13 %", "6.79"),
    ]
    assert (report.kind, report.opens_drawer) == ("x_report", False)


@pytest.mark.parametrize(("counted", "row"), [(248_50, ("Short", "-0.50")), (249_00, ("Count is exact", "0.00"))])
def test_a_z_report_says_what_was_counted(counted: int, row: tuple[str, str]) -> None:
    report = z_report(SHIFT, figures(), close(SHIFT, figures(), counted, 17, TODAY), STORE, str, "en")
    assert report.blocks[1] == Text("Z REPORT 17", Align.CENTER, bold=True, scale=2)
    said = [(block.left, block.right) for block in report.blocks if isinstance(block, Pair)]
    assert said[-4:] == [
        ("Float", "200.00"),
        ("Cash expected", "249.00"),
        ("Cash counted", f"{counted / 100:.2f}"),
        row,
    ]


def moved(kind: MovementKind, minor: int) -> CashMoved:
    return CashMoved(UUID(int=minor), "s1", 3, SHIFT.shift_id, "wang", TODAY, "CNY", kind, minor, "other")


def test_what_is_moved_beside_sales_is_expected_and_said() -> None:
    paid = (
        Payment(UUID(int=1), TenderKind.CASH, PaymentState.CAPTURED, 80_00, 80_00),
        Payment(UUID(int=2), TenderKind.CARD, PaymentState.CAPTURED, 20_00),
        Payment(UUID(int=3), TenderKind.CASH, PaymentState.REVERSED, 5_00, 5_00),
    )
    sums = add_load(
        figures(),
        StoredValueLoaded(
            UUID(int=4), UUID(int=5), "s1", 3, SHIFT.shift_id, "wang", TODAY, "CNY", 100_00, paid, programme_version=1
        ),
    )
    for kind, minor in (
        (MovementKind.PAID_IN, 10_00), (MovementKind.DROP, 100_00), (MovementKind.PAID_OUT, 7_00),
        (MovementKind.DROP, 50_00),
    ):  # fmt: skip
        sums = add_movement(sums, moved(kind, minor))
    sums = add_opening(sums)
    assert expected_cash(SHIFT, sums) == 249_00 + 80_00 + 10_00 - 150_00 - 7_00
    closed = close(SHIFT, sums, 182_00, 17, TODAY)
    assert (closed.paid_in_minor, closed.paid_out_minor, closed.dropped_minor, closed.openings) == (
        10_00, 7_00, 150_00, 1,
    )  # fmt: skip
    assert closed.over_short_minor == 0
    report = x_report(SHIFT, sums, STORE, str, "en")
    said = [(block.left, block.right) for block in report.blocks if isinstance(block, Pair)]
    assert said[-5:] == [
        ("Stored value paid in", "100.00"),
        ("Cash paid in", "10.00"),
        ("Cash paid out", "-7.00"),
        ("Cash dropped", "-150.00"),
        ("Drawer opened without a sale", "1"),
    ]
