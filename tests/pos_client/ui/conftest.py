from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from pos_client.ui.gallery.stage import Size, Stage
from pos_client.ui.hands import Hands
from pos_client.ui.palette import LIGHT
from tests.pos_client.gallery_home import gallery_home, gallery_shop

__all__ = ["gallery_home", "gallery_shop"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What Qt draws may only be taken down on the thread that draws: no other one looks for garbage meanwhile."""
    if not item.path.is_relative_to(Path(__file__).parent):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.enable()


OpenStage = Callable[[str], "AtTheWindow"]


class AtTheWindow(Stage):
    """A window before a real till, with hands that leave only what fingers and keys can do."""

    def __init__(self, home: Path, language: str) -> None:
        super().__init__(home, language, LIGHT, Size(1366, 768))
        self.hands = Hands(self.window)
        self.counter.attach(self.shop.till)
        self.settle()

    def keys(self, text: str) -> None:
        """Type as a person; the focus must be where it belongs before and after."""
        self.check_focus()
        self.hands.type(text)
        self.settle()
        self.check_focus()

    def key(self, *names: str) -> None:
        for name in names:
            self.hands.press(name)
            self.settle()
            self.check_focus()

    def touch(self, *names: str) -> None:
        for name in names:
            self.hands.click(name)
            self.settle()
            self.check_focus()

    def check_focus(self) -> None:
        assert self.window.focusWidget() is self.window.field, "the focus left the entry field"


@pytest.fixture
def open_window(qapp: QApplication, gallery_home: Path) -> Iterator[OpenStage]:
    opened: list[AtTheWindow] = []

    def open_one(language: str = "en") -> AtTheWindow:
        opened.append(AtTheWindow(gallery_home, language))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def window(open_window: OpenStage) -> AtTheWindow:
    return open_window("en")


@pytest.fixture
def selling(window: AtTheWindow) -> AtTheWindow:
    """Signed in by keyboard, shift open, nothing sold yet."""
    window.keys("1\n2580\n")
    window.keys("500\n")
    return window
