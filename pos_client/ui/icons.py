"""One set of icons, drawn on a 24 × 24 grid with one weight of line. Each stands beside a word."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_DENSITY = 3.0

_SHAPES = {
    "online": '<circle cx="12" cy="12" r="5" fill="{colour}"/>',
    "offline": '<circle cx="12" cy="12" r="7"/><path d="M5.5 18.5 18.5 5.5"/>',
    "printer": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    "scanner": '<path d="M4 6v12M8 6v12M11 6v12M15 6v12M20 6v12M17.5 6v12"/>',
    "key": '<circle cx="8" cy="12" r="4"/><path d="M12 12h9M18 12v4M15 12v3"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 20c1-4 4-6 8-6s7 2 8 6"/>',
    "member": '<rect x="3" y="6" width="18" height="13" rx="2"/><circle cx="9" cy="11.5" r="2"/>'
    '<path d="M6 16c.6-1.6 1.6-2 3-2s2.4.4 3 2M15 11h3M15 14.5h3"/>',
    "good": '<circle cx="12" cy="12" r="9"/><path d="m8 12.5 3 3 5.5-6.5"/>',
    "attention": '<path d="M12 4 2.5 20h19z"/><path d="M12 10v5M12 17.2v.6"/>',
    "stop": '<path d="M8.5 3h7L21 8.5v7L15.5 21h-7L3 15.5v-7z"/><path d="M12 7.5v6M12 16.2v.6"/>',
    "backspace": '<path d="M9 5h11v14H9l-6-7z"/><path d="m12 9.5 5 5M17 9.5l-5 5"/>',
    "keyboard": '<rect x="2.5" y="6" width="19" height="12" rx="2"/>'
    '<path d="M6 10h.5M10 10h.5M14 10h.5M17.5 10h.5M7 14.5h10"/>',
    "up": '<path d="m6 14 6-6 6 6"/>',
    "down": '<path d="m6 10 6 6 6-6"/>',
    "remove": '<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5"/>',
    "quantity": '<path d="m7 7 10 10M17 7 7 17"/>',
    "more": '<path d="M5 12h.8M11.6 12h.8M18.2 12h.8"/>',
    "cash": '<rect x="2.5" y="6" width="19" height="12" rx="2"/><circle cx="12" cy="12" r="2.8"/>',
    "points": '<path d="m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8c0-5 8-5 8 0v3"/>',
    "receipt": '<path d="M6 3h12v18l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5L6 21z"/><path d="M9 8h6M9 12h6"/>',
    "label": '<path d="M3 4.5h8.5L21 14l-7.5 7.5L3 12z"/><circle cx="7.5" cy="8.8" r="1.3"/>',
    "drawer": '<path d="M3 12 6 5h12l3 7v7H3zM3 12h18M10 15.5h4"/>',
    "register": '<circle cx="10" cy="8" r="4"/>'
    '<path d="M2.5 20c.8-4 3.5-6 7.5-6 2 0 3.6.5 4.8 1.4M18 13v7M14.5 16.5h7"/>',
    "return": '<path d="M9 14 4 9l5-5"/><path d="M4 9h10.5a5.5 5.5 0 0 1 0 11H11"/>',
    "gift": '<path d="M4 12h16v8H4zM3 8h18v4H3zM12 8v12"/>'
    '<path d="M12 8C9 8 6.5 7 6.5 5.2 6.5 2.6 11 3 12 8c1-5 5.5-5.4 5.5-2.8C17.5 7 15 8 12 8"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "ticked": '<rect x="3.5" y="3.5" width="17" height="17" rx="3"/><path d="m8 12.5 3 3 5.5-6.5"/>',
    "unticked": '<rect x="3.5" y="3.5" width="17" height="17" rx="3"/>',
    "back": '<path d="m10 6-6 6 6 6M4 12h16"/>',
    "forward": '<path d="m14 6 6 6-6 6M20 12H4"/>',
    "display": '<rect x="3" y="4" width="18" height="9" rx="1.5"/><path d="M6.5 8.5h6M12 13v7M8 20h8"/>',
    "scale": '<path d="M5 6h14M12 6v4M6.5 10h11L20 20H4zM9.5 15.5h5"/>',
    "server": '<rect x="4" y="4" width="16" height="7" rx="2"/><rect x="4" y="13" width="16" height="7" rx="2"/>'
    '<path d="M8 7.5h.5M8 16.5h.5"/>',
    "language": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18"/>',
}


@lru_cache(maxsize=256)
def icon(name: str, colour: str, pixels: int) -> QPixmap:
    """The icon ``name`` as a picture ``pixels`` wide, sharp on dense screens too. Needs a running application."""
    body = _SHAPES[name].replace("{colour}", colour)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" '
        f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{body}</svg>'
    )
    side = round(pixels * _DENSITY)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(_DENSITY)
    return picture
