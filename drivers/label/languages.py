"""Labels as the bytes of three command languages.

Only measures, dots and the digits of EAN and UPC codes are ever sent: no text of a product is part of a command. Code
128 is drawn too, because printers choose its code sets, and so its width, on their own.

References: ZPL II Programming Guide (Zebra); TSPL/TSPL2 Programming Manual (TSC); ESC/POS command reference (Epson).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.label.bars import Kind
from drivers.label.document import Bars, Element, Label, LabelError, Rule, dots
from drivers.label.drawing import Piece, bars_left, module_dots, picture, pieces
from drivers.printer.raster import harmless

if TYPE_CHECKING:
    from PIL.Image import Image

DPIS: Final = (203, 300)
MOST_COPIES: Final = 999
ESCPOS_DOTS: Final = {203: 576, 300: 852}
"""The printing width of an 80 mm receipt printer, 72 mm."""

_BAND_ROWS: Final = 240


@dataclass(frozen=True, slots=True)
class Stock:
    """The labels in the printer: ``gap_dmm`` between two of them, 0 for paper without gaps."""

    dpi: int = 203
    gap_dmm: int = 20

    def __post_init__(self) -> None:
        if self.dpi not in DPIS:
            raise LabelError(f"A label printer has {' or '.join(map(str, DPIS))} dots per inch, not {self.dpi}.")
        if not 0 <= self.gap_dmm <= 250:
            raise LabelError(f"A gap is 0 to 25 mm, not {self.gap_dmm / 10:g}.")


Encode: TypeAlias = Callable[[Label, Stock, int], bytes]


def zpl(label: Label, stock: Stock, copies: int = 1) -> bytes:
    """One format, ^XA to ^XZ. The gap is found by the printer's sensor, its size isn't told. Raise ``LabelError``."""
    dpi = stock.dpi
    parts = [
        "^XA",
        f"^MN{'Y' if stock.gap_dmm else 'N'}",
        f"^PW{dots(label.width, dpi)}^LL{dots(label.height, dpi)}^LH0,0^LS0^PON^FWN",
    ]
    for element, piece in pieces(label, dpi):
        parts.append(f"^FO{piece.left},{piece.top}{_zpl_field(element, piece, dpi)}^FS")
    parts.append(f"^PQ{_checked(copies)},0,1,Y^XZ")
    return "\n".join(parts).encode("ascii") + b"\n"


def _zpl_field(element: Element, piece: Piece, dpi: int) -> str:
    wide, high = piece.ink.size
    match element:
        case Rule():
            return f"^GB{wide},{high},{min(wide, high)}"
        case Bars(kind="ean13" | "ean8" | "upca"):
            command = {"ean13": f"^BEN,{high},N,N", "ean8": f"^B8N,{high},N,N", "upca": f"^BUN,{high},N,N,N"}
            return f"^BY{module_dots(element, dpi)}{command[element.kind]}^FD{element.data[:-1]}"
        case _:
            stride = (wide + 7) // 8
            return f"^GFA,{stride * high},{stride * high},{stride},{_zpl_dots(piece.ink)}"


def _zpl_dots(ink: Image) -> str:
    """Hexadecimal with the guide's shorter spelling: G to Y repeat the next digit 1 to 19 times, g to z 20 to 400
    times, ``,`` fills the row with 0, ``:`` is the row before again. 1 is ink."""
    stride = (ink.width + 7) // 8
    raw = ink.tobytes()
    rows, before = [], ""
    for at in range(0, len(raw), stride):
        digits = raw[at : at + stride].hex().upper()
        rows.append(":" if digits == before else _zpl_row(digits))
        before = digits
    return "".join(rows)


def _zpl_row(digits: str) -> str:
    used = digits.rstrip("0")
    made, at = [], 0
    while at < len(used):
        end = at
        while end < len(used) and used[end] == used[at]:
            end += 1
        made.append(_zpl_times(end - at) + used[at])
        at = end
    return "".join(made) + ("," if len(used) < len(digits) else "")


def _zpl_times(count: int) -> str:
    if count == 1:
        return ""
    most, rest = divmod(count, 400)
    twenties, ones = divmod(rest, 20)
    return "z" * most + (chr(ord("g") + twenties - 1) if twenties else "") + (chr(ord("G") + ones - 1) if ones else "")


def tspl(label: Label, stock: Stock, copies: int = 1) -> bytes:
    """Lines up to PRINT. In a BITMAP 0 is ink; it overwrites, so pictures go before lines. Raise ``LabelError``."""
    dpi = stock.dpi
    made = [
        f"SIZE {label.width / 10:g} mm,{label.height / 10:g} mm".encode(),
        f"GAP {stock.gap_dmm / 10:g} mm,0 mm".encode(),
        b"DIRECTION 1",
        b"REFERENCE 0,0",
        b"CLS",
    ]
    found = list(pieces(label, dpi))
    for element, piece in sorted(found, key=lambda each: isinstance(each[0], Rule | Bars)):
        made.append(_tspl_command(element, piece, dpi))
    made.append(f"PRINT 1,{_checked(copies)}".encode())
    return b"\r\n".join(made) + b"\r\n"


_TSPL_KINDS: Final[dict[Kind, str]] = {"ean13": "EAN13", "ean8": "EAN8", "upca": "UPCA"}


def _tspl_command(element: Element, piece: Piece, dpi: int) -> bytes:
    wide, high = piece.ink.size
    at = f"{piece.left},{piece.top}"
    match element:
        case Rule():
            return f"BAR {at},{wide},{high}".encode()
        case Bars() if element.kind in _TSPL_KINDS:
            module = module_dots(element, dpi)
            kind = _TSPL_KINDS[element.kind]
            place = f'{bars_left(element, dpi)},{piece.top},"{kind}",{high},0,0,{module},{module}'
            return f'BARCODE {place},"{element.data[:-1]}"'.encode()
        case _:
            stride = (wide + 7) // 8
            return f"BITMAP {at},{stride},{high},0,".encode() + _paper_is_one(piece.ink)


def _paper_is_one(ink: Image) -> bytes:
    return bytes(byte ^ 0xFF for byte in _padded(ink).tobytes())


def _padded(ink: Image) -> Image:
    """As wide as whole bytes are, blank on the right."""
    from PIL import Image

    padded = Image.new("1", ((ink.width + 7) // 8 * 8, ink.height), 0)
    padded.paste(ink, (0, 0))
    return padded


_NEXT_LABEL: Final = b"\x1c(L\x02\x00C0"
_TO_PEEL_OFF: Final = b"\x1c(L\x02\x00A0"
_TO_THE_CUTTER: Final = b"\x1c(L\x02\x00B0"
"""FS ( L, functions 67, 65 and 66, each to its position unless the paper stands there."""

_CUT: Final = b"\x1dV\x01"
_FEED_AND_CUT: Final = b"\x1dV\x42\x00"


def escpos(label: Label, stock: Stock, copies: int = 1) -> bytes:
    """On receipt paper: cut off after each copy. Raise ``LabelError``."""
    return b"\x1b@" + (_raster(label, stock) + _FEED_AND_CUT) * _checked(copies)


def escpos_gap(label: Label, stock: Stock, copies: int = 1) -> bytes:
    """On labels with gaps between them, in a receipt printer that has been told their layout. Raise ``LabelError``."""
    return b"\x1b@" + (_NEXT_LABEL + _raster(label, stock) + _TO_PEEL_OFF) * _checked(copies)


def escpos_mark(label: Label, stock: Stock, copies: int = 1) -> bytes:
    """On paper with black marks, in a receipt printer that has been told their layout; cut off at each. Raise
    ``LabelError``."""
    return b"\x1b@" + (_NEXT_LABEL + _raster(label, stock) + _TO_THE_CUTTER + _CUT) * _checked(copies)


def _raster(label: Label, stock: Stock) -> bytes:
    """The whole label as a picture (GS v 0)."""
    from PIL import ImageChops

    whole = picture(label, stock.dpi)
    most = ESCPOS_DOTS[stock.dpi]
    if whole.width > most:
        raise LabelError(f"A receipt printer prints 72 mm, not the {label.width / 10:g} mm of this label.")
    ink = _padded(ImageChops.invert(whole.convert("L")).convert("1"))
    made = []
    for top in range(0, ink.height, _BAND_ROWS):
        band = ink.crop((0, top, ink.width, min(top + _BAND_ROWS, ink.height)))
        size = (band.width // 8).to_bytes(2, "little") + band.height.to_bytes(2, "little")
        made.append(b"\x1dv0\x00" + size + harmless(band.tobytes()))
    return b"".join(made)


LANGUAGES: Final[dict[str, Encode]] = {
    "zpl": zpl,
    "tspl": tspl,
    "escpos": escpos,
    "escpos-gap": escpos_gap,
    "escpos-mark": escpos_mark,
}
"""By the name in a till's settings."""


def _checked(copies: int) -> int:
    if not 1 <= copies <= MOST_COPIES:
        raise LabelError(f"1 to {MOST_COPIES} copies can be printed at once, not {copies}.")
    return copies
