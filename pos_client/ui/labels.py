"""Labels and cards with the sizes and tones of the style sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget


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
