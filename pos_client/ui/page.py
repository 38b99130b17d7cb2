"""A page of the window: it has the one entry field and gets every change of state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_client.presenters.language import Language
from pos_client.presenters.state import CounterState
from pos_client.ui.entry import EntryBox
from pos_client.ui.labels import card, label
from pos_client.ui.pad import Pad
from pos_client.ui.theme import GAP, MARGIN, Theme

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter


class Page(QWidget):
    def __init__(self, counter: Counter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.counter = counter
        self.theme = theme
        self.entry = EntryBox(counter, theme)

    def render_state(self, state: CounterState, language: Language) -> None:
        """Show ``state``."""


class DeskPage(Page):
    """A card that says what this is about, and beside it, or below it on an upright screen, entry and pad."""

    def __init__(self, counter: Counter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(counter, theme, parent)
        self.pad = Pad(self.entry.field, theme, with_lines=False)
        self.pad.setMinimumHeight(280)
        self.pad.setMaximumHeight(480)
        self.title = label("huge", wrap=True)
        self.text = label(wrap=True, tone="muted")
        self.card = card()
        self.inside = QVBoxLayout(self.card)
        self.inside.setContentsMargins(32, 28, 32, 28)
        self.inside.setSpacing(MARGIN)
        self.inside.addWidget(self.title)
        self.inside.addWidget(self.text)
        self.right = QWidget()
        right = QVBoxLayout(self.right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(MARGIN)
        right.addWidget(self.entry)
        right.addWidget(self.pad, 1)
        right.addStretch(0)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(MARGIN * 2, MARGIN * 2, MARGIN * 2, MARGIN * 2)
        self._row.setSpacing(GAP * 4)
        self._row.addWidget(self.card, 11)
        self._row.addWidget(self.right, 9)
        self.build()

    def build(self) -> None:
        """Add to ``inside``."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        upright = event.size().height() > event.size().width()
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)

    def render_state(self, state: CounterState, language: Language) -> None:
        self.entry.render_state(state, self.theme)
        self.pad.render_state(state, self.theme, language)
