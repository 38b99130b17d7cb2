"""What is on a piece of paper, in dots, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Letter:
    """``scale`` is (width, height); ``size_dots`` the height of the unscaled letter: 24 for font A, 17 for B."""

    char: str
    left: int
    width: int
    size_dots: int
    scale: tuple[int, int]
    bold: bool = False
    underline: int = 0
    inverse: bool = False

    @property
    def height(self) -> int:
        return self.size_dots * self.scale[1]


@dataclass(frozen=True, slots=True)
class Picture:
    """One bit per dot, rows padded to whole bytes, 1 is ink; each dot is drawn ``zoom`` (width, height) times."""

    left: int
    width: int
    rows: int
    bits: bytes
    zoom: tuple[int, int] = (1, 1)

    @property
    def height(self) -> int:
        return self.rows * self.zoom[1]


def picture_of_columns(args: bytes) -> Picture:
    """What ESC * means with these arguments: columns of 8 or 24 dots from left to right, the top dot first."""
    tall = args[0] >= 32
    columns = args[1] + 256 * args[2]
    per_column = 3 if tall else 1
    stride = (columns + 7) // 8
    bits = bytearray(stride * per_column * 8)
    for column in range(columns):
        for row in range(per_column * 8):
            if args[3 + column * per_column + row // 8] >> (7 - row % 8) & 1:
                bits[row * stride + column // 8] |= 0x80 >> column % 8
    return Picture(0, columns, per_column * 8, bytes(bits), (1 if args[0] & 1 else 2, 1 if tall else 3))


@dataclass(frozen=True, slots=True)
class Bars:
    left: int
    modules: str
    module_dots: int
    height: int
    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code; ``matrix`` rows of modules, True is ink."""

    left: int
    matrix: tuple[tuple[bool, ...], ...]
    module_dots: int
    data: bytes

    @property
    def height(self) -> int:
        return len(self.matrix) * self.module_dots


@dataclass(frozen=True, slots=True)
class Note:
    """Something the printer got that this paper can't show; ``text`` says what. Drawn so that nobody misses it."""

    text: str
    left: int = 0
    height: int = 24


Piece: TypeAlias = Letter | Picture | Bars | Square | Note


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces on one line. ``left`` of a piece counts from the left edge of the printable width."""

    top: int
    height: int
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class Sheet:
    """One piece of paper, from cut to cut."""

    rows: list[Row] = field(default_factory=list)
    height: int = 0
    drawer_pulses: int = 0
    was_cut: bool = False

    @property
    def is_blank(self) -> bool:
        return not self.rows and not self.height
