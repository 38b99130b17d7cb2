"""The printer's mind: modes, line buffer and feed, from received bytes to sheets in dots.

Written from the ESC/POS reference and not from the encoder, so that the one checks the other. What it doesn't
know or can't do becomes a ``Note`` on the sheet (or ``UnknownCommand`` if ``strict``): nothing is skipped in
silence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from drivers.printer import symbols
from drivers.printer.commands import Kind, Token, Tokenizer
from drivers.printer.profiles import Charset
from drivers.printer.sheet import Bars, Letter, Note, Picture, Piece, Row, Sheet, Square, picture_of_columns

LONGEST_PAPER_DOTS: Final = 100_000  # 12.5 m at 8 dots per millimetre
_DEFAULT_PITCH: Final = 30
_LABEL_DOTS: Final = 28
_CODE_PAGES: Final = {0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866"} | {
    18: "cp852",
    19: "cp858",
}
_SILENT: Final = frozenset({"NUL", "BEL", "CR", "CAN", "DLE EOT", "DLE ENQ", "DLE DC4", "GS ( H", "GS ( K"}) | {
    *("ESC =", "ESC c", "ESC B", "ESC U", "GS a", "GS r", "GS I", "GS f", "GS b", "GS P", "GS |"),
}
_MUST_BE_ZERO: Final = frozenset(["ESC R", "ESC {", "ESC V", "ESC r", "FS S"])


class PaperError(ValueError):
    """Bytes that can't be put on paper; the sentence says which."""


class UnknownCommand(PaperError):
    pass


class PaperTooLong(PaperError):
    pass


@dataclass(slots=True)
class _Modes:
    align: int = 0
    bold: bool = False
    underline: int = 0
    inverse: bool = False
    size: tuple[int, int] = (1, 1)
    chinese_size: tuple[int, int] = (1, 1)
    font_b: bool = False
    chinese: bool = False
    code_page: str | None = "cp437"
    pitch: int = _DEFAULT_PITCH
    spacing: int = 0
    margin: int = 0
    area: int | None = None
    tabs: tuple[int, ...] = tuple(range(8, 256, 8))
    bar_height: int = 162
    bar_width: int = 3
    labels: int = 0
    qr_dots: int = 3
    qr_level: int = 48


class Press:
    def __init__(self, width_dots: int, charset: Charset, *, strict: bool = False) -> None:
        if not 8 <= width_dots <= 4_096:
            raise PaperError(f"No paper is {width_dots} dots wide.")
        self._width = width_dots
        self._charset = charset
        self._strict = strict
        self._modes = _Modes()
        self._line: list[Piece] = []
        self._left = 0
        self._line_align = 0
        self._qr_data = b""
        self._graphics: Picture | None = None
        self._sheets = [Sheet()]
        self._acts = self._table()

    def run(self, data: bytes) -> list[Sheet]:
        tokenizer = Tokenizer()
        for token in tokenizer.feed(data) + tokenizer.finish():
            self._take(token)
        if self._line:
            self._end_line()
        return [sheet for sheet in self._sheets if not sheet.is_blank or sheet.was_cut or sheet.drawer_pulses]

    def _take(self, token: Token) -> None:
        if token.kind is Kind.TEXT:
            self._letters(token.args)
        elif token.name in self._acts:
            self._acts[token.name](token.args)
        elif token.name in _SILENT or (token.name in _MUST_BE_ZERO and not any(token.args)):
            pass
        else:
            what = "cut off" if token.kind is Kind.TRUNCATED else "unknown"
            self._note(f"{what}: {token.raw[:8].hex(' ').upper()}", unknown=True)

    def _table(self) -> dict[str, Callable[[bytes], None]]:
        return {
            "LF": lambda _: self._end_line(),
            "HT": lambda _: self._tab(),
            "ESC @": lambda _: self._reset(),
            "ESC !": self._mode_byte,
            "ESC E": lambda args: self._set(bold=bool(args[0] & 1)),
            "ESC G": lambda args: self._set(bold=bool(args[0] & 1)),
            "ESC -": lambda args: self._set(underline=args[0] % 48 % 3),
            "ESC M": lambda args: self._set(font_b=args[0] in (1, 49)),
            "ESC a": lambda args: self._set(align=args[0] % 48 % 3),
            "ESC t": self._code_page,
            "ESC  ": lambda args: self._set(spacing=args[0]),
            "ESC 2": lambda _: self._set(pitch=_DEFAULT_PITCH),
            "ESC 3": lambda args: self._set(pitch=args[0]),
            "ESC d": lambda args: self._end_line(args[0] * self._modes.pitch),
            "ESC J": lambda args: self._end_line(args[0]),
            "ESC $": lambda args: self._move(_word(args)),
            "ESC \\": lambda args: self._move(self._left + (_word(args) ^ 0x8000) - 0x8000),
            "ESC D": lambda args: self._set(tabs=tuple(sorted(args[:-1]))),
            "ESC p": lambda _: self._drawer(),
            "ESC i": lambda _: self._cut(),
            "ESC m": lambda _: self._cut(),
            "ESC *": self._columns_picture,
            "FS &": lambda _: self._set(chinese=True),
            "FS .": lambda _: self._set(chinese=False),
            "FS !": self._chinese_mode_byte,
            "FS W": lambda args: self._set(chinese_size=(2, 2) if args[0] & 1 else (1, 1)),
            "FS ( L": self._label_position,
            "FS -": lambda args: self._set(underline=args[0] % 48 % 3),
            "GS !": lambda args: self._set(size=((args[0] >> 4 & 7) + 1, (args[0] & 7) + 1)),
            "GS B": lambda args: self._set(inverse=bool(args[0] & 1)),
            "GS L": lambda args: self._set(margin=_word(args)),
            "GS W": lambda args: self._set(area=_word(args)),
            "GS H": lambda args: self._set(labels=args[0] % 48 % 4),
            "GS h": lambda args: self._set(bar_height=max(args[0], 1)),
            "GS w": lambda args: self._set(bar_width=min(max(args[0], 1), 6)),
            "GS k": self._barcode,
            "GS ( k": self._square,
            "GS ( L": lambda args: self._stored_picture(args[2:]),
            "GS 8 L": lambda args: self._stored_picture(args[4:]),
            "GS v 0": self._raster,
            "GS V": self._cut_command,
        }

    def _set(self, **modes: Any) -> None:
        self._modes = replace(self._modes, **modes)

    def _reset(self) -> None:
        if self._line:
            self._line, self._left = [], 0
            self._note("ESC @ dropped an unfinished line")
        self._modes = _Modes()
        self._qr_data = b""

    def _mode_byte(self, args: bytes) -> None:
        bits = args[0]
        self._set(
            font_b=bool(bits & 1),
            bold=bool(bits & 8),
            underline=1 if bits & 0x80 else 0,
            size=(2 if bits & 0x20 else 1, 2 if bits & 0x10 else 1),
        )

    def _chinese_mode_byte(self, args: bytes) -> None:
        self._set(chinese_size=(2 if args[0] & 4 else 1, 2 if args[0] & 8 else 1))

    def _code_page(self, args: bytes) -> None:
        page = _CODE_PAGES.get(args[0])
        self._set(code_page=page)
        if page is None:
            self._note(f"unknown code page {args[0]}", unknown=True)

    # letters

    def _letters(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            length = self._chinese_length(data, at) if self._modes.chinese and data[at] >= 0x80 else 1
            piece = data[at : at + length]
            at += length
            if length == 1 and piece[0] >= 0x80:
                char = piece.decode(self._modes.code_page, "replace") if self._modes.code_page else "\ufffd"
                char = "\ufffd" if self._modes.chinese else char
            else:
                char = piece.decode(self._charset if length > 1 else "ascii", "replace")[:1]
            self._letter(char, wide=length > 1)

    def _chinese_length(self, data: bytes, at: int) -> int:
        rest = data[at : at + 4]
        if self._charset == "gb18030" and len(rest) == 4 and 0x30 <= rest[1] <= 0x39 and rest[2] >= 0x81:
            return 4
        return 2 if len(rest) > 1 and rest[1] >= 0x40 else 1

    def _letter(self, char: str, *, wide: bool) -> None:
        modes = self._modes
        width, height = modes.size
        if wide:
            width, height = max(width, modes.chinese_size[0]), max(height, modes.chinese_size[1])
        small = modes.font_b and not wide
        dots = width * (24 if wide else 9 if small else 12)
        if self._left + dots > self._area and self._line:
            self._end_line()
        self._begin()
        self._line.append(
            Letter(
                char,
                self._left,
                dots,
                17 if small else 24,
                (width, height),
                modes.bold,
                modes.underline,
                modes.inverse,
            )
        )
        self._left += dots + modes.spacing

    def _begin(self) -> None:
        if not self._line:
            self._line_align = self._modes.align

    def _move(self, left: int) -> None:
        self._left = min(max(left, 0), self._area)

    def _tab(self) -> None:
        letter = 12 * self._modes.size[0]
        column = self._left // letter
        target = next((tab for tab in self._modes.tabs if tab > column), None)
        if target is not None:
            self._move(target * letter)

    @property
    def _area(self) -> int:
        room = max(self._width - self._modes.margin, 12)
        return min(room, self._modes.area) if self._modes.area else room

    # paper

    def _end_line(self, feed: int | None = None) -> None:
        """Print the line buffer and feed, by one line unless told otherwise, and at least by what was printed."""
        feed = self._modes.pitch if feed is None else feed
        if not self._line:
            self._left = 0
            self._feed(feed)
            return
        height = max(piece.height for piece in self._line)
        right = max(piece.left + _width_of(piece) for piece in self._line)
        shift = self._modes.margin + self._shift(right, self._line_align)
        pieces = tuple(replace(piece, left=piece.left + shift) for piece in self._line)
        self._line, self._left = [], 0
        self._row(pieces, height, max(feed, height))

    def _shift(self, width: int, align: int) -> int:
        room = max(self._area - width, 0)
        return (0, room // 2, room)[align]

    def _row(self, pieces: tuple[Piece, ...], height: int, feed: int) -> None:
        sheet = self._sheets[-1]
        sheet.rows.append(Row(sheet.height, height, pieces))
        self._feed(feed)

    def _feed(self, dots: int) -> None:
        self._sheets[-1].height += dots
        if sum(sheet.height for sheet in self._sheets) > LONGEST_PAPER_DOTS:
            raise PaperTooLong(f"These bytes feed more than {LONGEST_PAPER_DOTS // 8_000} m of paper.")

    def _block(self, piece: Picture | Bars | Square, width: int, feed: int) -> None:
        if self._line:
            self._end_line()
        left = self._modes.margin + self._shift(width, self._modes.align)
        self._row((replace(piece, left=left),), piece.height, feed)

    def _note(self, text: str, *, unknown: bool = False) -> None:
        if unknown and self._strict:
            raise UnknownCommand(f"The printer was sent something this paper doesn't know: {text}.")
        if self._line:
            self._end_line()
        self._row((Note(text),), 24, _DEFAULT_PITCH)

    def _drawer(self) -> None:
        self._sheets[-1].drawer_pulses += 1

    def _cut_command(self, args: bytes) -> None:
        self._cut(args[1] if len(args) > 1 else 0)

    def _cut(self, feed: int = 0) -> None:
        if self._line:
            self._end_line()
        if feed:
            self._feed(feed)
        self._sheets[-1].was_cut = True
        self._sheets.append(Sheet())

    def _label_position(self, args: bytes) -> None:
        """To the next label (function 67), to where one is peeled off (65), or to where the cutter is (66)."""
        function, where = args[2:3], args[3:]
        if self._line or where != b"0" or function not in (b"A", b"B", b"C"):
            self._note(f"no place on a label: {args.hex(' ').upper()}", unknown=True)
        elif function == b"A":
            self._cut()

    # pictures and codes

    def _raster(self, args: bytes) -> None:
        mode, width, rows = args[0] % 48, _word(args[1:3]) * 8, _word(args[3:5])
        zoom = (2 if mode & 1 else 1, 2 if mode & 2 else 1)
        self._picture(Picture(0, width, rows, args[5:], zoom))

    def _stored_picture(self, args: bytes) -> None:
        """GS ( L: function 112 stores, 2 or 50 prints what was stored."""
        function = args[1] if len(args) > 1 else -1
        if function == 112 and len(args) >= 10 and args[2:3] == b"0":
            width, rows = _word(args[6:8]), _word(args[8:10])
            self._graphics = Picture(0, width, rows, args[10:], (min(args[3], 2) or 1, min(args[4], 2) or 1))
        elif function in (2, 50):
            stored, self._graphics = self._graphics, None
            if stored is not None:
                self._picture(stored)
        else:
            self._note(f"unknown graphics function {function}", unknown=True)

    def _columns_picture(self, args: bytes) -> None:
        """ESC *: columns of 8 or 24 dots, top dot first. It goes into the line like a letter."""
        picture = replace(picture_of_columns(args), left=self._left)
        self._begin()
        self._line.append(picture)
        self._left += picture.width * picture.zoom[0]

    def _picture(self, picture: Picture) -> None:
        stride = (picture.width + 7) // 8
        if not picture.width or not picture.rows or len(picture.bits) < stride * picture.rows:
            self._note("picture without its dots", unknown=True)
            return
        if picture.width * picture.zoom[0] > self._area:
            self._note("picture wider than the paper")
        self._block(picture, picture.width * picture.zoom[0], picture.height)

    def _barcode(self, args: bytes) -> None:
        kind = args[0]
        data = args[1:-1] if kind <= 6 else args[2:]
        try:
            name, label, modules = symbols.bars(kind, data)
        except symbols.SymbolRefused as refused:
            self._note(f"barcode refused: {refused}")
            return
        width = len(modules) * self._modes.bar_width
        if width > self._area:
            self._note(f"barcode wider than the paper: {label}")
            return
        above, below = self._modes.labels & 1, self._modes.labels & 2
        if above:
            self._label(label)
        self._block(Bars(0, modules, self._modes.bar_width, self._modes.bar_height, name, label), width, 0)
        self._feed(self._modes.bar_height + 4)
        if below:
            self._label(label)

    def _label(self, text: str) -> None:
        width = 12 * len(text)
        left = self._modes.margin + self._shift(width, self._modes.align)
        letters = tuple(Letter(char, left + 12 * place, 12, 24, (1, 1)) for place, char in enumerate(text))
        self._row(letters, 24, _LABEL_DOTS)

    def _square(self, args: bytes) -> None:
        function, values = (args[3], args[4:]) if len(args) > 4 and args[2] == 49 else (-1, b"")
        match function:
            case 65 if values[0] == 50:
                pass
            case 67:
                self._set(qr_dots=min(max(values[0], 1), 16))
            case 69 if values[0] in range(48, 52):
                self._set(qr_level=values[0])
            case 80:
                self._qr_data = values[1:]
            case 81:
                self._print_square()
            case _:
                self._note(f"unknown code function {args[2:5].hex(' ').upper()}", unknown=True)

    def _print_square(self) -> None:
        try:
            matrix = symbols.qr_matrix(self._qr_data, self._modes.qr_level - 48)
        except symbols.SymbolRefused as refused:
            self._note(f"QR code refused: {refused}")
            return
        width = len(matrix) * self._modes.qr_dots
        if width > self._area:
            self._note("QR code wider than the paper")
            return
        self._block(Square(0, matrix, self._modes.qr_dots, self._qr_data), width, width)


def _word(low_high: bytes) -> int:
    return low_high[0] + 256 * low_high[1]


def _width_of(piece: Piece) -> int:
    if isinstance(piece, Letter):
        return piece.width
    return piece.width * piece.zoom[0] if isinstance(piece, Picture) else 0
