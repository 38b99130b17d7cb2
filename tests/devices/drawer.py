"""A drawer's switch, read through the printer, and a drawer with a trigger of its own."""

from __future__ import annotations

from collections.abc import Callable

from drivers.clock import SystemClock
from drivers.drawer.sensor import DrawerState, OpenIs, drawer_state
from drivers.drawer.trigger import DrawerTrigger
from drivers.ports import DeviceFault
from drivers.printer.device import PrinterDevice, PrinterTimeouts
from drivers.printer.profiles import PROFILES
from drivers.simulators.drawer import DrawerSimulator
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.serial_line import SerialTransport
from drivers.transports.tcp import TcpTransport
from tests.devices.table import Table, comes_to

_TIMES = PrinterTimeouts(open_ms=2_000, answer_ms=300, write_ms=1_000, printed_ms=900)


class Switched:
    """A till that knows its drawer's switch by what each status says."""

    def __init__(self, simulator: PrinterSimulator) -> None:
        self.simulator = simulator
        self.open_is = OpenIs.HIGH
        self._pin: bool | None = None
        transport = TcpTransport(simulator.host, simulator.port)
        self.device = PrinterDevice(
            transport, PROFILES["80mm-epson"], SystemClock(), timeouts=_TIMES, on_pin=self._told
        )
        self.device.status()

    @property
    def state(self) -> DrawerState:
        return drawer_state(self._pin, self.open_is)

    def turn(self, **knobs: bool) -> None:
        self.simulator.turn(**knobs)

    def _told(self, pin_high: bool | None) -> None:
        self._pin = pin_high


def shut(_: Switched) -> None:
    """As it is most of the day."""


def stands_open(at: Switched) -> None:
    at.turn(drawer_open=True)


def pulls_low(at: Switched) -> None:
    at.turn(drawer_open_is_low=True)
    at.open_is = OpenIs.LOW


def wrong_way(at: Switched) -> None:
    at.open_is = OpenIs.LOW


def not_set(at: Switched) -> None:
    at.open_is = OpenIs.NONE


SWITCHED: dict[str, Callable[[Switched], object]] = {
    "it is looked at": lambda at: None,
    "a pulse": lambda at: at.device.open_drawer(),
    "a hand closes it": lambda at: at.turn(drawer_open=False),
    "its key opens it": lambda at: at.turn(drawer_open=True),
    "no answer": lambda at: at.turn(silent=True),
    "the printer is off": lambda at: at.simulator.stop(),
}
SWITCHES: dict[str, Callable[[Switched], None]] = {
    "shut": shut, "open": stands_open, "shut, the pin low while open": pulls_low, "set the wrong way round": wrong_way,
    "not set": not_set,
}  # fmt: skip


def looked_at(state: Callable[[Switched], None], event: Callable[[Switched], object], _says: str) -> str:
    with PrinterSimulator() as simulator:
        at = Switched(simulator)
        state(at)
        at.device.status()
        event(at)
        at.device.status()
        return at.state.value


def plugged_in_again(line: DrawerSimulator) -> None:
    line.unplug()
    line.replug()


LINES: dict[str, Callable[[DrawerSimulator], None]] = {
    "there": lambda line: None,
    "pulled out": DrawerSimulator.unplug,
    "plugged in again": plugged_in_again,
}


def triggered(state: Callable[[DrawerSimulator], None], times: int, says: str) -> str:
    with DrawerSimulator() as line:
        trigger = DrawerTrigger(SerialTransport(line.path))
        state(line)
        code = ""
        for _ in range(times):
            try:
                trigger.open()
            except DeviceFault as fault:
                code = f" `{fault.code}`"
        return comes_to(lambda: f"{line.pulses} times open{code}", says)


TABLES = (
    Table("Drawer: switch", SWITCHED, SWITCHES, looked_at),
    Table("Drawer with a trigger of its own", {"it is opened": 1, "it is opened twice": 2}, LINES, triggered),
)
