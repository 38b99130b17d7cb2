"""A label printer on a TCP port that speaks ZPL II or TSPL and can run out of labels or ribbon, open its cover, or lose
its power.

    tillpoint device simulate label --language zpl --port 9100 --out labels/

Questions about its state are answered at once, also while it stands; what it has received is printed when it can go on.
``label-0001.png`` shows a label as it comes out.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Final, Self

from drivers.simulators import options, page
from drivers.simulators.knobs import through_the_line, turn
from drivers.simulators.label_press import PRESSES, Job, LabelPress, TsplPress, ZplPress
from drivers.simulators.panels import LabelPanel

if TYPE_CHECKING:
    from PIL.Image import Image

_LOOK_S: Final = 0.05


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


class LabelSimulator:
    """Start it as a context manager. Thread-safe. One connection at a time. ``labels`` are those that came out so far;
    with ``out_dir`` each is also a file there, whole as soon as it has its name."""

    def __init__(
        self, language: str = "zpl", port: int = 0, host: str = "127.0.0.1", out_dir: Path | None = None, dpi: int = 203
    ) -> None:
        self._press: LabelPress = ZplPress() if language == "zpl" else TsplPress(dpi)
        self._out_dir = out_dir
        self._changed = threading.Condition()
        self._knobs = LabelKnobs()
        self._waiting: deque[Image] = deque()
        self._labels: list[Image] = []
        self._stopping = False
        self._connection: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((host, port))
        self._listener.settimeout(_LOOK_S)
        self._address: tuple[str, int] = self._listener.getsockname()[:2]

    @property
    def host(self) -> str:
        return self._address[0]

    @property
    def port(self) -> int:
        return self._address[1]

    @property
    def labels(self) -> tuple[Image, ...]:
        with self._changed:
            return tuple(self._labels)

    @property
    def errors(self) -> tuple[str, ...]:
        """What it was sent and doesn't know."""
        with self._changed:
            return tuple(self._press.errors)

    @property
    def knobs(self) -> LabelKnobs:
        """As they are now."""
        with self._changed:
            return replace(self._knobs)

    def turn(self, **knobs: bool | int | None) -> None:
        """Change knobs by name, all at once: ``turn(labels_out=True)``."""
        with self._changed:
            turn(self._knobs, knobs)
            self._changed.notify_all()

    def wait_for_labels(self, count: int, timeout_ms: int) -> bool:
        """Whether so many labels have come out before the time is over."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._labels) >= count, timeout_ms / 1000)

    def switch_off_and_on(self) -> None:
        """What it has received is forgotten, the connection ends; what has come out stays."""
        with self._changed:
            self._power_gone()

    def __enter__(self) -> Self:
        if self._out_dir is not None:
            self._out_dir.mkdir(parents=True, exist_ok=True)
        for work in (self._listen, self._print):
            thread = threading.Thread(target=work, name=f"label printer {self.port} {work.__name__}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _listen(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(_LOOK_S)
                with self._changed:
                    self._connection = connection
                self._serve(connection)
                with self._changed:
                    self._connection = None

    def _serve(self, connection: socket.socket) -> None:
        while not self._stopping:
            try:
                data = connection.recv(4_096)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            with self._changed:
                self._received(through_the_line(self._knobs, "lost_byte", data, 0), connection)

    def _received(self, data: bytes, connection: socket.socket) -> None:
        left = self._knobs.power_cut_after_bytes
        cut = left is not None and len(data) >= left
        if left is not None:
            self._knobs.power_cut_after_bytes = None if cut else left - len(data)
            data = data[:left] if cut else data
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
        try:
            connection.sendall(
                self._press.answer(
                    labels_out=knobs.labels_out,
                    ribbon_out=knobs.ribbon_out,
                    cover_open=knobs.cover_open,
                    paused=knobs.paused,
                    waiting=len(self._waiting),
                )
            )
        except OSError:
            return  # the asker has gone; the labels go on

    def _power_gone(self) -> None:
        self._waiting.clear()
        self._press.switch_on()
        if self._connection is not None:
            try:
                self._connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended already

    def _print(self) -> None:
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
        if self._out_dir is not None:
            path = self._out_dir / f"label-{len(self._labels):04d}.png"
            part = path.with_suffix(".part")
            label.save(part, "PNG")
            part.replace(path)
        self._changed.notify_all()


def main(argv: Sequence[str] | None = None) -> int:
    parser = options.parser("label", __doc__)
    parser.add_argument("--language", choices=sorted(PRESSES), default="zpl")
    parser.add_argument("--dpi", type=int, choices=(203, 300), default=203)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100, help="0 takes any free port and prints it")
    parser.add_argument("--out", type=Path, required=True, help="folder for label-0001.png and so on")
    parser.add_argument("--labels-out", action="store_true")
    parser.add_argument("--ribbon-out", action="store_true")
    parser.add_argument("--cover-open", action="store_true")
    parser.add_argument("--silent", action="store_true", help="answer no questions")
    parser.add_argument("--out-after", type=int, metavar="N", help="the roll ends after so many labels")
    parser.add_argument("--ms-per-label", type=int, default=300)
    page.add_option(parser)
    given = parser.parse_args(argv)
    with options.needed(parser, f"{given.out} can't be made"):
        given.out.mkdir(parents=True, exist_ok=True)
    with options.needed(parser, f"Port {given.port} can't be used"):
        simulator = LabelSimulator(given.language, given.port, given.host, given.out, given.dpi)
    simulator.turn(
        labels_out=given.labels_out,
        ribbon_out=given.ribbon_out,
        cover_open=given.cover_open,
        silent=given.silent,
        out_after_labels=given.out_after,
        ms_per_label=given.ms_per_label,
    )
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with simulator:
        sys.stdout.write(f"{simulator.host}:{simulator.port}\n")
        sys.stdout.flush()
        told = 0
        with page.shown(parser, LabelPanel(simulator), given.page):
            while not ended.wait(0.1):
                for wrong in simulator.errors[told:]:
                    sys.stderr.write(f"{wrong}\n")
                    told += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
