"""A printer behind a system's print queue: hands whole jobs over and says honestly what became of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.clock import wait_ms
from drivers.ports import Clock, DeviceFault, DeviceGone, PrinterState, Timeout
from drivers.printer import status
from drivers.printer.device import OnState, PrintOutcome, PrintResult
from drivers.printer.encoder import drawer_pulse
from drivers.printer.profiles import PrinterProfile
from drivers.spooler.queue import JobGivenUp, JobSeen, JobState, QueueBusy, SystemQueue

_PRINTS_NOTHING: Final = b"\x1b@"
"""ESC @, with which each job begins anyway."""


@dataclass(frozen=True, slots=True)
class SpoolerTimeouts:
    """``passed_on_ms``: until the queue has passed a job on, and as many more as the job has bytes. ``trouble_ms``: for
    so long a printer may be in trouble, as it is while it is looked for. ``ended_ms``: until a cancelled job has ended.
    """

    passed_on_ms: int = 20_000
    trouble_ms: int = 3_000
    ended_ms: int = 3_000
    look_ms: int = 100


class SpooledPrinter:
    """Used like a ``PrinterDevice``, from any thread. A job is at best *sent*: whether it is on paper a queue doesn't
    know.

    A job that the queue hasn't passed on in time is cancelled, and counts as failed once it has ended: what was still
    in the queue never comes out beside a second print. ``title`` names the jobs of this till in the queue; those that
    one before it left there, because it was killed, are cancelled before the first job.
    """

    def __init__(
        self, queue: SystemQueue, title: str, profile: PrinterProfile, clock: Clock, on_state: OnState | None = None,
        timeouts: SpoolerTimeouts | None = None, wait_ms: Callable[[int], None] = wait_ms,
    ) -> None:  # fmt: skip
        self._queue = queue
        self._title = title
        self._profile = profile
        self._clock = clock
        self._on_state = on_state
        self._timeouts = timeouts or SpoolerTimeouts()
        self._wait_ms = wait_ms
        self._lock = threading.Lock()
        self._told: tuple[PrinterState, str] = (PrinterState.DISCONNECTED, "")
        self._swept = False
        self._was_away = False

    @property
    def name(self) -> str:
        return self._queue.name

    @property
    def state(self) -> PrinterState:
        return self._told[0]

    @property
    def profile(self) -> PrinterProfile:
        return self._profile

    def status(self) -> PrinterState:
        """What the queue says. If the printer behind it was away it is tried with a job that prints nothing: a queue
        without jobs doesn't know. Never raises a ``DeviceFault``."""
        with self._lock:
            try:
                if self._was_away:
                    self._try(_PRINTS_NOTHING)
                else:
                    self._ready()
            except DeviceFault as fault:
                self._become(status.state_of(fault), fault)
            else:
                self._become(PrinterState.UNKNOWN, None)
            return self.state

    def print(self, data: bytes) -> PrintOutcome:
        """One job. Never raises a ``DeviceFault``: the outcome tells. ``written_bytes`` is 0 if surely nothing of it
        was passed on, else all of them."""
        with self._lock:
            try:
                self._try(data)
            except DeviceFault as fault:
                self._become(status.state_of(fault), fault)
                return PrintOutcome(PrintResult.FAILED, fault.written_bytes, len(data), self.state, fault)
            self._become(PrinterState.UNKNOWN, None)
            return PrintOutcome(PrintResult.SENT, len(data), len(data), self.state)

    def open_drawer(self) -> PrintOutcome:
        """The pulse alone, as a job of its own."""
        return self.print(drawer_pulse(self._profile))

    def _try(self, data: bytes) -> None:
        """Return once the queue has passed all on. Raise a ``DeviceFault`` once the job has ended otherwise, or is out
        of reach."""
        self._ready()
        self._become(PrinterState.PRINTING, None)
        self._swept = False  # until the job is known to have ended
        job = self._queue.begin(self._title)
        try:
            self._queue.hand_over(job, data)
            self._wait(job, len(data))
        except DeviceFault as fault:
            if self._took_back(job, fault, len(data)):
                self._was_away = isinstance(fault, DeviceGone)
                raise
        self._swept, self._was_away = True, False

    def _ready(self) -> None:
        self._queue.check()
        if self._swept:
            return
        for job in self._queue.left(self._title):
            self._queue.cancel(job)
            self._last_of(job)
        self._swept = True

    def _wait(self, job: int, size: int) -> None:
        began = calm = self._clock.monotonic_ms()
        while (seen := self._queue.look(job)).state is not JobState.DONE:
            now = self._clock.monotonic_ms()
            if seen.state in (JobState.ENDING, JobState.ENDED):
                raise JobGivenUp(self.name)
            if seen.trouble is None:
                calm = now
            elif now - calm >= self._timeouts.trouble_ms:
                raise seen.trouble(self.name)
            if now - began >= self._timeouts.passed_on_ms + size:
                raise (QueueBusy if seen.state is JobState.WAITING else Timeout)(self.name)
            self._wait_ms(self._timeouts.look_ms)

    def _took_back(self, job: int, fault: DeviceFault, size: int) -> bool:
        """Whether the job was kept from being passed on whole. ``fault`` is told what may have reached the printer."""
        fault.written_bytes = size
        try:
            self._queue.cancel(job)
            last = self._last_of(job)
        except DeviceFault:
            return True
        self._swept = True
        if last.untouched:
            fault.written_bytes = 0
        return last.state is not JobState.DONE

    def _last_of(self, job: int) -> JobSeen:
        """How a cancelled job ended; CUPS leaves some ``ENDING`` for good. Raise ``Timeout`` if it goes on."""
        deadline = self._clock.monotonic_ms() + self._timeouts.ended_ms
        while (seen := self._queue.look(job)).state not in (JobState.DONE, JobState.ENDED):
            if self._clock.monotonic_ms() >= deadline:
                if seen.state is JobState.ENDING:
                    break
                raise Timeout(self.name)
            self._wait_ms(self._timeouts.look_ms)
        return seen

    def _become(self, state: PrinterState, fault: DeviceFault | None) -> None:
        told = (state, fault.code if fault is not None else "")
        if told != self._told:
            self._told = told
            if self._on_state is not None:
                self._on_state(state, fault)
