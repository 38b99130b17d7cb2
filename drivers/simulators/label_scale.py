"""A label scale of the fresh department on a TCP port that speaks the text protocol of Dahua's TM scales.

    python -m drivers.simulators.label_scale --port 4001 --out labels/

reads from standard input what is put on it: a PLU number and a weight in kilograms (``3 0.455``) or a count of pieces
(``17 2``), and prints the label: its code is said on standard output, its picture is ``label-0001.png``. Written from
the descriptions of the protocol alone; it shares no code with the driver.
"""

from __future__ import annotations

import argparse
import re
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.simulators.knobs import counted_down
from drivers.simulators.panels import LabelScalePanel
from drivers.simulators.port import PortDevice, add_options, made, running, say, send

if TYPE_CHECKING:
    from PIL.Image import Image

LAYOUTS: Final = ("FFWWWWWEEEEEC", "FFWWWWWNNNNNC", "FFWWWWWEEEEENNNNNC", "FFWWWWWNNNNNEEEEEC")
_PLU_LINE: Final = re.compile(
    rb"!0V(\d{4})A(\d{7})(\d{6})([012])\d{6}(\d{3})(\d\d)\d\d\d{13}(\d{5})\d{28}B(\d*)C\d*D\d*E"
)
_END: Final = b"\r\n\x03"


class NoLabel(ValueError):
    """It beeps and prints nothing; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Held:
    """A row of its table: the fields as digits, as they came. ``body`` is all between ``A`` and ``E``."""

    code: str
    price_minor: int
    mode: str
    days: int
    prefix: str
    tare_g: int
    places: str
    body: bytes

    @property
    def name(self) -> str:
        pairs = re.findall(r"(\d\d)(\d\d)", self.places)
        return "".join(_letter(int(row), int(place)) for row, place in pairs)


@dataclass(slots=True)
class ScaleKnobs:
    """What can be wrong with it. Set through ``LabelScaleSimulator.turn``, at any time.

    ``silent``: takes lines and answers nothing; ``deaf``: takes nothing either. ``drop_after``: the connection breaks
    at the so-manyth PLU from now, before it is taken; ``lose_answer_after``: after it was taken, before its answer;
    ``cut_answer_after``: in the middle of its answer. ``refuses``: PLU numbers that it doesn't take. ``capacity``: so
    many PLUs go into it. ``ms_per_line``: how long it takes over one. ``other``: it is another device, which says OK.
    """

    silent: bool = False
    deaf: bool = False
    drop_after: int | None = None
    lose_answer_after: int | None = None
    cut_answer_after: int | None = None
    refuses: frozenset[int] = frozenset()
    capacity: int = 4_000
    ms_per_line: int = 0
    other: bool = False


@dataclass(slots=True)
class _Printed:
    codes: list[str] = field(default_factory=list)
    pictures: list[Image] = field(default_factory=list)


class LabelScaleSimulator(PortDevice[ScaleKnobs]):
    def __init__(
        self, port: int = 0, host: str = "127.0.0.1", layout: str = "FFWWWWWEEEEENNNNNC", out_dir: Path | None = None
    ) -> None:
        if layout not in LAYOUTS:
            raise ValueError(f"The scale has no layout {layout}.")
        self._layout = layout
        self._table: dict[int, Held] = {}
        self._printed = _Printed()
        self._lines = 0
        super().__init__(ScaleKnobs(), port, host, out_dir)

    @property
    def table(self) -> dict[int, Held]:
        with self._changed:
            return dict(self._table)

    @property
    def lines(self) -> int:
        """How many PLU lines have come."""
        with self._changed:
            return self._lines

    @property
    def codes(self) -> tuple[str, ...]:
        """Of the labels printed so far."""
        with self._changed:
            return tuple(self._printed.codes)

    def forget(self) -> None:
        """Its table is cleared, as by its keys or a new battery."""
        with self._changed:
            self._table.clear()

    def weigh(self, number: int, amount_milli: int, on: date) -> str:
        """Print a label and give its code: ``amount_milli`` grams are on it with the tare, or thousandths of a piece
        were keyed. Raise ``NoLabel``.

        The amount is cut off to whole minor units, as these scales do.
        """
        with self._changed:
            held = self._table.get(number)
            if held is None:
                raise NoLabel(f"There is no PLU {number}.")
            net_milli = amount_milli - (held.tare_g if held.mode == "0" else 0)
            if net_milli <= 0 or (held.mode != "0" and net_milli % 1_000):
                raise NoLabel("There is nothing to sell on it.")
            amount_minor = held.price_minor * net_milli // 1_000
            code = _code(self._layout, held, amount_minor, net_milli)
            self._printed.codes.append(code)
            picture = _picture(held, code, amount_minor, net_milli, on)
            self._printed.pictures.append(picture)
            self._keep(f"label-{len(self._printed.codes):04d}.png", lambda path: picture.save(path, "PNG"))
            return code

    @property
    def pictures(self) -> tuple[Image, ...]:
        with self._changed:
            return tuple(self._printed.pictures)

    def _serve(self, connection: socket.socket) -> None:
        rest = b""
        for data in self._coming(connection):
            *whole, rest = (rest + data).split(b"\r\n")
            for line in whole:
                if not self._obey(line, connection):
                    return

    def _obey(self, line: bytes, connection: socket.socket) -> bool:
        """Whether the connection stays."""
        with self._changed:
            knobs = self._knobs
            if knobs.other:
                return send(connection, b"OK\r\n\x03")
            if knobs.deaf:
                return True
            threading.Event().wait(knobs.ms_per_line / 1000)
            plu = _PLU_LINE.fullmatch(line)
            if plu is None:
                asked = re.fullmatch(rb"!0U(\d{4})A", line)
                return True if asked is None or knobs.silent else send(connection, self._row(int(asked[1])))
            self._lines += 1
            if self._comes_up("drop_after"):
                return False
            answer = self._take(plu)
            if self._comes_up("lose_answer_after"):
                return False
            if self._comes_up("cut_answer_after"):
                send(connection, answer[:4])
                return False
            return True if knobs.silent else send(connection, answer)

    def _comes_up(self, knob: str) -> bool:
        return counted_down(self._knobs, knob, 1)

    def _take(self, plu: re.Match[bytes]) -> bytes:
        """What real ones answer to a PLU that they don't take isn't known: this one answers in the letter E."""
        number = int(plu[1])
        full = number not in self._table and len(self._table) >= self._knobs.capacity
        if number in self._knobs.refuses or full or number == 0:
            return b"0e" + plu[1] + (b"full" if full else b"no") + _END
        code, price, mode, days, prefix, tare, places = (each.decode() for each in plu.groups()[1:])
        body = plu[0][len(b"!0V0000A") :]
        self._table[number] = Held(code, int(price), mode, int(days), prefix, int(tare), places, body)
        return b"0v" + plu[1] + b"a" + plu[2][:1] + _END

    def _row(self, number: int) -> bytes:
        held = self._table.get(number)
        head = f"0u{number:04d}".encode()
        return head + (b"A" + held.body if held is not None else b"a") + _END


def _letter(row: int, place: int) -> str:
    """A letter of GB 2312 by its row and place."""
    if (row, place) == (1, 1):
        return " "
    if row == 3:
        return chr(place + 0x20)
    return bytes([row + 0xA0, place + 0xA0]).decode("gb2312", errors="replace")


def _code(layout: str, held: Held, amount_minor: int, net_milli: int) -> str:
    """The label's digits. Raise ``NoLabel`` where a figure is longer than its field: it prints no wrong one."""
    figures = {"F": held.prefix, "W": held.code[-5:], "E": f"{amount_minor:05d}", "N": f"{net_milli:05d}"}
    body = ""
    for letter in dict.fromkeys(layout[:-1]):
        figure, wide = figures[letter], layout.count(letter)
        if len(figure) != wide:
            raise NoLabel(f"{figure} is too long for the label.")
        body += figure
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return f"{body}{-total % 10}"


def _picture(held: Held, code: str, amount_minor: int, net_milli: int, on: date) -> Image:
    """60 × 40 mm at 203 dpi."""
    from drivers.label.document import Bars, Box, Label, Price, Text
    from drivers.label.drawing import picture

    net = f"{net_milli / 1_000:.3f} kg" if held.mode == "0" else f"{net_milli // 1_000} 件"
    below = f"{on.isoformat()}" + (f"  保质期至 {on + timedelta(held.days)}" if held.days else "")
    bars = Bars(Box(20, 255, 560, 90), "ean13" if len(code) == 13 else "code128", code)
    elements = (
        Text(Box(20, 16, 560, 76), held.name, 46, bold=True),
        Text(Box(20, 100, 330, 36), f"净重 {net}", 30),
        Text(Box(20, 140, 330, 36), f"单价 {held.price_minor / 100:.2f}", 30),
        Text(Box(20, 182, 560, 28), below, 22),
        Price(Box(350, 96, 230, 90), f"¥{amount_minor / 100:.2f}"),
        bars,
        Text(Box(20, 350, 560, 30), code, 24),
    )
    return picture(Label(600, 400, elements, "zh_Hans"), 203)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tillpoint device simulate label-scale", description=__doc__)
    add_options(parser, 4001)
    parser.add_argument("--out", type=Path, help="folder for label-0001.png and so on")
    parser.add_argument("--layout", choices=LAYOUTS, default="FFWWWWWEEEEENNNNNC", help="of the labels' codes")
    parser.add_argument("--capacity", type=int, default=4_000, help="so many PLUs go into it (default: %(default)s)")
    parser.add_argument("--refuse", type=int, action="append", default=[], metavar="PLU", help="a PLU it doesn't take")
    parser.add_argument("--drop-after", type=int, metavar="N", help="the connection breaks at the N-th PLU")
    parser.add_argument("--lose-answer-after", type=int, metavar="N", help="it takes the N-th PLU and its line breaks")
    parser.add_argument("--silent", action="store_true", help="answer nothing")
    parser.add_argument("--ms-per-line", type=int, default=0)
    given = parser.parse_args(argv)
    simulator = made(parser, given.port, lambda: LabelScaleSimulator(given.port, given.host, given.layout, given.out))
    simulator.turn(
        capacity=given.capacity, refuses=frozenset(given.refuse), drop_after=given.drop_after,
        lose_answer_after=given.lose_answer_after, silent=given.silent, ms_per_line=given.ms_per_line,
    )  # fmt: skip
    with running(parser, simulator, LabelScalePanel(simulator), given.page) as ended:
        threading.Thread(target=_weigh_lines, args=(simulator,), daemon=True).start()
        ended.wait()
    return 0


def _weigh_lines(simulator: LabelScaleSimulator) -> None:
    """Of each line the code of its label, or why there is none. The input's end doesn't end the scale."""
    for line in sys.stdin:
        found = re.fullmatch(r"([0-9]{1,4}) +([0-9]{1,2})(?:\.([0-9]{1,3}))?", line.strip())
        if found is None:
            say(f"{line.strip()!r} is no PLU number with a weight or a count, like 3 0.455.")
            continue
        amount_milli = int(found[2]) * 1_000 + int((found[3] or "0").ljust(3, "0"))
        try:
            say(simulator.weigh(int(found[1]), amount_milli, datetime.now().astimezone().date()))
        except NoLabel as none:
            say(str(none))


if __name__ == "__main__":
    sys.exit(main())
