"""A receipt printer at each moment of a receipt, and the drawer that hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers.clock import SystemClock
from drivers.ports import PrinterState
from drivers.printer.device import PrinterDevice, PrinterTimeouts, PrintResult
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.tcp import TcpTransport
from tests.devices.table import Table, comes_to
from tests.drivers.supermarket import receipt

PROFILE = PROFILES["80mm-epson"]
_JOB = encode(receipt("zh_Hans"), PROFILES["80mm-gb18030"])
_TIMES = PrinterTimeouts(open_ms=2_000, answer_ms=300, write_ms=1_000, printed_ms=900)


class Cable(TcpTransport):
    """The till's end: ``act`` is called once when ``after`` bytes of a job have gone out; what comes back may have
    ``noise`` before it, or only its first ``most`` bytes."""

    after: int | None = None
    act: Callable[[], None] = staticmethod(lambda: None)
    noise = b""
    most: int | None = None

    def write(self, data: bytes, timeout_ms: int) -> None:
        if self.after is None or data.startswith(b"\x10\x04"):
            super().write(data, timeout_ms)
            return
        now, later = data[: self.after], data[self.after :]
        if now:
            super().write(now, timeout_ms)
        self.after -= len(now)
        if not self.after:
            self.after = None
            self.act()
        if later:
            super().write(later, timeout_ms)

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:
        read = super().read(max_bytes, timeout_ms)
        return self.noise + read[: self.most] if read else read


class Counter:
    def __init__(self, simulator: PrinterSimulator) -> None:
        self.simulator = simulator
        self.cable = Cable(simulator.host, simulator.port)
        self.other = TcpTransport(simulator.host, simulator.port)
        self.device = PrinterDevice(self.cable, PROFILE, SystemClock(), timeouts=_TIMES)
        assert self.device.status() is PrinterState.READY

    def look(self) -> str:
        return self.device.status().value

    def print(self) -> str:
        outcome = self.device.print(_JOB)
        code = f" `{outcome.problem.code}`" if outcome.problem is not None else ""
        taken = {0: "none", len(_JOB): "all"}.get(outcome.written_bytes, "part")
        told = f"{outcome.result.value}{code}, {taken} sent" if outcome.result is not PrintResult.PRINTED else "printed"
        return told if outcome.state is PrinterState.READY else f"{told} → {outcome.state.value}"

    def kick(self) -> str:
        outcome = self.device.open_drawer()
        return outcome.result.value + (f" `{outcome.problem.code}`" if outcome.problem is not None else "")


def knob(**knobs: bool | int) -> Callable[[Counter], None]:
    return lambda at: at.simulator.turn(**knobs)


def noise(at: Counter) -> None:
    at.cable.noise = b"\xff\x80\xa5"


def halves(at: Counter) -> None:
    """Of each answer only a byte: a confirmation has seven."""
    at.cable.most = 1


def busy(at: Counter) -> None:
    """Another till is connected: such printers take one connection at a time. Pulled out from under ours, if it is."""
    at.simulator.switch_off()
    at.other.open(1_000)


def nothing(at: Counter) -> None:
    """As it should be."""


EVENTS: dict[str, Callable[[Counter], None]] = {
    "nothing": nothing,
    "paper near its end": knob(paper_near_end=True),
    "paper out": knob(paper_out=True),
    "cover open": knob(cover_open=True),
    "cutter stuck": knob(jammed=True),
    "silent": knob(silent=True),
    "slow": knob(bytes_per_second=20_000),
    "its power goes and comes": lambda at: at.simulator.switch_off(),
    "off, or its plug out": lambda at: at.simulator.stop(),
    "a byte is lost on the line": knob(lost_byte=5),
    "a byte comes twice": knob(doubled_byte=5),
    "rubbish in its answers": noise,
    "only a part of its answers": halves,
    "another till has it": busy,
}


def at_rest(at: Counter, event: Callable[[Counter], None]) -> str:
    event(at)
    return at.look()


def before(at: Counter, event: Callable[[Counter], None]) -> str:
    event(at)
    return at.print()


def within(at: Counter, event: Callable[[Counter], None]) -> str:
    return at_byte(at, event, len(_JOB) // 2)


def after(at: Counter, event: Callable[[Counter], None]) -> str:
    at.simulator.turn(bytes_per_second=4_000)
    return at_byte(at, event, len(_JOB))


def at_byte(at: Counter, event: Callable[[Counter], None], place: int) -> str:
    at.cable.after = place
    at.cable.act = lambda: event(at)
    return at.print()


MOMENTS: dict[str, Callable[[Counter, Callable[[Counter], None]], str]] = {
    "asked how it is": at_rest, "before a receipt": before, "in the middle": within, "after the last byte": after,
}  # fmt: skip


@contextmanager
def counter() -> Iterator[Counter]:
    with PrinterSimulator() as simulator:
        at = Counter(simulator)
        try:
            yield at
        finally:
            at.other.close()


def see(
    moment: Callable[[Counter, Callable[[Counter], None]], str], event: Callable[[Counter], None], _says: str
) -> str:
    with counter() as at:
        return moment(at, event)


KICKS: dict[str, bool] = {"it is opened": False, "opened, then all is well again": True}
PRINTERS: dict[str, Callable[[Counter], None]] = {
    "ready": nothing,
    "paper near its end": EVENTS["paper near its end"],
    "paper out": EVENTS["paper out"],
    "cover open": EVENTS["cover open"],
    "cutter stuck": EVENTS["cutter stuck"],
    "silent": EVENTS["silent"],
    "away": EVENTS["off, or its plug out"],
}


def kicked(state: Callable[[Counter], None], well_again: bool, _says: str) -> str:
    """A pulse that is still in the printer's buffer when all is well again would come out then."""
    with counter() as at:
        state(at)
        said = at.kick()
        if well_again:
            at.simulator.turn(paper_out=False, cover_open=False, jammed=False, silent=False)
            at.device.status()
        pulses = comes_to(lambda: str(at.simulator.drawer_pulses), "1" if said.startswith("printed") else "0")
        return f"{said}, {pulses} times open"


TABLES = (Table("Receipt printer", EVENTS, MOMENTS, see), Table("Drawer", KICKS, PRINTERS, kicked))
