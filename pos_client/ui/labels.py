"""Labels and cards with the sizes and tones of the style sheet."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QStylePainter, QWidget


def label(size: str = "", tone: str = "", *, right: bool = False, wrap: bool = False, name: str = "") -> QLabel:
    """``size``: caption, title, large, huge, total or empty for body; ``tone``: a meaning of the palette."""
    made = QLabel()
    made.setObjectName(name)
    if size:
        made.setProperty("level", size)
    if tone:
        made.setProperty("tone", tone)
    if right:
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    made.setWordWrap(wrap)
    return made


class OneLine(QLabel):
    """A text that ends in … where it is too long, and takes no room from what stands beside it."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter = QStylePainter(self)
        painter.drawItemText(area, align, self.palette(), self.isEnabled(), text, self.foregroundRole())


def card(kind: str = "true", name: str = "") -> QFrame:
    made = QFrame()
    made.setObjectName(name)
    made.setProperty("card", kind)
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet asks for, and have it looked at again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
