"""The till's window: status bar above, one page below, the focus always in the page's entry field."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from pos_client.presenters.counter import Counter
from pos_client.presenters.state import AT_THE_COUNTER, CounterState, Screen
from pos_client.ui.cash_page import CashPage
from pos_client.ui.counter_page import CounterPage
from pos_client.ui.desk_pages import ShiftPage, SignInPage, StartPage
from pos_client.ui.devices_page import DevicesPage
from pos_client.ui.entry import EntryField
from pos_client.ui.labels_page import LabelsPage
from pos_client.ui.page import Page
from pos_client.ui.palette import LIGHT, Palette
from pos_client.ui.status_bar import StatusBar
from pos_client.ui.theme import Theme
from pos_client.ui.wedge import WedgeFilter

_LOOK_MS = 5_000


class TillWindow(QMainWindow):
    closing = Signal()

    def __init__(self, counter: Counter, palette: Palette = LIGHT) -> None:
        super().__init__()
        self.counter = counter
        self.theme = Theme(palette, counter.state.language)
        self.setWindowTitle("Tillpoint")
        self.setMinimumSize(768, 720)
        self.wedge = WedgeFilter(counter.scan, self)
        self._status = StatusBar(self.theme)
        self._start, self._sign_in = StartPage(counter, self.theme), SignInPage(counter, self.theme)
        self._shift, self._counter_page = ShiftPage(counter, self.theme), CounterPage(counter, self.theme)
        self._devices, self._labels = DevicesPage(counter, self.theme), LabelsPage(counter, self.theme)
        self._cash = CashPage(counter, self.theme)
        self._pages = QStackedWidget()
        for page in self._all_pages():
            self._pages.addWidget(page)
            page.entry.field.installEventFilter(self.wedge)
        whole = QWidget()
        whole.setObjectName("page")
        box = QVBoxLayout(whole)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._status)
        box.addWidget(self._pages, 1)
        self.setCentralWidget(whole)
        self._dress()
        counter.listen(self.render_state)
        self._looking = QTimer(self)
        self._looking.timeout.connect(self._look)
        self._looking.start(_LOOK_MS)
        self.render_state(counter.state)

    @property
    def page(self) -> Page:
        page = self._pages.currentWidget()
        assert isinstance(page, Page)
        return page

    @property
    def field(self) -> EntryField:
        return self.page.entry.field

    def render_state(self, state: CounterState) -> None:
        """Show ``state``. What is half typed stays, except when another page comes."""
        if state.language != self.theme.language:
            self.theme = replace(self.theme, language=state.language)
            self._dress()
        page = self._page_of(state.screen)
        if page is not self._pages.currentWidget():
            self.field.clear()
            self._pages.setCurrentWidget(page)
        self._status.render_state(state, self.counter.language)
        page.render_state(state, self.counter.language)
        if self.focusWidget() is not self.field or not self.field.hasFocus():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """A key that reached the window: the field had lost the focus. Give both back."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.field.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        theme = self.theme.within(event.size())
        if theme != self.theme:
            self.theme = theme
            self._dress()
            self.render_state(self.counter.state)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self._looking.stop()
        self.closing.emit()
        super().closeEvent(event)

    def _dress(self) -> None:
        self._status.theme = self.theme
        for page in self._all_pages():
            page.theme = self.theme
        self.setFont(self.theme.font(16))
        self.setStyleSheet(self.theme.sheet())

    def _all_pages(self) -> tuple[Page, ...]:
        counter = (self._start, self._sign_in, self._shift, self._counter_page)
        return *counter, self._cash, self._devices, self._labels

    def _page_of(self, screen: Screen) -> Page:
        if screen in AT_THE_COUNTER:
            return self._counter_page
        if screen is Screen.SIGN_IN:
            return self._sign_in
        if screen in (Screen.SHIFT_OPEN, Screen.SHIFT_CLOSE, Screen.SHIFT_CLOSED):
            return self._shift
        if screen is Screen.CASH:
            return self._cash
        if screen is Screen.DEVICES:
            return self._devices
        if screen is Screen.LABELS:
            return self._labels
        return self._start

    def _look(self) -> None:
        if not self.counter.busy:
            self.counter.refresh()
