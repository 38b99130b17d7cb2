"""A serial barcode scanner on a pseudo-terminal (Linux and macOS).

    python -m drivers.simulators.scanner --link /tmp/scanner

reads codes from standard input, one per line, and scans each.
"""

from __future__ import annotations

import argparse
import os
import selectors
import signal
import socket
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final

from drivers.simulators import page
from drivers.simulators.line import ListeningDevice, NotRead, Unplugged
from drivers.simulators.panels import ScannerPanel

_REMEMBERED: Final = 100


class ScannerSimulator(ListeningDevice):
    """``heard`` is what the till told it, ``scanned`` what it has read lately."""

    def __init__(self, link: Path | None = None) -> None:
        self.heard = b""
        self._scanned: deque[str] = deque(maxlen=_REMEMBERED)
        super().__init__("scanner", link)

    def take(self, raw: bytes) -> None:
        self.heard += raw

    def scan(self, code: str, suffix: str = "\r", aim: str | None = None) -> None:
        """Read a label: ``aim`` (such as ``]E0``), the code, the suffix. Raises ``Unplugged`` or ``NotRead``."""
        self.send(f"{aim or ''}{code}{suffix}".encode())
        self._scanned.append(code)

    @property
    def scanned(self) -> tuple[str, ...]:
        return tuple(self._scanned)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tillpoint device simulate scanner", description=__doc__)
    parser.add_argument("--link", type=Path, required=True, help="where the scanner's device shall be")
    parser.add_argument("--suffix", choices=("cr", "lf", "crlf", "tab", "none"), default="cr")
    parser.add_argument("--aim", help="AIM identifier before each code, such as ]E0")
    page.add_option(parser)
    given = parser.parse_args(argv)
    suffix = {"cr": "\r", "lf": "\n", "crlf": "\r\n", "tab": "\t", "none": ""}[given.suffix]
    woken, waker = socket.socketpair()

    def end(_signal: int, _frame: FrameType | None) -> None:
        waker.send(b"x")

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        simulator = ScannerSimulator(given.link)
    except OSError as error:
        parser.exit(1, f"{given.link} can't be made: {error.strerror}.\n")
    with simulator, woken, waker:
        sys.stdout.write(f"{simulator.path}\n")
        sys.stdout.flush()
        panel = ScannerPanel(simulator, lambda code: simulator.scan(code, suffix, given.aim))
        with page.shown(parser, panel, given.page):
            for code in _lines_until(woken):
                with suppress(NotRead, Unplugged):
                    simulator.scan(code, suffix, given.aim)
    return 0


def _lines_until(woken: socket.socket) -> Iterator[str]:
    """Lines of standard input until a signal comes. The input's end alone doesn't end it: the device stays there."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(woken, selectors.EVENT_READ)
        try:
            selector.register(0, selectors.EVENT_READ)
        except PermissionError:  # a plain file can't be waited for, but is all there
            yield from sys.stdin.read().splitlines()
        while True:
            ready = [key.fd for key, _ in selector.select()]
            if woken.fileno() in ready:
                return
            data = os.read(0, 4096)
            if not data:
                selector.unregister(0)
            *lines, rest = (rest + data).split(b"\n")
            if not data and rest:
                lines, rest = [*lines, rest], b""
            yield from (line.decode(errors="replace").rstrip("\r") for line in lines if line)


if __name__ == "__main__":
    sys.exit(main())
