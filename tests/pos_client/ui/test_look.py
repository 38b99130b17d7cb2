from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from pos_client.locale import LANGUAGES
from pos_client.ui.counter_page import CounterPage
from pos_client.ui.gallery_shop import GOLD_PHONE
from pos_client.ui.key import Key, broken
from pos_client.ui.palette import DARK, LIGHT, Palette, contrast
from pos_client.ui.theme import CAPTION, TOUCH, Theme
from tests.pos_client.ui.conftest import AtTheWindow, OpenStage

THEMES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)

_TEXT_ON = (
    *product(("text", "muted"), ("surface", "raised", "sunken")),
    ("text", "primary_soft"),
    ("muted", "member_soft"),
    ("muted", "offline_soft"),
    *product(("success", "danger", "attention", "offline", "member", "primary"), ("surface", "raised")),
    ("success", "primary_soft"),
    ("success", "offline_soft"),
    ("attention", "offline_soft"),
    *((name, f"{name}_soft") for name in ("member", "success", "attention", "danger", "offline")),
    ("text", "member_soft"),
    ("text", "success_soft"),
    ("text", "danger_soft"),
    ("text", "offline_soft"),
    ("on_primary", "primary"),
    ("on_primary", "primary_pressed"),
    ("on_danger", "danger"),
)
_TOTALS_ON = (("text", "raised"), ("text", "surface"), ("success", "success_soft"))


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@THEMES
@pytest.mark.parametrize(("ink", "ground"), _TEXT_ON)
def test_text_can_be_read(palette: Palette, ink: str, ground: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5


@THEMES
@pytest.mark.parametrize(("ink", "ground"), _TOTALS_ON)
def test_totals_can_be_read_from_afar(palette: Palette, ink: str, ground: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 7


def keys_of(at: AtTheWindow) -> list[Key]:
    return [key for key in at.window.findChildren(Key) if key.isVisible()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_key_can_be_hit_named_and_read(open_window: OpenStage, language: str) -> None:
    at = open_window(language)
    for play in (_as_it_is, _start, _more, _tender, _letters):
        play(at)
        for key in keys_of(at):
            assert key.accessibleName(), key.objectName()
            assert key.height() >= TOUCH, key.objectName()
            assert key.width() >= TOUCH, key.objectName()
            if not key.objectName().startswith("quick_"):
                assert _fits(key), f"{key.objectName()}: {key.text()!r} does not fit"


def _as_it_is(_at: AtTheWindow) -> None:
    pass


def _start(at: AtTheWindow) -> None:
    at.keys("1\n2580\n")
    at.keys("500\n")


def _more(at: AtTheWindow) -> None:
    at.scan(0, 20)
    at.key("F5")


def _tender(at: AtTheWindow) -> None:
    at.key("Escape", "F12")


def _letters(at: AtTheWindow) -> None:
    at.touch("keyboard")


def _fits(key: Key) -> bool:
    font = key.theme.font(key.pixels)
    room = key.width() - 2 * 6 - (30 if key.has_icon else 0)
    return not any("…" in line for line in broken(key.text(), font, room, 3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_smaller_than_fourteen_or_wider_than_its_label(open_window: OpenStage, language: str) -> None:
    at = open_window(language)
    _start(at)
    at.scan(0, 20, 21)
    at.keys(GOLD_PHONE + "\n")
    for label in at.window.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            assert label.fontInfo().pixelSize() >= CAPTION, label.text()
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width() + 1, label.text()


def test_buttons_never_take_the_focus(selling: AtTheWindow) -> None:
    from PySide6.QtCore import Qt

    buttons: list[Any] = selling.window.findChildren(QAbstractButton)
    assert buttons
    for button in buttons:
        assert button.focusPolicy() is Qt.FocusPolicy.NoFocus, button.objectName()


def test_tab_and_a_stolen_focus_come_back_to_the_field(selling: AtTheWindow) -> None:
    selling.key("Tab")
    selling.window.setFocus()
    selling.hands.press("4")
    selling.hands.press("F5")
    selling.settle()
    selling.check_focus()


def test_the_language_is_switched_by_touch(window: AtTheWindow) -> None:
    window.touch("language_zh_Hant")
    shown = {label.text() for label in window.window.findChildren(QLabel) if label.isVisible()}
    assert "誰在收銀？" in shown
    assert any("號台" in text for text in shown)
    assert window.window.theme.families[0] == "Noto Sans CJK TC"
    window.touch("language_en")
    assert "Who is at the till?" in {label.text() for label in window.window.findChildren(QLabel) if label.isVisible()}


@pytest.mark.parametrize("text", ["", "Remove", "A word that is much too long for its key"])
@pytest.mark.parametrize("height", [TOUCH, 64])
def test_a_key_shows_the_key_of_the_keyboard_however_low_it_is(qapp: QApplication, text: str, height: int) -> None:
    def drawn(hint: str) -> QImage:
        key = Key(Theme(LIGHT))
        key.resize(160, height)
        return key.show_as(text, hint=hint, icon="remove").grab().toImage()

    assert drawn("F8") != drawn("F9")
    assert drawn("F8") != drawn("")


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_an_upright_screen_nothing_is_cut_or_covered(open_window: OpenStage, language: str) -> None:
    """Also with a banner: what the panels need is there, and the pad ends above the foot."""
    at = open_window(language)
    at.window.resize(768, 1024)
    _start(at)
    _offline(at)
    at.scan(0, 20, 2, 6)
    at.keys(GOLD_PHONE + "\n")
    page = at.window.page
    assert isinstance(page, CounterPage)
    for keys in ((), ("F5",), ("F1",), ("Escape", "F12")):
        at.key(*keys)
        assert page.pad.geometry().bottom() < page.next_key.geometry().top(), keys
        panel = page.stack.currentWidget()
        assert panel is not None
        assert panel.height() >= panel.minimumSizeHint().height(), keys
        for key in keys_of(at):
            assert key.height() >= TOUCH, key.objectName()


def _offline(at: AtTheWindow) -> None:
    at.shop.surroundings.online = False
    at.look_again()
