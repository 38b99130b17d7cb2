"""A document as a PDF of one page, laid out as on paper: letters that can be searched and copied, codes as drawings."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final
from unicodedata import east_asian_width

from drivers.printer import fonts, logo, symbols
from drivers.printer.layout import Line, Span, TextLine, lay_out
from drivers.printer.letters import columns_of, width_of
from drivers.printer.pieces import Piece, pieces
from shared_models.domain.receipt import Align, Barcode, Document, Feed, Logo, Qr, Rule

if TYPE_CHECKING:
    from fpdf import FPDF

_COLUMNS, _COLUMN_MM, _MARGIN_MM = 48, 1.5, 4.0
_PITCH_MM, _POINTS = 3.75, 2 * _COLUMN_MM / 25.4 * 72
_MODULE_MM, _BAR_MM, _SQUARE_MM = 0.3, 9.0, 0.75
_DOT_MM: Final = 0.125
_RISE: Final = 0.78
"""How much of a line's height is above the letters' foot."""
_CELL_RISE: Final = 0.8
"""The same of an FPDF cell that is as high as its font."""
_NARROWED: Final = 80
"""Per cent of its width at which a ``×`` of two columns touches no letter beside its one column."""


def pdf(document: Document) -> bytes:
    """An 80 mm wide page, as long as it has to be.

    Raise ``FontMissing`` where Noto Sans Mono CJK isn't installed.

    The fonts' 60 MB hang in reference cycles of a few thousand objects, too few for Python to look for them soon.
    """
    lines = lay_out(document, _COLUMNS)
    sheet = _sheet(document, 2 * _MARGIN_MM + sum(map(_height, lines)))
    at = _MARGIN_MM
    for line in lines:
        _draw(sheet, line, at, _shapes(document))
        at += _height(line)
    made = bytes(sheet.output())
    del sheet
    gc.collect()
    return made


def _sheet(document: Document, height_mm: float) -> FPDF:
    from fpdf import FPDF

    width_mm = _COLUMNS * _COLUMN_MM + 2 * _MARGIN_MM
    sheet = FPDF(unit="mm", format=(width_mm, max(height_mm, width_mm)))
    sheet.set_auto_page_break(False)
    sheet.set_lang({"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}.get(document.language, "en"))
    for bold in (False, True):
        path, number = fonts.locate(_shapes(document), bold)
        sheet.add_font("paper", "B" if bold else "", path, collection_font_number=number)
    sheet.add_page()
    return sheet


def _shapes(document: Document) -> fonts.Shapes:
    return "TC" if document.language == "zh_Hant" else "SC"


def _height(line: Line) -> float:
    match line:
        case TextLine(scale=scale):
            return _PITCH_MM * scale
        case Rule():
            return _PITCH_MM
        case Feed(lines=lines):
            return _PITCH_MM * lines
        case Barcode():
            return _BAR_MM + 2 * _PITCH_MM
        case Qr():
            return _SQUARE_MM * len(_square(line)) + 2 * _PITCH_MM
        case Logo():
            image = logo.image(line)
            return image.height * _DOT_MM + _PITCH_MM / 2 if image else 0.0
        case _:
            return 0.0


def _draw(sheet: FPDF, line: Line, at: float, shapes: fonts.Shapes) -> None:
    match line:
        case TextLine():
            _letters(sheet, line, at, shapes)
        case Rule(double=double):
            for down in (0.4, 0.6) if double else (0.5,):
                y = at + _PITCH_MM * down
                sheet.line(_MARGIN_MM, y, _MARGIN_MM + _COLUMNS * _COLUMN_MM, y)
        case Barcode(data=data):
            _boxes(sheet, [symbols.of_document(line)], at + _PITCH_MM / 2, _MODULE_MM, _BAR_MM)
            _letters(sheet, TextLine((Span(data),), Align.CENTER), at + _BAR_MM + _PITCH_MM / 2, shapes)
        case Qr():
            rows = ["".join("1" if dark else "0" for dark in row) for row in _square(line)]
            _boxes(sheet, rows, at + _PITCH_MM, _SQUARE_MM, _SQUARE_MM)
        case Logo(name=name):
            if image := logo.image(line):
                wide = image.width * _DOT_MM
                left = _MARGIN_MM + (_COLUMNS * _COLUMN_MM - wide) / 2
                sheet.image(image, left, at, wide, image.height * _DOT_MM, alt_text=name)
        case _:
            pass


def _letters(sheet: FPDF, line: TextLine, at: float, shapes: fonts.Shapes) -> None:
    """Run by run to its column, as the font has letters wider than on paper."""
    column_mm = _COLUMN_MM * line.scale
    room = _COLUMNS * _COLUMN_MM - column_mm * width_of(line.text.rstrip(" "))
    x = _MARGIN_MM + {Align.LEFT: 0.0, Align.CENTER: room / 2, Align.RIGHT: room}[line.align]
    foot = at + _PITCH_MM * line.scale * _RISE
    for span in line.spans:
        found = pieces(span, shapes)
        widths = [_width(sheet, piece, line.scale) for piece in found]
        spare = column_mm * width_of(span.text) - sum(widths)
        left = x + {Align.LEFT: 0.0, Align.CENTER: spare / 2, Align.RIGHT: spare}[line.align]
        for piece, width in zip(found, widths, strict=True):
            if piece.file is not None:
                _shaped(sheet, piece, left, foot, line.scale)
            else:
                sheet.set_font("paper", "B" if span.bold else "", _POINTS * line.scale)
                for column, run in _runs(piece.text):
                    begin = left + column_mm * column
                    if _may_be_wide(run[0]):
                        sheet.set_stretching(_NARROWED)
                        sheet.text(begin + (column_mm - sheet.get_string_width(run)) / 2, foot, run)
                        sheet.set_stretching(100)
                    else:
                        sheet.text(begin, foot, run)
            left += width
        x += column_mm * width_of(span.text)


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """Words and the column each begins at; by itself each letter that the font may have wider than on paper."""
    column, start, run = 0, 0, ""
    for letter in text:
        if run and (letter == " " or _may_be_wide(letter) or _may_be_wide(run[0])):
            yield start, run
            run = ""
        if letter != " ":
            start, run = (start, run + letter) if run else (column, letter)
        column += columns_of(letter)
    if run:
        yield start, run


def _may_be_wide(letter: str) -> bool:
    """``·`` and ``×``: in the font as wide as a Chinese character, on paper as a Latin one; drawn amid their column."""
    return columns_of(letter) == 1 and east_asian_width(letter) == "A"


def _width(sheet: FPDF, piece: Piece, scale: int) -> float:
    """At most its columns. The font of a run is set so that it isn't more."""
    room = _COLUMN_MM * scale * piece.columns
    return room if piece.file is None else min(_set_font(sheet, piece, scale), room)


def _set_font(sheet: FPDF, piece: Piece, scale: int) -> float:
    """Of a run, as small as it has to be; how wide the run is in it, in mm."""
    assert piece.file is not None
    path, number = piece.file
    family = f"{path}:{number}".lower()
    if family not in sheet.fonts:
        sheet.add_font(family, "", path, collection_font_number=number)
    sheet.set_text_shaping(True, direction="rtl" if piece.leftward else "ltr")
    room, points = _COLUMN_MM * scale * piece.columns, _POINTS * scale
    sheet.set_font(family, "", points)
    natural = sheet.get_string_width(piece.text)
    if natural > room > 0:
        sheet.set_font(family, "", points * room / natural)
        natural = room
    sheet.set_text_shaping(False)
    return float(natural)


def _shaped(sheet: FPDF, piece: Piece, left: float, foot: float, scale: int) -> None:
    _set_font(sheet, piece, scale)
    sheet.set_text_shaping(True, direction="rtl" if piece.leftward else "ltr")
    sheet.set_xy(left - sheet.c_margin, foot - _CELL_RISE * sheet.font_size)
    sheet.cell(0, sheet.font_size, piece.text)
    sheet.set_text_shaping(False)


def _square(code: Qr) -> Sequence[Sequence[bool]]:
    return symbols.qr_matrix(code.data.encode(), 1)


def _boxes(sheet: FPDF, rows: Sequence[str], at: float, wide: float, high: float) -> None:
    left = _MARGIN_MM + (_COLUMNS * _COLUMN_MM - wide * len(rows[0])) / 2
    for down, row in enumerate(rows):
        for place, module in enumerate(row):
            if module == "1":
                sheet.rect(left + wide * place, at + high * down, wide, high, "F")


__all__ = ["pdf"]
