"""The print queue's worker: one job after another, and an honest record of what became of each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from drivers.ports import PRINTER_CAN_PRINT, DeviceFault, PrinterState
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


class Printing:
    """A job that never reached the printer goes back into the queue and waits for paper, a closed cover or the cable.

    A job of which the printer took something and then failed is doubtful: printing it again by itself might give the
    customer two receipts. The cashier asks for a copy, which says that it is one.
    """

    def __init__(
        self, printer: Printer, encode: Callable[[Document], bytes], queue: PrintQueue, executor: Executor
    ) -> None:
        self._printer = printer
        self._encode = encode
        self._queue = queue
        self._executor = executor
        self._was_stuck = False

    def step(self) -> Did:
        """Print the next job, if there is one and the printer can. After a fault of ours the job is doubtful."""
        if self._was_stuck and self._printer.status() not in PRINTER_CAN_PRINT:
            return Did.WAITING
        job = self._ask(self._queue.take)
        if job is None:
            self._was_stuck = False
            return Did.NOTHING
        try:
            return self._print(job)
        except Exception as error:
            with suppress(CashierGone, DomainError):
                self._record(job, JobState.DOUBTFUL, str(error))
            raise

    def _print(self, job: PrintJob) -> Did:
        try:
            data = self._encode(job.document)
        except DeviceFault as fault:
            self._record(job, JobState.FAILED, str(fault))
            return Did.PRINTED
        outcome = self._printer.print(data)
        self._was_stuck = outcome.result is PrintResult.FAILED
        match outcome.result:
            case PrintResult.PRINTED:
                self._record(job, JobState.PRINTED)
            case PrintResult.SENT:
                self._record(job, JobState.SENT)
            case PrintResult.FAILED:
                state = JobState.DOUBTFUL if outcome.may_be_on_paper else JobState.QUEUED
                self._record(job, state, str(outcome.problem))
                return Did.WAITING
        return Did.PRINTED

    def look(self) -> None:
        """Ask the printer how it is, while there is nothing to print."""
        self._printer.status()

    def _record(self, job: PrintJob, state: JobState, message: str = "") -> None:
        self._ask(lambda: self._queue.record(job.number, state, message))

    def _ask(self, work: Callable[[], Result]) -> Result:
        return self._executor.submit(work).result()


def shown_on(surroundings: Surroundings) -> Callable[[PrinterState, DeviceFault | None], None]:
    """A listener for a printer's changes of state."""
    return lambda state, fault: surroundings.printer(state.value, notice_of(fault))


class PrintingThread(BackgroundThread):
    def __init__(self, printing: Printing, changed: Callable[[], None]) -> None:
        super().__init__("printing", self._next)
        self._printing = printing
        self._changed = changed

    def _next(self) -> int:
        did = self._one_step()
        if did is not Did.NOTHING:
            self._changed()
        return {Did.PRINTED: 0, Did.WAITING: RETRY_MS}.get(did, IDLE_MS)

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
