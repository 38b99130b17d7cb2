from __future__ import annotations

from pos_client.presenters.state import Screen
from pos_client.ui.gallery_shop import code_of
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill


def test_a_float_opens_the_shift(at: AtTheTill) -> None:
    at.sign_in()
    at.counter.enter("500.50")
    assert screen_of(at.counter) is Screen.SALE
    shift = at.shop.till.shift()
    assert shift is not None
    assert shift.float_minor == 50_050


def test_what_is_no_sum_opens_nothing(at: AtTheTill) -> None:
    at.sign_in()
    for text in ("", "abc", "-5", "1.234"):
        at.counter.enter(text)
        assert at.counter.state.problem is not None, text
        assert at.counter.state.problem.code == "not_an_amount"
    assert at.shop.till.shift() is None


def test_a_shift_with_an_open_sale_stays_open(selling: AtTheTill) -> None:
    selling.counter.scan(code_of(0))
    selling.counter.press("F9")
    assert screen_of(selling.counter) is Screen.SALE
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "sale_is_open"


def test_closing_counts_blind_and_says_what_is_missing(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F12")
    counter.enter("20")
    counter.press("Escape")
    counter.press("F9")
    assert screen_of(counter) is Screen.SHIFT_CLOSE
    counter.enter("510")
    closed = counter.state.closed
    assert screen_of(counter) is Screen.SHIFT_CLOSED
    assert closed is not None
    assert (closed.z_number, closed.sales, closed.takings_minor) == (212, 1, 1_290)
    assert (closed.expected_cash_minor, closed.over_short_minor) == (51_290, -290)
    counter.enter("")
    assert screen_of(counter) is Screen.SIGN_IN
