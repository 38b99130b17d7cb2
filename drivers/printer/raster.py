"""Lines of text as a picture, for printers that don't have the letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from drivers.printer import fonts
from drivers.printer.layout import TextLine
from drivers.printer.letters import columns_of, width_of
from drivers.printer.pieces import Piece, pieces
from shared_models.domain.receipt import Align

if TYPE_CHECKING:
    from PIL.Image import Image

LETTER_DOTS: Final = 12
HEIGHT_DOTS: Final = 24
PITCH_DOTS: Final = 30  # line to line, as with the printer's own letters
_BASE_DOTS: Final = 21  # the letters' foot, from the top of the line
_INK_FROM: Final = 110  # grey level above which a dot is printed: below a half, so that thin strokes survive

_LIKE_COMMANDS: Final = re.compile(rb"\x10(?=[\x04\x05\x14])")


def harmless(data: bytes) -> bytes:
    """The bytes of a picture with a dot more where they would be DLE EOT, DLE ENQ or DLE DC4: printers obey these
    wherever they stand, also amid a picture's dots, and the last one opens the drawer."""
    return _LIKE_COMMANDS.sub(b"\x18", data)


def picture(lines: Sequence[TextLine], width_dots: int, shapes: fonts.Shapes) -> Image:
    """Black on white, one bit per dot, ``PITCH_DOTS`` high per line and scale."""
    from PIL import Image

    height = sum(PITCH_DOTS * line.scale for line in lines)
    ink = Image.new("L", (width_dots, height), 0)
    top = 0
    for line in lines:
        _draw_line(ink, line, top, width_dots, shapes)
        top += PITCH_DOTS * line.scale
    return ink.point(lambda level: 0 if level >= _INK_FROM else 255).convert("1", dither=Image.Dither.NONE)


def _draw_line(ink: Image, line: TextLine, top: int, width_dots: int, shapes: fonts.Shapes) -> None:
    cell = LETTER_DOTS * line.scale
    width = width_of(line.text) * cell
    left = {Align.LEFT: 0, Align.CENTER: (width_dots - width) // 2, Align.RIGHT: width_dots - width}[line.align]
    for span in line.spans:
        found = pieces(span, shapes)
        size = min((_fitting(piece, line.scale) for piece in found), default=0)
        widths = [_width(piece, size, line.scale) for piece in found]
        spare = width_of(span.text) * cell - sum(widths)
        at = left + {Align.LEFT: 0, Align.CENTER: spare // 2, Align.RIGHT: spare}[line.align]
        for piece, wide in zip(found, widths, strict=True):
            if piece.file is None:
                _draw_cells(ink, piece.text, at, top, span.bold, line.scale, shapes)
            else:
                ink.paste(255, (at, top), _mask(piece, piece.file, size, wide, line.scale))
            at += wide
        left += width_of(span.text) * cell


def _draw_cells(ink: Image, text: str, left: int, top: int, bold: bool, scale: int, shapes: fonts.Shapes) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(ink)
    for char in text:
        room = LETTER_DOTS * scale * columns_of(char)
        if char == " ":
            left += room
            continue
        font, raised = fonts.load_fitting(shapes, char, bold=bold, size_dots=HEIGHT_DOTS * scale, room_dots=room)
        # by the baseline: each character of one line on the same one, whatever its own height
        draw.text((left + room / 2, top + _BASE_DOTS * scale - raised), char, fill=255, font=font, anchor="ms")
        left += room


def _fitting(piece: Piece, scale: int) -> int:
    """The largest size, up to that of the other letters, at which a run takes no more than its columns."""
    largest = HEIGHT_DOTS * scale
    if piece.file is None:
        return largest
    natural = fonts.load_file(piece.file, largest).getlength(piece.text, direction=_direction(piece))
    room = piece.columns * LETTER_DOTS * scale
    return largest if natural <= room else max(int(largest * room / natural), largest * 2 // 3)


def _width(piece: Piece, size: int, scale: int) -> int:
    room = piece.columns * LETTER_DOTS * scale
    if piece.file is None:
        return room
    return min(round(fonts.load_file(piece.file, size).getlength(piece.text, direction=_direction(piece))), room)


def _mask(piece: Piece, file: fonts.File, size: int, width: int, scale: int) -> Image:
    """The run's ink, no higher than its line; one that is too wide even in small letters is narrowed."""
    from PIL import Image, ImageDraw

    font, how = fonts.load_file(file, size), _direction(piece)
    natural = max(round(font.getlength(piece.text, direction=how)), 1)
    mask = Image.new("L", (natural, PITCH_DOTS * scale), 0)
    text = piece.text if how or not piece.leftward else piece.text[::-1]
    ImageDraw.Draw(mask).text((0, _BASE_DOTS * scale), text, fill=255, font=font, anchor="ls", direction=how)
    return mask if natural <= width else mask.resize((width, mask.height), Image.Resampling.LANCZOS)


@cache
def _shapes_letters() -> bool:
    from PIL import features

    return bool(features.check("raqm"))


def _direction(piece: Piece) -> str | None:
    if not _shapes_letters():
        return None
    return "rtl" if piece.leftward else "ltr"
