"""A label printer before a label and while it comes out, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from drivers.clock import SystemClock
from drivers.label.device import LabelPrinter, LabelTimeouts
from drivers.label.status import PROTOCOLS
from drivers.ports import PrinterState
from drivers.printer.device import PrintResult
from drivers.simulators.label import LabelSimulator
from drivers.transports.tcp import TcpTransport
from tests.devices.table import Table
from tests.drivers.test_label import batch

_TIMES = LabelTimeouts(open_ms=2_000, answer_ms=300, write_ms=2_000, printed_ms=3_000, settle_ms=100, look_ms=20)
_MS_PER_LABEL = 150

Act = Callable[[LabelSimulator], None]


def knob(**knobs: bool | int) -> Act:
    return lambda simulator: simulator.turn(**knobs)


EVENTS: dict[str, Act] = {
    "nothing": lambda simulator: None,
    "labels out": knob(labels_out=True),
    "ribbon out": knob(ribbon_out=True),
    "cover open": knob(cover_open=True),
    "paused": knob(paused=True),
    "silent": knob(silent=True),
    "its power goes and comes": LabelSimulator.switch_off_and_on,
    "a byte is lost on the line": knob(lost_byte=3),
}


class _Cable(TcpTransport):
    """``act`` happens when a label's bytes have gone out and before the printer is asked what became of it."""

    ask = b""
    act: Callable[[], None] | None = None

    def write(self, data: bytes, timeout_ms: int) -> None:
        super().write(data, timeout_ms)
        if data != self.ask and self.act is not None:
            act, self.act = self.act, None
            act()


def see(state: tuple[str, bool], event: Act, _says: str) -> str:
    language, before = state
    (label,) = batch(language, 1)
    with LabelSimulator(language) as simulator:
        simulator.turn(ms_per_label=_MS_PER_LABEL)
        cable = _Cable(simulator.host, simulator.port)
        cable.ask = PROTOCOLS[language].ask
        printer = LabelPrinter(cable, PROTOCOLS[language], SystemClock(), _TIMES)
        assert printer.status() is not None
        if before:
            event(simulator)
        else:
            cable.act = lambda: event(simulator)
        outcome = printer.print(label)
    code = f" `{outcome.problem.code}`" if outcome.problem is not None else ""
    taken = {0: "none", len(label): "all"}.get(outcome.written_bytes, "part")
    told = "printed" if outcome.result is PrintResult.PRINTED else f"{outcome.result.value}{code}, {taken} sent"
    return told if outcome.state is PrinterState.READY else f"{told} → {outcome.state.value}"


TABLES = (
    Table(
        "Label printer", EVENTS,
        {
            "ZPL: before a label": ("zpl", True), "ZPL: while it prints": ("zpl", False),
            "TSPL: before a label": ("tspl", True), "TSPL: while it prints": ("tspl", False),
        },
        see,
    ),
)  # fmt: skip
