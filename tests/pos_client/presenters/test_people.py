from __future__ import annotations

from pos_client.presenters.state import Screen
from pos_client.ui.gallery_shop import PIN, code_of
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill


def test_starts_by_asking_who_is_there(at: AtTheTill) -> None:
    state = at.counter.state
    assert state.screen is Screen.SIGN_IN
    assert [person.name for person in state.staff] == ["王芳", "陳美玲", "Alex Morgan"]
    assert not at.counter.secret


def test_a_number_then_the_pin(at: AtTheTill) -> None:
    at.counter.enter("3")
    assert at.counter.state.chosen is not None
    assert at.counter.state.chosen.id == "s3"
    assert at.counter.secret
    at.counter.enter(PIN)
    assert screen_of(at.counter) is Screen.SHIFT_OPEN


def test_a_name_or_the_arrows_choose_too(at: AtTheTill) -> None:
    at.counter.enter("alex")
    assert at.counter.state.chosen is not None
    assert at.counter.state.chosen.id == "s3"
    at.counter.press("Escape")
    assert at.counter.state.chosen is None
    at.counter.press("Up")
    at.counter.enter("")
    assert at.counter.state.chosen is not None
    assert at.counter.state.chosen.id == "s2"


def test_an_unknown_number_is_refused(at: AtTheTill) -> None:
    at.counter.enter("9")
    assert at.counter.state.problem is not None
    assert at.counter.state.problem.code == "unknown_staff"
    assert at.counter.state.chosen is None


def test_a_wrong_pin_says_how_many_tries_are_left(at: AtTheTill) -> None:
    at.counter.enter("1")
    at.counter.enter("0000")
    assert screen_of(at.counter) is Screen.SIGN_IN
    assert at.counter.state.problem is not None
    assert at.counter.state.problem.sentence == "This PIN is wrong. Tries left: 4."


def test_a_scan_is_no_pin(at: AtTheTill) -> None:
    at.counter.enter("1")
    at.counter.scan(code_of(0))
    assert screen_of(at.counter) is Screen.SIGN_IN
    assert at.counter.state.problem is not None
    assert at.counter.state.problem.code == "only_pin"


def test_locking_keeps_the_sale_and_asks_the_same_person(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F10")
    assert screen_of(counter) is Screen.SIGN_IN
    assert counter.state.chosen is not None
    assert counter.state.chosen.id == "s1"
    counter.enter(PIN)
    assert screen_of(counter) is Screen.SALE
    assert counter.state.sale is not None
    assert [line.product_id for line in counter.state.sale.lines] == ["p0"]


def test_a_lock_while_paying_goes_on_at_the_tender(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F12")
    counter.press("F10")
    counter.enter(PIN)
    assert screen_of(counter) is Screen.TENDER
    assert counter.state.tender is not None
    assert counter.state.tender.due_minor == 1_290
