"""Goods come back on the screen: by keyboard alone, by touch alone, and what the till says when they can't."""

from __future__ import annotations

from pos_client.presenters.state import GivingBack, ReturnStep, Screen
from pos_client.ui.gallery_shop import PIN, code_of
from shared_models.domain.goods_code import FNC1
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow


def giving(window: AtTheWindow) -> GivingBack:
    found = window.counter.state.giving_back
    assert found is not None
    return found


def bought(window: AtTheWindow) -> str:
    """Two bottles of milk and a kilogram of apples; the receipt's code."""
    window.keys(code_of(0) + "\n")
    window.keys("*2\n")
    window.keys(f"1*{code_of(1)}\n")
    window.key("F12", "F12")
    change = window.counter.state.change
    assert change is not None
    return change.receipt_code


def test_by_keyboard_alone(selling: AtTheWindow) -> None:
    code = bought(selling)
    selling.key("F5", "F4")
    assert (screen_of(selling.counter), giving(selling).step) == (Screen.RETURN, ReturnStep.FIND)
    selling.keys(code.lower() + "\n")
    selling.key("F4", "F4", "F8", "Down")
    selling.keys("1\n")
    view = giving(selling).view
    assert view is not None
    assert [line.chosen_milli for line in view.lines] == [1_000, 1_000]
    assert view.total_minor == 12_90 + 16_80
    selling.keys("\n")
    selling.keys("2\n")
    assert giving(selling).step is ReturnStep.APPROVE
    assert selling.counter.secret
    selling.keys("1111\n")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "wrong_pin"
    selling.keys(f"{PIN}\n")
    done = giving(selling).done
    assert done is not None
    assert (done.total_minor, giving(selling).reason) == (29_70, "unwanted")
    selling.keys("\n")
    assert (screen_of(selling.counter), selling.counter.state.giving_back) == (Screen.SALE, None)


def test_by_touch_alone(selling: AtTheWindow) -> None:
    code = bought(selling)
    selling.touch("next_sale", "more", "return", "keyboard")
    selling.touch(*(f"letter_{letter}" for letter in code.lower()), "letter_enter")
    selling.touch("return_more", "return_less", "return_all", "confirm", "reason_defective")
    selling.touch(*(f"letter_{digit}" for digit in PIN), "confirm")
    done = giving(selling).done
    assert done is not None
    assert (done.total_minor, giving(selling).reason) == (42_60, "defective")
    selling.touch("confirm")
    assert screen_of(selling.counter) is Screen.SALE


def test_a_gs1_code_takes_its_goods(selling: AtTheWindow) -> None:
    code = bought(selling)
    selling.key("F5", "F4")
    selling.counter.scan(code)
    selling.settle()
    selling.counter.scan(f"{FNC1}010{code_of(0)}10LOT-7{FNC1}17200101")
    selling.settle()
    view = giving(selling).view
    assert view is not None
    assert [line.chosen_milli for line in view.lines] == [1_000, 0]


def test_a_scan_finds_the_receipt_and_takes_the_goods(selling: AtTheWindow) -> None:
    code = bought(selling)
    selling.key("F5", "F4")
    selling.counter.scan(code)
    selling.settle()
    for _ in range(3):
        selling.counter.scan(code_of(0))
        selling.settle()
    view = giving(selling).view
    assert view is not None
    assert [line.chosen_milli for line in view.lines] == [2_000, 0]
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "more_than_left"


def test_nothing_is_kept_of_a_return_that_is_given_up(selling: AtTheWindow) -> None:
    code = bought(selling)
    selling.key("F5", "F4")
    selling.keys("ABC\n")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "bad_receipt_code"
    selling.key("Escape")
    selling.keys(code + "\n")
    selling.keys("\n")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "nothing_to_return"
    selling.key("Escape", "F1")
    selling.keys("\n")
    selling.key("Escape", "Escape")
    assert giving(selling) == GivingBack()
    selling.key("Escape")
    assert screen_of(selling.counter) is Screen.SALE
    selling.counter.set_language("zh_Hans")
    selling.key("F5", "F4")
    selling.keys("208H44RM2MB1E60SB\n")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.sentence.startswith("本店最近 30 天内没有这个码的小票")


def test_a_gift_receipt_of_a_receipt_that_was_found(selling: AtTheWindow) -> None:
    code = bought(selling)
    selling.touch("gift_receipt")
    assert selling.counter.state.took_for == "1 gift receipt is being printed"
    selling.key("F5", "F4")
    selling.keys(code.lower() + "\n")
    selling.touch("return_more", "gift_receipt_of_chosen")
    assert selling.counter.state.took_for == "1 gift receipt is being printed"
    assert giving(selling).step is ReturnStep.GOODS
