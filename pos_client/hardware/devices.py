"""Devices from their settings: ``tcp://host:port``, ``serial:/dev/ttyS0,19200,7E1``, ``usb:/dev/usb/lp0``,
``file:/path``; printers also ``cups:queue`` and ``windows:queue``."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from drivers.clock import SystemClock
from drivers.display.device import PoleDisplay
from drivers.display.protocols import PROTOCOLS
from drivers.display.text import LETTERS
from drivers.drawer.sensor import OpenIs
from drivers.drawer.trigger import DrawerTrigger
from drivers.ports import Transport
from drivers.printer.profiles import PROFILES, PrinterProfile
from drivers.scanner.beeps import BEEPS
from pos_client.settings import FILE, BadSettings, Settings

if TYPE_CHECKING:
    from drivers.label.device import LabelPort
    from drivers.label.languages import Encode, Stock
    from drivers.label_scale.device import LabelScale
    from drivers.printer.device import OnPin, OnState, ReceiptPrinter
    from drivers.scale.device import Scale
    from drivers.scale.protocols import ScaleProtocol
    from drivers.scanner.framing import ScanCodec
    from drivers.spooler.queue import SystemQueue
    from drivers.transports.serial_line import SerialSettings

NONE = "none"
QUEUES = ("cups", "windows")
_PLACES = "none, tcp://host:port, serial:/path, usb:/path, file:/path, or a print queue: cups:NAME, windows:NAME"
ON_PRINTER = "printer"
"""Of the drawer: the printer opens it."""
LABEL_PAPER = "80mm-raster"
"""The class of a receipt printer that prints labels: it needs no letters of its own."""
_MM = re.compile(r"[0-9]{1,3}(?:\.[0-9])?")
_SIZE = re.compile(rf"({_MM.pattern})x({_MM.pattern})")
SCALE_PROTOCOLS = ("8217", "cas", "cas-priced")
_LINE = re.compile(r"([78])([NEO])([12])")


def transport_of(place: str) -> Transport | None:
    """The way to a device, ``None`` for ``none``; raise ``BadSettings``."""
    kind, _, where = place.partition(":")
    if place == NONE:
        return None
    if kind == "tcp":
        return _tcp(place)
    if kind == "serial" and where:
        return _serial(place)
    if kind == "usb" and where.startswith("/"):
        from drivers.transports.usb_printer import UsbPrinterTransport

        return UsbPrinterTransport(Path(where))
    if kind == "file" and where:
        from drivers.transports.file import FileTransport

        return FileTransport(Path(where))
    raise BadSettings(file=FILE, why=f"{place} is no place of a device, which is {_PLACES}")


def queue_of(place: str) -> SystemQueue | None:
    """The system's print queue that ``cups:…`` or ``windows:…`` names, ``None`` if it is another place; raise
    ``BadSettings``."""
    kind, _, queue = place.partition(":")
    if kind not in QUEUES:
        return None
    if not queue or (kind == "windows") != (sys.platform == "win32"):
        raise BadSettings(file=FILE, why=f"{place} is no print queue of this system")
    if kind == "windows":
        from drivers.spooler.windows import WindowsQueue

        return WindowsQueue(queue)
    from drivers.spooler.cups import CupsQueue

    return CupsQueue(queue)


def printer_of(
    place: str, profile_name: str, whose: str, on_state: OnState | None = None, on_pin: OnPin | None = None,
    *, interrupted: bool = False,
) -> ReceiptPrinter | None:  # fmt: skip
    """The receipt printer at ``place``, ``None`` for ``none``; raise ``BadSettings``. ``whose`` names its jobs in a
    system's print queue, by ``jobs_of``; a queue has no ``on_pin`` and isn't ``interrupted``."""
    profile, queue = profile_of(profile_name), queue_of(place)
    if queue is not None:
        from drivers.spooler.device import SpooledPrinter

        return SpooledPrinter(queue, whose, profile, SystemClock(), on_state)
    transport = transport_of(place)
    if transport is None:
        return None
    from drivers.printer.device import PrinterDevice

    return PrinterDevice(transport, profile, SystemClock(), on_state, on_pin=on_pin, interrupted=interrupted)


def jobs_of(home: Path, purpose: str) -> str:
    """The title that jobs of the till in ``home`` have in a system's print queue: the same after each start, and
    nobody else's, also where another machine's till has a folder of that name and shares the queue."""
    whose = f"{platform.node()}\n{home.resolve()}"
    return f"Tillpoint {purpose} {hashlib.sha256(whose.encode()).hexdigest()[:8]}"


def profile_of(name: str) -> PrinterProfile:
    """Raise ``BadSettings``."""
    if name not in PROFILES:
        raise BadSettings(file=FILE, why=f"printer_profile is one of {', '.join(PROFILES)}")
    return PROFILES[name]


def scanner_of(settings: Settings) -> tuple[Transport, ScanCodec] | None:
    """The way to the scanner and how its bytes are read, ``None`` if there is none; ``evdev:/path`` too. Raise
    ``BadSettings``."""
    from drivers.scanner.framing import ScanCodec

    if settings.scanner_beeps not in BEEPS:
        raise BadSettings(file=FILE, why=f"scanner_beeps is one of {', '.join(BEEPS)}")
    kind, _, path = settings.scanner.partition(":")
    if kind == "evdev" and path.startswith("/"):
        if settings.scanner_beeps != NONE:
            raise BadSettings(file=FILE, why="a scanner that works as a keyboard has no scanner_beeps")
        from drivers.scanner.keys import KeyCodec
        from drivers.transports.input_device import InputDevice

        return InputDevice(Path(path)), KeyCodec(path)
    transport = transport_of(settings.scanner)
    return (transport, ScanCodec(transport.name)) if transport is not None else None


def display_of(settings: Settings) -> PoleDisplay | None:
    """The customer's display, ``None`` if there is none; raise ``BadSettings``."""
    if settings.display_protocol not in PROTOCOLS:
        raise BadSettings(file=FILE, why=f"display_protocol is one of {', '.join(PROTOCOLS)}")
    if settings.display_letters not in LETTERS:
        raise BadSettings(file=FILE, why=f"display_letters is one of {', '.join(LETTERS)}")
    transport = transport_of(settings.display)
    return PoleDisplay(transport, PROTOCOLS[settings.display_protocol]) if transport is not None else None


def scale_of(settings: Settings) -> Scale | None:
    """The checkout scale, ``None`` if there is none; raise ``BadSettings``."""
    if settings.scale == NONE:
        return None
    from drivers.scale.device import Scale
    from drivers.scale.protocols import CasPos, Toledo8217
    from drivers.scale.reading import Unit

    if settings.scale_unit not in tuple(Unit):
        raise BadSettings(file=FILE, why=f"scale_unit is one of {', '.join(Unit)}")
    made: tuple[ScaleProtocol, ...] = (Toledo8217(Unit(settings.scale_unit)), CasPos(), CasPos(priced=True))
    protocol = dict(zip(SCALE_PROTOCOLS, made, strict=True)).get(settings.scale_protocol)
    if protocol is None:
        raise BadSettings(file=FILE, why=f"scale_protocol is one of {', '.join(SCALE_PROTOCOLS)}")
    if not settings.scale.startswith("serial:"):
        raise BadSettings(file=FILE, why=f"{settings.scale} is not serial:/path, where a scale is")
    return Scale(_serial(settings.scale, protocol.settings), protocol, SystemClock())


def drawer_of(settings: Settings) -> DrawerTrigger | None:
    """The drawer's own trigger, ``None`` where the printer opens it; raise ``BadSettings``."""
    if settings.drawer_open_is not in tuple(OpenIs):
        raise BadSettings(file=FILE, why=f"drawer_open_is is one of {', '.join(OpenIs)}")
    if settings.drawer == ON_PRINTER:
        return None
    if not settings.drawer.startswith("serial:"):
        raise BadSettings(file=FILE, why=f"{settings.drawer} is not {ON_PRINTER} or serial:/path, where a drawer is")
    return DrawerTrigger(_serial(settings.drawer))


def label_printer_of(settings: Settings, whose: str) -> LabelPort | None:
    """The printer of shelf labels, ``None`` if there is none; raise ``BadSettings``. ``whose``: see ``printer_of``."""
    from drivers.label.device import LabelPrinter
    from drivers.label.status import PROTOCOLS as LABEL_PROTOCOLS

    label_stock_of(settings)
    place, protocol = settings.label_printer, LABEL_PROTOCOLS.get(settings.label_language)
    if protocol is None or queue_of(place) is not None:
        return printer_of(place, LABEL_PAPER, whose)
    transport = transport_of(place)
    return LabelPrinter(transport, protocol, SystemClock()) if transport is not None else None


def label_scales_of(places: str) -> list[LabelScale]:
    """The scales that print labels, empty if there are none; raise ``BadSettings``."""
    from drivers.label_scale.device import LabelScale

    found = []
    for place in places.split() if places != NONE else ():
        if not place.startswith("tcp:"):
            raise BadSettings(file=FILE, why=f"{place} is not tcp://host:port, where a label scale is")
        found.append(LabelScale(_tcp(place), SystemClock()))
    return found


def label_stock_of(settings: Settings) -> tuple[tuple[int, int], Stock, Encode]:
    """Size of the labels in tenths of a millimetre, what else is to be known of them, and the printer's language; raise
    ``BadSettings``."""
    from drivers.label.document import LabelError
    from drivers.label.languages import LANGUAGES, Stock

    if settings.label_language not in LANGUAGES:
        raise BadSettings(file=FILE, why=f"label_language is one of {', '.join(LANGUAGES)}")
    size = _SIZE.fullmatch(settings.label_size)
    gap = _MM.fullmatch(settings.label_gap)
    if size is None:
        raise BadSettings(file=FILE, why="label_size is width and height in mm, like 60x40")
    if gap is None:
        raise BadSettings(file=FILE, why="label_gap is a number of mm, like 2 or 2.5")
    try:
        stock = Stock(settings.label_dpi, _tenths(gap[0]))
    except LabelError as error:
        raise BadSettings(file=FILE, why=str(error).rstrip(".")) from error
    return (_tenths(size[1]), _tenths(size[2])), stock, LANGUAGES[settings.label_language]


def label_size_of(settings: Settings) -> str:
    """As people write it, for instance ``60 × 40``, in mm."""
    return settings.label_size.replace("x", " × ")


def label_setting_of(settings: Settings) -> str:
    """How the label printer is set, in a line."""
    return f"{settings.label_language}, {label_size_of(settings)} mm, {settings.label_dpi} dpi"


def _tenths(mm: str) -> int:
    whole, _, tenth = mm.partition(".")
    return int(whole) * 10 + int(tenth or 0)


def choices_of(setting: str) -> tuple[str, ...]:
    """The values of a setting that takes one of a few, or the usual ones."""
    from drivers.label.languages import LANGUAGES
    from drivers.label.layouts import SIZES
    from drivers.scale.reading import Unit

    return {
        "drawer_open_is": tuple(OpenIs),
        "printer_profile": tuple(PROFILES),
        "scanner_beeps": tuple(BEEPS),
        "display_protocol": tuple(PROTOCOLS),
        "display_letters": LETTERS,
        "scale_protocol": SCALE_PROTOCOLS,
        "scale_unit": tuple(unit.value for unit in Unit),
        "label_language": tuple(LANGUAGES),
        "label_size": tuple(SIZES),
    }[setting]


def _serial(place: str, usual: SerialSettings | None = None) -> Transport:
    """``serial:/dev/ttyS0``, with ``usual`` settings of the line, or ``serial:/dev/ttyS0,19200,7E1``."""
    from drivers.transports.serial_line import SerialSettings, SerialTransport

    line = usual or SerialSettings()
    path, *more = place.removeprefix("serial:").split(",")
    if len(more) == 2:
        baud, shape = more
        found = _LINE.fullmatch(shape)
        if found is None or not baud.isascii() or not baud.isdigit():
            raise BadSettings(file=FILE, why=f"{place} is not serial:/path,9600,8N1")
        bits: Any = int(found[1])
        stop: Any = int(found[3])
        parity: Any = found[2]
        line = replace(line, baud=int(baud), data_bits=bits, parity=parity, stop_bits=stop)
    elif more or not path:
        raise BadSettings(file=FILE, why=f"{place} is not serial:/path, nor serial:/path,9600,8N1")
    return SerialTransport(path, line)


def _tcp(place: str) -> Transport:
    from drivers.transports.tcp import TcpTransport

    parts = urlsplit(place)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise BadSettings(file=FILE, why=f"{place} is not tcp://host:port")
    return TcpTransport(host, port)
