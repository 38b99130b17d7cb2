"""The minds of two label printers: bytes in, labels as pictures out.

Written from the makers' command references and not from ``drivers.label``: what that sends wrongly shows here. They
know what a shelf label needs and nothing else, and are strict: whatever they don't know is an ``error``, never skipped
in silence.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drivers.printer import symbols

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_BYTES: Final = 4 << 20
_MOST_DOTS: Final = 4_000
_WHITE, _BLACK = 255, 0


class _Wrong(ValueError):
    """A command that can't be obeyed."""


@dataclass(frozen=True, slots=True)
class Question:
    """The host asks how the printer is."""


@dataclass(frozen=True, slots=True)
class Job:
    """One label to be printed ``copies`` times. ``gap`` tells labels from a roll without gaps."""

    picture: Image
    copies: int
    gap: bool


class LabelPress(ABC):
    def __init__(self) -> None:
        self.errors: list[str] = []
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Question | Job]:
        """What is complete. Never raises."""
        self._rest += data
        if len(self._rest) > _MOST_BYTES:
            self._error("far more bytes than a command has")
            self._rest.clear()
        found: list[Question | Job] = []
        while (command := self._next()) is not None:
            try:
                made = self._obey(command)
            except (_Wrong, symbols.SymbolRefused) as wrong:
                self._error(f"{command[:24]!r}: {wrong}")
            else:
                found += [made] if made is not None else []
        return found

    def switch_on(self) -> None:
        """As it is after its power was gone."""
        self._rest.clear()
        self._forget()

    @property
    @abstractmethod
    def in_format(self) -> bool:
        """Whether a label has begun and isn't whole."""

    @abstractmethod
    def answer(self, *, labels_out: bool, ribbon_out: bool, cover_open: bool, paused: bool, waiting: int) -> bytes:
        """What the question is answered with. ``waiting``: labels still to be printed."""

    @abstractmethod
    def _forget(self) -> None: ...

    @abstractmethod
    def _next(self) -> bytes | None:
        """The next whole command, taken from ``_rest``."""

    @abstractmethod
    def _obey(self, command: bytes) -> Question | Job | None: ...

    def _error(self, what: str) -> None:
        if len(self.errors) < 100:
            self.errors.append(what)


class _Sheet:
    """A label that things are put on; what doesn't lie on it is wrong."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image

        if not (1 <= width <= _MOST_DOTS and 1 <= height <= _MOST_DOTS):
            raise _Wrong(f"no label is {width} × {height} dots")
        self.image = Image.new("L", (width, height), _WHITE)

    def put(self, left: int, top: int, ink: Image) -> None:
        self._check(left, top, *ink.size)
        self.image.paste(_BLACK, (left, top), ink)

    def overwrite(self, left: int, top: int, paper: Image) -> None:
        """Zeros are ink. What hangs over the right edge is cut, as rows are whole bytes."""
        self._check(left, top, paper.width - 7, paper.height)
        self.image.paste(paper.convert("L"), (left, top))

    def fill(self, left: int, top: int, width: int, height: int) -> None:
        from PIL import Image

        self.put(left, top, Image.new("1", (width, height), 1))

    def bars(self, left: int, top: int, height: int, module: int, modules: str) -> None:
        from PIL import Image

        row = Image.new("1", (len(modules), 1))
        row.putdata([255 * (each == "1") for each in modules])
        self.put(left, top, row.resize((len(modules) * module, height), Image.Resampling.NEAREST))

    def _check(self, left: int, top: int, width: int, height: int) -> None:
        if left < 0 or top < 0 or left + width > self.image.width or top + height > self.image.height:
            raise _Wrong("not on the label")


def _numbers(text: str, count: int, most: int = 99_999) -> list[int]:
    parts = text.split(",")
    if len(parts) != count or not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):
        raise _Wrong(f"not {count} numbers")
    found = [int(part) for part in parts]
    if max(found) > most:
        raise _Wrong("a number too large")
    return found


def _modules(kind: str, digits: bytes) -> str:
    """Of digits without check digit, which the printer adds."""
    length = {"ean13": 12, "upca": 11, "ean8": 7}[kind]
    if len(digits) != length:
        raise _Wrong(f"not {length} digits")
    if kind == "ean8":
        return symbols.ean8(symbols.ean_digits(digits, 8))
    return symbols.ean13(symbols.ean_digits(digits.rjust(12, b"0"), 13))


class ZplPress(LabelPress):
    """Commands begin with ^ or ~ and end where the next begins; ~HS, ^XA, ^XZ and ^FS have nothing behind them."""

    _WHOLE: Final = (b"~HS", b"^XA", b"^XZ", b"^FS")
    _KINDS: Final = {"BE": "ean13", "B8": "ean8", "BU": "upca"}

    def __init__(self) -> None:
        super().__init__()
        self._forget()

    def _forget(self) -> None:
        self._open = False
        self._size = [0, 0]
        self._gap = True
        self._sheet: _Sheet | None = None
        self._at: list[int] | None = None
        self._module = 2
        self._code: tuple[str, int] | None = None
        self._copies = 1

    @property
    def in_format(self) -> bool:
        return self._open or bool(self._rest.strip())

    def answer(self, *, labels_out: bool, ribbon_out: bool, cover_open: bool, paused: bool, waiting: int) -> bytes:
        length = self._size[1]
        first = f"030,{labels_out:d},{paused:d},{length:04d},{min(waiting, 999):03d},0,0,{self.in_format:d},000,0,0,0"
        second = f"000,0,{cover_open:d},{ribbon_out:d},0,2,4,0,{waiting:08d},1,000"
        return "".join(f"\x02{line}\x03\r\n" for line in (first, second, "1234,0")).encode()

    def _next(self) -> bytes | None:
        start = len(self._rest) - len(self._rest.lstrip(b"\r\n\t "))
        if start == len(self._rest):
            self._rest.clear()
            return None
        raw = bytes(self._rest[start:])
        if raw[:1] not in (b"^", b"~"):
            end = min((at for mark in b"^~" if (at := raw.find(bytes([mark]))) >= 0), default=-1)
            end = len(raw) if end < 0 else end
        elif raw[:3] in self._WHOLE:
            end = 3
        else:
            end = min((at for mark in b"^~" if (at := raw.find(bytes([mark]), 1)) >= 0), default=-1)
            if end < 0:
                return None
        del self._rest[: start + end]
        return raw[:end].rstrip(b"\r\n")

    def _obey(self, command: bytes) -> Question | Job | None:
        name = command[1:3].decode("latin-1")
        rest = command[3:].decode("latin-1")
        if command[:1] == b"~" and name == "HS":
            return Question()
        if command[:1] != b"^":
            raise _Wrong("no command")
        if name == "XA":
            if self._open:
                raise _Wrong("a format within a format")
            self._forget()
            self._open = True
            return None
        if not self._open:
            raise _Wrong("outside of a format")
        if name == "XZ":
            return self._end()
        self._in_format(name, rest)
        return None

    def _end(self) -> Job:
        self._open = False
        return Job(self._paper().image, self._copies, self._gap)

    def _in_format(self, name: str, rest: str) -> None:
        match name:
            case "PW":
                self._size[0] = _numbers(rest, 1)[0]
            case "LL":
                self._size[1] = _numbers(rest, 1)[0]
            case "LH" if rest == "0,0":
                pass
            case "LS" if rest == "0":
                pass
            case "PO" | "FW" if rest == "N":
                pass
            case "MN" if rest in ("Y", "N"):
                self._gap = rest == "Y"
            case "PQ" if (found := re.fullmatch(r"([0-9]{1,8}),0,1,Y", rest)) and int(found[1]) > 0:
                self._copies = int(found[1])
            case "FO":
                self._at = _numbers(rest, 2)
            case "FS":
                if self._code is not None:
                    raise _Wrong("a code without data")
                self._at = None
            case "BY":
                self._module = _numbers(rest, 1, 10)[0]
            case "GB":
                self._box(*_numbers(rest, 3))
            case "GF":
                self._graphic(rest)
            case "BE" | "B8" | "BU":
                found = re.fullmatch(r"N,([0-9]{1,4}),N,N(,N)?", rest)
                if found is None:
                    raise _Wrong("not as this printer draws codes")
                self._code = self._KINDS[name], int(found[1])
            case "FD":
                self._data(rest)
            case _:
                raise _Wrong("unknown")

    def _paper(self) -> _Sheet:
        if self._sheet is None:
            self._sheet = _Sheet(*self._size)
        return self._sheet

    def _origin(self) -> list[int]:
        if self._at is None:
            raise _Wrong("no place was given")
        return self._at

    def _box(self, width: int, height: int, border: int) -> None:
        if border < min(width, height):
            raise _Wrong("a box that isn't filled")
        left, top = self._origin()
        self._paper().fill(left, top, width, height)

    def _data(self, digits: str) -> None:
        if self._code is None:
            raise _Wrong("text, which this printer has no letters for")
        (kind, height), self._code = self._code, None
        left, top = self._origin()
        self._paper().bars(left, top, height, self._module, _modules(kind, digits.encode("latin-1")))

    def _graphic(self, rest: str) -> None:
        from PIL import Image

        found = re.fullmatch(r"A,([0-9]{1,7}),([0-9]{1,7}),([0-9]{1,4}),(.*)", rest, re.DOTALL)
        if found is None:
            raise _Wrong("no picture")
        total, stride = int(found[2]), int(found[3])
        if found[1] != found[2] or stride < 1 or total % stride or not 0 < total <= _MOST_BYTES:
            raise _Wrong("a picture whose sizes disagree")
        bits = bytes.fromhex(_unpacked(found[4], stride * 2, total // stride))
        ink = Image.frombytes("1", (stride * 8, total // stride), bits)
        left, top = self._origin()
        room = self._paper().image.width - left
        if ink.width - room in range(1, 8):
            ink = ink.crop((0, 0, room, ink.height))
        self._paper().put(left, top, ink)


_REPEATS: Final = {chr(ord("G") + n): n + 1 for n in range(19)} | {chr(ord("g") + n): 20 * (n + 1) for n in range(20)}


def _unpacked(packed: str, width: int, rows: int) -> str:
    """Hexadecimal digits, ``width`` to the row."""
    made: list[str] = []
    row, times = "", 0
    for char in packed:
        if len(made) >= rows:
            raise _Wrong("more dots than the picture has")
        if char in _REPEATS:
            times += _REPEATS[char]
            continue
        if char in "0123456789ABCDEF":
            row += char * max(times, 1)
        elif char in ",!" and not times:
            row = row.ljust(width, "0" if char == "," else "F")
        elif char == ":" and made and not row and not times:
            row = made[-1]
        elif char in "\r\n":
            continue
        else:
            raise _Wrong(f"{char!r} in a picture")
        times = 0
        if len(row) > width:
            raise _Wrong("a row longer than the picture is wide")
        if len(row) == width:
            made.append(row)
            row = ""
    if len(made) != rows or row or times:
        raise _Wrong("fewer dots than the picture has")
    return "".join(made)


class TsplPress(LabelPress):
    """Lines of a command and its parameters; only BITMAP has bytes behind them. ESC ! ? stands between lines."""

    _BITMAP: Final = re.compile(rb"BITMAP ([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,4}),([0-9]{1,5}),([0-9]),")
    _SIZE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9])?) mm,([0-9]{1,3}(?:\.[0-9])?) mm")
    _BARCODE: Final = re.compile(
        r'([0-9]{1,5}),([0-9]{1,5}),"(EAN13|EAN8|UPCA)",([0-9]{1,4}),0,0,([0-9]{1,2}),([0-9]{1,2}),"([0-9]+)"'
    )
    _LONGEST: Final = 512

    def __init__(self, dpi: int = 203) -> None:
        super().__init__()
        self._dpi = dpi
        self._forget()

    def _forget(self) -> None:
        self._size = (0, 0)
        self._gap = True
        self._sheet: _Sheet | None = None

    @property
    def in_format(self) -> bool:
        return self._sheet is not None

    def answer(self, *, labels_out: bool, ribbon_out: bool, cover_open: bool, paused: bool, waiting: int) -> bytes:
        flags = (cover_open, 0x01), (labels_out, 0x04), (ribbon_out, 0x08), (paused, 0x10), (waiting > 0, 0x20)
        return bytes([sum(bit for is_on, bit in flags if is_on)])

    def _next(self) -> bytes | None:
        rest = self._rest
        if rest[:1] == b"\x1b":
            return self._take(3, 0) if len(rest) >= 3 else None
        if rest[:7] == b"BITMAP ":
            found = self._BITMAP.match(rest)
            if found is not None:
                end = found.end() + int(found[3]) * int(found[4])
                return self._take(end, 2) if len(rest) >= end + 2 else None
        end = rest.find(b"\n")
        if end < 0:
            return self._take(len(rest), 0) if len(rest) > self._LONGEST else None
        return self._take(end, 1)

    def _take(self, length: int, after: int) -> bytes:
        command = bytes(self._rest[:length])
        del self._rest[: length + after]
        return command

    def _obey(self, command: bytes) -> Question | Job | None:
        if command == b"\x1b!?":
            return Question()
        if (bitmap := self._BITMAP.match(command)) is not None:
            self._bitmap([int(number) for number in bitmap.groups()], command[bitmap.end() :])
            return None
        name, _, rest = command.rstrip(b"\r").decode("latin-1").partition(" ")
        match name:
            case "SIZE" if found := self._SIZE.fullmatch(rest):
                self._size = self._dots(found[1]), self._dots(found[2])
            case "GAP" if (found := self._SIZE.fullmatch(rest)) and float(found[2]) == 0:
                self._gap = float(found[1]) > 0
            case "DIRECTION" if rest == "1":
                pass
            case "REFERENCE" if rest == "0,0":
                pass
            case "CLS" if not rest:
                self._sheet = _Sheet(*self._size)
            case "BAR":
                self._paper().fill(*_numbers(rest, 4))
            case "BARCODE" if found := self._BARCODE.fullmatch(rest):
                left, top, kind, height, narrow, _, digits = found.groups()
                modules = _modules(kind.lower(), digits.encode())
                self._paper().bars(int(left), int(top), int(height), int(narrow), modules)
            case "PRINT" if (found := re.fullmatch(r"1,([0-9]{1,4})", rest)) and int(found[1]) > 0:
                sheet, self._sheet = self._paper(), None
                return Job(sheet.image, int(found[1]), self._gap)
            case "" if not rest:
                pass
            case _:
                raise _Wrong("unknown")
        return None

    def _dots(self, mm: str) -> int:
        return round(float(mm) * self._dpi / 25.4)

    def _paper(self) -> _Sheet:
        if self._sheet is None:
            raise _Wrong("no CLS before it")
        return self._sheet

    def _bitmap(self, numbers: list[int], data: bytes) -> None:
        from PIL import Image

        left, top, stride, rows, mode = numbers
        if mode != 0 or not stride or not rows:
            raise _Wrong("not a picture that overwrites")
        self._paper().overwrite(left, top, Image.frombytes("1", (stride * 8, rows), data))


PRESSES: Final = {"zpl": ZplPress, "tspl": TsplPress}
