"""The one kind of button: a key with a word, an icon, a second line and the keyboard key that does the same."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pos_client.ui.icons import icon
from pos_client.ui.theme import BODY, CAPTION, GAP, RADIUS, TOUCH, Theme

_ICON = 22
_INSET = 6
_LEADING = 1.3
_ROOM_FOR_TWO = 52
"""From this height on the keyboard key stands under the word."""


class Key(QAbstractButton):
    """Never takes the focus: that stays in the entry field.

    ``role``: ``main`` (the next step), ``danger``, ``soft`` (chosen or near the next step), ``member``, ``plain``.
    """

    def __init__(self, theme: Theme, name: str = "", role: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumSize(TOUCH, TOUCH)
        self.theme = theme
        self.role = role
        self._size = BODY
        self._below = ""
        self._hint = ""
        self._icon = ""
        self._left = False
        self._shown: tuple[object, ...] = ()
        self._act: Callable[[], object] | None = None
        self.clicked.connect(self._do)

    def does(self, act: Callable[[], object]) -> None:
        """What a touch does from now on, in place of what it did before."""
        self._act = act

    def _do(self) -> None:
        if self._act is not None:
            self._act()

    def show_as(
        self,
        text: str,
        *,
        hint: str = "",
        below: str = "",
        icon: str = "",
        role: str | None = None,
        size: int | None = None,
        left: bool = False,
        spoken: str = "",
    ) -> Key:
        """``hint`` is the keyboard key, ``below`` a second line, ``spoken`` what a screen reader says."""
        shown = (text, hint, below, icon, role or self.role, size or self._size, left, spoken)
        if shown == self._shown:
            return self
        self._shown = shown
        self._hint, self._below, self._icon, self._left = hint, below, icon, left
        self.role = role or self.role
        self._size = size or self._size
        self.setText(text)
        self.setAccessibleName(" ".join(part for part in (spoken or text, below, hint) if part))
        self.update()
        return self

    @property
    def pixels(self) -> int:
        """The size of its word."""
        return self._size

    @property
    def has_icon(self) -> bool:
        return bool(self._icon)

    def use(self, theme: Theme) -> None:
        if theme != self.theme:
            self.theme = theme
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(72, max(TOUCH, self.minimumHeight()))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, edge, ink, faint = self._colours()
        painter.setPen(QPen(QColor(edge), 1))
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        if self._left:
            self._paint_row(painter, ink, faint)
        else:
            self._paint_middle(painter, ink, faint)
        painter.end()

    def _colours(self) -> tuple[str, str, str, str]:
        """Ground, edge, text and second text."""
        p = self.theme.palette
        if not self.isEnabled():
            return p.sunken, p.edge, p.muted, p.muted
        down = self.isDown()
        match self.role:
            case "main":
                return (p.primary_pressed if down else p.primary), p.primary_pressed, p.on_primary, p.on_primary
            case "danger":
                return p.danger, p.danger, p.on_danger, p.on_danger
            case "soft":
                return p.primary_soft, p.primary, p.text, p.text
            case "member":
                return p.member_soft, p.member, p.member, p.member
            case _:
                return (p.primary_soft if down else p.raised), p.edge, p.text, p.muted

    def _paint_middle(self, painter: QPainter, ink: str, faint: str) -> None:
        """Icon before the word, under it the second line, the keyboard key in its place, in the corner, or at the right
        of a key too low for it."""
        area = QRectF(self.rect()).adjusted(_INSET, 4, -_INSET, -4)
        small = self.theme.font(CAPTION)
        large = self.theme.font(self._size, bold=self.role in ("main", "danger") or self._size > BODY)
        low = self.height() < _ROOM_FOR_TWO and not self._below
        under = self._below or ("" if low else self._hint)
        beside = QFontMetricsF(small).horizontalAdvance(self._hint) + GAP if low and self._hint else 0
        word = area.adjusted(0, 0, -beside, 0)
        sign = self._icon if self._has_room_for_icon(large, word.width()) else ""
        shift = _ICON + GAP if sign else 0
        pitch = self.theme.pixels(self._size) * _LEADING
        under_pitch = self.theme.pixels(CAPTION) * _LEADING if under else 0
        most = max(1, int((area.height() - under_pitch) // pitch))
        lines = broken(self.text(), large, word.width() - shift, most) if self.text() else [""]
        top = area.top() + (area.height() - len(lines) * pitch - under_pitch) / 2
        wide = max(QFontMetricsF(large).horizontalAdvance(line) for line in lines)
        taken = wide + (shift if self.text() else _ICON * bool(sign))
        if taken + 2 * beside <= area.width():
            word = area
        left = word.left() + max(0.0, (word.width() - taken) / 2)
        if sign:
            middle = top + (len(lines) * pitch - _ICON) / 2
            painter.drawPixmap(round(left), round(middle), icon(sign, ink, _ICON))
        painter.setPen(QColor(ink))
        painter.setFont(large)
        text_left = left + shift if sign else word.left()
        text_wide = wide + 2 if sign else word.width()
        for line in lines:
            painter.drawText(QRectF(text_left, top - pitch, text_wide, 3 * pitch), Qt.AlignmentFlag.AlignCenter, line)
            top += pitch
        painter.setFont(small)
        painter.setPen(QColor(faint))
        if under:
            box = QRectF(area.left(), top - under_pitch, area.width(), 3 * under_pitch)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, under)
        if beside:
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._hint)
        elif self._hint and self._below:
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, self._hint)

    def _has_room_for_icon(self, font: QFont, width: float) -> bool:
        """A word is never broken for its icon's sake."""
        metrics = QFontMetricsF(font)
        return all(metrics.horizontalAdvance(word) + _ICON + GAP <= width for word in self.text().split())

    def _paint_row(self, painter: QPainter, ink: str, faint: str) -> None:
        """A row of a list: number or key, icon, word with its second line, all from the left."""
        area = QRectF(self.rect()).adjusted(12, 4, -12, -4)
        small = self.theme.font(CAPTION)
        painter.setFont(small)
        painter.setPen(QColor(faint))
        if self._hint:
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._hint)
            area.setRight(area.right() - QFontMetrics(small).horizontalAdvance(self._hint) - GAP)
        if self._icon:
            middle = int(area.top() + (area.height() - _ICON) / 2)
            painter.drawPixmap(int(area.left()), middle, icon(self._icon, ink, _ICON))
            area.setLeft(area.left() + _ICON + GAP)
        font = self.theme.font(self._size)
        metrics = QFontMetrics(font)
        height = metrics.height() + (QFontMetrics(small).height() if self._below else 0)
        top = area.top() + (area.height() - height) / 2
        painter.setFont(font)
        painter.setPen(QColor(ink))
        word = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(QRectF(area.left(), top, area.width(), metrics.height()), 0, word)
        if self._below:
            painter.setFont(small)
            painter.setPen(QColor(faint))
            below = QFontMetrics(small).elidedText(self._below, Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(QRectF(area.left(), top + metrics.height(), area.width(), 24), 0, below)


def broken(text: str, font: QFont, width: float, most: int) -> list[str]:
    """``text`` in at most ``most`` lines of ``width``, the last one with an ellipsis if not all of it fits."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) <= most and (line := layout.createLine()).isValid():
        line.setLineWidth(max(1.0, width))
        starts.append(line.textStart())
    layout.endLayout()
    ends = [*starts[1:], len(text)]
    lines = [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    if len(starts) <= most:
        return lines
    rest = text[starts[most - 1] :]
    return [*lines[: most - 1], QFontMetricsF(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)]
