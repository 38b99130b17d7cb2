"""Goods sold by weight and the scale: asked at once, never guessed, and what it showed stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_client.app.views import LineView, Notice
from pos_client.presenters.customer import pole_lines
from pos_client.presenters.state import Command, Screen
from pos_client.ui.gallery_shop import code_of
from tests.pos_client.presenters.conftest import AtTheTill

BANANAS = "4011"
APPLES = "4131"


class HandScale:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[int, str], None], Callable[[Notice], None]]] = []

    def weigh(self, done: Callable[[int, str], None], failed: Callable[[Notice], None]) -> None:
        self.asked.append((done, failed))

    def settle(self, done: Callable[[int, str], None], failed: Callable[[Notice], None], *, tare: bool) -> None:
        raise AssertionError("nobody zeroes a scale in the midst of a sale")


@pytest.fixture
def scale(selling: AtTheTill) -> HandScale:
    selling.counter.scale = HandScale()
    return selling.counter.scale


def line(at: AtTheTill) -> LineView:
    found = at.counter.selling.line()
    assert found is not None
    return found


def quantities(at: AtTheTill) -> list[int]:
    sale = at.counter.state.sale
    return [each.quantity_milli for each in sale.lines] if sale is not None else []


def problem(at: AtTheTill) -> str:
    found = at.counter.state.problem
    return found.code if found else ""


def test_goods_by_weight_go_to_the_scale_at_once(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.enter(BANANAS)
    assert (selling.counter.state.screen, selling.counter.state.took_for) == (Screen.QUANTITY, "Weighing…")
    scale.asked[0][0](455, "kg")
    assert (line(selling).quantity_milli, line(selling).weighed, line(selling).amount_minor) == (455, True, 363)
    said = "Weighed: Bananas, 0.455 kg"
    assert (selling.counter.state.screen, selling.counter.state.took_for) == (Screen.SALE, said)


def test_what_the_scale_showed_is_not_typed_over(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.enter(BANANAS)
    scale.asked[0][0](455, "kg")
    selling.counter.enter("*2")
    assert (problem(selling), line(selling).quantity_milli) == ("weight_fixed", 455)
    selling.counter.do(Command.QUANTITY)
    scale.asked[1][0](500, "kg")
    assert line(selling).quantity_milli == 500


def test_a_fault_is_said_and_a_typed_weight_goes_on(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.enter(BANANAS)
    scale.asked[0][1](Notice("scale_in_motion", "The weight isn't at rest. Let go of the goods and weigh again."))
    assert (problem(selling), selling.counter.state.screen) == ("scale_in_motion", Screen.QUANTITY)
    selling.counter.do(Command.QUANTITY)
    assert len(scale.asked) == 2
    selling.counter.enter("0.5")
    assert (line(selling).quantity_milli, line(selling).weighed) == (500, False)
    scale.asked[1][0](455, "kg")
    assert line(selling).quantity_milli == 500


def test_a_late_answer_weighs_no_other_line(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.enter(BANANAS)
    selling.counter.do(Command.BACK)
    selling.counter.enter(APPLES)
    scale.asked[0][0](455, "kg")
    assert quantities(selling) == [0, 0]
    scale.asked[1][0](300, "kg")
    assert quantities(selling) == [0, 300]


def test_a_scale_set_to_pounds_weighs_no_kilograms(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.enter(BANANAS)
    scale.asked[0][0](455, "lb")
    assert (problem(selling), line(selling).quantity_milli) == ("not_sold_by_weight", 0)


@pytest.mark.parametrize("text", ["0.3*4011", code_of(0)])
def test_a_typed_weight_and_goods_by_the_piece_need_no_scale(selling: AtTheTill, scale: HandScale, text: str) -> None:
    selling.counter.enter(text)
    assert not scale.asked


def test_without_a_scale_somebody_types_the_weight(selling: AtTheTill) -> None:
    selling.counter.selling.add("p1")
    assert (selling.counter.state.screen, selling.counter.prompt) == (Screen.QUANTITY, "Weight of Apples, Fuji in kg")
    selling.counter.enter("0.3")
    assert (quantities(selling), line(selling).weighed, line(selling).unweighed) == ([300], False, False)


def test_paying_asks_for_each_weight_that_is_missing_and_goes_on(selling: AtTheTill, scale: HandScale) -> None:
    for scanned in (code_of(0), BANANAS, APPLES, code_of(6)):
        selling.counter.scan(scanned)
    assert quantities(selling) == [1_000, 0, 0, 1_000]
    before = selling.counter.state.sale
    assert before is not None
    selling.counter.do(Command.PAY)
    assert (selling.counter.state.screen, line(selling).name) == (Screen.QUANTITY, "Bananas")
    scale.asked[-1][0](500, "kg")
    assert (selling.counter.state.screen, line(selling).name) == (Screen.QUANTITY, "Apples, Fuji")
    selling.counter.enter("0.25")
    sale, tender = selling.counter.state.sale, selling.counter.state.tender
    assert sale is not None
    assert tender is not None
    assert (selling.counter.state.screen, quantities(selling)) == (Screen.TENDER, [1_000, 500, 250, 1_000])
    assert tender.total_minor == sale.total_minor == before.total_minor + 3_99 + 4_20


def test_who_goes_back_pays_nothing_and_loses_nothing(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.scan(BANANAS)
    selling.counter.do(Command.PAY)
    selling.counter.do(Command.BACK)
    assert (selling.counter.state.screen, quantities(selling)) == (Screen.SALE, [0])
    scale.asked[-1][0](455, "kg")
    assert quantities(selling) == [0]
    selling.counter.do(Command.QUANTITY)
    scale.asked[-1][0](455, "kg")
    assert (selling.counter.state.screen, quantities(selling)) == (Screen.SALE, [455])


def test_a_fault_while_paying_is_said_and_the_next_weight_pays(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.scan(BANANAS)
    selling.counter.do(Command.PAY)
    scale.asked[-1][1](Notice("scale_empty", "Nothing is on the scale. Put the goods on it."))
    assert (problem(selling), selling.counter.state.screen) == ("scale_empty", Screen.QUANTITY)
    selling.counter.do(Command.QUANTITY)
    scale.asked[-1][0](455, "kg")
    assert selling.counter.state.screen is Screen.TENDER


def test_the_till_refuses_what_a_screen_forgot(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.scan(BANANAS)
    selling.counter.ask(lambda till: till.start_payment(), lambda _: None)
    assert problem(selling) == "not_weighed"


def test_the_customer_reads_no_price_before_the_weight(selling: AtTheTill, scale: HandScale) -> None:
    selling.counter.scan(BANANAS)
    upper, lower = pole_lines(selling.counter.state, selling.counter.language)
    assert (upper.text, upper.figure, upper.instead, lower.figure) == ("Bananas", "–", "7.98", "0.00")
