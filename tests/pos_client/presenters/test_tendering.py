from __future__ import annotations

import pytest

from pos_client.presenters.state import Screen, Sound
from pos_client.store.database import DiskFull
from pos_client.ui.gallery_shop import GOLD_PHONE, code_of
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill


@pytest.fixture
def paying(selling: AtTheTill) -> AtTheTill:
    """¥29.16 to pay: two bottles of milk and a toast, with a gold member's price."""
    for rank in (0, 2, 0):
        selling.counter.scan(code_of(rank))
    selling.counter.enter(GOLD_PHONE)
    selling.counter.press("F12")
    return selling


def due(at: AtTheTill) -> int:
    assert at.counter.state.tender is not None
    return at.counter.state.tender.due_minor


def test_enter_alone_takes_the_exact_sum(paying: AtTheTill) -> None:
    assert due(paying) == 2_916
    paying.counter.enter("")
    change = paying.counter.state.change
    assert screen_of(paying.counter) is Screen.CHANGE
    assert change is not None
    assert (change.total_minor, change.change_minor, change.receipt_number) == (2_916, 0, 1_042)


def test_too_little_is_refused_and_nothing_is_confirmed(paying: AtTheTill) -> None:
    paying.counter.enter("20")
    assert screen_of(paying.counter) is Screen.TENDER
    assert paying.counter.state.problem is not None
    assert paying.counter.state.problem.sentence == "¥9.16 is still missing. Take more, or split the payment."
    assert paying.shop.till.tender().due_minor == 2_916


def test_a_barcode_typed_as_a_sum_is_refused(paying: AtTheTill) -> None:
    paying.counter.enter(code_of(0)[:10])
    assert paying.counter.state.problem is not None
    assert paying.counter.state.problem.code == "tender_too_large"
    assert screen_of(paying.counter) is Screen.TENDER


def test_points_pay_a_part_and_can_be_taken_back(paying: AtTheTill) -> None:
    counter = paying.counter
    counter.press("F6")
    assert due(paying) == 2_416
    counter.press("F8")
    assert due(paying) == 2_916
    assert counter.press("F6", "200")
    assert due(paying) == 2_716
    counter.enter("30")
    change = counter.state.change
    assert change is not None
    assert (change.change_minor, change.points_redeemed, change.points_earned) == (284, 200, 40)
    assert change.points_balance == 1_860 - 200 + 40


def test_points_in_wrong_steps_or_none_are_refused(paying: AtTheTill) -> None:
    for text, code in (("150", "wrong_step"), ("99900", "too_many_points"), ("x", "not_points")):
        paying.counter.press("F6", text)
        assert paying.counter.state.problem is not None
        assert paying.counter.state.problem.code == code
    assert due(paying) == 2_916


def test_points_without_a_member_say_how_to_get_one(selling: AtTheTill) -> None:
    selling.counter.scan(code_of(0))
    selling.counter.press("F12")
    selling.counter.press("F6")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "no_member"


def test_escape_goes_back_to_all_the_lines(paying: AtTheTill) -> None:
    paying.counter.press("Escape")
    assert screen_of(paying.counter) is Screen.SALE
    assert paying.counter.state.sale is not None
    assert len(paying.counter.state.sale.lines) == 2


def test_enter_twice_before_the_answer_pays_once(paying: AtTheTill) -> None:
    paying.operations.at_once = False
    paying.counter.enter("")
    paying.counter.enter("")
    paying.operations.deliver()
    assert screen_of(paying.counter) is Screen.CHANGE
    assert paying.counter.state.problem is None
    status = paying.shop.till.status()
    assert status.unsent == 2, "the shift and one sale"


def test_the_change_stays_until_the_next_scan_which_starts_the_next_sale(paying: AtTheTill) -> None:
    counter = paying.counter
    counter.enter("50")
    counter.refresh()
    assert screen_of(counter) is Screen.CHANGE
    assert counter.state.sale is not None
    assert len(counter.state.sale.lines) == 2
    counter.scan(code_of(6))
    assert screen_of(counter) is Screen.SALE
    assert counter.state.change is None
    assert [line.product_id for line in counter.state.sale.lines] == ["p6"]
    assert counter.state.sale.member is None


def test_an_unknown_scan_leaves_the_change_on_the_screen(paying: AtTheTill) -> None:
    paying.counter.enter("50")
    paying.counter.scan("4006381333931")
    assert screen_of(paying.counter) is Screen.CHANGE
    assert paying.counter.state.change is not None
    assert paying.counter.state.problem is not None


def test_a_full_disk_confirms_nothing_and_loses_nothing(paying: AtTheTill, monkeypatch: pytest.MonkeyPatch) -> None:
    sounds: list[Sound] = []
    paying.counter.listen_sound(sounds.append)

    def full(*_: object) -> None:
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(type(paying.shop.till), "pay_cash", full)
        paying.counter.enter("")
    assert screen_of(paying.counter) is Screen.TENDER
    assert paying.counter.state.problem is not None
    assert paying.counter.state.problem.code == "disk_full"
    assert sounds == [Sound.STOP]
    paying.counter.enter("")
    assert screen_of(paying.counter) is Screen.CHANGE


def test_gift_receipts_of_the_sale_just_made(paying: AtTheTill) -> None:
    counter = paying.counter
    counter.enter("50")
    assert counter.press("F1", "3")
    assert screen_of(counter) is Screen.CHANGE
    assert counter.state.took_for == "3 gift receipts are being printed"
    counter.press("F1")
    assert counter.state.took_for == "1 gift receipt is being printed"
    assert counter.press("F1", "x")
    assert counter.state.problem is not None
    assert counter.state.problem.code == "not_a_count"
    counter.press("Escape")
    counter.press("F1", "21")
    assert counter.state.problem is not None
    assert counter.state.problem.code == "too_many_gift_receipts"
