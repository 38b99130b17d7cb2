"""The customer's window on a second screen: what was scanned, what it costs, what was saved (TILL-9)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QColor, QGuiApplication, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from drivers.printer.symbols import qr_matrix
from pos_client.presenters.counter import Counter
from pos_client.presenters.customer import CustomerView, customer_view
from pos_client.presenters.language import Language
from pos_client.presenters.state import CounterState
from pos_client.ui.basket import BasketModel, BasketView
from pos_client.ui.labels import card, label
from pos_client.ui.palette import LIGHT, Palette
from pos_client.ui.theme import GAP, MARGIN, Theme
from shared_models.domain.text import N_

_MOST_GOOD = 2
_DOT, _QUIET_DOTS = 6, 4


class CustomerWindow(QWidget):
    """Takes no key and no touch, and never the focus: what is typed and scanned belongs to the cashier's window."""

    def __init__(self, counter: Counter, palette: Palette = LIGHT, receipt_url: str = "") -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle("Tillpoint")
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(640, 400)
        self.counter = counter
        self._receipt_url = receipt_url
        self.theme = Theme(palette, counter.state.language)
        self._may_close = False
        self._pages = QStackedWidget()
        self._greeting, self._goods = _Greeting(), _Goods(counter.language, self.theme)
        self._pages.addWidget(self._greeting)
        self._pages.addWidget(self._goods)
        box = QVBoxLayout(self)
        box.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, 2 * MARGIN)
        self._store = label("title", "muted")
        box.addWidget(self._store)
        box.addWidget(self._pages, 1)
        self._pages.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._dress()
        counter.listen(self.render_state)
        self.render_state(counter.state)

    def render_state(self, state: CounterState) -> None:
        if state.language != self.theme.language:
            self.theme = replace(self.theme, language=state.language)
            self._dress()
        language = self.counter.language
        view = customer_view(state, language, self._receipt_url)
        self._store.setText(state.status.store_name if state.status else "")
        self._pages.setCurrentWidget(self._goods if view.lines else self._greeting)
        if view.lines:
            self._goods.render_view(view, state.currency, language, self.theme)
        else:
            self._greeting.render_view(view, language)

    def place(self, *_: object) -> None:
        """Fill the screen where the cashier's window isn't; without a second one, be a window like others."""
        application = QApplication.instance()
        assert isinstance(application, QGuiApplication)
        others = [screen for screen in application.screens() if screen is not application.primaryScreen()]
        if others:
            self.setGeometry(others[0].geometry())
            self.showFullScreen()
        else:
            self.resize(1_024, 600)
            self.show()

    def end(self) -> None:
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Only the till closes it."""
        if self._may_close:
            super().closeEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        theme = self.theme.within(event.size())
        if theme != self.theme:
            self.theme = theme
            self._dress()
            self.render_state(self.counter.state)

    def _dress(self) -> None:
        self.setFont(self.theme.font(16))
        self.setStyleSheet(self.theme.sheet())


class _Greeting(QWidget):
    """A word in the middle; at the end of a sale the change."""

    def __init__(self) -> None:
        super().__init__()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        inside = card()
        whole.addWidget(inside)
        row = QHBoxLayout(inside)
        row.setSpacing(4 * MARGIN)
        box = QVBoxLayout()
        box.setSpacing(GAP)
        row.addStretch(1)
        row.addLayout(box)
        self._square, self._square_word = QLabel(), label("title", "muted")
        beside = QVBoxLayout()
        beside.setSpacing(GAP)
        beside.addStretch(1)
        for each in (self._square, self._square_word):
            each.setAlignment(Qt.AlignmentFlag.AlignCenter)
            beside.addWidget(each)
        beside.addStretch(1)
        row.addLayout(beside)
        row.addStretch(1)
        self._word, self._figure_word = label("huge"), label("large", "muted")
        self._figure, self._below = label("total"), label("title", "muted")
        self._good = label("title", "success")
        box.addStretch(1)
        for each in (self._word, self._figure_word, self._figure, self._below, self._good):
            each.setAlignment(Qt.AlignmentFlag.AlignCenter)
            box.addWidget(each)
        box.addStretch(1)

    def render_view(self, view: CustomerView, language: Language) -> None:
        self._square.setPixmap(_square(view.link) if view.link else QPixmap())
        self._square.setVisible(bool(view.link))
        self._square_word.setText(language.words(N_("Your receipt: scan here")) if view.link else "")
        self._square_word.setVisible(bool(view.link))
        self._word.setText(view.greeting)
        word, figure = view.figures[0] if view.figures else ("", "")
        self._figure_word.setText(word)
        self._figure.setText(figure)
        self._below.setText("   ".join(f"{word} {figure}" for word, figure in view.figures[1:]))
        self._good.setText(" · ".join(view.good))
        for each in (self._figure_word, self._figure, self._below, self._good):
            each.setVisible(bool(each.text()))


def _square(text: str) -> QPixmap:
    """A QR code with its quiet zone, black on white whatever the theme."""
    rows = qr_matrix(text.encode(), 1)
    size = _DOT * (len(rows) + 2 * _QUIET_DOTS)
    pixmap = QPixmap(size, size)
    pixmap.fill(QColor("white"))
    painter = QPainter(pixmap)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                painter.fillRect(_DOT * (x + _QUIET_DOTS), _DOT * (y + _QUIET_DOTS), _DOT, _DOT, QColor("black"))
    painter.end()
    return pixmap


class _Goods(QWidget):
    def __init__(self, language: Language, theme: Theme) -> None:
        super().__init__()
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2 * MARGIN)
        self._basket = BasketView(BasketModel(language), theme)
        ledger = card()
        paper = QVBoxLayout(ledger)
        paper.setContentsMargins(1, 1, 1, 1)
        paper.addWidget(self._basket)
        box.addWidget(ledger, 3)
        bill = card()
        right = QVBoxLayout(bill)
        right.setContentsMargins(2 * MARGIN, 2 * MARGIN, 2 * MARGIN, MARGIN)
        right.setSpacing(GAP)
        self._hint_card = card("member")
        self._hint = label("title", wrap=True)
        inside = QVBoxLayout(self._hint_card)
        inside.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        inside.addWidget(self._hint)
        right.addWidget(self._hint_card)
        right.addStretch(1)
        self._good = [label("large", "success", right=True) for _ in range(_MOST_GOOD)]
        self._below = label("title", "muted", right=True)
        self._word = label("large", "muted", right=True)
        self._figure = label("total", right=True)
        for each in (*self._good, self._below):
            right.addWidget(each)
        right.addSpacing(2 * MARGIN)
        right.addWidget(self._word)
        right.addWidget(self._figure)
        box.addWidget(bill, 2)

    def render_view(self, view: CustomerView, currency: str, language: Language, theme: Theme) -> None:
        self._basket.fade(view.selected is None)
        self._basket.render_lines(view.lines, currency, language, view.selected, theme)
        for number, each in enumerate(self._good):
            each.setText(view.good[number] if number < len(view.good) else "")
            each.setVisible(bool(each.text()))
        (word, figure), *others = view.figures
        self._word.setText(word)
        self._figure.setText(figure)
        self._below.setText("   ".join(f"{word} {figure}" for word, figure in others))
        self._below.setVisible(bool(others))
        self._hint.setText(view.hint)
        self._hint_card.setVisible(bool(view.hint))


__all__ = ["CustomerWindow"]
