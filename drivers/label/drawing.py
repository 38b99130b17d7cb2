"""A label's texts, prices and codes as dots.

Every text is drawn here and sent as a picture: what a name holds is never part of a command, the letters are the same
on every printer, and what fits is known before anything is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drivers.label.bars import QUIET, modules
from drivers.label.document import Bars, Box, Element, Label, LabelError, Price, Rule, Square, Text, dots
from drivers.printer import fonts
from drivers.printer.letters import printable
from drivers.printer.symbols import SymbolRefused, qr_matrix
from shared_models.domain.receipt import Align

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

SMALLEST_LETTERS: Final = 18
"""Tenths of a millimetre: below that nobody reads a shelf."""

NARROWEST_UM: Final = 240
"""A bar's module, a little below the 0.264 mm of a code at 80 %; two dots at 203 dpi, three at 300."""

_FACE: Final[fonts.Face] = "Noto Sans CJK"
_INK_FROM: Final = 112
_PITCH: Final = (116, 100)
_ASCENT: Final = (88, 100)
_CAPITALS: Final = (78, 100)
"""Line to line, top to baseline, and figures with a blank row above, as parts of the letters' size in this face."""

_COMMA_HANGS: Final = 23
_UNIT_HANGS: Final = 14
_SYMBOL_HANGS: Final = 9
"""What a comma, or else a small unit with its stroke, or else a small symbol hangs below the line, in hundredths of the
figures' size."""

_SMALL: Final = (52, 100)
_AMOUNT: Final = re.compile(r"([^0-9]*)([0-9][0-9,\u00a0 ]*)([.][0-9]+)?(.*)", re.DOTALL)
_WIDE: Final = r"\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
_TOKEN: Final = re.compile(rf"[{_WIDE}]|[^\S\n]+|[^\s{_WIDE}]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture at a place, in dots; ``ink`` is one bit per dot, ``255`` is ink."""

    left: int
    top: int
    ink: Image


def module_dots(bars: Bars, dpi: int) -> int:
    """How wide a module of these bars is. Raise ``LabelError`` if they don't fit their box."""
    count = len(modules(bars.kind, bars.data)) + 2 * QUIET
    wide = dots(bars.box.width, dpi) // count
    if wide * 25_400 < NARROWEST_UM * dpi:
        raise LabelError(f"The bars of {bars.data} are too wide for {bars.box.width / 10:g} mm.")
    return min(wide, -(-dpi * 4 // 254))


def bars_left(bars: Bars, dpi: int) -> int:
    """Where the first bar begins, in dots."""
    wide = len(modules(bars.kind, bars.data)) * module_dots(bars, dpi)
    return dots(bars.box.left, dpi) + (dots(bars.box.width, dpi) - wide) // 2


def drawn(element: Element, label: Label, dpi: int) -> Piece | None:
    """The element's picture, cut to its ink; ``None`` if there is none. Raise ``LabelError``, ``FontMissing``."""
    match element:
        case Text():
            ink = _text(element, label, dpi)
        case Price():
            ink = _price(element, label, dpi)
        case Square():
            ink = _square(element, dpi)
        case Rule():
            ink = _filled(element.box, dpi)
        case Bars():
            return _bars(element, dpi)
    edges = ink.getbbox()
    if edges is None:
        return None
    return Piece(dots(element.box.left, dpi) + edges[0], dots(element.box.top, dpi) + edges[1], ink.crop(edges))


def pieces(label: Label, dpi: int) -> Iterator[tuple[Element, Piece]]:
    """All that has ink, in the label's order."""
    for element in label.elements:
        piece = drawn(element, label, dpi)
        if piece is not None:
            yield element, piece


def picture(label: Label, dpi: int) -> Image:
    """The whole label, black on white, one bit per dot."""
    from PIL import Image

    paper = Image.new("1", (dots(label.width, dpi), dots(label.height, dpi)), 1)
    for _, piece in pieces(label, dpi):
        paper.paste(0, (piece.left, piece.top), piece.ink)
    return paper


def _canvas(box: Box, dpi: int) -> Image:
    from PIL import Image

    return Image.new("L", (max(dots(box.width, dpi), 1), max(dots(box.height, dpi), 1)), 0)


def _sharp(grey: Image) -> Image:
    from PIL import Image

    return grey.point(lambda level: 255 if level >= _INK_FROM else 0).convert("1", dither=Image.Dither.NONE)


def _filled(box: Box, dpi: int) -> Image:
    from PIL import Image

    return Image.new("1", _canvas(box, dpi).size, 1)


def _square(square: Square, dpi: int) -> Image:
    from PIL import Image

    try:
        rows = qr_matrix(square.data.encode(errors="replace"), 1)
    except SymbolRefused as refused:
        raise LabelError(f"No QR code holds {len(square.data)} characters.") from refused
    room = min(_canvas(square.box, dpi).size)
    zoom = room // len(rows)
    if zoom * 25_400 < NARROWEST_UM * dpi:
        raise LabelError(f"A QR code of {len(square.data)} characters is too large for its place.")
    small = Image.new("1", (len(rows), len(rows)))
    small.putdata([255 * module for row in rows for module in row])
    code = small.resize((len(rows) * zoom, len(rows) * zoom), Image.Resampling.NEAREST)
    ink = Image.new("1", _canvas(square.box, dpi).size, 0)
    ink.paste(code, ((ink.width - code.width) // 2, (ink.height - code.height) // 2))
    return ink


def _bars(bars: Bars, dpi: int) -> Piece:
    from PIL import Image

    row = modules(bars.kind, bars.data)
    small = Image.new("1", (len(row), 1))
    small.putdata([255 * (module == "1") for module in row])
    size = (len(row) * module_dots(bars, dpi), dots(bars.box.height, dpi))
    return Piece(bars_left(bars, dpi), dots(bars.box.top, dpi), small.resize(size, Image.Resampling.NEAREST))


def _part(size: int, part: tuple[int, int]) -> int:
    return size * part[0] // part[1]


def _price(price: Price, label: Label, dpi: int) -> Image:
    """The whole units large, symbol and decimals small: what people look for."""
    from PIL import ImageDraw

    grey = _canvas(price.box, dpi)
    found = _AMOUNT.fullmatch(printable(price.text).replace("\n", " ").strip())
    if found is None:
        raise LabelError(f"{price.text!r} is no price.")
    before, whole, after, unit = (part.strip() if part else "" for part in found.groups())

    def fonts_at(size: int) -> tuple[FreeTypeFont, FreeTypeFont]:
        small = max(_part(size, _SMALL), 1)
        return (
            fonts.load(label.shapes, bold=True, size_dots=size, face=_FACE),
            fonts.load(label.shapes, bold=True, size_dots=small, face=_FACE),
        )

    def width_at(size: int) -> float:
        large, small = fonts_at(size)
        return large.getlength(whole) + small.getlength(before) + small.getlength(after + unit) + size / 12

    hangs = _COMMA_HANGS if "," in whole else _UNIT_HANGS if unit else _SYMBOL_HANGS
    size = grey.height * _CAPITALS[1] // (_CAPITALS[0] + hangs)
    smallest = dots(SMALLEST_LETTERS, dpi)
    while size >= smallest and (width := width_at(size)) > grey.width:
        size = min(size - 1, int(size * grey.width / width) + 1)
    if size < smallest:
        raise LabelError(f"{price.text} does not fit its {price.box.width / 10:g} mm.")
    large, small = fonts_at(size)
    spare = grey.width - width_at(size)
    left = {Align.LEFT: 0.0, Align.CENTER: spare / 2, Align.RIGHT: spare}[price.align]
    high, low = _part(size, _CAPITALS), _part(_part(size, _SMALL), _CAPITALS)
    base = (grey.height + high - size * hangs // 100) // 2
    draw = ImageDraw.Draw(grey)
    draw.text((left, base), before, fill=255, font=small, anchor="ls")
    left += small.getlength(before) + (size / 24 if before else 0)
    draw.text((left, base), whole, fill=255, font=large, anchor="ls")
    left += large.getlength(whole) + size / 24
    draw.text((left, base - high + low), after, fill=255, font=small, anchor="ls")
    left += small.getlength(after)
    draw.text((left, base), unit, fill=255, font=small, anchor="ls")
    return _sharp(grey)


def _text(text: Text, label: Label, dpi: int) -> Image:
    from PIL import ImageChops, ImageDraw

    grey = _canvas(text.box, dpi)
    margin = dots(8, dpi) if text.inverse else 0
    room = grey.width - 2 * margin
    font, size, lines = _fitted(printable(text.text), text, label, dpi, room, grey.height)
    draw = ImageDraw.Draw(grey)
    pitch = _part(size, _PITCH)
    top = (grey.height - ((len(lines) - 1) * pitch + size)) // 2 if text.inverse else 0
    for number, line in enumerate(lines):
        wide = font.getlength(line)
        left = margin + {Align.LEFT: 0.0, Align.CENTER: (room - wide) / 2, Align.RIGHT: room - wide}[text.align]
        base = top + number * pitch + _part(size, _ASCENT)
        draw.text((left, base), line, fill=255, font=font, anchor="ls")
        if text.struck:
            middle = base - _part(size, _CAPITALS) // 2
            draw.rectangle((left, middle, left + wide, middle + max(size // 14, 1)), fill=255)
    ink = _sharp(grey)
    return _sharp(ImageChops.invert(ink.convert("L"))) if text.inverse else ink


def _fitted(
    wanted: str, text: Text, label: Label, dpi: int, room: int, height: int
) -> tuple[FreeTypeFont, int, list[str]]:
    """The largest letters in which all of it fits; at the smallest, as much as fits and ``…``."""
    smallest = dots(min(SMALLEST_LETTERS, text.size), dpi)
    step = max(dots(text.size, dpi) // 12, 1)
    for size in range(dots(text.size, dpi), smallest - 1, -step):
        font = fonts.load(label.shapes, bold=text.bold, size_dots=size, face=_FACE)
        most = max(1, (height - size) // max(_part(size, _PITCH), 1) + 1)
        lines = _wrapped(wanted, font, room, most)
        if len(lines) <= most and size <= height:
            return font, size, lines
    size = min(smallest, height)
    font = fonts.load(label.shapes, bold=text.bold, size_dots=size, face=_FACE)
    most = max(1, (height - size) // max(_part(size, _PITCH), 1) + 1)
    lines = _wrapped(wanted, font, room, most)
    if len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1] + "…", font, room)]
    return font, size, lines


def _shortened(line: str, font: FreeTypeFont, room: int) -> str:
    while len(line) > 1 and font.getlength(line) > room:
        line = line[:-2].rstrip() + "…"
    return line


def _wrapped(wanted: str, font: FreeTypeFont, room: int, most: int) -> list[str]:
    """At most one line more than ``most``: that it doesn't fit is enough to know."""
    lines: list[str] = []
    for paragraph in wanted.split("\n"):
        line = ""
        for token in _TOKEN.findall(paragraph):
            if font.getlength(line + token.rstrip()) <= room:
                line += token
                continue
            if line.strip():
                lines.append(line.rstrip())
            line = token.lstrip()
            while font.getlength(line) > room and len(line) > 1:
                part = _longest(line, font, room)
                lines.append(line[:part])
                line = line[part:]
                if len(lines) > most:
                    return lines
            if len(lines) > most:
                return lines
        if line.strip():
            lines.append(line.rstrip())
    return lines


def _longest(line: str, font: FreeTypeFont, room: int) -> int:
    low, high = 1, len(line) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(line[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low
