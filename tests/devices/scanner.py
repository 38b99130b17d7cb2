"""A scanner on a line, and one that types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from drivers.ports import BadFrame, DeviceFault, LineState, Scan
from drivers.scanner.device import ScannerDevice
from drivers.scanner.framing import LONGEST_CODE_BYTES, FrameState, ScanCodec, ScanEvent
from drivers.scanner.wedge import Pending, Typed, WedgeDetector, WedgeEvent, WedgeState
from drivers.simulators.line import Unplugged
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.serial_line import SerialTransport
from tests.devices.lines import Rights, Watch, rights_to
from tests.devices.table import Table, comes_to

MILK, RICE = "6901234567892", "4006381333931"
CODES = (MILK, RICE, "MEMBER-0815")
HALF = MILK[:5]


def word(event: ScanEvent) -> str:
    if isinstance(event, BadFrame):
        return f"`{event.why.value}`"
    return "scan" if event.text in CODES else "wrong scan"


@dataclass
class Desk:
    scanner: ScannerSimulator
    rights: Rights
    watch: Watch = field(default_factory=Watch)
    events: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.codec = ScanCodec("desk")
        self.device = ScannerDevice(
            SerialTransport(self.scanner.path), self.codec, self.watch,
            lambda event: self.events.append(word(event)), self._changed, backoff_ms=(5,),
        )  # fmt: skip

    def _changed(self, state: LineState, fault: DeviceFault | None) -> None:
        self.states.append(f"→ {state.value}" + (f" `{fault.code}`" if fault is not None else ""))

    def until(self, state: LineState, frame: FrameState = FrameState.BETWEEN) -> None:
        comes_to(lambda: f"{self.device.state}{self.codec.state}", f"{state}{frame}")
        assert (self.device.state, self.codec.state) == (state, frame)

    def start(self) -> None:
        self.device.start()
        self.until(LineState.READY)

    def send(self, text: str) -> None:
        try:
            self.scanner.send(text.encode("latin-1"))
        except Unplugged:
            return

    def silence(self) -> None:
        self.watch.now_ms += 150
        comes_to(lambda: self.codec.state, FrameState.BETWEEN)

    def said(self) -> str:
        """A change of state that comes back to where it began is told too."""
        return ", ".join([*self.events, *self.states]) or "nothing"

    def forget(self) -> None:
        self.events.clear()
        self.states.clear()


def within(at: Desk) -> None:
    at.start()
    at.send(HALF)
    at.until(LineState.READY, FrameState.WITHIN)


def skipping(at: Desk) -> None:
    at.start()
    at.send("7" * (LONGEST_CODE_BYTES + 1))
    at.until(LineState.READY, FrameState.SKIPPING)


def away(at: Desk) -> None:
    at.start()
    at.scanner.unplug()
    at.until(LineState.DISCONNECTED)


def denied(at: Desk) -> None:
    at.rights.given = False
    at.device.start()
    at.until(LineState.DENIED)


def stopped(at: Desk) -> None:
    """As it is when it is made."""


def half(at: Desk) -> None:
    at.send(HALF)
    comes_to(lambda: str(at.codec.state is FrameState.BETWEEN), "False")
    at.silence()


def byte_by_byte(at: Desk) -> None:
    for char in f"{MILK}\r":
        at.send(char)


def silence_first(at: Desk) -> None:
    at.silence()
    at.send(f"{MILK}\r")


FRAMES: dict[str, Callable[[Desk], None]] = {"between codes": Desk.start, "within a code": within, "skipping": skipping}
BYTES: dict[str, Callable[[Desk], None]] = {
    "a code": lambda at: at.send(f"{MILK}\r"),
    "a code with STX and ETX": lambda at: at.send(f"\x02{MILK}\r\x03"),
    "a code, byte by byte": byte_by_byte,
    "letters": lambda at: at.send("MEMBER-0815\r"),
    "two codes at once": lambda at: at.send(f"{MILK}\r{RICE}\r"),
    "two glued": lambda at: at.send(f"{MILK}{RICE}\r"),
    "two glued, with identifiers": lambda at: at.send(f"]E0{MILK}]E0{RICE}\r"),
    "a wrong check digit": lambda at: at.send(f"{MILK[:-1]}3\r"),
    "half a code, then silence": half,
    "silence, then a code": silence_first,
    "bytes that are no text": lambda at: at.send("\xff\xfe\r"),
    "an identifier alone": lambda at: at.send("]E0\r"),
    "only ends": lambda at: at.send("\r\n\t\x03"),
    "bytes without end": lambda at: at.send("7" * 3 * LONGEST_CODE_BYTES),
}
LINES: dict[str, Callable[[Desk], None]] = {
    "ready": Desk.start, "within a code": within, "disconnected": away, "denied": denied, "stopped": stopped,
}  # fmt: skip


def replug(at: Desk) -> None:
    at.scanner.unplug()
    comes_to(lambda: str(at.device.state is LineState.READY), "False")
    at.scanner.replug()


def take_the_right(at: Desk) -> None:
    at.rights.given = False


def give_the_right(at: Desk) -> None:
    at.rights.given = True


HAPPENINGS: dict[str, Callable[[Desk], None]] = {
    "pulled out": lambda at: at.scanner.unplug(),
    "plugged in": lambda at: at.scanner.replug(),
    "pulled out and plugged in": replug,
    "the right is taken away": take_the_right,
    "the right is given": give_the_right,
    "a code": lambda at: at.send(f"{RICE}\r"),
    "the till starts": lambda at: at.device.start(),
    "the till ends": lambda at: at.device.stop(),
}


@contextmanager
def desk() -> Iterator[Desk]:
    with ScannerSimulator() as scanner, rights_to(scanner.path) as rights:
        at = Desk(scanner, rights)
        try:
            yield at
        finally:
            at.device.stop()


def at_desk(state: Callable[[Desk], None], event: Callable[[Desk], None], says: str) -> str:
    with desk() as at:
        state(at)
        at.forget()
        event(at)
        return comes_to(at.said, says)


class Keyboard:
    """Keys at the times that they are pressed; what the detector holds back is asked for when it is due."""

    def __init__(self) -> None:
        self.detector = WedgeDetector()
        self.now_ms = 1_000
        self.events: list[WedgeEvent] = []

    def keys(self, text: str, gap_ms: int) -> None:
        for char in text:
            self._until(self.now_ms + gap_ms)
            self._take(self.detector.feed(char, self.now_ms))

    def silence(self) -> None:
        self._until(self.now_ms + 1_000)

    def _until(self, at_ms: int) -> None:
        match self.events[-1:]:
            case [Pending(until_ms)] if until_ms <= at_ms:
                self._take(self.detector.flush(until_ms))
        self.now_ms = at_ms

    def _take(self, events: list[WedgeEvent]) -> None:
        self.events += events

    def release(self) -> None:
        self._take(self.detector.release(self.now_ms))

    def said(self) -> str:
        """What was typed in several pieces is told in one."""
        told: list[str] = []
        for is_scan, events in groupby(self.events, lambda event: isinstance(event, Scan)):
            if is_scan:
                told += [word(event) for event in events if isinstance(event, Scan)]
            elif typed := sum(len(event.text) for event in events if isinstance(event, Typed)):
                told.append(f"{typed} typed")
        return ", ".join(told) or "nothing"


def holding(at: Keyboard) -> None:
    at.keys(HALF, 5)
    assert at.detector.state is WedgeState.HOLDING


def after_a_scan(at: Keyboard) -> None:
    at.keys(f"{RICE}\r", 5)
    assert at.detector.state is WedgeState.AFTER_SCAN
    at.events.clear()


def idle(at: Keyboard) -> None:
    assert at.detector.state is WedgeState.IDLE


def pressed(*bursts: tuple[str, int], then_silence: bool = False) -> Callable[[Keyboard], None]:
    """Bursts of keys, each with its gap before every key."""

    def press(at: Keyboard) -> None:
        for text, gap_ms in bursts:
            at.keys(text, gap_ms)
        if then_silence:
            at.silence()

    return press


KEYBOARDS: dict[str, Callable[[Keyboard], None]] = {"idle": idle, "holding": holding, "after_scan": after_a_scan}
KEYS: dict[str, Callable[[Keyboard], None]] = {
    "a code and Enter at 200 a second": lambda at: at.keys(f"{MILK}\r", 5),
    "a code and Enter at 2,000 a second": lambda at: at.keys(f"{MILK}\r", 0),
    "a code and CR LF": lambda at: at.keys(f"{MILK}\r\n", 5),
    "a code at 25 a second": pressed((f"{MILK}\r", 40), then_silence=True),
    "half a code, then silence": pressed((HALF, 5), then_silence=True),
    "two codes, one after the other": pressed((f"{MILK}\r", 5), (f"{RICE}\r", 5)),
    "a key, then a code at once": pressed(("7", 200), (MILK[0], 25), (f"{MILK[1:]}\r", 5)),
    "a key in the middle of a code": lambda at: at.keys(f"{MILK[:6]}x{MILK[6:]}\r", 5),
    "one key held down": lambda at: at.keys("7" * 20 + "\r", 20),
    "one key, then silence": pressed(("7", 200), then_silence=True),
    "Enter": lambda at: at.keys("\r", 200),
    "a key without a letter": Keyboard.release,
    "keys without end": pressed(("67" * 3_000, 5), then_silence=True),
}


def at_keyboard(state: Callable[[Keyboard], None], event: Callable[[Keyboard], None], _says: str) -> str:
    at = Keyboard()
    state(at)
    at.events = [event for event in at.events[-1:] if isinstance(event, Pending)]
    event(at)
    return at.said()


TABLES = (
    Table("Serial scanner: bytes", BYTES, FRAMES, at_desk),
    Table("Serial scanner: line", HAPPENINGS, LINES, at_desk),
    Table("Scanner as a keyboard", KEYS, KEYBOARDS, at_keyboard),
)
