"""Takes the bursts of a keyboard-wedge scanner out of what is typed into an entry field."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from drivers.ports import Scan
from drivers.scanner.wedge import Pending, Typed, WedgeDetector, WedgeEvent

_ENTERS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_MODIFIERS = frozenset({Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock})
"""A scanner presses them for capital letters and for the separator of GS1 fields, which is Ctrl+]."""
_SEPARATOR = "\x1d"
_GRACE_MS = 15
_CHORDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class WedgeFilter(QObject):
    """An event filter for the fields that hold the focus. ``on_scan`` gets each scan; the field keeps what it held.

    Every key with a character is held back until it is clear whether hands or a scanner pressed it, at most as long as
    the detector says; then it is given to the field it was pressed in.
    """

    def __init__(self, on_scan: Callable[[str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_scan = on_scan
        self._detector = WedgeDetector()
        self._held: list[tuple[QWidget, QKeyEvent]] = []
        self._passing = False
        self._due_ms = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)

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
                case Typed(text):
                    self._pass_on(len(text))
                case Scan():
                    self._held.clear()
                    self._on_scan(event.entry)
                case Pending(until_ms):
                    self._wait(until_ms)

    def _pass_on(self, count: int) -> None:
        """Give the first ``count`` held keys to their field as they were pressed."""
        for _ in range(min(count, len(self._held))):
            widget, pressed = self._held.pop(0)
            self._passing = True
            try:
                QApplication.sendEvent(widget, pressed)
                QApplication.sendEvent(widget, _release(pressed))
            finally:
                self._passing = False

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
