"""Takes the bursts of a keyboard-wedge scanner out of what is typed into an entry field."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from drivers.ports import Scan
from drivers.scanner.wedge import MOST_TAKEN_BACK, Pending, TakenBack, Typed, WedgeDetector, WedgeEvent

_ENTERS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_MODIFIERS = frozenset({Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock})
"""A scanner presses them for capital letters and for the separator of GS1 fields, which is Ctrl+]."""
_SEPARATOR = "\x1d"
_GRACE_MS = 15
_CHORDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class WedgeFilter(QObject):
    """An event filter for the fields that hold the focus. ``on_scan`` gets each scan's entry and symbology; the field
    keeps what it held.

    Every key with a character is held back until it is clear whether hands or a scanner pressed it, at most as long as
    the detector says; then it is given to the field it was pressed in.
    """

    def __init__(self, on_scan: Callable[[str, str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_scan = on_scan
        self._detector = WedgeDetector()
        self._held: list[tuple[QWidget, QKeyEvent]] = []
        self._before: deque[tuple[QWidget, str, int]] = deque(maxlen=MOST_TAKEN_BACK)
        """Fields, their text and where one typed, before each of the keys given to them last."""
        self._passing = False
        self._due_ms = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)

    def use(self, max_gap_ms: int, min_length: int) -> None:
        """Tell scanners from hands by these figures from now on; see ``WedgeDetector``."""
        self._take(self._detector.release(0))
        self._detector = WedgeDetector(max_gap_ms=max_gap_ms, min_length=min_length)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if self._passing or not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        if event.type() == QEvent.Type.KeyRelease:
            return bool(_character(event))
        if event.type() != QEvent.Type.KeyPress:
            return False
        character = _character(event)
        if not character and event.key() in _MODIFIERS:
            return False
        if not character:
            self._take(self._detector.release(event.timestamp()))
            return False
        self._held.append((watched, event.clone()))
        self._timer.stop()
        events = self._detector.feed(character, event.timestamp())
        if not events:  # the rest of a scan's suffix, such as the LF of CR LF
            self._held.clear()
        self._take(events)
        return True

    def flush(self) -> None:
        """Silence: what is held is decided now."""
        self._timer.stop()
        if self._held:
            self._take(self._detector.flush(self._due_ms))

    def _take(self, events: list[WedgeEvent]) -> None:
        for event in events:
            match event:
                case TakenBack(count):
                    self._take_back(count)
                case Typed(text, place):
                    self._pass_on(place, len(text))
                case Scan():
                    self._held.clear()
                    self._on_scan(event.entry, event.symbology or "")
                case Pending(until_ms):
                    self._wait(until_ms)

    def _pass_on(self, place: int, count: int) -> None:
        """Give ``count`` held keys, from ``place`` on, to their field as they were pressed."""
        for _ in range(min(count, len(self._held) - place)):
            widget, pressed = self._held.pop(place)
            if isinstance(widget, QLineEdit):
                self._before.append((widget, widget.text(), widget.cursorPosition()))
            self._passing = True
            try:
                QApplication.sendEvent(widget, pressed)
                QApplication.sendEvent(widget, _release(pressed))
            finally:
                self._passing = False

    def _take_back(self, count: int) -> None:
        """What was given to a field was a slow scanner's: it holds again what it held before."""
        if not 0 < count <= len(self._before):
            return
        widget, text, cursor = self._before[-count]
        if isinstance(widget, QLineEdit) and all(each is widget for each, _, _ in list(self._before)[-count:]):
            widget.setText(text)
            widget.setCursorPosition(cursor)

    def _wait(self, until_ms: int) -> None:
        last_ms = self._held[-1][1].timestamp() if self._held else until_ms
        self._due_ms = until_ms
        self._timer.start(max(0, until_ms - last_ms) + _GRACE_MS)


def _character(event: QKeyEvent) -> str:
    """The character of a key, Enter and Tab as the detector wants them; empty for keys without one and for chords."""
    if event.key() in _ENTERS:
        return "\r"
    if event.text() == _SEPARATOR:
        return _SEPARATOR
    if event.modifiers() & _CHORDS:
        return ""
    if event.key() == Qt.Key.Key_Tab:
        return "\t"
    text = event.text()
    return text if len(text) == 1 and text.isprintable() else ""


def _release(pressed: QKeyEvent) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyRelease, pressed.key(), pressed.modifiers(), pressed.text())
