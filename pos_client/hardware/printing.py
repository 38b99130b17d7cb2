"""The print queue's worker: one job after another, and an honest record of what became of each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from drivers.clock import SystemClock
from drivers.drawer.sensor import OpenIs, drawer_state
from drivers.ports import PRINTER_CAN_PRINT, Clock, DeviceFault, PrinterState
from drivers.printer.device import PrintOutcome, PrintResult
from pos_client.app.ports import CashierGone, Executor
from pos_client.app.surroundings import Surroundings
from pos_client.hardware.notices import notice_of
from pos_client.store.print_queue import JobState, PrintJob, PrintQueue
from pos_client.system import BackgroundThread
from shared_models.domain.errors import DomainError
from shared_models.domain.receipt import Document

RETRY_MS: Final = 1_000
IDLE_MS: Final = 5_000
OPEN_MS: Final = 2_000

_logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Printer(Protocol):
    """``drivers.printer.device.PrinterDevice``."""

    def status(self) -> PrinterState: ...

    def print(self, data: bytes) -> PrintOutcome: ...


class Did(StrEnum):
    """PRINTED: go on at once. WAITING: a job waits for the printer. NOTHING: the queue is empty."""

    PRINTED = "printed"
    WAITING = "waiting"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Station:
    """A printer and how its bytes are made."""

    printer: Printer
    encode: Callable[[Document], bytes]


@dataclass(frozen=True, slots=True)
class Spare:
    """A second printer. It takes over once the first one hasn't been able to print for ``after_ms`` and a job waits;
    whenever the first one can print again, it does. ``took_over`` is told at each job. The second one's drawer is
    another till's: it stays shut."""

    station: Station
    after_ms: int
    took_over: Callable[[], None]


class Printing:
    """A job that never reached the printer goes back into the queue and waits for paper, a closed cover or the cable.

    A job of which the printer took something and then failed is doubtful: printing it again by itself might give the
    customer two receipts. The cashier asks for a copy, which says that it is one.
    """

    def __init__(
        self,
        printer: Printer,
        encode: Callable[[Document], bytes],
        queue: PrintQueue,
        executor: Executor,
        spare: Spare | None = None,
        clock: Clock | None = None,
        unprintable: Callable[[DeviceFault], None] = lambda _: None,
    ) -> None:
        """``unprintable`` is told why a job can't be printed at all: it isn't tried again by itself."""
        self._first = Station(printer, encode)
        self._queue = queue
        self._executor = executor
        self._spare = spare
        self._clock = clock or SystemClock()
        self._unprintable = unprintable
        self._stuck_since_ms: int | None = None
        self._unrecorded: Callable[[], None] | None = None
        """What became of a job while the disk took nothing."""

    def step(self) -> Did:
        """Print the next job, if there is one and a printer can. After a fault of ours the job is doubtful."""
        if self._unrecorded is not None:
            self._ask(self._unrecorded)
            self._unrecorded = None
        if not self._ask(self._queue.counts).get(JobState.QUEUED):
            return Did.NOTHING
        station = self._station()
        if station is not self._first:
            self._ask(self._queue.give_up_drawers)
        if station is None:
            return Did.WAITING
        job = self._ask(self._queue.take)
        if job is None:
            return Did.NOTHING
        try:
            return self._print(job, station)
        except Exception as error:
            if self._unrecorded is None:
                with suppress(CashierGone, DomainError):
                    self._record(job, JobState.DOUBTFUL, str(error))
            raise

    def _station(self) -> Station | None:
        """The printer to use now; ``None`` while there is none."""
        if self._stuck_since_ms is None:
            return self._first
        if self._first.printer.status() in PRINTER_CAN_PRINT:
            self._stuck_since_ms = None
            return self._first
        spare = self._spare
        if spare is None or self._clock.monotonic_ms() - self._stuck_since_ms < spare.after_ms:
            return None
        return spare.station if spare.station.printer.status() in PRINTER_CAN_PRINT else None

    def _print(self, job: PrintJob, station: Station) -> Did:
        document = job.document if station is self._first else replace(job.document, opens_drawer=False)
        try:
            data = station.encode(document)
        except DeviceFault as fault:
            self._record(job, JobState.FAILED, str(fault))
            self._unprintable(fault)
            return Did.PRINTED
        outcome = station.printer.print(data)
        if station is not self._first:
            assert self._spare is not None
            self._spare.took_over()
        elif outcome.result is PrintResult.FAILED and self._stuck_since_ms is None:
            self._stuck_since_ms = self._clock.monotonic_ms()
        match outcome.result:
            case PrintResult.PRINTED:
                self._record(job, JobState.PRINTED)
            case PrintResult.SENT:
                self._record(job, JobState.SENT)
            case PrintResult.FAILED:
                self._record(job, _after_failure(job.document, outcome), str(outcome.problem))
                self._ask(self._queue.give_up_drawers)
                return Did.WAITING
        return Did.PRINTED

    def look(self) -> None:
        """Ask the printer how it is, while there is nothing to print."""
        self._first.printer.status()

    def _record(self, job: PrintJob, state: JobState, message: str = "") -> None:
        """Where the disk takes nothing, before the next job."""

        def record() -> None:
            self._queue.record(job.number, state, message)

        try:
            self._ask(record)
        except DomainError:
            self._unrecorded = record
            raise

    def _ask(self, work: Callable[[], Result]) -> Result:
        return self._executor.submit(work).result()


def _after_failure(document: Document, outcome: PrintOutcome) -> JobState:
    """A drawer that didn't open now mustn't open when the printer is back and nobody stands there."""
    if not document.blocks:
        return JobState.FAILED
    return JobState.DOUBTFUL if outcome.may_be_on_paper else JobState.QUEUED


def shown_on(surroundings: Surroundings) -> Callable[[PrinterState, DeviceFault | None], None]:
    """A listener for a printer's changes of state."""
    return lambda state, fault: surroundings.printer(state.value, notice_of(fault))


def drawer_on(surroundings: Surroundings, open_is: OpenIs) -> Callable[[bool | None], None]:
    """A listener for the level of the pin that the drawer's switch pulls."""
    return lambda pin_high: surroundings.drawer(drawer_state(pin_high, open_is))


class PrintingThread(BackgroundThread):
    """``is_open``: the drawer stands open, and is looked at more often."""

    def __init__(
        self, printing: Printing, changed: Callable[[], None], is_open: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__("printing", self._next)
        self._printing = printing
        self._changed = changed
        self._is_open = is_open

    def _next(self) -> int:
        did = self._one_step()
        if did is not Did.NOTHING:
            self._changed()
        return {Did.PRINTED: 0, Did.WAITING: RETRY_MS}.get(did, OPEN_MS if self._is_open() else IDLE_MS)

    def _one_step(self) -> Did:
        """A fault of ours costs this step and is logged in full."""
        try:
            did = self._printing.step()
            if did is Did.NOTHING:
                self._printing.look()
        except CashierGone:
            return Did.WAITING
        except Exception:
            _logger.exception("a fault of the till's own stopped a print job")
            return Did.WAITING
        return did
