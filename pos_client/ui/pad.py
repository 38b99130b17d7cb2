"""Keys for fingers: the numeric pad, and letters for names. They type into the one entry field."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_client.presenters.language import Language
from pos_client.presenters.state import CounterState, Screen
from pos_client.ui.entry import EntryField
from pos_client.ui.key import Key
from pos_client.ui.theme import GAP, TITLE, Theme
from shared_models.domain.text import N_

_DIGITS = (("7", 0, 0), ("8", 0, 1), ("9", 0, 2), ("4", 1, 0), ("5", 1, 1), ("6", 1, 2), ("1", 2, 0), ("2", 2, 1))
_MORE_DIGITS = (("3", 2, 2), ("0", 3, 0), ("00", 3, 1))
_LETTERS = ("1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm.:")
LINES_IN_USE = frozenset({Screen.SALE, Screen.QUANTITY, Screen.CHOICES, Screen.VOID, Screen.DOUBT})


class Pad(QStackedWidget):
    """Digits, or letters after the key ``keyboard``. ``with_lines`` adds the keys that work on the basket's lines."""

    def __init__(self, field: EntryField, theme: Theme, *, with_lines: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._theme = theme
        self._keys: list[Key] = []
        self._with_lines = with_lines
        self._letters: list[Key] = []
        self.addWidget(self._digits())
        self.addWidget(self._alphabet())
        field.textChanged.connect(self._raise_letters)

    def render_state(self, state: CounterState, theme: Theme, language: Language) -> None:
        for key in self._keys:
            key.use(theme)
        words = language.words
        self._enter.show_as(words(N_("Enter")), role="soft", size=TITLE)
        self._done.show_as(words(N_("Enter")), role="soft")
        self._back.show_as("", icon="backspace", spoken=words(N_("Backspace")))
        self._back_letters.show_as("", icon="backspace", spoken=words(N_("Backspace")))
        self._abc.show_as(words(N_("ABC")), spoken=words(N_("Letters")))
        self._to_digits.show_as(words(N_("123")), spoken=words(N_("Digits")))
        self._space.show_as(words(N_("Space")))
        if not self._with_lines:
            return
        self._up.show_as("", icon="up", spoken=words(N_("Line above")))
        self._down.show_as("", icon="down", spoken=words(N_("Line below")))
        on_lines = state.screen in LINES_IN_USE and state.sale is not None and bool(state.sale.lines)
        self._quantity.show_as(words(N_("Quantity")), hint="F4", icon="quantity")
        self._quantity.setEnabled(on_lines)
        removes = on_lines or state.screen in (Screen.MEMBER, Screen.TENDER)
        self._remove.show_as(words(N_("Remove")), hint="F8", icon="remove")
        self._remove.setEnabled(removes)

    def _key(self, name: str, role: str = "plain") -> Key:
        key = Key(self._theme, name, role)
        key.setSizePolicy(key.sizePolicy().Policy.Expanding, key.sizePolicy().Policy.Expanding)
        self._keys.append(key)
        return key

    def _typing(self, text: str, name: str) -> Key:
        key = self._key(name).show_as(text, size=TITLE)
        key.clicked.connect(lambda: self._field.type(key.text()))
        return key

    def _digits(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP)
        for text, row, column in (*_DIGITS, *_MORE_DIGITS):
            grid.addWidget(self._typing(text, f"digit_{text}"), row, column)
        grid.addWidget(self._typing(".", "point"), 3, 2)
        self._back = self._key("backspace")
        self._back.clicked.connect(self._field.backspace)
        self._abc = self._key("keyboard")
        self._abc.clicked.connect(lambda: self.setCurrentIndex(1))
        self._enter = self._key("enter", "soft")
        self._enter.clicked.connect(self._field.submit)
        grid.addWidget(self._back, 0, 3)
        grid.addWidget(self._abc, 1, 3)
        if self._with_lines:
            self._quantity = self._command("quantity", "F4")
            self._remove = self._command("remove", "F8")
            self._up = self._command("line_up", "Up")
            self._down = self._command("line_down", "Down")
            grid.addWidget(self._up, 2, 3)
            grid.addWidget(self._down, 3, 3)
            grid.addWidget(self._quantity, 0, 4)
            grid.addWidget(self._remove, 1, 4)
            grid.addWidget(self._enter, 2, 4, 2, 1)
            grid.setColumnStretch(4, 11)
        else:
            grid.addWidget(self._enter, 2, 3, 2, 1)
        for column in range(4):
            grid.setColumnStretch(column, 8)
        return page

    def _alphabet(self) -> QWidget:
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        for letters in _LETTERS:
            grid = QGridLayout()
            grid.setSpacing(4)
            for column, letter in enumerate(letters):
                key = self._typing(letter, f"letter_{letter}")
                self._letters.append(key)
                grid.addWidget(key, 0, column)
                grid.setColumnStretch(column, 2)
            if letters == _LETTERS[-1]:
                self._back_letters = self._key("letter_backspace")
                self._back_letters.clicked.connect(self._field.backspace)
                grid.addWidget(self._back_letters, 0, len(letters))
                grid.setColumnStretch(len(letters), 3)
            rows.addLayout(grid, 1)
        self._to_digits = self._key("digits")
        self._to_digits.clicked.connect(lambda: self.setCurrentIndex(0))
        self._space = self._key("letter_space")
        self._space.clicked.connect(lambda: self._field.type(" "))
        self._done = self._key("letter_enter", "soft")
        self._done.clicked.connect(self._field.submit)
        last = QGridLayout()
        last.setSpacing(4)
        for column, (key, stretch) in enumerate(((self._to_digits, 2), (self._space, 5), (self._done, 3))):
            last.addWidget(key, 0, column)
            last.setColumnStretch(column, stretch)
        rows.addLayout(last, 1)
        return page

    def _command(self, name: str, key_name: str) -> Key:
        key = self._key(name)
        key.clicked.connect(lambda: self._field.press(key_name))
        return key

    def _raise_letters(self, text: str) -> None:
        """A name begins with a capital, so do its further words."""
        upper = not text or text.endswith(" ")
        for key in self._letters:
            key.show_as(key.text().upper() if upper else key.text().lower(), size=TITLE)
