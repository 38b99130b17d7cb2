"""A receipt printer over any transport: prints a job and says honestly what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from drivers.ports import Clock, DeviceFault, PrinterState, Timeout, Transport
from drivers.printer import status
from drivers.printer.conversation import Conversation
from drivers.printer.encoder import drawer_pulse, rest_of_a_command
from drivers.printer.profiles import Completion, PrinterProfile
from drivers.printer.status import PrinterStatus

OnState: TypeAlias = Callable[[PrinterState, DeviceFault | None], None]
OnPin: TypeAlias = Callable[[bool | None], None]
_PIECE_BYTES: Final = 1_024
_NO_WORD: Final = b""


class PrintResult(StrEnum):
    PRINTED = "printed"  # the printer said so after the last byte
    SENT = "sent"  # all bytes were taken, and nothing more is known
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    """``written_bytes`` were handed to the system: the most that can have reached the printer.

    ``problem`` says what to do, and is None unless ``result`` is ``FAILED``. ``state`` is the last state the
    printer told (``PAPER_NEAR_END`` also after a print that went well).
    """

    result: PrintResult
    written_bytes: int
    total_bytes: int
    state: PrinterState
    problem: DeviceFault | None = None

    @property
    def may_be_on_paper(self) -> bool:
        """Whether a part of it, or all, may have been printed or may still come out of the printer's buffer."""
        return self.written_bytes > 0


@dataclass(frozen=True, slots=True)
class PrinterTimeouts:
    """``printed_ms`` is from the last byte to the printer's word that it is on paper."""

    open_ms: int = 3_000
    answer_ms: int = 500
    write_ms: int = 5_000
    printed_ms: int = 10_000


class ReceiptPrinter(Protocol):
    """A ``PrinterDevice``, or a ``SpooledPrinter`` behind a system's print queue."""

    @property
    def state(self) -> PrinterState: ...

    @property
    def profile(self) -> PrinterProfile: ...

    def status(self) -> PrinterState: ...

    def print(self, data: bytes) -> PrintOutcome: ...

    def open_drawer(self) -> PrintOutcome: ...


class PrinterDevice:
    """One printer. Opens the transport for each job and closes it after, so that several tills can share a
    printer.

    Calls may come from any thread and wait for each other. They block: don't call from a screen's thread.
    ``on_state`` is called on the caller's thread, for changes only; so is ``on_pin``, with the level of the drawer
    connector's pin 3 (True is high), which comes with each status that is asked for anyway.

    A job that broke off may have left the printer in the middle of a picture: it would take the next receipts for the
    rest of it, and print their letters as dots. So what is missing is sent before the next job. ``interrupted``: the
    last job broke off when the till was killed.
    """

    def __init__(
        self,
        transport: Transport,
        profile: PrinterProfile,
        clock: Clock,
        on_state: OnState | None = None,
        timeouts: PrinterTimeouts | None = None,
        on_pin: OnPin | None = None,
        *,
        interrupted: bool = False,
    ) -> None:
        self._transport = transport
        self._profile = profile
        self._clock = clock
        self._on_state = on_state
        self._on_pin = on_pin
        self._pin: bool | None = None
        self._timeouts = timeouts or PrinterTimeouts()
        self._lock = threading.Lock()
        self._state = PrinterState.DISCONNECTED
        self._was_tried = False
        self._can_answer = False
        self._interrupted = interrupted
        self._word_is_due = interrupted and profile.completion is Completion.STATUS
        self._gives_word = True
        self._jobs = clock.monotonic_ms()  # others than before the till was killed

    @property
    def state(self) -> PrinterState:
        return self._state

    @property
    def drawer_pin_high(self) -> bool | None:
        """As the printer told last; None while it is away or says nothing."""
        return self._pin

    @property
    def profile(self) -> PrinterProfile:
        return self._profile

    def status(self) -> PrinterState:
        """Ask the printer now. Never raises a ``DeviceFault``: it is the state, and ``on_state`` gets the reason."""
        with self._lock:
            try:
                self._told(self._converse().ask())
            except DeviceFault as fault:
                self._become(PrinterState.DISCONNECTED, fault)
            finally:
                self._transport.close()
            return self._state

    def print(self, data: bytes) -> PrintOutcome:
        """Print one job of encoded bytes. Never raises a ``DeviceFault``: the outcome tells.

        Nothing is written if the printer says beforehand that it can't print, nor if one that has answered before is
        silent now: its word that the job is on paper would be missing.
        """
        with self._lock:
            return self._job(data)

    def open_drawer(self) -> PrintOutcome:
        """The pulse alone, as a job of its own. With a profile without a drawer nothing is written."""
        with self._lock:
            return self._job(drawer_pulse(self._profile))

    def _job(self, data: bytes) -> PrintOutcome:
        written = 0
        try:
            printer = self._converse()
            asked = printer.ask()
            self._told(asked)
            if blocked := status.fault_of(asked, self._transport.name):
                raise blocked
            answers = asked.state is not PrinterState.UNKNOWN
            self._become(PrinterState.PRINTING, None)
            self._end_what_began(printer if answers else None)
            written = self._write(data, printer if answers else None)
            result = PrintResult.SENT
            if answers:
                result, asked = self._confirm(printer, written)
            self._told(asked)
            return PrintOutcome(result, written, len(data), self._state)
        except DeviceFault as fault:
            fault.written_bytes = max(fault.written_bytes, written)
            self._interrupted |= _broke_off(fault, len(data))
            if status.state_of(fault) is not self._state:
                self._become(status.state_of(fault), fault)
            return PrintOutcome(PrintResult.FAILED, fault.written_bytes, len(data), self._state, fault)
        finally:
            self._transport.close()

    def _converse(self) -> Conversation:
        if not self._was_tried:  # later tries stay quiet: a printer that is away is reported once
            self._was_tried = True
            self._become(PrinterState.CONNECTING, None)
        self._transport.open(self._timeouts.open_ms)
        return Conversation(self._transport, self._clock, self._timeouts.answer_ms)

    def _end_what_began(self, printer: Conversation | None) -> None:
        """The rest of a job that broke off; and the word that one is on paper, which comes late where the paper ended
        and would be taken for the next one's."""
        try:
            if self._interrupted:
                self._write(rest_of_a_command(self._profile), printer)
            if self._word_is_due and printer is not None:
                self._gives_word = printer.let_finish(self._timeouts.printed_ms, self._timeouts.answer_ms)
        except DeviceFault as fault:
            fault.written_bytes = 0  # nothing of the job
            raise
        self._interrupted = self._word_is_due = False

    def _write(self, data: bytes, printer: Conversation | None) -> int:
        """In pieces. A printer that stops taking bytes is asked why, so that the cashier hears of the paper."""
        written = 0
        for at in range(0, len(data), _PIECE_BYTES):
            piece = data[at : at + _PIECE_BYTES]
            try:
                self._transport.write(piece, self._timeouts.write_ms)
            except DeviceFault as fault:
                fault.written_bytes += written
                if printer is not None and isinstance(fault, Timeout):
                    raise self._reason(printer, fault) from fault
                raise
            written += len(piece)
        return written

    def _reason(self, printer: Conversation, fault: DeviceFault) -> DeviceFault:
        """What the printer says is wrong, else the fault as it is."""
        try:
            told = printer.ask()
        except DeviceFault:
            return fault
        return status.fault_of(told, self._transport.name, fault.written_bytes) or fault

    def _confirm(self, printer: Conversation, written: int) -> tuple[PrintResult, PrinterStatus]:
        """Wait for the printer's word that it is on paper, asking now and then what keeps it.

        A printer that answers questions but never confirms is as good as one that can't: ``SENT``. One that
        answered before and is silent now has failed.
        """
        process = self._ask_for_word()
        deadline_ms = self._clock.monotonic_ms() + self._timeouts.printed_ms
        while True:
            confirmed = process is not _NO_WORD and printer.confirmed(process, self._timeouts.answer_ms)
            asked = printer.ask()
            if problem := status.fault_of(asked, self._transport.name, written):
                raise problem
            if confirmed:
                self._word_is_due, self._gives_word = False, True
                return PrintResult.PRINTED, asked
            if process is _NO_WORD or self._clock.monotonic_ms() >= deadline_ms:
                break
        if asked.state is PrinterState.UNKNOWN:
            raise Timeout(self._transport.name, written)
        return PrintResult.SENT, asked

    def _ask_for_word(self) -> bytes | None:
        """Ask to be told when all before is printed; returns the job's process id if the model names jobs."""
        match self._profile.completion:
            case Completion.NONE:
                return _NO_WORD
            case Completion.STATUS:
                self._word_is_due = self._gives_word
                self._transport.write(status.ASK_WHEN_PRINTED, self._timeouts.write_ms)
                return None
            case Completion.PROCESS_ID:
                self._jobs += 1
                process = status.process_id(self._jobs)
                self._transport.write(status.ask_when_printed(process), self._timeouts.write_ms)
                return process

    def _told(self, told: PrinterStatus) -> None:
        """Raise ``Timeout`` for the silence of a printer that has answered before."""
        self._pin_is(told.drawer_pin_high)
        if told.state is not PrinterState.UNKNOWN:
            self._can_answer = True
        elif self._can_answer:
            raise Timeout(self._transport.name)
        self._become(told.state, status.fault_of(told, self._transport.name))

    def _pin_is(self, pin_high: bool | None) -> None:
        if pin_high is not self._pin:
            self._pin = pin_high
            if self._on_pin is not None:
                self._on_pin(pin_high)

    def _become(self, state: PrinterState, fault: DeviceFault | None) -> None:
        if state is PrinterState.DISCONNECTED:
            self._pin_is(None)
        if state is not self._state:
            self._state = state
            if self._on_state is not None:
                self._on_state(state, fault)


def _broke_off(fault: DeviceFault, total_bytes: int) -> bool:
    """Whether the printer may have a part of the job; what stops its paper leaves it the rest in its buffer."""
    is_away = status.state_of(fault) is PrinterState.DISCONNECTED
    return fault.written_bytes > 0 and (is_away or fault.written_bytes < total_bytes)
