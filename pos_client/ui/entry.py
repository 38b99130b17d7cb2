"""The one entry field, what it asks for, and under it what the till made of the last entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from pos_client.presenters.state import CounterState
from pos_client.ui.icons import icon
from pos_client.ui.key import Key
from pos_client.ui.labels import label, restyle
from pos_client.ui.theme import BODY, CAPTION, GAP, TOUCH, Theme

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_KEY_NAMES = {
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
    **{Qt.Key(Qt.Key.Key_F1.value + n): f"F{n + 1}" for n in range(12)},
}
_ENTERS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class EntryField(QLineEdit):
    """Enter hands over the text and empties the field; F-keys, Esc, Up and Down go to the counter."""

    def __init__(self, counter: Counter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counter = counter
        self.setObjectName("entry")
        self.setFixedHeight(56)
        self.setMaxLength(200)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def submit(self) -> None:
        text = self.text()
        self.clear()
        self._counter.enter(text)

    def press(self, name: str) -> None:
        """A key with a name, or the button that stands for it."""
        if self._counter.press(name, self.text()):
            self.clear()

    def type(self, text: str) -> None:
        """Type as the keyboard would."""
        self.insert(text)

    def event(self, event: QEvent) -> bool:
        """Tab must not take the focus away."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        ):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        if key in _ENTERS:
            self.submit()
        elif key in _KEY_NAMES:
            self.press(_KEY_NAMES[key])
        else:
            super().keyPressEvent(event)


class EntryBox(QFrame):
    """Prompt, field, and one line that always has its place, so that nothing jumps when it speaks."""

    def __init__(self, counter: Counter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counter = counter
        self._theme = theme
        self.field = EntryField(counter)
        self._prompt = label(tone="muted")
        self._prompt.setBuddy(self.field)
        self._sign = QLabel()
        self._sign.setFixedWidth(24)
        self._said = label(wrap=True)
        self._said.setMinimumWidth(0)
        self._act = Key(theme, "act")
        self._act.setFixedHeight(TOUCH)
        self._act.clicked.connect(counter.act)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._sign)
        row.addWidget(self._said, 1)
        row.addWidget(self._act)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(self._prompt)
        box.addWidget(self.field)
        box.addLayout(row)
        self._act.setSizePolicy(self._act.sizePolicy().Policy.Fixed, self._act.sizePolicy().Policy.Fixed)
        policy = self._act.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._act.setSizePolicy(policy)

    def render_state(self, state: CounterState, theme: Theme, idle: str = "") -> None:
        """``idle`` is what the line says when there is nothing else to say."""
        self._theme = theme
        self._act.use(theme)
        prompt = self._counter.prompt
        self._prompt.setText(prompt)
        self.field.setAccessibleName(prompt)
        secret = self._counter.secret
        self.field.setEchoMode(QLineEdit.EchoMode.Password if secret else QLineEdit.EchoMode.Normal)
        problem = state.problem
        restyle(self.field, "wrong", problem is not None)
        if problem is not None:
            self._speak(problem.sentence, "danger", "attention")
            self._act.show_as(problem.act.label, hint="Esc" if problem.act.command.value == "back" else "")
            self._act.setFixedWidth(_width(self._act, theme))
        elif state.took_for:
            self._speak(state.took_for, "success", "good")
        else:
            self._speak(idle, "muted", "")
        self._act.setVisible(problem is not None)

    def _speak(self, text: str, tone: str, sign: str) -> None:
        self._said.setText(text)
        self._said.setAccessibleName(text)
        restyle(self._said, "tone", tone)
        colour = str(getattr(self._theme.palette, tone))
        self._sign.setVisible(bool(sign))
        if sign:
            self._sign.setPixmap(icon(sign, colour, 22))


def _width(key: Key, theme: Theme) -> int:
    from PySide6.QtGui import QFontMetrics

    wide = QFontMetrics(theme.font(BODY)).horizontalAdvance(key.text())
    return max(96, wide + 40 + QFontMetrics(theme.font(CAPTION)).horizontalAdvance("Esc"))
