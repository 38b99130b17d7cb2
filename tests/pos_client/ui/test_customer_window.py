"""The customer's window beside the cashier's: it shows the sale, and takes nothing from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from pos_client.ui.basket import BasketView
from pos_client.ui.customer_window import CustomerWindow
from pos_client.ui.gallery_shop import GOLD_PHONE, PIN, code_of
from tests.pos_client.ui.conftest import AtTheWindow, OpenStage


@pytest.fixture
def at(open_window: OpenStage) -> AtTheWindow:
    stage = open_window("en")
    for text in ("1", PIN, "500"):
        stage.keys(f"{text}\n")
    return stage


@pytest.fixture
def customer(at: AtTheWindow) -> Iterator[CustomerWindow]:
    window = CustomerWindow(at.counter)
    window.place()
    yield window
    window.end()
    assert not window.isVisible()


def told(window: CustomerWindow) -> list[str]:
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible() and label.text()]


def test_it_follows_the_sale_and_leaves_the_keys_to_the_cashier(at: AtTheWindow, customer: CustomerWindow) -> None:
    assert told(customer) == ["Spring Lane", "Welcome"]
    for rank in (0, 2):
        at.keys(f"{code_of(rank)}\n")
    (basket,) = customer.findChildren(BasketView)
    assert basket.isVisible()
    assert basket.model().rowCount() == 2
    assert at.counter.state.sale is not None
    total = at.counter.language.money(at.counter.state.sale.total_minor, "CNY")
    assert total in told(customer)
    at.keys(f"{GOLD_PHONE}\n")
    assert not any("李雷" in text or "8000" in text for text in told(customer))
    at.key("F12")
    assert "To pay" in told(customer)
    at.keys("100\n")
    assert told(customer)[1:3] == ["Thank you", "Change"]


def test_it_speaks_the_language_of_the_screens(at: AtTheWindow, customer: CustomerWindow) -> None:
    at.counter.set_language("zh_Hans")
    at.settle()
    assert told(customer) == ["春风里店", "欢迎光临"]


def test_the_receipt_can_be_read_off_the_screen(at: AtTheWindow) -> None:
    window = CustomerWindow(at.counter, receipt_url="https://shop.example/r/")
    window.place()
    at.keys(f"{code_of(0)}\n")
    at.key("F12")
    at.keys("100\n")
    change = at.counter.state.change
    assert change is not None
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    picture = Image.frombuffer(
        "L", (image.width(), image.height()), bytes(image.constBits()), "raw", "L", image.bytesPerLine(), 1
    )
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == f"https://shop.example/r/{change.receipt_code}"
    window.end()


def test_nobody_closes_it_but_the_till(customer: CustomerWindow) -> None:
    assert not customer.close()
    assert customer.isVisible()
