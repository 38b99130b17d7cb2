"""Devices: a scan's bytes to its event, a receipt to its bytes, its bytes to the printer's word that it is on paper.

The scanner is a pseudo-terminal, or keys that Qt gives to a field; the printer is the simulator, on a TCP port of this
machine. Wires, and the paper itself, are what a shop adds.
"""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from drivers.clock import SystemClock
from drivers.ports import Scan
from drivers.printer.device import PrinterDevice, PrintResult
from drivers.printer.encoder import encode
from drivers.printer.layout import TextLine, lay_out
from drivers.printer.profiles import PROFILES, PrinterProfile
from drivers.scanner.device import ScannerDevice
from drivers.scanner.framing import ScanCodec, ScanEvent
from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.serial_line import SerialTransport
from drivers.transports.tcp import TcpTransport
from shared_models.domain.programme import default_programme
from shared_models.domain.receipt import Document
from tillpoint.bench import sales, shop
from tillpoint.bench.measure import MILLISECONDS, Budget, Place, Result, Size, alternately, median, p99

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

LETTERS, DRAWN = "80mm-gb18030", "80mm-raster"
_PRODUCTS = 1_000
_MOST_SCAN_MS, _MOST_ENCODE_MS, _MOST_PRINT_MS = 5, 50, 100
_MANY_LINES = 500
_WAIT_S = 5
_ASK = b"\x1dr\x01"
"""GS r 1: answered with a byte once all before it has been processed."""


def measure(size: Size, _: Place) -> Iterator[Result]:
    yield from _serial(size.rounds)
    yield from _keys(size.rounds)
    few, many = _receipt(sales.LINES), _receipt(_MANY_LINES)
    seldom = max(2, size.rounds // 20)
    yield _encoded("encode", few, LETTERS, max(2, size.rounds // 4))
    yield _encoded("encode-500", many, LETTERS, seldom)
    yield _encoded("encode-drawn", few, DRAWN, seldom)
    yield _printed(few, max(2, size.rounds // 10))


def _receipt(lines: int) -> Document:
    programme = default_programme()
    sold = sales.sale(1, sales.open_shift(), programme, products=_PRODUCTS, member_id=shop.member_id(0), lines=lines)
    return sales.receipt(sold, programme)


def _code(round_: int) -> str:
    return shop.product_code(round_ % _PRODUCTS)


def _serial(rounds: int) -> Iterator[Result]:
    events: queue.SimpleQueue[ScanEvent] = queue.SimpleQueue()
    with ScannerSimulator() as scanner, ScannerSimulator() as other:
        transport = SerialTransport(scanner.path)
        device = ScannerDevice(transport, ScanCodec("bench"), SystemClock(), events.put, lambda _state, _fault: None)
        device.start()
        bare = _BareLine(other.path)

        def ours(round_: int) -> None:
            scanner.scan(_code(round_))
            event = events.get(timeout=_WAIT_S)
            assert isinstance(event, Scan)
            assert event.text == _code(round_)

        def limit(round_: int) -> None:
            other.scan(_code(round_))
            assert bare.got.get(timeout=_WAIT_S) == _code(round_)

        _until_heard(scanner, events)
        taken, least = alternately(rounds, ours, limit)
        device.stop()
        bare.stop()
    yield _scan("scan-serial", "a serial scanner's 13 digits to the event, p99", p99(taken), p99(least))
    yield _scan("scan-serial-median", "the same, median", median(taken), median(least))


def _until_heard(scanner: ScannerSimulator, events: queue.SimpleQueue[ScanEvent]) -> None:
    """What is sent before the line is open is lost."""
    for _ in range(_WAIT_S * 10):
        scanner.scan(_code(0))
        try:
            events.get(timeout=0.1)
        except queue.Empty:
            continue
        while not events.empty():
            events.get()
        return
    raise AssertionError("the scanner's line was never opened")


class _BareLine:
    """A thread that reads up to each carriage return and hands the text over."""

    def __init__(self, path: str) -> None:
        self.got: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._line = os.open(path, os.O_RDWR | os.O_NOCTTY)
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        from select import select

        text = b""
        while True:
            ready, _, _ = select([self._line, self._wake], [], [])
            if self._wake in ready:
                return
            text += os.read(self._line, 512)
            while b"\r" in text:
                whole, _, text = text.partition(b"\r")
                self.got.put(whole.decode("ascii"))

    def stop(self) -> None:
        os.write(self._waker, b"x")
        self._thread.join()
        for end in (self._line, self._wake, self._waker):
            os.close(end)


def _keys(rounds: int) -> Iterator[Result]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication, QLineEdit

    from pos_client.ui.wedge import WedgeFilter

    running = QApplication.instance() or QApplication([])
    found: list[str] = []
    field, bare = QLineEdit(), QLineEdit()
    wedge = WedgeFilter(lambda text, _symbology: found.append(text), field)
    field.installEventFilter(wedge)

    def ours(round_: int) -> None:
        found.clear()
        _type(field, _code(round_), round_)
        assert found == [_code(round_)]

    def limit(round_: int) -> None:
        bare.clear()
        _type(bare, _code(round_), round_)
        assert bare.text() == _code(round_)

    taken, least = alternately(rounds, ours, limit)
    yield _scan("scan-keys", "14 keys of a keyboard scanner to the event, p99", p99(taken), p99(least))
    field.deleteLater()
    bare.deleteLater()
    running.processEvents()


def _type(field: QLineEdit, code: str, round_: int) -> None:
    """Its keys one after the other, 2 ms apart by their time stamps: how long a scanner takes isn't ours."""
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    at_ms = 10_000 + round_ * 1_000
    for key in f"{code}\r":
        number = Qt.Key.Key_Return if key == "\r" else Qt.Key(ord(key))
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, number, Qt.KeyboardModifier.NoModifier, key)
            event.setTimestamp(at_ms)
            QApplication.sendEvent(field, event)
        at_ms += 2


def _scan(name: str, what: str, ours: float, limit: float) -> Result:
    return Result(name, what, "13 digits and Enter", ours, limit, MILLISECONDS, Budget(most=_MOST_SCAN_MS))


def _encoded(name: str, document: Document, profile_name: str, rounds: int) -> Result:
    profile = PROFILES[profile_name]
    texts = _texts(document, profile)
    bare = _bare_drawing if profile_name == DRAWN else _bare_letters
    ours, limit = alternately(rounds, lambda _: encode(document, profile), lambda _: bare(texts, profile))
    size = f"{len(texts)} lines of print, {len(encode(document, profile)):,} bytes, {profile_name}"
    most = _MOST_ENCODE_MS * (10 if name == "encode-500" else 1)
    what = "a receipt to the printer's bytes, median"
    return Result(name, what, size, median(ours), median(limit), MILLISECONDS, Budget(most=most))


def _texts(document: Document, profile: PrinterProfile) -> list[str]:
    return [line.text for line in lay_out(document, profile.columns) if isinstance(line, TextLine)]


def _bare_letters(texts: Sequence[str], _: PrinterProfile) -> bytes:
    return "\n".join(texts).encode("gb18030")


def _bare_drawing(texts: Sequence[str], profile: PrinterProfile) -> bytes:
    """Each line by one call, wherever its letters come to lie."""
    from PIL import Image, ImageDraw

    from drivers.printer import fonts
    from drivers.printer.raster import HEIGHT_DOTS, PITCH_DOTS

    image = Image.new("1", (profile.width_dots, PITCH_DOTS * len(texts)), 1)
    draw, font = ImageDraw.Draw(image), fonts.load("SC", bold=False, size_dots=HEIGHT_DOTS)
    for number, text in enumerate(texts):
        draw.text((0, number * PITCH_DOTS), text, fill=0, font=font)
    return image.tobytes()


def _printed(document: Document, rounds: int) -> Result:
    profile = PROFILES[LETTERS]
    data = encode(document, profile)
    with PrinterSimulator() as simulator:
        printer = PrinterDevice(TcpTransport(simulator.host, simulator.port), profile, SystemClock())

        def ours(_: int) -> None:
            assert printer.print(data).result is PrintResult.PRINTED

        ours_ms, limit_ms = alternately(rounds, ours, lambda _: _bare_job(simulator, data))
        printed = [receipt for receipt in simulator.receipts if receipt]
        assert len(printed) >= rounds
    size = f"{sales.LINES} lines of goods, {len(data):,} bytes"
    what = "a receipt until the printer says it is on paper, p99"
    return Result("print", what, size, p99(ours_ms), p99(limit_ms), MILLISECONDS, Budget(most=_MOST_PRINT_MS))


def _bare_job(simulator: PrinterSimulator, data: bytes) -> None:
    with closing(socket.create_connection((simulator.host, simulator.port), _WAIT_S)) as line:
        line.sendall(data + _ASK)
        assert line.recv(1)


__all__ = ["measure"]
