"""The till as a program: the window first, the books behind it on the cashier's thread."""

from __future__ import annotations

import signal
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QLocale, QTimer
from PySide6.QtWidgets import QApplication

from pos_client.locale import LANGUAGES, closest
from pos_client.presenters.counter import Counter
from pos_client.presenters.customer import pole_lines
from pos_client.presenters.state import CounterState, Sound
from pos_client.settings import SECOND
from pos_client.ui.collecting import IdleCollector
from pos_client.ui.customer_window import CustomerWindow
from pos_client.ui.operations import QtOperations
from pos_client.ui.palette import DARK, LIGHT
from pos_client.ui.sounds import Sounds
from pos_client.ui.window import TillWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.ports import Scan
    from pos_client.app.till import Till
    from pos_client.app.views import Notice
    from pos_client.bootstrap import RunningTill
    from pos_client.hardware.equipment import Equipment
    from pos_client.hardware.weighing import Weighing

Result = TypeVar("Result")

_SIGNALS_MS = 200
_SOON_S = 2
_LOADS_AFTER_MS = 2_000
"""Somebody is signing in by then, and nothing is left of the start."""


class _Opening:
    """Runs what comes before the till has a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="opening")

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        return self._pool.submit(work)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class ScaleAtScreen:
    """The till's scale, whose answers come to the thread that draws."""

    def __init__(self, weighing: Weighing, operations: QtOperations) -> None:
        self._weighing = weighing
        self._operations = operations

    def weigh(self, done: Callable[[int, str], None], failed: Callable[[Notice], None]) -> None:
        self._weighing.weigh(*self._here(done, failed))

    def settle(self, done: Callable[[int, str], None], failed: Callable[[Notice], None], *, tare: bool) -> None:
        self._weighing.settle(*self._here(done, failed), tare=tare)

    def _here(
        self, done: Callable[[int, str], None], failed: Callable[[Notice], None]
    ) -> tuple[Callable[[int, str], None], Callable[[Notice], None]]:
        post = self._operations.post
        return (
            lambda quantity_milli, unit: post(partial(done, quantity_milli, unit)),
            lambda why: post(partial(failed, why)),
        )


class Program:
    """One till in one window."""

    def __init__(self, home: Path, language: str | None = None, *, dark: bool = False) -> None:
        self._home = home
        self._language = language
        self._opening = _Opening()
        self._operations = QtOperations(self._opening)
        self._device_operations: QtOperations | None = None
        self._collector = IdleCollector(self._operations)
        self._running: RunningTill | None = None
        self._unanswered: deque[float] = deque()
        """When the scanner's codes came that the counter hasn't judged yet."""
        self.counter = Counter(self._operations, language or closest(QLocale.system().name()))
        self.counter.listen(self._tell_customer)
        self.counter.listen_sound(self._answer_scan)
        self._sounds = Sounds(self.counter)
        self.customer: CustomerWindow | None = None
        """The customer's own window, if there is one."""
        self.window = TillWindow(self.counter, DARK if dark else LIGHT)
        self.window.closing.connect(self.close)

    def start(self) -> None:
        self.counter.starting.begin(self._open, self._enrol, self)

    def close(self) -> None:
        self._operations.stop()
        if self._device_operations is not None:
            self._device_operations.stop()
        self._collector.stop()
        if self.customer is not None:
            self.customer.end()
        self._opening.close()
        if self._running is not None:
            self._running.close()
            self._running = None

    def _show_customer(self) -> None:
        """The window of the customer's own, again where a screen is plugged in or pulled out."""
        if self._running is None:
            return
        if self.customer is None:
            self.customer = CustomerWindow(self.counter, receipt_url=self._running.settings.receipt_url)
            application = QApplication.instance()
            assert isinstance(application, QApplication)
            application.screenAdded.connect(self.customer.place)
            application.screenRemoved.connect(self.customer.place)
        self.customer.place()

    def _tell_customer(self, state: CounterState) -> None:
        if self._running is not None:
            self._running.equipment.show_customer(*pole_lines(state, self.counter.language))

    def _open(self) -> Till:
        """On the opening thread: what loads slowly loads while the window already shows."""
        from pos_client.bootstrap import open_till

        running = open_till(self._home)
        self._fit(running.equipment)
        running.on_scan(self._scanned)
        running.on_change(lambda: self._operations.post(self.counter.refresh))
        self._running = running
        gap_ms, characters = running.settings.wedge_gap_ms, running.settings.wedge_characters
        self._operations.post(partial(self.window.wedge.use, gap_ms, characters))
        if running.settings.customer_screen == SECOND:
            self._operations.post(self._show_customer)
        self._operations.executor = running.executor
        self._operations.post(self._collector.start)
        self._operations.post(partial(QTimer.singleShot, _LOADS_AFTER_MS, self._load))
        if self._language is None and running.language in LANGUAGES:
            self._operations.post(partial(self.counter.set_language, running.language))
        return running.till

    def _load(self) -> None:
        """What the first scan of a GS1 code needs, beside the thread that draws and while nobody waits for the till."""
        from pos_client.app.element_strings import load

        if self._running is None:
            return
        if self._operations.busy:
            QTimer.singleShot(_LOADS_AFTER_MS, self._load)
        else:
            self._opening.submit(load)

    def _fit(self, equipment: Equipment) -> None:
        """Give the screens the till's devices, on any thread."""

        def fit_scale() -> None:
            weighing = equipment.weighing
            self.counter.scale = ScaleAtScreen(weighing, self._operations) if weighing is not None else None

        def fit() -> None:
            fit_scale()
            self._device_operations = QtOperations(equipment.executor)
            self.counter.device_desk.fit(equipment, self._device_operations)

        equipment.on_set = lambda: self._operations.post(fit_scale)
        self._operations.post(fit)

    def _scanned(self, scan: Scan) -> None:
        """On the scanner's thread."""
        self._operations.post(partial(self._scan, scan))

    def _scan(self, scan: Scan) -> None:
        self._unanswered.append(monotonic())
        self.counter.scan(scan.entry, scan.symbology or "")

    def _answer_scan(self, sound: Sound) -> None:
        """The sound that follows a scan soon is about it: the scanner makes it too."""
        while self._unanswered and monotonic() - self._unanswered[0] > _SOON_S:
            self._unanswered.popleft()
        if self._unanswered and self._running is not None:
            self._unanswered.popleft()
            self._running.equipment.answer_scan(good=sound is Sound.GOOD)

    def leave(self) -> None:
        """From now on work is done where the till was opened: its own thread ends with it."""
        self._operations.executor = self._opening

    def renew(self, code: str) -> object:
        """On the opening thread."""
        from pos_client.bootstrap import renew_till

        if self._running is not None:
            self._running.close()
            self._running = None
        return renew_till(self._home, code)

    def _enrol(self, server_url: str, code: str) -> None:
        from pos_client.bootstrap import enrol_till

        enrol_till(self._home, server_url, code)


def run(
    home: Path, *, language: str | None = None, fullscreen: bool = False, dark: bool = False, robot: Path | None = None
) -> int:
    """Show the till whose files are in ``home`` until its window is closed; the exit status.

    ``language``: one of ``pos_client.locale.LANGUAGES``, else the system's. ``robot``: see ``pos_client.ui.robot``.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Tillpoint")
    program = Program(home, language, dark=dark)
    if robot is not None:
        from pos_client.ui.robot import Robot

        Robot(program.window, robot)
    _let_signals_in(program)
    if fullscreen:
        program.window.showFullScreen()
    else:
        program.window.resize(1366, 768)
        program.window.show()
    QTimer.singleShot(0, program.start)
    return application.exec()


def _let_signals_in(program: Program) -> None:
    """Ctrl-C and a polite kill close the window. Python handles signals only when it gets to run."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: program.window.close())
    heartbeat = QTimer(program.window)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start(_SIGNALS_MS)
