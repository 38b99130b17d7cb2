"""What is plugged into this till: each device with its worker, the settings it goes by, and setting it otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.drawer.sensor import DrawerState, OpenIs
from drivers.ports import DeviceFault, Scan
from drivers.printer.device import PrintResult
from drivers.spooler import queues
from drivers.transports.found import DEV, plugged_in
from pos_client import settings as till_settings
from pos_client.app.ports import Executor
from pos_client.app.refusals import SpareInUse
from pos_client.app.surroundings import NO_DEVICE, TRIGGER, Surroundings
from pos_client.app.views import Notice, PoleLine
from pos_client.hardware.devices import (
    NONE,
    ON_PRINTER,
    QUEUES,
    choices_of,
    display_of,
    drawer_of,
    jobs_of,
    label_printer_of,
    label_setting_of,
    label_size_of,
    label_stock_of,
    printer_of,
    scale_of,
    scanner_of,
)
from pos_client.hardware.notices import notice_of
from pos_client.hardware.printing import Printing, PrintingThread, Spare, Station, drawer_on, shown_on
from pos_client.hardware.scanning import Scanning
from pos_client.hardware.showing import Showing, ShowingThread
from pos_client.hardware.weighing import Weighing
from pos_client.settings import Settings
from pos_client.store.print_queue import PrintQueue
from pos_client.system import SystemClock
from shared_models.domain.errors import DomainError
from shared_models.domain.receipt import Document
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from drivers.drawer.trigger import DrawerTrigger
    from drivers.label.device import LabelPort
    from drivers.label.document import Label
    from drivers.printer.device import PrintOutcome, ReceiptPrinter

    MakeLabel: TypeAlias = Callable[[tuple[int, int]], Label]
    """A label for this size, in tenths of a millimetre."""

_logger = logging.getLogger(__name__)

STOP_MS: Final = 3_000
PRINTER, DRAWER, SCANNER, DISPLAY, SCALE = "printer", "drawer", "scanner", "display", "scale"
LABELS = "label_printer"
PLACES: Final = (PRINTER, DRAWER, SCANNER, DISPLAY, SCALE, LABELS)
"""The settings that say where a device is; each is named like its device."""
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    PRINTER: ("printer", "printer_profile", "drawer", "drawer_open_is"),
    SCANNER: ("scanner", "scanner_beeps"),
    DISPLAY: ("display", "display_protocol", "display_letters"),
    SCALE: ("scale", "scale_protocol", "scale_unit"),
    LABELS: ("label_printer", "label_language", "label_size"),
}
"""What is set of each device, by the names of ``Settings``."""


class PlaceTaken(DomainError):
    code = "place_taken"
    template = N_("Another device of this till is set to {place}. Choose another place, or set that one to none first.")


class NoLabelPrinterSet(DomainError):
    code = "no_label_printer_set"
    template = N_("No label printer is set. Choose where it is first.")


class LabelsDontFit(DomainError):
    code = "labels_dont_fit"
    template = N_("This doesn't fit on a label of {size} mm. Put larger labels in and set their size.")


class NoPrinterSet(DomainError):
    code = "no_printer_set"
    template = N_("No printer is set. Choose where it is first.")


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a setting can take; ``what`` says more of it, in the system's words."""

    value: str
    what: str = ""


class Equipment:
    """Made, started and stopped with the till. What may take its time is done on ``executor``, the thread for it:
    ``options``, ``set``, what prints and what draws. Everything else returns at once."""

    def __init__(
        self, home: Path, settings: Settings, surroundings: Surroundings, queue: PrintQueue, cashier: Executor,
        on_scan: Callable[[Scan], None], dev: Path = DEV,
    ) -> None:  # fmt: skip
        """Raise ``BadSettings``."""
        check(settings)
        self.settings = settings
        self.on_set: Callable[[], None] = lambda: None
        """Called on ``executor``'s thread when a device was set otherwise."""
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="devices")
        self.weighing: Weighing | None = None
        """The scale, if there is one."""
        self._home = home
        self._surroundings = surroundings
        self._queue = queue
        self._cashier = cashier
        self._on_scan = on_scan
        self._dev = dev
        self._stopped = False
        self._printer: ReceiptPrinter | None = None
        self._printing: PrintingThread | None = None
        self._trigger: DrawerTrigger | None = None
        self._line = ThreadPoolExecutor(1, thread_name_prefix="drawer")
        self._scanning: Scanning | None = None
        self._showing: ShowingThread | None = None
        self._labels: LabelPort | None = None

    def start(self) -> None:
        for device in PLACES:
            self._start(device)

    def stop(self) -> None:
        """A worker that hangs is left behind after ``STOP_MS``."""
        self._stopped = True
        for executor in (self.executor, self._line):
            executor.shutdown(wait=False, cancel_futures=True)
        for device in (SCANNER, PRINTER, SCALE, DISPLAY):
            self._stop(device)

    # what the till does with them

    def receipt_queued(self) -> None:
        """On the cashier's thread, after each fact."""
        trigger = self._trigger
        if self._queue.drawer_opens and trigger is not None:
            self._queue.drawer_opens = False
            with suppress(RuntimeError):  # the till is being left: what was confirmed is, and the drawer stays shut
                self._line.submit(_pulse, trigger)
        if self._printing is not None:
            self._printing.soon()

    def answer_scan(self, *, good: bool) -> None:
        """What the till made of the scanner's last code, for the scanner to sound; from any thread."""
        if self._scanning is not None:
            self._scanning.beep(good=good)

    def show_customer(self, upper: PoleLine, lower: PoleLine) -> None:
        """What the customer should read on the pole display, if there is one; from any thread, and never waits."""
        if self._showing is not None:
            self._showing.say(upper, lower)

    # setting them up

    def options(self, setting: str) -> tuple[Option, ...]:
        """What ``setting`` can be, also what it is set to now; for a place nothing, and what is plugged in."""
        now = getattr(self.settings, setting)
        if setting not in PLACES:
            known = choices_of(setting)
            return tuple(Option(value) for value in (*(() if now in known else (now,)), *known))
        found = [Option(each.place, each.what) for each in plugged_in(self._dev) if _takes(setting, each.place)]
        if setting in (PRINTER, LABELS):
            found += [Option(each.place, each.what) for each in queues()]
        here = [] if now in (NONE, ON_PRINTER) or now in {each.value for each in found} else [Option(now)]
        return (Option(ON_PRINTER if setting == DRAWER else NONE), *here, *found)

    def set(self, setting: str, value: str) -> Settings:
        """Save it in the till's settings and use it from now on. Raise ``BadSettings``, ``PlaceTaken``,
        ``SettingsNotSaved``: everything stays as it was."""
        changed = till_settings.replaced(self.settings, {setting: value})
        check(changed)
        if setting in SETTINGS[LABELS]:
            label_printer_of(changed, "")
        _check_places(changed)
        till_settings.change(self._home, {setting: value})
        self.settings = changed
        device = next(device for device, names in SETTINGS.items() if setting in names)
        self._stop(device)
        self._start(device)
        self.on_set()
        self._surroundings.changed()
        return changed

    def print_trial(self) -> PrintResult:
        """Print the page a printer is tried with. Raise ``NoPrinterSet`` or a ``DeviceFault``."""
        from drivers.printer.encoder import encode
        from drivers.printer.trial import trial_document

        printer = self._printer
        if printer is None:
            raise NoPrinterSet
        outcome = printer.print(encode(trial_document(self.settings.printer_profile), printer.profile))
        if outcome.problem is not None:
            raise outcome.problem
        return outcome.result

    # labels, whose printer is spoken to only when there is one to print

    def draw_label(self, make: MakeLabel) -> bytes:
        """A PNG of the label, as it comes out. Raise ``BadSettings``, ``LabelsDontFit``, ``FontMissing``."""
        from drivers.label.drawing import picture

        size, stock, _ = label_stock_of(self.settings)
        drawn = BytesIO()
        with self._fitting():
            picture(make(size), stock.dpi).save(drawn, "PNG")
        return drawn.getvalue()

    def print_labels(self, make: MakeLabel, copies: int = 1) -> PrintOutcome:
        """Print so many of one label. Raise ``NoLabelPrinterSet``, and as before: then nothing was printed."""
        size, stock, encode = label_stock_of(self.settings)
        with self._fitting():
            data = encode(make(size), stock, copies)
        if self._labels is None:
            self._labels = label_printer_of(self.settings, jobs_of(self._home, "labels at the till"))
        if self._labels is None:
            raise NoLabelPrinterSet
        return self._labels.print(data)

    def print_trial_label(self) -> PrintOutcome:
        """Print the label that a label printer is tried with. Raise as before."""
        from drivers.label.trial import trial_label

        return self.print_labels(lambda size: trial_label(size, label_setting_of(self.settings)))

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        from drivers.label.document import LabelError

        try:
            yield
        except LabelError as error:
            raise LabelsDontFit(size=label_size_of(self.settings)) from error

    # their workers

    def _start(self, device: str) -> None:
        settings, around = self.settings, self._surroundings
        if self._stopped:
            return
        if device == PRINTER:
            self._start_drawer()
            whose = jobs_of(self._home, "receipts")
            open_is = OpenIs(settings.drawer_open_is)
            has_switch = self._trigger is None and open_is is not OpenIs.NONE
            on_pin = drawer_on(around, open_is) if has_switch else None
            self._printer = printer_of(
                settings.printer, settings.printer_profile, whose, shown_on(around), on_pin,
                interrupted=self._queue.interrupted,
            )  # fmt: skip
            self._tell_queue(own_drawer=self._trigger is not None, no_printer=self._printer is None)
            if self._printer is not None:
                self._printing = self._make_printing(self._printer)
                self._printing.start()
        elif device == SCANNER and (scanner := scanner_of(settings)) is not None:
            self._scanning = Scanning(*scanner, SystemClock(), around, self._on_scan, settings.scanner_beeps)
            self._scanning.start()
        elif device == DISPLAY and (display := display_of(settings)) is not None:
            self._showing = ShowingThread(Showing(display, settings.display_letters, around))
            self._showing.start()
        elif device == SCALE and (scale := scale_of(settings)) is not None:
            self.weighing = Weighing(scale, around)

    def _stop(self, device: str) -> None:
        around = self._surroundings
        if device == PRINTER:
            around.drawer(NO_DEVICE)
        if device == PRINTER and self._printing is not None:
            self._printing.stop(STOP_MS)
            self._printing = self._printer = None
            around.printer(NO_DEVICE, None)
        elif device == SCANNER and self._scanning is not None:
            self._scanning.stop()
            self._scanning = None
            around.scanner(NO_DEVICE, None)
        elif device == DISPLAY and self._showing is not None:
            self._showing.stop(STOP_MS)
            self._showing = None
            around.display(NO_DEVICE, None)
        elif device == LABELS:
            self._labels = None
        elif device == SCALE and self.weighing is not None:
            self.weighing.close()
            self.weighing = None
            around.scale(NO_DEVICE, None)

    def _start_drawer(self) -> None:
        """In the printer's place, a trigger of its own."""
        self._trigger = drawer_of(self.settings)
        if self._trigger is not None:
            self._surroundings.drawer(TRIGGER)

    def _tell_queue(self, *, own_drawer: bool, no_printer: bool) -> None:
        def tell() -> None:
            self._queue.own_drawer, self._queue.no_printer = own_drawer, no_printer

        self._cashier.submit(tell)

    def _make_printing(self, device: ReceiptPrinter) -> PrintingThread:
        around = self._surroundings
        printing = Printing(
            device, _encoder(device), self._queue, self._cashier, self._spare(),
            unprintable=lambda fault: around.printer(around.printer_state, notice_of(fault)),
        )  # fmt: skip
        return PrintingThread(printing, around.changed, lambda: around.drawer_state == DrawerState.OPEN)

    def _spare(self) -> Spare | None:
        settings, around = self.settings, self._surroundings
        whose = jobs_of(self._home, "spare")
        device = printer_of(
            settings.spare_printer, settings.spare_printer_profile, whose, interrupted=self._queue.interrupted
        )
        self._queue.interrupted = False
        if device is None:
            return None
        station = Station(device, _encoder(device))
        return Spare(
            station, settings.spare_printer_after_s * 1_000,
            lambda: around.printer(around.printer_state, Notice.of(SpareInUse())),
        )  # fmt: skip


def _pulse(trigger: DrawerTrigger) -> None:
    """Opened now or not at all: a drawer that opens later finds nobody before it."""
    try:
        trigger.open()
    except DeviceFault as fault:
        _logger.warning("the drawer wasn't opened: %s", fault)


def _encoder(device: ReceiptPrinter) -> Callable[[Document], bytes]:
    def encoded(document: Document) -> bytes:
        from drivers.printer.encoder import encode  # python-escpos takes a quarter of a second to load

        return encode(document, device.profile)

    return encoded


def check(settings: Settings) -> None:
    """Whether all devices can be had as they are set. Raise ``BadSettings``."""
    printer_of(settings.printer, settings.printer_profile, "")
    printer_of(settings.spare_printer, settings.spare_printer_profile, "")
    scanner_of(settings)
    drawer_of(settings)
    display_of(settings)
    scale_of(settings)


def _check_places(settings: Settings) -> None:
    """One line serves one device. Raise ``PlaceTaken``."""
    taken: set[str] = set()
    for name in (*PLACES, "spare_printer"):
        place = getattr(settings, name)
        if place in (NONE, ON_PRINTER):
            continue
        real = _real(place)
        if real in taken:
            raise PlaceTaken(place=place)
        taken.add(real)


def _real(place: str) -> str:
    """A line is the same by any of its names, whatever its speed."""
    kind, _, where = place.partition(":")
    return place if kind in ("tcp", *QUEUES) else str(Path(where.partition(",")[0]).resolve())


def _takes(setting: str, place: str) -> bool:
    kind = place.partition(":")[0]
    return setting == SCANNER if kind == "evdev" else setting in (PRINTER, LABELS) or kind == "serial"
