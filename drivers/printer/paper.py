"""What a printer would have put on paper for the bytes it got: pictures and text.

The bytes are read as a printer reads them, independently of the code that made them; see ``press``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.printer import fonts
from drivers.printer.press import PaperError, PaperTooLong, Press, UnknownCommand
from drivers.printer.profiles import Charset
from drivers.printer.sheet import Bars, Letter, Note, Picture, Row, Sheet, Square

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

__all__ = ["PaperError", "PaperTooLong", "UnknownCommand", "decode_text", "render", "render_file"]

_WHITE: Final = 255
_INK: Final = 16
_DESK: Final = 226  # grey under the papers of a file
_TOP_DOTS, _BOTTOM_DOTS, _DESK_DOTS = 56, 72, 40
_PAPER_DOTS: Final = {384: 464, 576: 640}  # 58 and 80 mm of paper at 8 dots per millimetre
_BASELINE: Final = 21  # of the 24 dots of a letter


def render(data: bytes, width_dots: int, cjk: Charset = "gb18030", *, strict: bool = False) -> list[Image]:
    """One grey picture per piece of paper, one pixel per dot, with the roll's margins around the printable
    width.

    ``cjk`` is the Chinese font in this printer's ROM. Needs Noto Sans Mono CJK (``FontMissing``). Commands
    the paper doesn't know are printed as a black bar that says so, or raise ``UnknownCommand`` if ``strict``.
    Raises ``PaperTooLong`` beyond 12 m.
    """
    shapes: fonts.Shapes = "TC" if cjk == "big5" else "SC"
    sheets = Press(width_dots, cjk, strict=strict).run(data)
    return [_draw(sheet, width_dots, shapes) for sheet in sheets if not sheet.is_blank]


def render_file(path: Path, out_png: Path, width_dots: int = 576, cjk: Charset = "gb18030") -> int:
    """Draw a file of printer bytes into one PNG, the papers under each other; returns how many there are.

    Raises ``OSError`` for the files, ``PaperError`` if nothing in the file would be printed, and what
    ``render`` does.
    """
    from PIL import Image, ImageDraw

    papers = render(path.read_bytes(), width_dots, cjk)
    if not papers:
        raise PaperError(f"{path.name} holds nothing that a printer would print.")
    width = max(paper.width for paper in papers) + 2 * _DESK_DOTS
    height = sum(paper.height + _DESK_DOTS for paper in papers) + _DESK_DOTS
    desk = Image.new("L", (width, height), _DESK)
    draw = ImageDraw.Draw(desk)
    top = _DESK_DOTS
    for paper in papers:
        for reach in range(6, 0, -1):  # a soft shadow
            edge = (_DESK_DOTS - reach, top - reach // 3, width - _DESK_DOTS + reach - 1, top + paper.height + reach)
            draw.rounded_rectangle(edge, reach, fill=_DESK - 5 * (7 - reach))
        desk.paste(paper, (_DESK_DOTS, top))
        top += paper.height + _DESK_DOTS
    desk.save(out_png)
    return len(papers)


def decode_text(data: bytes, cjk: Charset = "gb18030", width_dots: int = 576) -> str:
    """What a reader would read, a line per printed line; codes, pictures, cuts and the drawer in brackets."""
    lines: list[str] = []
    for sheet in Press(width_dots, cjk).run(data):
        if sheet.drawer_pulses:
            lines.append("[drawer]")
        lines += map(_row_text, sheet.rows)
        if sheet.was_cut:
            lines.append("[cut]")
    return "\n".join(lines)


def _row_text(row: Row) -> str:
    text: list[str] = []
    end = 0
    for piece in row.pieces:
        match piece:
            case Letter():
                text.append(" " * ((piece.left - end) // 12) if text else "")
                text.append(piece.char)
                end = piece.left + piece.width
            case Picture():
                text.append(f"[picture {piece.width}×{piece.rows}]")
            case Bars():
                text.append(f"[{piece.kind} {piece.data}]")
            case Square():
                text.append(f"[QR {piece.data.decode(errors='replace')}]")
            case Note():
                text.append(f"[{piece.text}]")
    return "".join(text).rstrip()


def _draw(sheet: Sheet, width_dots: int, shapes: fonts.Shapes) -> Image:
    from PIL import Image, ImageDraw

    paper_dots = _PAPER_DOTS.get(width_dots, width_dots + 64)
    margin = (paper_dots - width_dots) // 2
    paper = Image.new("L", (paper_dots, _TOP_DOTS + sheet.height + _BOTTOM_DOTS), _WHITE)
    draw = ImageDraw.Draw(paper)
    for row in sheet.rows:
        _draw_row(paper, draw, row, margin, shapes)
    return paper


def _draw_row(paper: Image, draw: ImageDraw, row: Row, margin: int, shapes: fonts.Shapes) -> None:
    for piece in row.pieces:
        left, top = margin + piece.left, _TOP_DOTS + row.top
        match piece:
            case Letter():
                _draw_letter(paper, draw, piece, left, top + row.height - piece.height, shapes)
            case Picture():
                _draw_picture(paper, piece, left, top)
            case Bars():
                for place, module in enumerate(piece.modules):
                    if module == "1":
                        x = left + place * piece.module_dots
                        draw.rectangle((x, top, x + piece.module_dots - 1, top + piece.height - 1), fill=_INK)
            case Square():
                _draw_square(draw, piece, left, top)
            case Note():
                font = fonts.load("SC", bold=True, size_dots=20)
                draw.rectangle((margin, top, paper.width - margin, top + piece.height), fill=_INK)
                draw.text((margin + 6, top + 19), f"⚠ {piece.text}", fill=_WHITE, font=font, anchor="ls")


def _draw_letter(paper: Image, draw: ImageDraw, letter: Letter, left: int, top: int, shapes: fonts.Shapes) -> None:
    from PIL import Image

    right, bottom = left + letter.width - 1, top + letter.height - 1
    ink = _INK
    if letter.inverse:
        draw.rectangle((left, top, right, bottom), fill=_INK)
        ink = _WHITE
    if letter.underline:
        draw.rectangle((left, bottom + 2 - letter.underline, right, bottom + 1), fill=ink)
    if letter.char == " ":
        return
    width = letter.width // letter.scale[0]
    mask = _mask(letter.char, width, letter.size_dots, letter.scale, letter.bold, shapes)
    paper.paste(Image.new("L", mask.size, ink), (left, top), mask)


@lru_cache(maxsize=4_096)
def _mask(char: str, width: int, size_dots: int, scale: tuple[int, int], bold: bool, shapes: fonts.Shapes) -> Image:
    """The letter's ink in its cell, and a quarter below it for what hangs over the line."""
    from PIL import Image, ImageDraw

    larger = max(scale)
    cell = width * larger
    font, raised = fonts.load_fitting(shapes, char, bold=bold, size_dots=size_dots * larger, room_dots=cell)
    natural = max(round(font.getlength(char)), 1)
    height = size_dots * larger * 5 // 4
    drawn = max(natural, cell)
    mask = Image.new("L", (drawn, height), 0)
    baseline = size_dots * larger * _BASELINE // 24 - raised
    ImageDraw.Draw(mask).text((drawn / 2, baseline), char, fill=255, font=font, anchor="ms")
    wanted = (width * scale[0], size_dots * scale[1] * 5 // 4)
    return mask if mask.size == wanted else mask.resize(wanted, Image.Resampling.LANCZOS)


def _draw_picture(paper: Image, picture: Picture, left: int, top: int) -> None:
    from PIL import Image

    stride = (picture.width + 7) // 8
    ink = Image.frombytes("1", (stride * 8, picture.rows), picture.bits[: stride * picture.rows])
    ink = ink.crop((0, 0, picture.width, picture.rows))
    ink = ink.resize((picture.width * picture.zoom[0], picture.height), Image.Resampling.NEAREST)
    paper.paste(_INK, (left, top), ink)


def _draw_square(draw: ImageDraw, square: Square, left: int, top: int) -> None:
    dots = square.module_dots
    for y, row in enumerate(square.matrix):
        for x, module in enumerate(row):
            if module:
                corner = (left + x * dots, top + y * dots)
                draw.rectangle((*corner, corner[0] + dots - 1, corner[1] + dots - 1), fill=_INK)


def sheets(data: bytes, width_dots: int, cjk: Charset = "gb18030") -> Sequence[Sheet]:
    """What is on each paper, in dots, for programs that check it."""
    return Press(width_dots, cjk).run(data)
