"""A panel: what stands between the member and the pad, one per screen of the counter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from pos_client.presenters.language import Language
from pos_client.presenters.state import CounterState
from pos_client.ui.key import Key
from pos_client.ui.theme import GAP, Theme

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter
    from pos_client.ui.entry import EntryField


class Panel(QWidget):
    def __init__(self, counter: Counter, field: EntryField, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counter = counter
        self.field = field
        self.theme = theme
        self.build()

    def build(self) -> None:
        """Make the widgets once."""

    def render_state(self, state: CounterState, language: Language) -> None:
        """Show ``state``; called at each change while the panel is the one shown."""


class StepPanel(Panel):
    """A panel with a page for each step."""

    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._steps = QStackedWidget()
        box.addWidget(self._steps)
        self._pages = self.pages()
        for page in self._pages.values():
            self._steps.addWidget(page)

    def pages(self) -> Mapping[str, QWidget]:
        """Make each step's page once."""
        raise NotImplementedError

    def show_step(self, step: str) -> None:
        self._steps.setCurrentWidget(self._pages[step])

    @staticmethod
    def page() -> tuple[QWidget, QVBoxLayout]:
        """An empty one, and where its widgets go."""
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        return page, box


class KeyList(QScrollArea):
    """Rows to pick from by number, arrow keys or a touch; they scroll when there are many."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.keys: list[Key] = []
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 4, 0)
        self._rows.setSpacing(GAP // 2)
        self._rows.addStretch(1)
        self.setWidget(inside)

    def fill(self, names: list[str]) -> list[Key]:
        """One key per name, kept where the names are the same."""
        if [key.objectName() for key in self.keys] != names:
            for key in self.keys:
                self._rows.removeWidget(key)
                key.hide()
                key.deleteLater()
            self.keys = [Key(self.theme, name) for name in names]
            for place, key in enumerate(self.keys):
                key.setMinimumHeight(64 if self.theme.roomy else 52)
                self._rows.insertWidget(place, key)
        return self.keys

    def use(self, theme: Theme) -> None:
        self.theme = theme
        for key in self.keys:
            key.use(theme)
            key.setMinimumHeight(64 if theme.roomy else 52)
