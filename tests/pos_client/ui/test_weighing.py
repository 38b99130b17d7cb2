"""Goods by weight on the screen, before a scale that answers with real bytes (HW-3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from drivers.simulators.scale import Kind, Mood, ScaleSimulator
from pos_client.app.views import LineView
from pos_client.hardware.devices import scale_of
from pos_client.hardware.weighing import Weighing
from pos_client.presenters.state import Screen
from pos_client.settings import Settings
from pos_client.ui.basket import AMOUNT, QUANTITY, BasketModel
from pos_client.ui.gallery_shop import code_of
from pos_client.ui.main import ScaleAtScreen
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow
from tests.pos_client.ui.test_basket import basket_of

BANANAS, APPLES = "4011", "4131"


@pytest.fixture
def scale(selling: AtTheWindow) -> Iterator[ScaleSimulator]:
    with ScaleSimulator(Kind.CAS) as simulator:
        device = scale_of(Settings(scale=f"serial:{simulator.path},9600,8N1", scale_protocol="cas"))
        assert device is not None
        weighing = Weighing(device, selling.shop.surroundings)
        selling.counter.scale = ScaleAtScreen(weighing, selling.operations)
        yield simulator
        weighing.close()


def lines(at: AtTheWindow) -> tuple[LineView, ...]:
    assert at.counter.state.sale is not None
    return at.counter.state.sale.lines


def shown(at: AtTheWindow, row: int) -> tuple[str, str, list[str]]:
    model = basket_of(at).model()
    assert isinstance(model, BasketModel)
    line = model.lines[row]
    return model.text(line, QUANTITY), model.text(line, AMOUNT), [text for text, _ in model.reasons(line)]


def test_what_swings_is_not_sold_and_paying_weighs_it(
    selling: AtTheWindow, scale: ScaleSimulator, qtbot: QtBot
) -> None:
    scale.put(455, Mood.SWINGING)
    selling.keys(BANANAS + "\n")
    qtbot.waitUntil(lambda: selling.counter.state.problem is not None)
    assert shown(selling, 0) == ("– kg", "–", ["Not weighed yet"])
    selling.scan(0)
    sale = selling.counter.state.sale
    assert sale is not None
    assert (screen_of(selling.counter), sale.total_minor) == (Screen.SALE, 12_90)
    scale.put(455)
    selling.key("F12")
    qtbot.waitUntil(lambda: screen_of(selling.counter) is Screen.TENDER)
    assert shown(selling, 0) == ("0.455 kg", "¥3.63", ["Weighed by the till's scale"])
    selling.key("F12")
    assert selling.counter.state.change is not None
    assert selling.counter.state.change.total_minor == 12_90 + 3_63


def test_an_empty_scale_asks_on_and_a_typed_weight_pays(
    selling: AtTheWindow, scale: ScaleSimulator, qtbot: QtBot
) -> None:
    scale.put(0)
    selling.touch("category_1", "quick_p1")
    qtbot.waitUntil(lambda: selling.counter.state.problem is not None)
    selling.key("Escape", "Escape")
    assert screen_of(selling.counter) is Screen.SALE
    selling.touch("pay")
    qtbot.waitUntil(lambda: selling.counter.state.problem is not None)
    assert (screen_of(selling.counter), lines(selling)[0].unweighed) == (Screen.QUANTITY, True)
    selling.keys("0.25\n")
    assert (screen_of(selling.counter), lines(selling)[0].quantity_milli) == (Screen.TENDER, 250)


def test_each_of_two_bags_gets_its_own_weight(selling: AtTheWindow, scale: ScaleSimulator, qtbot: QtBot) -> None:
    for grams in (455, 300):
        scale.put(grams)
        selling.keys(APPLES + "\n")
        qtbot.waitUntil(lambda: screen_of(selling.counter) is Screen.SALE)
    selling.keys(code_of(0) + "\n")
    assert [line.quantity_milli for line in lines(selling)] == [455, 300, 1_000]
