"""The printable document: what a receipt, slip or report says, without saying how wide the paper is.

A document is made once, when the business act is confirmed, and stored with it, so that a reprint years later
says the same. Drivers lay it out for a paper width; nothing in here knows dots, columns, code pages or fonts.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

from shared_models.domain.barcode import is_ean13

Language: TypeAlias = Literal["en", "zh_Hans", "zh_Hant"]
Symbology: TypeAlias = Literal["ean13", "code128"]
Plain: TypeAlias = dict[str, Any]
Made = TypeVar("Made")

LARGEST_SCALE: Final = 4
LOGO_WIDTH, LOGO_HEIGHT = 384, 240
"""The largest logo, in dots: as wide as 58 mm paper prints."""
LOGO_BYTES: Final = 12_000
MOST_BLOCKS: Final = 5_000
PLAIN_VERSION: Final = 1


class DocumentError(ValueError):
    """A document that can't be built or read back; the sentence says which part is wrong."""


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. It wraps between words (Latin) or anywhere (Chinese); ``\\n`` starts a new line.

    ``scale`` multiplies height and width of the letters: 1 is the normal size, 2 doubles both.
    """

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    scale: int = 1

    def __post_init__(self) -> None:
        _check_scale(self.scale)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of ``Columns``.

    ``share`` is the weight with which the cell takes part in the width of the line. Rows of equal shares line
    up under each other. A right-aligned cell is never broken over two lines while the left ones can give way.
    """

    text: str
    align: Align = Align.LEFT
    share: int = 1
    bold: bool = False

    def __post_init__(self) -> None:
        if self.share < 1:
            raise DocumentError(f"A cell's share must be 1 or more, not {self.share}.")


@dataclass(frozen=True, slots=True)
class Columns:
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.cells) <= 8:
            raise DocumentError(f"A row has 1 to 8 cells, not {len(self.cells)}.")


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its figure: the left wraps, the right stays whole at the right edge of the last line."""

    left: str
    right: str
    bold: bool = False
    scale: int = 1

    def __post_init__(self) -> None:
        _check_scale(self.scale)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper; ``double`` for the one above a total."""

    double: bool = False


@dataclass(frozen=True, slots=True)
class Barcode:
    """A linear code with its characters printed below.

    ``ean13`` takes 13 digits with a right check digit; ``code128`` takes 1 to 48 printable ASCII characters.
    """

    symbology: Symbology
    data: str

    def __post_init__(self) -> None:
        if self.symbology == "ean13":
            if not is_ean13(self.data):
                raise DocumentError(f"{self.data!r} is not 13 digits with a right EAN check digit.")
        elif self.symbology == "code128":
            if not 1 <= len(self.data) <= 48 or any(not " " <= letter <= "~" for letter in self.data):
                raise DocumentError("A Code 128 barcode holds 1 to 48 printable ASCII characters.")
        else:
            raise DocumentError(f"There is no barcode symbology {self.symbology!r} on receipts.")


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code of 1 to 1,000 UTF-8 bytes."""

    data: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.data.encode(errors="replace")) <= 1_000 or not _is_unicode(self.data):
            raise DocumentError("A QR code on a receipt holds 1 to 1,000 bytes.")


@dataclass(frozen=True, slots=True)
class Logo:
    """A centred picture; ``name`` is what it shows, for who can't see it.

    ``png``: a PNG of one bit per dot, at most ``LOGO_WIDTH`` times ``LOGO_HEIGHT`` dots and ``LOGO_BYTES``, in base64.
    A dot is a dot of the printer, an eighth of a millimetre.
    """

    png: str
    name: str

    def __post_init__(self) -> None:
        check_logo(self.png)


@dataclass(frozen=True, slots=True)
class Feed:
    lines: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.lines <= 50:
            raise DocumentError(f"Paper is fed by 1 to 50 lines, not {self.lines}.")


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut, or on a printer without a cutter feed far enough to tear."""


Block: TypeAlias = Text | Columns | Pair | Rule | Barcode | Qr | Logo | Feed | Cut

_BLOCKS: Final[dict[str, type[Block]]] = {
    "text": Text,
    "columns": Columns,
    "pair": Pair,
    "rule": Rule,
    "barcode": Barcode,
    "qr": Qr,
    "logo": Logo,
    "feed": Feed,
    "cut": Cut,
}
_PNG_HEADER: Final = re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR(?P<width>.{4})(?P<height>.{4})\x01\0\0\0\0", re.DOTALL)
"""Signature and header chunk (ISO/IEC 15948): one bit, grey, no interlacing."""
_NAMES: Final = {block: name for name, block in _BLOCKS.items()}
_FIELDS: Final = {part: tuple(field.name for field in fields(part)) for part in (*_NAMES, Cell)}


@dataclass(frozen=True, slots=True)
class Document:
    """``kind`` is the trade's word for it (``receipt``, ``x_report``, …); drivers don't look at it.

    ``opens_drawer``: the cash drawer opens as printing begins. A reprint is a new document that doesn't.
    """

    kind: str
    language: Language
    blocks: tuple[Block, ...]
    opens_drawer: bool = False

    def __post_init__(self) -> None:
        if self.language not in get_args(Language):
            raise DocumentError(f"Receipts are in en, zh_Hans or zh_Hant, not in {self.language!r}.")
        if len(self.blocks) > MOST_BLOCKS:
            raise DocumentError(f"A document holds at most {MOST_BLOCKS} blocks, not {len(self.blocks)}.")

    def to_plain(self) -> Plain:
        """Strings, numbers, booleans, lists and dictionaries only: ready for JSON or MessagePack."""
        return {
            "version": PLAIN_VERSION,
            "kind": self.kind,
            "language": self.language,
            "opens_drawer": self.opens_drawer,
            "blocks": [_block_to_plain(block) for block in self.blocks],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Document:
        """The inverse of ``to_plain``. Raises ``DocumentError`` on anything else, also on a newer version."""
        if plain.get("version") != PLAIN_VERSION:
            raise DocumentError(f"This document has version {plain.get('version')!r}; known is {PLAIN_VERSION}.")
        blocks = plain.get("blocks")
        if not isinstance(blocks, list | tuple):
            raise DocumentError("A document needs a list of blocks.")
        values = {name: value for name, value in plain.items() if name not in ("version", "blocks")}
        _check_types(cls, values)
        return _build(cls, values | {"blocks": tuple(_block_from_plain(block) for block in blocks)})


def check_logo(png: str) -> None:
    """Raise ``DocumentError`` unless ``png`` is what ``Logo`` wants. What is behind its header isn't looked at."""
    try:
        data = base64.b64decode(png, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DocumentError("A logo is a PNG in base64.") from error
    header = _PNG_HEADER.match(data)
    if header is None or len(data) > LOGO_BYTES:
        raise DocumentError(f"A logo is a PNG of one bit per dot and at most {LOGO_BYTES:,} bytes.")
    width, height = (int.from_bytes(header[part]) for part in ("width", "height"))
    if not (1 <= width <= LOGO_WIDTH and 1 <= height <= LOGO_HEIGHT):
        raise DocumentError(f"A logo has at most {LOGO_WIDTH} × {LOGO_HEIGHT} dots, not {width} × {height}.")


def is_logo(png: str) -> bool:
    """Whether ``png`` is what ``Logo`` wants."""
    try:
        check_logo(png)
    except DocumentError:
        return False
    return True


def names_of(blocks: Iterable[Block]) -> Iterator[str]:
    """The blocks' names in ``Document.to_plain``."""
    return map(_NAMES.__getitem__, map(type, blocks))


def _block_to_plain(block: Block) -> Plain:
    plain: Plain = {"block": _NAMES[type(block)]}
    for name in _FIELDS[type(block)]:
        value = getattr(block, name)
        if isinstance(value, tuple):
            value = [{part: _scalar(getattr(cell, part)) for part in _FIELDS[Cell]} for cell in value]
        plain[name] = _scalar(value)
    return plain


def _scalar(value: Any) -> Any:
    return value.value if isinstance(value, Align) else value


def _block_from_plain(plain: Any) -> Block:
    name = plain.get("block") if isinstance(plain, Mapping) else None
    if not isinstance(name, str) or name not in _BLOCKS:
        raise DocumentError(f"This is no block of a document: {plain!r:.80}.")
    kind = _BLOCKS[name]
    values = {name: value for name, value in plain.items() if name != "block"}
    if kind is Columns:
        cells = values.get("cells")
        if not isinstance(cells, list | tuple):
            raise DocumentError("A row needs a list of cells.")
        values["cells"] = tuple(_cell_from_plain(cell) for cell in cells)
        return _build(Columns, values)
    return _build(kind, _typed(kind, values))


def _cell_from_plain(plain: Any) -> Cell:
    if not isinstance(plain, Mapping):
        raise DocumentError(f"This is no cell of a row: {plain!r:.80}.")
    return _build(Cell, _typed(Cell, dict(plain)))


def _typed(kind: type, values: Plain) -> Plain:
    if "align" in values:
        try:
            values["align"] = Align(values["align"])
        except ValueError as error:
            raise DocumentError(f"Text is aligned left, center or right, not {values['align']!r}.") from error
    _check_types(kind, values)
    return values


def _check_types(kind: type, values: Mapping[str, Any]) -> None:
    """JSON knows strings, numbers and booleans; a swapped one must not reach the layout."""
    wanted: dict[str, type] = {
        "bool": bool,
        "int": int,
        "str": str,
        "Language": str,
        "Symbology": str,
        "Align": Align,
    }
    for field in fields(kind):
        if field.name not in values:
            continue
        expected = wanted.get(str(field.type), object)
        value = values[field.name]
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise DocumentError(f"{field.name!r} of {kind.__name__} can't be {value!r:.80}.")


def _build(kind: type[Made], values: Plain) -> Made:
    try:
        return kind(**values)
    except TypeError as error:
        raise DocumentError(f"{kind.__name__} has missing or unknown fields: {', '.join(values)}.") from error


def _is_unicode(text: str) -> bool:
    """Half of a surrogate pair is none: it can't be stored or sent."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _check_scale(scale: int) -> None:
    if not 1 <= scale <= LARGEST_SCALE:
        raise DocumentError(f"Letters are scaled 1 to {LARGEST_SCALE} times, not {scale}.")
