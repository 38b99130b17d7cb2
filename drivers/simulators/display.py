"""A pole display that isn't there: a pseudo-terminal that understands both command sets, and a picture of its face.

It is written from the command lists of the makers, not from ``drivers.display``: what that sends wrongly shows here.
``python -m drivers.simulators.display --link /tmp/display --png display.png``
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.simulators import page
from drivers.simulators.line import ListeningDevice
from drivers.simulators.panels import DisplayPanel

if TYPE_CHECKING:
    from PIL.Image import Image

COLUMNS: Final = 20
ROWS: Final = 2
_DOTS: Final = 28
"""Height of a letter in the picture; a column is half as wide."""


class Face:
    """What a display shows, byte after byte. Cells hold single bytes; a Chinese letter fills two."""

    def __init__(self, letters: str = "gb18030") -> None:
        self.letters = letters
        self.unknown = 0
        """Bytes of commands it doesn't know."""
        self._cells = [bytearray(b" " * COLUMNS) for _ in range(ROWS)]
        self._row = self._column = 0
        self._command = b""
        self._line: bytearray | None = None

    def feed(self, raw: bytes) -> None:
        for each in raw:
            self._take(each)

    @property
    def lines(self) -> tuple[str, str]:
        upper, lower = (bytes(row).decode(self.letters, errors="replace") for row in self._cells)
        return upper, lower

    def switch_on(self) -> None:
        """As it is after its power was gone: nothing is left of what it showed."""
        self._clear()
        self._command, self._line = b"", None

    def _clear(self) -> None:
        for row in self._cells:
            row[:] = b" " * COLUMNS
        self._row = self._column = 0

    def _take(self, each: int) -> None:
        if self._line is not None:
            self._whole_line(each)
        elif self._command:
            self._command += bytes([each])
            self._obey()
        elif each in (0x1B, 0x1F):
            self._command = bytes([each])
        elif each == 0x0C:
            self._clear()
        elif each == 0x0D:
            self._column = 0
        elif each == 0x0A:
            self._row = (self._row + 1) % ROWS
        elif each >= 0x20:
            self._put(each)
        else:
            self.unknown += 1

    def _obey(self) -> None:
        command = self._command
        match command[:2]:
            case b"\x1bQ" if len(command) < 3:
                return
            case b"\x1bQ" if command[2:] in (b"A", b"B"):
                self._row = b"AB".index(command[2:])
                self._line = bytearray()
            case b"\x1b@":
                self._clear()
            case b"\x1b_" | b"\x1b=" | b"\x1fC" if len(command) < 3:
                return
            case b"\x1b_" | b"\x1b=" | b"\x1fC":
                pass
            case b"\x1f$" if len(command) < 4:
                return
            case b"\x1f$" if 1 <= command[2] <= COLUMNS and 1 <= command[3] <= ROWS:
                self._column, self._row = command[2] - 1, command[3] - 1
            case _ if len(command) < 2:
                return
            case _:
                self.unknown += len(command)
        self._command = b""

    def _whole_line(self, each: int) -> None:
        assert self._line is not None
        if each != 0x0D:
            if len(self._line) < COLUMNS:
                self._line.append(each)
            return
        self._cells[self._row][:] = bytes(self._line).ljust(COLUMNS)
        self._line = None

    def _put(self, each: int) -> None:
        self._cells[self._row][self._column] = each
        self._column += 1
        if self._column == COLUMNS:
            self._column, self._row = 0, (self._row + 1) % ROWS

    def picture(self) -> Image:
        """Its window as a person sees it. Raises ``FontMissing``."""
        from PIL import Image, ImageDraw

        from drivers.printer.fonts import load

        wide = _DOTS // 2 + 2
        image = Image.new("RGB", (COLUMNS * wide + 40, ROWS * (_DOTS + 14) + 40), "#10221f")
        draw = ImageDraw.Draw(image)
        draw.rounded_rectangle((12, 12, image.width - 13, image.height - 13), 8, fill="#041210")
        font = load("TC" if self.letters == "big5" else "SC", bold=False, size_dots=_DOTS)
        for row, line in enumerate(self.lines):
            column = 0
            for char in line:
                draw.text((20 + column * wide, 20 + row * (_DOTS + 14)), char, font=font, fill="#5cf2d6")
                column += min(2, len(char.encode(self.letters, errors="replace")))
        return image


class DisplaySimulator(ListeningDevice):
    """A display on a pseudo-terminal until it is closed; ``lines`` is what it shows now."""

    def __init__(self, link: Path | None = None, letters: str = "gb18030", picture: Path | None = None) -> None:
        self._face = Face(letters)
        self._picture = picture
        self._lock = threading.Lock()
        super().__init__("display", link)

    @property
    def lines(self) -> tuple[str, str]:
        with self._lock:
            return self._face.lines

    @property
    def unknown(self) -> int:
        with self._lock:
            return self._face.unknown

    def picture(self) -> Image:
        """Raises ``FontMissing``."""
        with self._lock:
            return self._face.picture()

    def switch_off_and_on(self) -> None:
        with self._lock:
            self._face.switch_on()

    def take(self, raw: bytes) -> None:
        with self._lock:
            self._face.feed(raw)
            if self._picture is not None:
                self._face.picture().save(self._picture)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tillpoint device simulate display", description=__doc__)
    parser.add_argument("--link", type=Path, required=True, help="where the display's device shall be")
    parser.add_argument("--letters", choices=("cp437", "gb18030", "big5"), default="gb18030")
    parser.add_argument("--png", type=Path, help="a picture of what it shows, written at each change")
    page.add_option(parser)
    given = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with DisplaySimulator(given.link, given.letters, given.png) as display, suppress(KeyboardInterrupt):
        shown = display.lines
        sys.stdout.write(f"{display.path}\n")
        sys.stdout.flush()
        with page.shown(parser, DisplayPanel(display), given.page):
            while True:
                threading.Event().wait(0.1)
                if display.lines != shown:
                    shown = display.lines
                    sys.stdout.write("".join(f"|{line}|\n" for line in shown) + "\n")
                    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
