"""A checkout scale that is asked for a weight, in both protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from drivers.clock import SystemClock
from drivers.ports import LineState
from drivers.scale.device import Scale
from drivers.scale.protocols import CasPos, ScaleProtocol, Toledo8217
from drivers.scale.reading import Weight
from drivers.simulators.scale import Kind, Mood, ScaleSimulator
from drivers.transports.serial_line import SerialTransport
from pos_client.app.surroundings import Surroundings
from pos_client.hardware.weighing import Weighing
from tests.devices.lines import Rights, rights_to
from tests.devices.table import Table
from tests.drivers.test_scale import cas

_REST_MS = 300
_PROTOCOLS: dict[Kind, ScaleProtocol] = {Kind.TOLEDO: Toledo8217(), Kind.CAS: CasPos()}


class _Impatient(Scale):
    """Gives up on swinging goods sooner."""

    def weigh(self, rest_ms: int = _REST_MS) -> Weight:
        return super().weigh(rest_ms)


class Counter:
    """Somebody wants a weight; what the till gets of it, and what its status bar says then."""

    def __init__(self, kind: Kind, simulator: ScaleSimulator, rights: Rights) -> None:
        self.kind = kind
        self.simulator = simulator
        self.rights = rights
        self.around = Surroundings()
        scale = _Impatient(SerialTransport(simulator.path), _PROTOCOLS[kind], SystemClock())
        self.weighing = Weighing(scale, self.around)
        self.before = LineState.READY.value

    def weigh(self) -> str:
        told: SimpleQueue[str] = SimpleQueue()
        self.weighing.weigh(
            lambda milli, unit: told.put(f"{milli / 1_000:.3f} {unit}"), lambda notice: told.put(f"`{notice.code}`")
        )
        said = told.get(timeout=20)
        return said if self.around.scale_state == self.before else f"{said} → {self.around.scale_state}"

    def now(self) -> None:
        self.before = self.around.scale_state


def known(at: Counter) -> None:
    at.simulator.put(455)
    assert at.weigh() == "0.455 kg"
    at.simulator.put(0)


def away(at: Counter) -> None:
    at.simulator.unplug()
    at.weigh()
    at.now()
    at.simulator.put(455)


def denied(at: Counter) -> None:
    at.rights.given = False
    at.weigh()
    at.now()
    at.simulator.put(455)


def put(mood: Mood = Mood.RIGHT, milli: int = 455, swings: int = 0) -> Callable[[Counter], None]:
    return lambda at: at.simulator.put(milli, mood, swings=swings)


def replugged(at: Counter) -> None:
    at.simulator.unplug()
    at.simulator.put(455)
    at.simulator.replug()


def unasked(at: Counter) -> None:
    at.simulator.put(455)
    at.simulator.send(b"\x0209.999\r" + cas(b"S 09.999kg") + b"rubbish")


def turn(at: Counter, *, given: bool) -> None:
    at.rights.given = given


ANSWERS: dict[str, Callable[[Counter], None]] = {
    "at rest": put(),
    "in motion, then at rest": put(swings=3),
    "in motion": put(Mood.SWINGING),
    "empty": put(milli=0),
    "below zero": put(milli=-20),
    "too heavy": put(milli=15_001),
    "no zero since it was switched on": put(Mood.NO_ZERO),
    "silent": put(Mood.SILENT),
    "half an answer": put(Mood.HALF),
    "the answer twice": put(Mood.TWICE),
    "a wrong bit": put(Mood.GARBLED),
    "letters": put(Mood.LETTERS),
    "an answer without end": put(Mood.ENDLESS),
    "a byte every 10 ms": put(Mood.SLOW),
    "refuses": put(Mood.REFUSING),
    "rubbish before the question": unasked,
}
LINES: dict[str, Callable[[Counter], None]] = {
    "at rest": put(),
    "pulled out": lambda at: at.simulator.unplug(),
    "plugged in": lambda at: at.simulator.replug(),
    "pulled out and plugged in": replugged,
    "the right is taken away": lambda at: turn(at, given=False),
    "the right is given": lambda at: turn(at, given=True),
}


@contextmanager
def counter(kind: Kind) -> Iterator[Counter]:
    with ScaleSimulator(kind) as simulator, rights_to(simulator.path) as rights:
        at = Counter(kind, simulator, rights)
        try:
            yield at
        finally:
            at.weighing.close()


def answered(kind: Kind, event: Callable[[Counter], None], _says: str) -> str:
    with counter(kind) as at:
        event(at)
        return at.weigh()


def on_its_line(state: Callable[[Counter], None], event: Callable[[Counter], None], _says: str) -> str:
    with counter(Kind.CAS) as at:
        state(at)
        event(at)
        return at.weigh()


TABLES = (
    Table("Scale: answers", ANSWERS, {"8217": Kind.TOLEDO, "CAS": Kind.CAS}, answered),
    Table("Scale: line", LINES, {"ready": known, "disconnected": away, "denied": denied}, on_its_line),
)
