"""The queue of receipts, its printer and the second one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.clock import SystemClock
from drivers.ports import FontMissing
from drivers.printer.device import PrinterDevice, PrinterTimeouts
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.tcp import TcpTransport
from pos_client.hardware.printing import Printing, Spare, Station
from pos_client.store.journal import Journal
from pos_client.system import AtOnce
from shared_models.domain.receipt import Cut, Document, Text
from tests.devices.lines import Watch
from tests.devices.table import Table, comes_to
from tests.pos_client.store.books import open_books

PROFILE = PROFILES["80mm-gb18030"]
_TIMES = PrinterTimeouts(open_ms=2_000, answer_ms=500, write_ms=1_000, printed_ms=900)
_AFTER_MS = 20_000


class Shop:
    def __init__(self, journal: Journal, first: PrinterSimulator, second: PrinterSimulator) -> None:
        self.journal = journal
        self.queue = journal.print_queue
        self.printers = {"1": first, "2": second}
        self.watch = Watch()
        self.font_is_there = True
        self.number = 0
        device, other = (self._device(printer) for printer in (first, second))
        spare = Spare(Station(other, self._encode), _AFTER_MS, lambda: None)
        self.worker = Printing(device, self._encode, self.queue, AtOnce(), spare, self.watch)
        self.worker.look()

    def _device(self, printer: PrinterSimulator) -> PrinterDevice:
        return PrinterDevice(TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), timeouts=_TIMES)

    def _encode(self, document: Document) -> bytes:
        if not self.font_is_there:
            raise FontMissing("Noto Sans CJK")
        return encode(document, PROFILE)

    def receipt(self) -> None:
        self.number += 1
        self.queue.add(Document("receipt", "en", (Text(f"No. {self.number}"), Cut()), opens_drawer=True))

    def step(self) -> None:
        """As often as its thread would, with time standing still."""
        for _ in range(3):
            self.worker.step()

    def said(self) -> str:
        """Of each receipt what the queue says and on which printer's paper it is whole; then which drawers opened."""
        rows = self.journal.database.all("SELECT state, message FROM print_job ORDER BY number")
        told = []
        for number, (state, message) in enumerate(rows, 1):
            if message == "drawer":
                told.append(f"pulse {state}")
                continue
            on = [name for name, printer in self.printers.items() if _is_on(printer, f"No. {number}")]
            told.append(state + "".join(f" on {name}" for name in on))
        opened = [f"drawer {name}" for name, printer in self.printers.items() if printer.drawer_pulses]
        return ", ".join([*told, *opened]) or "nothing"


def _is_on(printer: PrinterSimulator, text: str) -> bool:
    return text.encode() in b"".join(printer.receipts)


def stuck(at: Shop) -> None:
    at.printers["1"].turn(cover_open=True)
    at.receipt()
    at.step()


def turn_of_the_second(at: Shop) -> None:
    stuck(at)
    at.watch.now_ms = _AFTER_MS


def first_can(at: Shop) -> None:
    """As it is in the morning."""


def sell(at: Shop) -> None:
    at.receipt()
    at.step()


def well_again(at: Shop) -> None:
    at.printers["1"].turn(cover_open=False)
    at.step()


def drawer_alone(at: Shop) -> None:
    """Of a sale without paper."""
    at.queue.paperless = True
    sell(at)


def paper_ends_within(at: Shop) -> None:
    for printer in at.printers.values():
        printer.turn(paper_out_after_bytes=4)
    sell(at)


def second_cannot(at: Shop) -> None:
    at.printers["2"].turn(paper_out=True)
    sell(at)


def no_font(at: Shop) -> None:
    at.font_is_there = False
    sell(at)


def killed(at: Shop) -> None:
    """While it prints; as the next start does."""
    at.receipt()
    at.queue.take()
    at.queue.doubt_interrupted()
    at.step()


EVENTS: dict[str, Callable[[Shop], None]] = {
    "time passes": Shop.step,
    "a receipt": sell,
    "the first is well again": well_again,
    "a receipt, and paper ends within": paper_ends_within,
    "a receipt, and the second has no paper": second_cannot,
    "a receipt without paper": drawer_alone,
    "a font is missing": no_font,
    "the till is killed while it prints": killed,
}
STATES: dict[str, Callable[[Shop], None]] = {
    "the first can print": first_can, "the first can't": stuck, "so for 20 s": turn_of_the_second,
}  # fmt: skip


@contextmanager
def shop() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory() as folder, PrinterSimulator() as first, PrinterSimulator() as second:
        books = open_books(Path(folder), founding=True)
        try:
            yield Shop(books.journal, first, second)
        finally:
            books.database.close()


def see(state: Callable[[Shop], None], event: Callable[[Shop], None], says: str) -> str:
    with shop() as at:
        state(at)
        event(at)
        return comes_to(at.said, says)


TABLES = (Table("Print queue", EVENTS, STATES, see),)
