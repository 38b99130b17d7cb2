"""Goods whose date has passed when they are paid: the cashier stands at their line, and one key removes it."""

from __future__ import annotations

import pytest

from pos_client.presenters.state import Command, Screen
from pos_client.ui.gallery_shop import code_of
from shared_models.domain.goods_code import FNC1
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill

DAY_MS = 24 * 60 * 60_000


@pytest.mark.parametrize("at_the_tender", [False, True])
def test_the_line_that_cannot_be_paid_is_chosen_and_goes_by_the_key_beside_the_sentence(
    selling: AtTheTill, at_the_tender: bool
) -> None:
    counter = selling.counter
    counter.scan(f"{FNC1}010{code_of(0)}17261124")
    counter.scan(code_of(2))
    if at_the_tender:
        counter.press("F12")
        assert screen_of(counter) is Screen.TENDER
    selling.shop.clock.advance(DAY_MS)
    if at_the_tender:
        counter.enter("100")
    else:
        counter.press("F12")
    problem = counter.state.problem
    assert screen_of(counter) is Screen.SALE
    assert problem is not None
    said = "Line 1, Fresh milk 950 ml, could be sold until 2026-11-24. Remove it and put it aside."
    assert (problem.sentence, problem.act.command, problem.act.label) == (said, Command.REMOVE, "Remove the line")
    counter.act()
    assert counter.state.sale is not None
    assert [line.product_id for line in counter.state.sale.lines] == ["p2"]
    counter.press("F12")
    assert screen_of(counter) is Screen.TENDER


def test_a_receipt_that_is_scanned_into_the_sale_begins_its_return(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F12")
    counter.enter("")
    change = counter.state.change
    assert change is not None
    counter.scan(code_of(2))
    counter.press("F3")
    counter.scan(change.receipt_code)
    assert screen_of(counter) is Screen.REGISTER, "what is being typed there goes on"
    assert counter.state.problem is not None
    counter.press("Escape")
    counter.press("Escape")
    counter.scan(change.receipt_code)
    assert screen_of(counter) is Screen.RETURN
    view = counter.state.giving_back.view if counter.state.giving_back else None
    assert view is not None
    assert (view.receipt_number, [line.code for line in view.lines]) == (change.receipt_number, [code_of(0)])
    counter.press("Escape")
    counter.press("Escape")
    assert screen_of(counter) is Screen.SALE
    assert counter.state.sale is not None
    assert [line.product_id for line in counter.state.sale.lines] == ["p2"]
