"""The status bar: where, who, when; online or not, what is unsent; the devices; what to do about a fault (TILL-12)."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pos_client.app.views import Status
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import (
    display_word,
    drawer_word,
    fault_remedy,
    mirror_word,
    notice_sentence,
    printer_remedy,
    printer_word,
    scale_word,
    scanner_remedy,
    scanner_word,
    works,
)
from pos_client.presenters.state import CounterState
from pos_client.ui.icons import icon
from pos_client.ui.labels import OneLine, label, restyle
from pos_client.ui.theme import Theme
from shared_models.domain.text import N_

_MARGIN, _SPACING = 16, 20


class _Chip(QWidget):
    """An icon with its word."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._sign, self._word = QLabel(), label()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._sign)
        row.addWidget(self._word)

    def say(self, text: str, sign: str, tone: str, theme: Theme) -> None:
        self._sign.setPixmap(icon(sign, getattr(theme.palette, tone), 20))
        self._word.setText(text)
        restyle(self._word, "tone", tone)
        self.setAccessibleName(text)


class StatusBar(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._bar = QFrame()
        self._bar.setObjectName("status")
        self._bar.setFixedHeight(44)
        self._where = OneLine()
        self._time = label()
        self._network, self._printer = _Chip("network"), _Chip("printer_state")
        self._scanner, self._keys = _Chip("scanner_state"), _Chip("keys_state")
        self._drawer, self._mirror = _Chip("drawer_state"), _Chip("mirror_state")
        self._display, self._scale = _Chip("display_state"), _Chip("scale_state")
        self._well: list[_Chip] = []
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
        row.setSpacing(_SPACING)
        row.addWidget(self._where)
        row.addWidget(self._time)
        row.addStretch(1)
        for chip in (self._keys, self._mirror, self._network, self._printer, self._drawer, self._scanner):
            row.addWidget(chip)
        for chip in (self._display, self._scale):
            row.addWidget(chip)
        self._notices = [label(name="notice_limits", wrap=True), label(name="notice_fault", wrap=True)]
        notices = QHBoxLayout()
        notices.setSpacing(0)
        for notice in self._notices:
            notice.setContentsMargins(16, 6, 16, 6)
            notices.addWidget(notice, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._bar)
        box.addLayout(notices)

    def render_state(self, state: CounterState, language: Language) -> None:
        status = state.status
        self._bar.setVisible(status is not None)
        if status is None:
            for notice in self._notices:
                notice.hide()
            return
        words = language.words
        told = [status.store_name, words(N_("Lane {lane}")).format(lane=status.lane)]
        if status.cashier is not None:
            told.append(status.cashier.name)
        self._where.setText(" · ".join(part for part in told if part))
        self._time.setText(language.clock(status.clock_ms, status.timezone))
        self._render_network(status, language)
        self._well = []
        for chip, device, word, sign in (
            (self._scanner, status.scanner, scanner_word(status.scanner, language), "scanner"),
            (self._printer, status.printer, printer_word(status.printer, language), "printer"),
        ):
            good = works(device)
            if good:
                self._well.append(chip)
            waiting = f" · {language.number(device.waiting)}" if device.waiting and not good else ""
            chip.say(word + waiting, sign if good else "attention", "text" if good else "attention", self.theme)
        self._render_drawer(status, language)
        self._keys.setVisible(status.keys_in_file)
        if status.keys_in_file:
            self._keys.say(words(N_("Keys in a file: demo only")), "key", "attention", self.theme)
        for chip, device, word in (
            (self._display, status.display, display_word(language)),
            (self._scale, status.scale, scale_word(language)),
        ):
            chip.setVisible(not works(device))
            chip.say(word, "attention", "attention", self.theme)
        self._render_mirror(status, language)
        self._render_notices(status, language)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Where and who come before devices that work: on a narrow screen the words of these give way to them."""
        always = (self._printer, self._scanner)
        others = (self._keys, self._mirror, self._network, self._drawer, self._display, self._scale)
        shown = [self._where, self._time, *always, *(chip for chip in others if chip.isVisibleTo(self._bar))]
        needed = sum(part.sizeHint().width() + _SPACING for part in shown) - _SPACING + 2 * _MARGIN
        for chip in self._well:
            chip.setVisible(needed <= self.width())
            needed -= 0 if needed <= self.width() else chip.sizeHint().width() + _SPACING
        for chip in always:
            if chip not in self._well:
                chip.show()

    def _render_drawer(self, status: Status, language: Language) -> None:
        """Shown where its switch is read."""
        word, warned = drawer_word(status.drawer, language), status.drawer.notice is not None
        self._drawer.setVisible(bool(word))
        if word:
            sign, tone = ("attention", "attention") if warned else ("drawer", "text")
            self._drawer.say(word, sign, tone, self.theme)

    def _render_mirror(self, status: Status, language: Language) -> None:
        """Shown only while there is something to do about it."""
        self._mirror.setVisible(not works(status.mirror))
        if not works(status.mirror):
            missing = f" · {language.number(status.mirror.waiting)}" if status.mirror.waiting else ""
            self._mirror.say(mirror_word(status.mirror, language) + missing, "attention", "attention", self.theme)

    def _render_network(self, status: Status, language: Language) -> None:
        restyle(self._bar, "offline", not status.online)
        unsent = language.ngettext("{number} unsent", "{number} unsent", status.unsent)
        word = language.words(N_("Online")) if status.online else language.words(N_("Offline"))
        sign, tone = ("online", "success") if status.online else ("offline", "offline")
        self._network.say(f"{word} · {unsent}", sign, tone, self.theme)

    def _render_notices(self, status: Status, language: Language) -> None:
        limits = [notice_sentence(notice, status.currency, language) for notice in status.limits]
        faults = [
            printer_remedy(status.printer, status.currency, language),
            scanner_remedy(status.scanner, status.currency, language),
            *[
                fault_remedy(each, status.currency, language)
                for each in (status.drawer, status.display, status.scale, status.mirror)
            ],
        ]
        if status.problem is not None:
            faults.insert(0, notice_sentence(status.problem, status.currency, language))
        if status.printer.doubtful:
            asked = N_("A receipt may not have come out. Look at the printer, then press F11.")
            faults.insert(0, language.words(asked))
        if not status.online and not limits:
            limits.append(language.words(N_("Sales go on as usual and are sent when the network is back.")))
        for notice, texts, kind in zip(
            self._notices, (limits, [fault for fault in faults if fault][:1]), ("offline", "attention"), strict=True
        ):
            notice.setText(language.sentences(texts))
            restyle(notice, "banner", kind)
            notice.setVisible(bool(texts))
