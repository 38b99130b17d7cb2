"""A label printer on a TCP port that speaks ZPL II or TSPL and can run out of labels or ribbon, open its cover, or lose
its power.

    python -m drivers.simulators.label --language zpl --port 9100 --out labels/

Questions about its state are answered at once, also while it stands; what it has received is printed when it can go on.
``label-0001.png`` shows a label as it comes out.
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.simulators.knobs import through_the_line, until
from drivers.simulators.label_press import PRESSES, Job, LabelPress, TsplPress, ZplPress
from drivers.simulators.panels import LabelPanel
from drivers.simulators.port import PortDevice, add_options, made, running, send

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(slots=True)
class LabelKnobs:
    """What can be wrong with it. Set through ``LabelSimulator.turn``, at any time.

    ``out_after_labels``: the roll ends when so many more labels have come out. ``silent``: answers nothing;
    ``silent_when_stopped``: not while it needs a hand, as some printers do. ``ms_per_label``: how long one takes.
    ``power_cut_after_bytes``: its power goes when so many more bytes have come: what it has received is forgotten.
    ``lost_byte``: the so-manyth byte from now is lost on the line.
    """

    labels_out: bool = False
    ribbon_out: bool = False
    cover_open: bool = False
    paused: bool = False
    silent: bool = False
    silent_when_stopped: bool = False
    out_after_labels: int | None = None
    ms_per_label: int = 100
    power_cut_after_bytes: int | None = None
    lost_byte: int | None = None

    @property
    def stopped(self) -> bool:
        return self.labels_out or self.ribbon_out or self.cover_open or self.paused


class LabelSimulator(PortDevice[LabelKnobs]):
    """``labels`` are those that came out so far; with ``out_dir`` each is also a file there."""

    def __init__(
        self, language: str = "zpl", port: int = 0, host: str = "127.0.0.1", out_dir: Path | None = None, dpi: int = 203
    ) -> None:
        self._press: LabelPress = ZplPress() if language == "zpl" else TsplPress(dpi)
        self._waiting: deque[Image] = deque()
        self._labels: list[Image] = []
        super().__init__(LabelKnobs(), port, host, out_dir)

    @property
    def labels(self) -> tuple[Image, ...]:
        with self._changed:
            return tuple(self._labels)

    @property
    def errors(self) -> tuple[str, ...]:
        """What it was sent and doesn't know."""
        with self._changed:
            return tuple(self._press.errors)

    def wait_for_labels(self, count: int, timeout_ms: int) -> bool:
        """Whether so many labels have come out before the time is over."""
        return self.wait_until(lambda: len(self._labels) >= count, timeout_ms)

    def switch_off_and_on(self) -> None:
        """What it has received is forgotten, the connection ends; what has come out stays."""
        with self._changed:
            self._power_gone()

    def _serve(self, connection: socket.socket) -> None:
        for data in self._coming(connection):
            with self._changed:
                self._received(through_the_line(self._knobs, "lost_byte", data, 0), connection)

    def _received(self, data: bytes, connection: socket.socket) -> None:
        data, cut = until(self._knobs, "power_cut_after_bytes", data)
        for found in self._press.feed(data):
            if isinstance(found, Job):
                self._waiting += [found.picture] * found.copies
                self._changed.notify_all()
            else:
                self._answer(connection)
        if cut:
            self._power_gone()

    def _answer(self, connection: socket.socket) -> None:
        knobs = self._knobs
        if knobs.silent or (knobs.silent_when_stopped and knobs.stopped):
            return
        answer = self._press.answer(
            labels_out=knobs.labels_out,
            ribbon_out=knobs.ribbon_out,
            cover_open=knobs.cover_open,
            paused=knobs.paused,
            waiting=len(self._waiting),
        )
        send(connection, answer)

    def _power_gone(self) -> None:
        self._waiting.clear()
        self._press.switch_on()
        self._hang_up()

    def _work(self) -> None:
        """The head: one label after the other, while there is something to print on. A label counts once whole."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._stopping or (self._waiting and not self._knobs.stopped))
                if self._stopping:
                    return
                label = self._waiting[0]
                self._changed.wait_for(lambda: self._stopping, self._knobs.ms_per_label / 1000)
                if self._stopping or self._knobs.stopped or not self._waiting or self._waiting[0] is not label:
                    continue
                left = self._knobs.out_after_labels
                if left == 0:
                    self._knobs.labels_out, self._knobs.out_after_labels = True, None
                    continue
                self._knobs.out_after_labels = None if left is None else left - 1
                self._waiting.popleft()
                self._came_out(label)

    def _came_out(self, label: Image) -> None:
        self._labels.append(label)
        self._keep(f"label-{len(self._labels):04d}.png", lambda path: label.save(path, "PNG"))
        self._changed.notify_all()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tillpoint device simulate label", description=__doc__)
    parser.add_argument("--language", choices=sorted(PRESSES), default="zpl")
    parser.add_argument("--dpi", type=int, choices=(203, 300), default=203)
    add_options(parser, 9100)
    parser.add_argument("--out", type=Path, required=True, help="folder for label-0001.png and so on")
    parser.add_argument("--labels-out", action="store_true")
    parser.add_argument("--ribbon-out", action="store_true")
    parser.add_argument("--cover-open", action="store_true")
    parser.add_argument("--silent", action="store_true", help="answer no questions")
    parser.add_argument("--out-after", type=int, metavar="N", help="the roll ends after so many labels")
    parser.add_argument("--ms-per-label", type=int, default=300)
    given = parser.parse_args(argv)
    simulator = made(
        parser, given.port, lambda: LabelSimulator(given.language, given.port, given.host, given.out, given.dpi)
    )
    simulator.turn(
        labels_out=given.labels_out,
        ribbon_out=given.ribbon_out,
        cover_open=given.cover_open,
        silent=given.silent,
        out_after_labels=given.out_after,
        ms_per_label=given.ms_per_label,
    )
    told = 0
    with running(parser, simulator, LabelPanel(simulator), given.page) as ended:
        while not ended.wait(0.1):
            for wrong in simulator.errors[told:]:
                sys.stderr.write(f"{wrong}\n")
                told += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
