"""A cash drawer with a trigger of its own, on a pseudo-terminal (Linux and macOS): any byte opens it.

    python -m drivers.simulators.drawer --link /tmp/drawer

says each time that it opens; a line of standard input pushes it shut. One that hangs on a printer is the printer's.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from drivers.simulators import page
from drivers.simulators.line import ListeningDevice
from drivers.simulators.panels import DrawerPanel


class DrawerSimulator(ListeningDevice):
    """``pulses``: how many bytes have come. ``is_open``: nobody has pushed it shut since the last one."""

    def __init__(self, link: Path | None = None, opened: Callable[[], None] = lambda: None) -> None:
        """``opened`` is called on the device's thread."""
        self.pulses = 0
        self.is_open = False
        self._opened = opened
        super().__init__("drawer", link)

    def take(self, raw: bytes) -> None:
        self.pulses += len(raw)
        was_open, self.is_open = self.is_open, True
        if not was_open:
            self._opened()

    def push_shut(self) -> None:
        self.is_open = False


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tillpoint device simulate drawer", description=__doc__)
    parser.add_argument("--link", type=Path, required=True, help="where the drawer's device shall be")
    page.add_option(parser)
    given = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def opened() -> None:
        sys.stdout.write("open\n")
        sys.stdout.flush()

    try:
        drawer = DrawerSimulator(given.link, opened)
    except OSError as error:
        parser.exit(1, f"{given.link} can't be made: {error.strerror}.\n")
    with drawer, suppress(KeyboardInterrupt):
        sys.stdout.write(f"{drawer.path}\n")
        sys.stdout.flush()
        with page.shown(parser, DrawerPanel(drawer), given.page):
            for _ in sys.stdin:
                drawer.push_shut()
            threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
