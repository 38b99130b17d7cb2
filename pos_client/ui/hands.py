"""Hands for a till's window: real key events to what has the focus, real mouse presses where a widget stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from pos_client.ui.window import TillWindow

PERSON_GAP_MS = 40
SCANNER_GAP_MS = 5

_NAMED = {
    "Enter": Qt.Key.Key_Return,
    "Escape": Qt.Key.Key_Escape,
    "Up": Qt.Key.Key_Up,
    "Down": Qt.Key.Key_Down,
    "Left": Qt.Key.Key_Left,
    "Right": Qt.Key.Key_Right,
    "PageUp": Qt.Key.Key_PageUp,
    "PageDown": Qt.Key.Key_PageDown,
    "Home": Qt.Key.Key_Home,
    "End": Qt.Key.Key_End,
    "Backspace": Qt.Key.Key_Backspace,
    "Delete": Qt.Key.Key_Delete,
    "Tab": Qt.Key.Key_Tab,
    **{f"F{n}": Qt.Key(Qt.Key.Key_F1.value + n - 1) for n in range(1, 13)},
}
_CONTROLS = {"\n": "Enter", "\r": "Enter", "\t": "Tab", "\b": "Backspace"}
_SEPARATOR = "\x1d"
"""Between the fields of a GS1 code; scanners that are keyboards type Ctrl+] for it."""
_TEXTS = {"Enter": "\r", "Tab": "\t", "Backspace": "\b"}


class BadRequest(Exception):
    """What the robot can't do, and why: the answer's ``error`` and ``detail``."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.error = error


class Hands:
    """Time between keys is what their time stamps say; nobody waits for it."""

    def __init__(self, window: TillWindow) -> None:
        self._window = window
        self._clock_ms = 0

    def type(self, text: str, gap_ms: int = PERSON_GAP_MS) -> None:
        """The characters of ``text``, with Enter for a line's end. Nobody's hands keep a scanner's beat."""
        for place, character in enumerate(text):
            late_ms = place % 3 * gap_ms // 4 if gap_ms == PERSON_GAP_MS else 0
            self.press(_CONTROLS.get(character, character), gap_ms + late_ms)
        self._window.wedge.flush()

    def press(self, name: str, gap_ms: int = PERSON_GAP_MS) -> None:
        """One key by its name or character. Raise ``BadRequest``."""
        if name not in _NAMED and len(name) != 1:
            raise BadRequest("bad_request", f"there is no key {name!r}")
        key = _NAMED.get(name, _letter(name))
        text = _TEXTS.get(name, name if len(name) == 1 else "")
        self._clock_ms += max(1, gap_ms)
        if name == _SEPARATOR:
            self._held(Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_BracketRight, text)
        elif len(name) == 1 and name.isupper():
            self._held(Qt.Key.Key_Shift, Qt.KeyboardModifier.ShiftModifier, key, text)
        else:
            self._stroke(key, Qt.KeyboardModifier.NoModifier, text)

    def _held(self, held: Qt.Key, modifier: Qt.KeyboardModifier, key: Qt.Key, text: str) -> None:
        """``key`` while ``held`` is down."""
        self._event(QEvent.Type.KeyPress, held, Qt.KeyboardModifier.NoModifier, "")
        self._stroke(key, modifier, text)
        self._event(QEvent.Type.KeyRelease, held, modifier, "")

    def _stroke(self, key: Qt.Key, modifier: Qt.KeyboardModifier, text: str) -> None:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._event(kind, key, modifier, text)

    def _event(self, kind: QEvent.Type, key: Qt.Key, modifier: Qt.KeyboardModifier, text: str) -> None:
        event = QKeyEvent(kind, key, modifier, text)
        event.setTimestamp(self._clock_ms)
        QApplication.sendEvent(self._window.focusWidget() or self._window, event)

    def click(self, name: str = "", *, text: str = "") -> None:
        """The left button in the middle of the widget ``name``, or of the button that shows ``text``.

        Raise ``BadRequest`` if a finger couldn't do it.
        """
        widget = self._target(name, text)
        middle = widget.rect().center()
        inside = widget.mapTo(self._window, middle)
        at = self._window.childAt(inside)
        if at is None or not (at is widget or widget.isAncestorOf(at)):
            raise BadRequest("covered", f"{widget.objectName()!r} is covered or scrolled away")
        for kind, buttons in (
            (QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton),
            (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
        ):
            event = QMouseEvent(
                kind,
                QPointF(at.mapFrom(self._window, inside)),
                QPointF(inside),
                QPointF(self._window.mapToGlobal(QPoint(inside))),
                Qt.MouseButton.LeftButton,
                buttons,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(at, event)

    def names(self) -> list[str]:
        """What can be clicked now."""
        keys = self._window.findChildren(QAbstractButton)
        return sorted({key.objectName() for key in keys if key.isVisible() and key.isEnabled()} - {""})

    def _target(self, name: str, text: str) -> QWidget:
        found = [
            widget
            for widget in self._window.findChildren(QWidget)
            if (widget.objectName() == name if name else isinstance(widget, QAbstractButton) and widget.text() == text)
        ]
        if not found:
            raise BadRequest("no_such_widget", f"there is no {name or text!r}")
        shown = [widget for widget in found if widget.isVisible()]
        if not shown:
            raise BadRequest("hidden", f"{name or text!r} is not on the screen")
        if not shown[0].isEnabled():
            raise BadRequest("disabled", f"{name or text!r} is disabled")
        return shown[0]


def _letter(character: str) -> Qt.Key:
    """The key of one character; characters beyond Latin have none and come as text only."""
    code = ord(character.upper()) if len(character) == 1 else 0
    return Qt.Key(code) if 0x20 <= code < 0x7F else Qt.Key.Key_unknown
