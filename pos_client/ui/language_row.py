"""The languages by their own names, to be touched by somebody who can't read the screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_client.locale import LANGUAGES
from pos_client.ui.key import Key
from pos_client.ui.theme import GAP, Theme

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}


class LanguageRow(QWidget):
    def __init__(self, counter: Counter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        self._keys = {code: Key(theme, f"language_{code}") for code in LANGUAGES}
        for code, key in self._keys.items():
            key.setFixedHeight(48)
            key.does(partial(counter.set_language, code))
            row.addWidget(key)

    def render_language(self, chosen: str, theme: Theme) -> None:
        for code, key in self._keys.items():
            key.use(theme)
            key.show_as(_NAMES[code], role="soft" if code == chosen else "plain")
