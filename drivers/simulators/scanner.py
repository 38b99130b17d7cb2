"""A serial barcode scanner on a pseudo-terminal (Linux and macOS).

    python -m drivers.simulators.scanner --link /tmp/scanner

reads codes from standard input, one per line, and scans each.
"""

from __future__ import annotations

import argparse
import os
import pty
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final

_WRITE_MS: Final = 2_000


class ScannerUnplugged(RuntimeError):
    def __init__(self) -> None:
        super().__init__("The simulated scanner is unplugged; replug it first.")


class ScannerNotRead(RuntimeError):
    def __init__(self) -> None:
        super().__init__("Nobody reads the simulated scanner and its line is full.")


class ScannerSimulator:
    """Opens a pseudo-terminal when made. ``path`` stays the same over unplugging and replugging.

    ``link``: where ``path`` shall be; a new temporary folder if not given. As with a real line, what is
    scanned before anybody has opened it is lost.
    """

    def __init__(self, link: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="scanner-") if link is None else None
        self._link = link if link is not None else Path(self._folder.name if self._folder else "") / "scanner"
        self._lock = threading.Lock()
        self._ends: tuple[int, int] | None = None
        self.replug()

    @property
    def path(self) -> str:
        return str(self._link)

    def scan(self, code: str, suffix: str = "\r", aim: str | None = None) -> None:
        """Read a label: ``aim`` (such as ``]E0``), the code, the suffix. Raises ``ScannerUnplugged``."""
        self.send(f"{aim or ''}{code}{suffix}".encode())

    def send(self, raw: bytes) -> None:
        """Any bytes. Raises ``ScannerUnplugged``, or ``ScannerNotRead`` if they aren't taken for two seconds."""
        with self._lock:
            if self._ends is None:
                raise ScannerUnplugged
            deadline = time.monotonic() + _WRITE_MS / 1000
            rest = memoryview(raw)
            while rest:
                try:
                    rest = rest[os.write(self._ends[0], rest) :]
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise ScannerNotRead from None
                    time.sleep(0.005)

    def unplug(self) -> None:
        """The device file disappears and whoever has it open reads an error. Doing it twice is fine."""
        with self._lock:
            ends, self._ends = self._ends, None
            if ends is not None:
                self._link.unlink(missing_ok=True)
                for end in ends:
                    os.close(end)

    def replug(self) -> None:
        with self._lock:
            if self._ends is not None:
                return
            ours, theirs = pty.openpty()
            tty.setraw(theirs)
            os.set_blocking(ours, False)
            new = self._link.with_name(self._link.name + ".new")
            new.unlink(missing_ok=True)
            new.symlink_to(os.ttyname(theirs))
            new.replace(self._link)
            self._ends = (ours, theirs)

    def close(self) -> None:
        self.unplug()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> ScannerSimulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m drivers.simulators.scanner", description=__doc__)
    parser.add_argument("--link", type=Path, required=True, help="where the scanner's device shall be")
    parser.add_argument("--suffix", choices=("cr", "lf", "crlf", "tab", "none"), default="cr")
    parser.add_argument("--aim", help="AIM identifier before each code, such as ]E0")
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
        for code in _lines_until(woken):
            with suppress(ScannerNotRead):
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
