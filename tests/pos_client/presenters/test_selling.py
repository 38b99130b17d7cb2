from __future__ import annotations

import pytest

from pos_client.presenters.state import Command, Screen
from pos_client.ui.gallery_shop import GOLD_PHONE, code_of
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill


def lines(at: AtTheTill) -> list[tuple[str, int]]:
    sale = at.counter.state.sale
    assert sale is not None
    return [(line.product_id, line.quantity_milli) for line in sale.lines]


def problem(at: AtTheTill) -> str:
    found = at.counter.state.problem
    return found.code if found else ""


def test_a_scan_becomes_a_line_and_says_what_it_was(selling: AtTheTill) -> None:
    selling.counter.scan(code_of(0))
    assert lines(selling) == [("p0", 1_000)]
    assert selling.counter.state.took_for == "Product: Fresh milk 950 ml"


def test_ten_scans_before_the_first_answer_are_ten_pieces(selling: AtTheTill) -> None:
    selling.operations.at_once = False
    for _ in range(10):
        selling.counter.scan(code_of(0))
    assert selling.counter.busy
    selling.operations.deliver()
    assert lines(selling) == [("p0", 10_000)]
    assert not selling.counter.busy


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6901234500018", "wrong_check_digit"),
        ("4006381333931", "unknown_code"),
        ("*0", "quantity_not_positive"),
        ("*-3", "quantity_not_positive"),
        ("*100000", "quantity_too_large"),
        ("*2.5", "quantity_not_whole"),
        ("zzzzqqq", "unknown_code"),
    ],
)
def test_what_cannot_be_sold_is_refused_and_changes_nothing(selling: AtTheTill, text: str, code: str) -> None:
    selling.counter.scan(code_of(0))
    before = selling.counter.state.sale
    selling.counter.enter(text)
    assert problem(selling) == code
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.sentence.endswith((".", "?"))
    assert selling.counter.state.sale == before
    assert selling.shop.till.sale() == before


def test_escape_takes_the_problem_then_the_text_and_leaves_the_sale(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.enter("4006381333931")
    assert not counter.press("Escape", "12")
    assert problem(selling) == ""
    assert counter.press("Escape", "12"), "the text is used up"
    assert not counter.press("Escape")
    assert screen_of(counter) is Screen.SALE
    assert lines(selling) == [("p0", 1_000)]


def test_quantity_by_key_before_and_after_the_number(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.scan(code_of(2))
    assert counter.press("F4", "3")
    assert lines(selling) == [("p0", 1_000), ("p2", 3_000)]
    counter.press("Up")
    counter.press("F4")
    assert screen_of(counter) is Screen.QUANTITY
    assert counter.prompt == "Quantity of Fresh milk 950 ml"
    counter.enter("5")
    assert screen_of(counter) is Screen.SALE
    assert lines(selling) == [("p0", 5_000), ("p2", 3_000)]


def test_remove_takes_the_selected_line(selling: AtTheTill) -> None:
    counter = selling.counter
    for rank in (0, 2, 6):
        counter.scan(code_of(rank))
    counter.press("Up")
    counter.press("F8")
    assert lines(selling) == [("p0", 1_000), ("p6", 1_000)]


def test_keys_that_need_a_line_say_so(selling: AtTheTill) -> None:
    for key, code in (("F4", "no_line"), ("F8", "no_line"), ("F7", "no_line"), ("F12", "nothing_to_pay")):
        selling.counter.press(key)
        assert problem(selling) == code
        selling.counter.press("Escape")
    assert screen_of(selling.counter) is Screen.SALE


def test_voiding_asks_once(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F7")
    assert screen_of(counter) is Screen.VOID
    counter.press("Escape")
    assert lines(selling) == [("p0", 1_000)]
    counter.press("F7")
    counter.enter("")
    assert screen_of(counter) is Screen.SALE
    assert lines(selling) == []
    assert selling.shop.till.sale().lines == ()


def test_a_scan_closes_a_question_and_is_sold(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    for open_it in ("F4", "F5", "F7"):
        counter.press(open_it)
        counter.scan(code_of(2))
        assert screen_of(counter) is Screen.SALE
    assert lines(selling) == [("p0", 1_000), ("p2", 3_000)]


def test_a_name_with_several_meanings_asks_once(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.enter("milk")
    assert screen_of(counter) is Screen.CHOICES
    assert counter.state.choices is not None
    names = [product.name for product in counter.state.choices.products]
    assert len(names) > 1
    counter.press("Down")
    counter.enter("")
    assert screen_of(counter) is Screen.SALE
    sale = counter.state.sale
    assert sale is not None
    assert [line.name for line in sale.lines] == [names[1]]


def test_a_weighed_product_shows_its_weight(selling: AtTheTill) -> None:
    selling.counter.enter("0.455*4131")
    assert lines(selling) == [("p1", 455)]
    sale = selling.counter.state.sale
    assert sale is not None
    assert sale.total_minor == 764


def test_a_failure_of_our_own_is_said_plainly(
    selling: AtTheTill, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(selling.shop.till), "print_again", broken)
    selling.counter.press("F11")
    assert problem(selling) == "internal"
    assert "a bug" in caplog.text
    assert screen_of(selling.counter) is Screen.SALE


def _caught_while_printing(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F12")
    counter.press("F12")
    assert screen_of(counter) is Screen.CHANGE
    selling.shop.interrupt_printing()
    counter.refresh()
    counter.press("F11")
    assert screen_of(counter) is Screen.DOUBT
    assert counter.state.status is not None
    assert counter.state.status.printer.doubtful == 1


def test_what_may_not_have_come_out_is_asked_for_before_it_is_printed_again(selling: AtTheTill) -> None:
    _caught_while_printing(selling)
    selling.counter.enter("")
    assert screen_of(selling.counter) is Screen.SALE
    assert selling.counter.state.took_for == "What may not have come out is being printed"
    assert selling.counter.state.status is not None
    assert (selling.counter.state.status.printer.doubtful, selling.counter.state.status.printer.waiting) == (0, 1)


def test_what_came_out_after_all_is_not_printed_again(selling: AtTheTill) -> None:
    _caught_while_printing(selling)
    selling.counter.press("F1")
    assert screen_of(selling.counter) is Screen.SALE
    assert selling.counter.state.status is not None
    assert (selling.counter.state.status.printer.doubtful, selling.counter.state.status.printer.waiting) == (0, 0)


def test_the_question_about_a_receipt_can_wait(selling: AtTheTill) -> None:
    _caught_while_printing(selling)
    selling.counter.press("Escape")
    assert screen_of(selling.counter) is Screen.SALE
    selling.counter.scan(code_of(2))
    selling.counter.press("F11")
    selling.counter.scan(code_of(2))
    assert lines(selling) == [("p2", 2_000)]
    assert selling.counter.state.status is not None
    assert selling.counter.state.status.printer.doubtful == 1


def test_the_act_beside_a_problem_does_it(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F12")
    counter.scan(code_of(2))
    assert problem(selling) == "sale_is_paying"
    assert counter.state.problem is not None
    assert counter.state.problem.act.command is Command.BACK
    counter.act()
    assert screen_of(counter) is Screen.SALE
    assert counter.state.problem is None


def test_a_change_of_language_changes_names_and_sentences(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.set_language("zh_Hant")
    assert counter.state.sale is not None
    assert counter.state.sale.lines[0].name == "鮮牛奶 950 毫升"
    assert counter.prompt == "掃描，或輸入編碼、名稱、手機號碼"
    counter.enter("4006381333931")
    assert counter.state.problem is not None
    assert counter.state.problem.sentence == "找不到「4006381333931」。請以名稱搜尋，或詢問價格。"


def test_a_phone_in_the_one_field_finds_the_member(selling: AtTheTill) -> None:
    selling.counter.scan(code_of(0))
    selling.counter.enter(GOLD_PHONE)
    sale = selling.counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert sale.member.tier == "gold"
    assert selling.counter.state.took_for == "Member 李雷, Gold"
    assert (sale.total_minor, sale.saved_minor) == (1_097, 193)
