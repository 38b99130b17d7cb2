"""A pole display, which answers nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from drivers.display.device import PoleDisplay
from drivers.display.protocols import CD5220
from drivers.ports import DeviceBusy
from drivers.simulators.display import DisplaySimulator
from drivers.transports.serial_line import SerialTransport
from pos_client.app.surroundings import NO_DEVICE, Surroundings
from pos_client.app.views import PoleLine
from pos_client.hardware.showing import Showing
from tests.devices.lines import Rights, rights_to
from tests.devices.table import Table, comes_to

MILK, TOTAL = PoleLine("Milk", "12.50"), PoleLine("Total", "12.50")
_SHOWN = ("Milk           12.50", "Total          12.50")


class Pole:
    def __init__(self, simulator: DisplaySimulator, rights: Rights) -> None:
        self.simulator = simulator
        self.rights = rights
        self.around = Surroundings()
        self.other = SerialTransport(simulator.path)
        self.showing = Showing(PoleDisplay(SerialTransport(simulator.path), CD5220), "cp437", self.around)
        self.before = NO_DEVICE

    def say(self) -> None:
        """New words, and the worker's step."""
        self.showing.say(MILK, TOTAL)
        self.step()

    def step(self) -> None:
        """A line that was pulled out may take a few bytes more before it says so."""
        for _ in range(3):
            self.showing.step()

    def now(self) -> None:
        self.before = self.around.display_state

    def said(self) -> str:
        shows = (
            "milk" if self.simulator.lines == _SHOWN else "" if not "".join(self.simulator.lines).strip() else "rubbish"
        )
        state, notice = self.around.display_state, self.around.display_notice
        code = f" `{notice.code}`" if notice is not None and state != self.before else ""
        return (shows or "dark") + ("" if state == self.before else f" → {state}{code}")


def made(at: Pole) -> None:
    """As it is when the till starts."""
    at.now()


def showing(at: Pole) -> None:
    at.say()
    comes_to(at.said, "milk → ready")
    at.now()


def away(at: Pole) -> None:
    at.simulator.unplug()
    at.simulator.switch_off_and_on()
    at.say()
    at.now()


def denied(at: Pole) -> None:
    at.rights.given = False
    at.say()
    at.now()


def power(at: Pole) -> None:
    at.simulator.switch_off_and_on()
    at.step()


def unplug(at: Pole) -> None:
    at.simulator.unplug()
    at.step()


def replug(at: Pole) -> None:
    at.simulator.replug()
    at.step()


def both(at: Pole) -> None:
    at.simulator.unplug()
    at.simulator.switch_off_and_on()
    at.simulator.replug()
    at.step()


def rubbish(at: Pole) -> None:
    """Noise on the line leaves signs on the glass, until the same is written again."""
    at.simulator.take(b"\x1bQ#@!~zzz")
    at.step()


def taken(at: Pole) -> None:
    with suppress(DeviceBusy):
        at.other.open(100)
    at.step()


def right(at: Pole, *, given: bool) -> None:
    at.rights.given = given
    at.step()


EVENTS: dict[str, Callable[[Pole], None]] = {
    "something to show": Pole.say,
    "power off and on": power,
    "rubbish on the line": rubbish,
    "pulled out": unplug,
    "plugged in": replug,
    "pulled out and plugged in": both,
    "another program wants it": taken,
    "the right is taken away": lambda at: right(at, given=False),
    "the right is given": lambda at: right(at, given=True),
    "the till ends": lambda at: at.showing.end(),
}
STATES: dict[str, Callable[[Pole], None]] = {
    "just started": made, "ready": showing, "disconnected": away, "denied": denied,
}  # fmt: skip


@contextmanager
def pole() -> Iterator[Pole]:
    with DisplaySimulator() as simulator, rights_to(simulator.path) as rights:
        at = Pole(simulator, rights)
        try:
            yield at
        finally:
            at.showing.end()
            at.other.close()


def see(state: Callable[[Pole], None], event: Callable[[Pole], None], says: str) -> str:
    with pole() as at:
        state(at)
        event(at)
        return comes_to(at.said, says)


TABLES = (Table("Pole display", EVENTS, STATES, see),)
