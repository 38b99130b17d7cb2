from __future__ import annotations

from PySide6.QtWidgets import QLabel

from pos_client.presenters.state import Screen
from pos_client.ui.gallery_shop import NEW_PHONE, code_of
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow


def test_a_whole_day_by_keyboard_alone(window: AtTheWindow) -> None:
    window.keys("1\n")
    window.keys("2580\n")
    window.keys("500\n")
    assert screen_of(window.counter) is Screen.SALE
    window.keys(code_of(0) + "\n")
    window.keys("*3\n")
    window.keys("0.5*4131\n")
    window.key("Up", "F4")
    window.keys("2\n")
    window.key("F2")
    window.keys("8000\n")
    window.keys("1\n")
    sale = window.counter.state.sale
    assert sale is not None
    assert [(line.product_id, line.quantity_milli) for line in sale.lines] == [("p0", 2_000), ("p1", 500)]
    assert (sale.total_minor, sale.saved_minor) == (2_907, 513)
    window.key("F12", "F6")
    window.keys("30\n")
    change = window.counter.state.change
    assert change is not None
    assert (change.total_minor, change.change_minor, change.points_redeemed) == (2_907, 593, 500)
    window.keys(code_of(6) + "\n")
    assert screen_of(window.counter) is Screen.SALE
    sale = window.counter.state.sale
    assert sale is not None
    assert [line.product_id for line in sale.lines] == ["p6"]
    window.key("F8", "F9")
    window.keys("524.07\n")
    assert screen_of(window.counter) is Screen.SHIFT_CLOSED
    closed = window.counter.state.closed
    assert closed is not None
    assert (closed.sales, closed.over_short_minor) == (1, 0)
    said = [label.text() for label in window.window.findChildren(QLabel) if label.isVisible()]
    assert "Count is exact" in said
    assert "Over" not in said
    window.keys("\n")
    assert screen_of(window.counter) is Screen.SIGN_IN


def test_a_whole_sale_by_touch_alone(window: AtTheWindow) -> None:
    window.touch("staff_s1", "digit_2", "digit_5", "digit_8", "digit_0", "enter")
    window.touch("digit_5", "digit_00", "enter")
    assert screen_of(window.counter) is Screen.SALE
    window.touch("quick_p0", "category_1", "quick_p1", "digit_1", "enter")
    window.touch("line_up", "digit_2", "quantity")
    window.touch("member", "digit_8", "digit_0", "digit_00", "enter", "choice_1")
    sale = window.counter.state.sale
    assert sale is not None
    assert [(line.product_id, line.quantity_milli) for line in sale.lines] == [("p0", 2_000), ("p1", 1_000)]
    assert sale.member is not None
    assert sale.total_minor == 3_621
    window.touch("pay", "points", "unpay_1", "points")
    tender = window.counter.state.tender
    assert tender is not None
    assert (tender.due_minor, tender.quick_notes) == (3_121, (3_121, 3_500, 4_000, 5_000, 10_000))
    window.touch("note_4000")
    assert window.counter.state.change is not None
    assert window.counter.state.change.change_minor == 879
    window.touch("next_sale")
    assert screen_of(window.counter) is Screen.SALE
    assert window.counter.state.sale is not None
    assert window.counter.state.sale.lines == ()


def test_registering_by_touch_alone(selling: AtTheWindow) -> None:
    selling.touch("member", "register")
    selling.touch(*(f"digit_{digit}" for digit in NEW_PHONE), "enter", "keyboard")
    selling.touch(*(f"letter_{letter}" for letter in "zhou"), "letter_space", "letter_j", "letter_i", "letter_e")
    selling.touch("letter_enter", "confirm", "consent_marketing", "confirm")
    sale = selling.counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert sale.member.name == "Zhou Jie"
    assert screen_of(selling.counter) is Screen.SALE


def test_what_was_touched_wrongly_can_be_undone_by_touch(selling: AtTheWindow) -> None:
    selling.touch("quick_p0", "digit_9", "backspace", "quick_p0", "remove")
    assert selling.window.field.text() == ""
    assert selling.counter.state.sale is not None
    assert selling.counter.state.sale.lines == ()
    selling.touch("more", "back")
    assert screen_of(selling.counter) is Screen.SALE
