from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pos_client.app.views import LineView, Reason
from pos_client.presenters.language import Language
from pos_client.ui.basket import AMOUNT, ITEM, BasketModel, BasketView
from pos_client.ui.gallery_shop import GOLD_PHONE
from pos_client.ui.palette import LIGHT
from pos_client.ui.theme import Theme
from tests.pos_client.ui.conftest import AtTheWindow


def basket_of(at: AtTheWindow) -> BasketView:
    found = at.window.findChild(BasketView)
    assert isinstance(found, BasketView)
    return found


def line(number: int) -> LineView:
    return LineView(number, number, f"p{number}", "", f"Product {number}", 1_000, "each", 1_000, 1_000, 1_000)


def test_only_the_rows_that_changed_are_drawn_again(qapp: QApplication) -> None:
    english = Language("en")
    model = BasketModel(english)
    lines = tuple(line(number) for number in range(1, 61))
    model.show(lines, "CNY", english)
    changed: list[tuple[int, int]] = []
    inserted: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    more = (*lines[:7], replace(lines[7], quantity_milli=2_000), *lines[8:], line(61))
    model.show(more, "CNY", english)
    assert changed == [(7, 7)]
    assert inserted == [(60, 60)]
    model.show(more[:59], "CNY", english)
    assert model.rowCount() == 59


def test_a_line_says_why_it_costs_less(qapp: QApplication) -> None:
    chinese = Language("zh_Hans")
    model = BasketModel(chinese)
    reason = Reason("member_price", {"percent": "15", "tenths": "8.5", "tier": "gold"}, -150)
    model.show((replace(line(1), reasons=(reason,), amount_minor=850),), "CNY", chinese)
    assert model.reasons(model.lines[0]) == [("金卡会员价 8.5折", "−¥1.50")]
    assert model.data(model.index(0, ITEM), Qt.ItemDataRole.DisplayRole) == "Product 1"
    assert model.data(model.index(0, AMOUNT), Qt.ItemDataRole.DisplayRole) == "¥10.00"


@pytest.mark.parametrize("height", [128, 180, 400])
def test_an_empty_basket_cuts_its_picture_at_no_edge(qapp: QApplication, height: int) -> None:
    view = BasketView(BasketModel(Language("en")), Theme(LIGHT))
    view.empty_text = ("Scan the first product", "Or type its code.")
    view.resize(600, height)
    drawn = view.viewport().grab().toImage()
    assert len({drawn.pixel(x, 0) for x in range(drawn.width())}) == 1


def test_a_long_basket_shows_the_line_just_touched(selling: AtTheWindow) -> None:
    selling.scan(*range(60))
    selling.keys(GOLD_PHONE + "\n")
    basket = basket_of(selling)
    assert basket.selected == 60
    assert basket.viewport().rect().contains(basket.visualRect(basket.model().index(59, ITEM)))
    selling.scan(2)
    assert basket.selected == 3
    assert basket.viewport().rect().contains(basket.visualRect(basket.model().index(2, ITEM)))


def test_a_touch_selects_the_line_that_keys_act_on(selling: AtTheWindow) -> None:
    selling.scan(0, 2, 6)
    basket = basket_of(selling)
    from PySide6.QtTest import QTest

    QTest.mouseClick(
        basket.viewport(), Qt.MouseButton.LeftButton, pos=basket.visualRect(basket.model().index(0, ITEM)).center()
    )
    selling.settle()
    selling.check_focus()
    selling.key("F8")
    assert selling.counter.state.sale is not None
    assert [each.product_id for each in selling.counter.state.sale.lines] == ["p2", "p6"]
