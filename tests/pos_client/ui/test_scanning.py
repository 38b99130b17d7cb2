from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pos_client.presenters.state import Screen
from pos_client.ui.gallery_shop import code_of
from pos_client.ui.hands import SCANNER_GAP_MS
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow


def sold(at: AtTheWindow) -> list[str]:
    sale = at.counter.state.sale
    return [line.product_id for line in sale.lines] if sale else []


def test_a_wedge_scan_amid_typing_leaves_the_typing_alone(selling: AtTheWindow) -> None:
    selling.keys("138")
    selling.hands.type(code_of(0) + "\n", SCANNER_GAP_MS)
    selling.settle()
    assert sold(selling) == ["p0"]
    assert selling.window.field.text() == "138"
    selling.keys("00138000\n")
    assert selling.counter.state.sale is not None
    assert selling.counter.state.sale.member is not None


@pytest.mark.parametrize("gap_ms", [45, 100, 200])
def test_a_slow_wedge_scan_takes_its_digits_out_of_the_field_again(selling: AtTheWindow, gap_ms: int) -> None:
    selling.keys("138")
    selling.hands.type(code_of(0) + "\n", gap_ms)
    selling.settle()
    assert (sold(selling), selling.window.field.text()) == (["p0"], "138")
    selling.hands.type(f"]C1010{code_of(2)}10LOT-7\n", gap_ms)
    selling.settle()
    assert (sold(selling), selling.window.field.text()) == (["p0", "p2"], "138")


def test_a_key_pressed_within_a_wedge_scan_is_typing(selling: AtTheWindow) -> None:
    selling.keys("13")
    code = code_of(0)
    for place, character in enumerate(code):
        selling.hands.press(character, 5 if place == 6 else 10)
        if place == 5:
            selling.hands.press("x", 5)
    selling.hands.press("Enter", 10)
    selling.settle()
    assert (sold(selling), selling.window.field.text()) == (["p0"], "13x")


def test_a_wedge_scan_tells_its_symbology(selling: AtTheWindow) -> None:
    selling.hands.type(f"]E0{code_of(0)}\n", SCANNER_GAP_MS)
    selling.settle()
    assert selling.counter.symbology == "ean13"


def test_a_scanner_is_told_from_hands_by_the_tills_settings(selling: AtTheWindow) -> None:
    selling.window.wedge.use(max_gap_ms=60, min_length=4)
    selling.keys("138")
    selling.hands.type("SKU-1234\n", 50)
    selling.settle()
    assert selling.window.field.text() == "138"
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "unknown_code"


def test_a_serial_scan_amid_typing_leaves_the_typing_alone(selling: AtTheWindow) -> None:
    selling.keys("12")
    selling.counter.scan(code_of(2))
    selling.settle()
    assert sold(selling) == ["p2"]
    assert selling.window.field.text() == "12"


def test_ten_wedge_scans_in_a_row_are_ten_pieces(selling: AtTheWindow) -> None:
    for _ in range(10):
        selling.hands.type(code_of(0) + "\n", SCANNER_GAP_MS)
    selling.settle()
    sale = selling.counter.state.sale
    assert sale is not None
    assert [line.quantity_milli for line in sale.lines] == [10_000]


def test_a_wedge_scan_with_a_wrong_check_digit_is_refused(selling: AtTheWindow) -> None:
    selling.hands.type("6901234500018\n", SCANNER_GAP_MS)
    selling.settle()
    assert sold(selling) == []
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "wrong_check_digit"
    selling.check_focus()


@pytest.mark.parametrize("identifier", ["]C1", "]d2", "]e0", "]Q3", ""])
def test_a_wedge_scanner_types_a_gs1_code_with_its_capitals_and_separators(
    selling: AtTheWindow, identifier: str
) -> None:
    selling.keys("138")
    selling.hands.type(f"{identifier}010{code_of(0)}10LOT-7B\x1d15700101\n", SCANNER_GAP_MS)
    selling.settle()
    assert (sold(selling), selling.window.field.text()) == (["p0"], "138")
    selling.hands.type(f"{identifier}010{code_of(0)}10LOT-7B\x1d15200101\n", SCANNER_GAP_MS)
    selling.settle()
    assert sold(selling) == ["p0"]
    said = "Fresh milk 950 ml was best before 2020-01-01. It may not be sold, put it aside."
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.sentence == said


def test_a_wedge_scan_of_expired_goods_sells_nothing(selling: AtTheWindow) -> None:
    selling.hands.type(f"]C1010{code_of(0)}17200101\n", SCANNER_GAP_MS)
    selling.settle()
    assert sold(selling) == []
    assert selling.counter.state.problem is not None
    said = "Fresh milk 950 ml expired on 2020-01-01. Don't sell it, put it aside."
    assert selling.counter.state.problem.sentence == said


def test_capitals_typed_by_hand_stay_typing(selling: AtTheWindow) -> None:
    selling.keys("AbC")
    assert selling.window.field.text() == "AbC"


def test_a_lone_key_arrives_without_waiting_for_another(selling: AtTheWindow) -> None:
    QTest.keyClick(selling.window.field, Qt.Key.Key_7)
    QTest.qWait(120)
    assert selling.window.field.text() == "7"


def test_an_arrow_after_a_letter_keeps_the_order(selling: AtTheWindow) -> None:
    selling.keys("12")
    selling.key("Left")
    selling.keys("9")
    assert selling.window.field.text() == "192"


def test_a_scan_on_the_change_starts_the_next_sale(selling: AtTheWindow) -> None:
    selling.hands.type(code_of(0) + "\n", SCANNER_GAP_MS)
    selling.settle()
    selling.key("F12")
    selling.keys("50\n")
    assert screen_of(selling.counter) is Screen.CHANGE
    selling.hands.type(code_of(2) + "\n", SCANNER_GAP_MS)
    selling.settle()
    assert screen_of(selling.counter) is Screen.SALE
    assert sold(selling) == ["p2"]
