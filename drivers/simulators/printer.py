"""A receipt printer on a TCP port that speaks ESC/POS and can run out of paper, open its cover or lose its
cable.

    tillpoint device simulate printer --port 9100 --out receipts/

Like a real one it has a receive buffer that the print head works off: status questions (DLE EOT) are answered
at once, GS r and GS ( H in their turn, and what is in the buffer when the paper ends is printed when there is
new paper. A question within a picture is answered too, and DLE DC4 amid its dots opens the drawer.
"""

from __future__ import annotations

import re
import signal
import socket
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.printer.commands import Kind, Token, Tokenizer
from drivers.simulators import options
from drivers.simulators.knobs import counted_down, through_the_line, until
from drivers.simulators.panels import PrinterPanel
from drivers.simulators.port import PortDevice, add_options, made, running, send

_BUFFER_BYTES: Final = 64 << 10
_CUTS: Final = frozenset({"GS V", "ESC i", "ESC m"})
_PEELED: Final = b"\x1c(L\x02\x00A0"
"""FS ( L, function 65: a label lies where it is peeled off, and somebody does."""
_PULSES: Final = re.compile(rb"\x10\x14\x01[\x00\x01][\x01-\x08]", re.DOTALL)
"""DLE DC4, function 1."""


@dataclass(slots=True)
class PrinterKnobs:
    """What can be wrong with it. Set through ``PrinterSimulator.turn``, at any time.

    ``bytes_per_second``: how quickly the head works off the buffer; None is at once.
    ``cut_cable_after_bytes``: the connection is reset when so many more bytes have been received; bytes
    behind are lost. ``lost_byte``, ``doubled_byte``: the so-manyth byte from now is lost on the line, or comes twice.
    ``paper_out_after_bytes``, ``jam_after_bytes``, ``power_cut_after_bytes``: the paper ends, the cutter gets stuck, or
    the power goes as in ``switch_off``, when so many more bytes have been printed; a command is printed whole.
    ``jammed``: the cutter is stuck until a hand frees it.
    ``drawer_open``: a pulse opens the drawer (if there is one: ``has_drawer``), a hand closes it.
    ``drawer_open_is_low``: its switch pulls pin 3 low while it is open, instead of high.
    ``silent``: answers nothing. ``has_cutter`` False: a paper ends when its connection does, as if torn off.
    """

    paper_out: bool = False
    paper_near_end: bool = False
    cover_open: bool = False
    jammed: bool = False
    silent: bool = False
    bytes_per_second: int | None = None
    cut_cable_after_bytes: int | None = None
    lost_byte: int | None = None
    doubled_byte: int | None = None
    paper_out_after_bytes: int | None = None
    jam_after_bytes: int | None = None
    power_cut_after_bytes: int | None = None
    has_cutter: bool = True
    has_drawer: bool = True
    drawer_open: bool = False
    drawer_open_is_low: bool = False


class PrinterSimulator(PortDevice[PrinterKnobs]):
    """``receipts`` are the bytes of each paper cut off so far; with ``out_dir`` each is also a file
    ``receipt-0001.bin`` there.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1", out_dir: Path | None = None) -> None:
        self._buffer: deque[tuple[Token, socket.socket]] = deque()
        self._buffered_bytes = 0
        self._paper = bytearray()
        self._receipts: list[bytes] = []
        self._drawer_pulses = 0
        super().__init__(PrinterKnobs(), port, host, out_dir)

    @property
    def receipts(self) -> tuple[bytes, ...]:
        with self._changed:
            return tuple(self._receipts)

    @property
    def unfinished(self) -> bytes:
        """What has been printed and not cut off."""
        with self._changed:
            return bytes(self._paper)

    @property
    def drawer_pulses(self) -> int:
        with self._changed:
            return self._drawer_pulses

    def wait_for_receipts(self, count: int, timeout_ms: int) -> bool:
        """Whether so many receipts have been cut off before the time is over."""
        return self.wait_until(lambda: len(self._receipts) >= count, timeout_ms)

    def switch_off(self) -> None:
        """Power lost: the buffer is forgotten and connections end; what is on the paper stays there."""
        with self._changed:
            self._lose_power()

    def _lose_power(self) -> None:
        self._buffer.clear()
        self._buffered_bytes = 0
        self._hang_up()
        self._changed.notify_all()

    def stop(self) -> None:
        """Paper not cut off yet is torn off, so that its bytes are kept."""
        super().stop()
        with self._changed:
            self._tear()

    def _serve(self, connection: socket.socket) -> None:
        tokenizer = Tokenizer()
        for data in self._coming(connection):
            data, cut = self._as_it_comes(data)
            tokens = tokenizer.feed(data)
            for token in tokens:
                self._received(token, connection)
            within = not tokens or tokens[-1].name != "DLE EOT"
            if within and data[-3:-1] == b"\x10\x04":
                self._asked(data[-1], connection)
            if cut:
                with self._changed:
                    self._hang_up()
                break
        with self._changed:
            if not self._knobs.has_cutter:
                self._changed.wait_for(lambda: self._stopping or not self._buffer)
                self._tear()

    def _as_it_comes(self, data: bytes) -> tuple[bytes, bool]:
        """What a bad line makes of it, and whether the cable is cut there."""
        with self._changed:
            data = through_the_line(self._knobs, "lost_byte", data, 0)
            data = through_the_line(self._knobs, "doubled_byte", data, 2)
            return until(self._knobs, "cut_cable_after_bytes", data)

    def _received(self, token: Token, connection: socket.socket) -> None:
        """Real-time commands act now, the others wait in the buffer; a full buffer stops the receiving."""
        with self._changed:
            if token.name == "DLE EOT":
                self._asked(token.args[0], connection)
                return
            for _ in _PULSES.findall(token.raw):
                self._open_drawer()
            self._changed.wait_for(lambda: self._stopping or self._buffered_bytes < _BUFFER_BYTES)
            self._buffer.append((token, connection))
            self._buffered_bytes += len(token.raw)
            self._changed.notify_all()

    def _asked(self, question: int, connection: socket.socket) -> None:
        with self._changed:
            self._send(connection, self._status(question))

    def _status(self, question: int) -> bytes:
        knobs = self._knobs
        stopped = knobs.paper_out or knobs.cover_open or knobs.jammed
        pin_high = knobs.has_drawer and knobs.drawer_open is not knobs.drawer_open_is_low
        answers = {
            1: (0x08 if stopped else 0) | (0x04 if pin_high else 0),
            2: (0x04 if knobs.cover_open else 0) | (0x20 if knobs.paper_out else 0) | (0x40 if knobs.jammed else 0),
            3: 0x08 if knobs.jammed else 0,
            4: (0x60 if knobs.paper_out else 0) | (0x0C if knobs.paper_near_end or knobs.paper_out else 0),
        }
        return bytes((0x12 | answers[question],)) if question in answers else b""

    def _work(self) -> None:
        """The head: takes commands from the buffer one by one, as quickly as it is and while there is paper."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._stopping or (self._buffer and self._can_print()))
                if self._stopping:
                    return
                token, connection = self._buffer[0]
                if self._knobs.bytes_per_second:
                    self._changed.wait_for(lambda: self._stopping, len(token.raw) / self._knobs.bytes_per_second)
                if self._stopping or not self._can_print() or not self._buffer:
                    continue
                self._buffer.popleft()
                self._buffered_bytes -= len(token.raw)
                self._printed(token, connection)
                self._changed.notify_all()

    def _can_print(self) -> bool:
        return not (self._knobs.paper_out or self._knobs.cover_open or self._knobs.jammed)

    def _printed(self, token: Token, connection: socket.socket) -> None:
        if token.name == "GS r":
            self._send(connection, b"\x03" if self._knobs.paper_near_end else b"\x00")
        elif token.name == "GS ( H" and token.args[2:4] == b"00":
            self._send(connection, b"\x37\x22" + token.args[4:8] + b"\x00")
        else:
            self._paper += token.raw
            if token.name == "ESC p":
                self._open_drawer()
            self._use_paper(len(token.raw))
        if token.kind is Kind.COMMAND and (token.name in _CUTS or token.raw == _PEELED):
            self._tear()
        if counted_down(self._knobs, "power_cut_after_bytes", len(token.raw)):
            self._lose_power()

    def _open_drawer(self) -> None:
        self._drawer_pulses += 1
        self._knobs.drawer_open = self._knobs.has_drawer

    def _use_paper(self, count: int) -> None:
        if counted_down(self._knobs, "paper_out_after_bytes", count):
            self._knobs.paper_out = True
        if counted_down(self._knobs, "jam_after_bytes", count):
            self._knobs.jammed = True

    def _tear(self) -> None:
        if not self._paper:
            return
        receipt = bytes(self._paper)
        self._paper.clear()
        self._receipts.append(receipt)
        self._keep(f"receipt-{len(self._receipts):04d}.bin", lambda path: path.write_bytes(receipt))
        self._changed.notify_all()

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        if not self._knobs.silent:
            send(connection, answer)


def main(argv: Sequence[str] | None = None) -> int:
    parser = options.parser("printer", __doc__)
    add_options(parser, 9100)
    parser.add_argument("--out", type=Path, required=True, help="folder for receipt-0001.bin and so on")
    parser.add_argument("--paper-out", action="store_true")
    parser.add_argument("--cover-open", action="store_true")
    parser.add_argument("--silent", action="store_true", help="answer no questions")
    parser.add_argument("--no-cutter", action="store_true")
    parser.add_argument("--bytes-per-second", type=int)
    parser.add_argument(
        "--drawer", choices=("high", "low"),
        help="a drawer hangs on it, whose switch pulls pin 3 so while it is open; SIGUSR1 closes it, as a hand does",
    )  # fmt: skip
    parser.add_argument("--mm", type=int, choices=(58, 80), default=80, help="its paper on the page (default: 80)")
    parser.add_argument(
        "--letters", choices=("gb18030", "big5"), default="gb18030", help="its Chinese font on the page"
    )
    given = parser.parse_args(argv)
    simulator = made(parser, given, lambda: PrinterSimulator(given.port, given.host, given.out))
    simulator.turn(
        paper_out=given.paper_out,
        cover_open=given.cover_open,
        silent=given.silent,
        has_cutter=not given.no_cutter,
        bytes_per_second=given.bytes_per_second,
        has_drawer=given.drawer is not None,
        drawer_open_is_low=given.drawer == "low",
    )
    signal.signal(signal.SIGUSR1, lambda *_: simulator.turn(drawer_open=False))
    panel = PrinterPanel(simulator, 576 if given.mm == 80 else 384, given.letters)
    with running(parser, simulator, panel, given.page) as ended:
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
