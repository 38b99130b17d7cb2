"""A label scale that a list of three goods is sent to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drivers.clock import SystemClock
from drivers.label_scale.device import Download, LabelScale, Timing
from drivers.label_scale.goods import Plu, SoldBy
from drivers.simulators.label_scale import LabelScaleSimulator
from drivers.transports.tcp import TcpTransport
from tests.devices.table import Table

_GOODS = tuple(Plu(number, f"{number:05}", "苹果", 998, SoldBy.WEIGHT, "26") for number in (1, 2, 3))
_DEARER = tuple(replace(plu, price_minor=1_298) for plu in _GOODS)
_TIMES = Timing(open_ms=1_000, answer_ms=200, tries=3, pauses_ms=(1,))


class Counter:
    def __init__(self, simulator: LabelScaleSimulator) -> None:
        self.simulator = simulator
        self.device = LabelScale(TcpTransport(simulator.host, simulator.port), SystemClock(), timing=_TIMES)

    def turn(self, **knobs: bool | int | frozenset[int] | None) -> None:
        self.simulator.turn(**knobs)

    def send(self) -> Download:
        return self.device.download(_DEARER)

    @property
    def holds(self) -> str:
        """Its prices, in the goods' order; - for none."""
        table = self.simulator.table
        there = [table[plu.number].price_minor if plu.number in table else None for plu in _GOODS]
        return " ".join("-" if price is None else f"{price / 100:.2f}" for price in there)


def _said(download: Download) -> str:
    parts = [f"{len(download.held)} held"]
    parts += [f"{len(download.refused)} refused"] if download.refused else []
    parts += ["1 doubtful"] if download.doubtful is not None else []
    parts += [f"{len(download.left)} left"] if download.left else []
    parts += [f"`{download.problem.code}`"] if download.problem is not None else []
    return ", ".join(parts)


def sent(at: Counter) -> str:
    return f"{_said(at.send())}: {at.holds}"


def sent_again(at: Counter) -> str:
    """When all is well again."""
    at.send()
    at.turn(
        silent=False, deaf=False, drop_after=None, lose_answer_after=None, cut_answer_after=None, refuses=frozenset(),
        capacity=4_000, other=False,
    )  # fmt: skip
    return sent(at)


STATES: dict[str, Callable[[Counter], None]] = {
    "ready": lambda at: None,
    "silent": lambda at: at.turn(silent=True),
    "deaf": lambda at: at.turn(deaf=True),
    "line breaks before the 2nd": lambda at: at.turn(drop_after=2),
    "answer to the 2nd lost": lambda at: at.turn(lose_answer_after=2),
    "answer to the 2nd cut": lambda at: at.turn(cut_answer_after=2),
    "refuses the 2nd": lambda at: at.turn(refuses=frozenset({2})),
    "full": lambda at: at.turn(capacity=1),
    "another device": lambda at: at.turn(other=True),
    "away": lambda at: at.simulator.__exit__(None, None, None),
}


def see(state: Callable[[Counter], None], event: Callable[[Counter], str], _says: str) -> str:
    with LabelScaleSimulator() as simulator:
        at = Counter(simulator)
        try:
            assert at.device.download(_GOODS[:1]).held == _GOODS[:1]
            state(at)
            return event(at)
        finally:
            at.device.close()


TABLES = (Table("Label scale", {"a list is sent": sent, "sent again, all is well": sent_again}, STATES, see),)
