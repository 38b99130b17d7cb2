"""Lines of text as a picture, for printers that don't have the letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from drivers.printer import fonts
from drivers.printer.layout import TextLine
from drivers.printer.letters import columns_of
from shared_models.domain.receipt import Align

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

LETTER_DOTS: Final = 12
HEIGHT_DOTS: Final = 24
PITCH_DOTS: Final = 30  # line to line, as with the printer's own letters
_INK_FROM: Final = 110  # grey level above which a dot is printed: below a half, so that thin strokes survive


def picture(lines: Sequence[TextLine], width_dots: int, shapes: fonts.Shapes) -> Image:
    """Black on white, one bit per dot, ``PITCH_DOTS`` high per line and scale."""
    from PIL import Image, ImageDraw

    height = sum(PITCH_DOTS * line.scale for line in lines)
    ink = Image.new("L", (width_dots, height), 0)
    draw = ImageDraw.Draw(ink)
    top = 0
    for line in lines:
        _draw_line(draw, line, top, width_dots, shapes)
        top += PITCH_DOTS * line.scale
    return ink.point(lambda level: 0 if level >= _INK_FROM else 255).convert("1", dither=Image.Dither.NONE)


def _draw_line(draw: ImageDraw, line: TextLine, top: int, width_dots: int, shapes: fonts.Shapes) -> None:
    cell = LETTER_DOTS * line.scale
    width = sum(columns_of(char) for char in line.text) * cell
    left = {Align.LEFT: 0, Align.CENTER: (width_dots - width) // 2, Align.RIGHT: width_dots - width}[line.align]
    middle = top + HEIGHT_DOTS * line.scale // 2
    for span in line.spans:
        for char in span.text:
            room = cell * columns_of(char)
            font, raised = fonts.load_fitting(
                shapes, char, bold=span.bold, size_dots=HEIGHT_DOTS * line.scale, room_dots=room
            )
            # by the baseline: each character of one line on the same one, whatever its own height
            draw.text((left + room / 2, middle + 9 * line.scale - raised), char, fill=255, font=font, anchor="ms")
            left += room
