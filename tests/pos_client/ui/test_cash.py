"""Cash beside sales on the screen: by keyboard alone and by touch alone (TILL-6)."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from pos_client.presenters.state import CashStep, MovingCash, Screen
from pos_client.ui.gallery_shop import PIN
from shared_models.domain.cash_drawer import MovementKind
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow


def moving(at: AtTheWindow) -> MovingCash:
    found = at.counter.state.moving
    assert found is not None
    return found


def cash(at: AtTheWindow) -> int:
    shift = at.shop.executor.submit(at.shop.till.shift).result()
    assert shift is not None
    return shift.cash_minor


def shown(at: AtTheWindow, name: str) -> str:
    label = at.window.findChild(QLabel, name)
    assert label is not None
    return label.text()


def test_a_payment_by_keyboard_alone(selling: AtTheWindow) -> None:
    selling.key("F5", "F2")
    assert screen_of(selling.counter) is Screen.CASH
    selling.key("Down", "Enter")
    selling.keys("86.50\n")
    selling.keys("taxi to the bank\n")
    assert (moving(selling).step, selling.counter.secret) == (CashStep.APPROVE, True)
    selling.keys("0000\n")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "wrong_pin"
    selling.keys(PIN + "\n")
    done = moving(selling).done
    assert done is not None
    assert (done.kind, done.amount_minor, done.reason) == (MovementKind.PAID_OUT, 86_50, "taxi to the bank")
    assert (shown(selling, "cash_moved"), cash(selling)) == ("¥86.50", 413_50)
    selling.keys("\n")
    assert screen_of(selling.counter) is Screen.SALE


def test_a_drop_by_touch_alone(selling: AtTheWindow) -> None:
    selling.touch("more", "cash_drawer", "cash_kind_3", "digit_3", "digit_00", "enter", "cash_reason_2")
    assert cash(selling) == 200_00
    assert "Both of you sign" in shown(selling, "cash_then")
    selling.touch("next_sale")
    assert screen_of(selling.counter) is Screen.SALE


def test_the_printer_that_stands_still_is_no_reason_not_to_record_it(selling: AtTheWindow) -> None:
    selling.shop.surroundings.printer("paper_out", None)
    selling.settle()
    selling.key("F5", "F2")
    selling.keys("1\n")
    selling.keys("20\n")
    selling.keys("1\n")
    assert cash(selling) == 520_00
    assert "with its key" in shown(selling, "cash_then")


def test_what_is_refused_is_said_before_the_reason(selling: AtTheWindow) -> None:
    selling.key("F5", "F2")
    selling.keys("3\n")
    for typed, code in (("1000000.01", "bad_amount"), ("0", "bad_amount"), ("abc", "not_an_amount")):
        selling.keys(f"{typed}\n")
        assert selling.counter.state.problem is not None
        assert (selling.counter.state.problem.code, moving(selling).step) == (code, CashStep.AMOUNT)
        selling.key("Escape")
    selling.key("Escape")
    assert (moving(selling).step, moving(selling).cursor) == (CashStep.KIND, 2)
    selling.key("Escape")
    assert (screen_of(selling.counter), cash(selling)) == (Screen.SALE, 500_00)


def test_the_x_report_is_a_managers_and_changes_nothing(selling: AtTheWindow) -> None:
    selling.key("F5", "F2")
    selling.keys("4\n")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "needs_manager"
    selling.key("Escape", "F10", "Escape")
    for text in ("3", PIN):
        selling.keys(f"{text}\n")
    selling.key("F5", "F2")
    selling.keys("4\n")
    assert selling.counter.state.took_for == "The X report is being printed"
    assert screen_of(selling.counter) is Screen.CASH
    status = selling.shop.executor.submit(selling.shop.till.status).result()
    assert (status.printer.waiting, cash(selling)) == (1, 500_00)


@pytest.mark.parametrize(("state", "said"), [("ready", "The Z report is printed."), ("none", "No printer is set")])
def test_a_closed_shift_says_where_its_report_is(selling: AtTheWindow, state: str, said: str) -> None:
    selling.shop.surroundings.printer(state, None)
    selling.key("F9")
    selling.keys("500\n")
    shown = [each.text() for each in selling.window.findChildren(QLabel) if each.isVisible()]
    assert any(text.startswith(said) and text.endswith("Put the cash into the safe.") for text in shown)
