"""A label printer over any transport, and batches of labels: what is printed for certain, and where to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from drivers.clock import wait_ms
from drivers.label.status import LONGEST, BadStatus, LabelProtocol, LabelStatus, state_of
from drivers.ports import Clock, DeviceFault, PrinterState, Timeout, Transport
from drivers.printer.device import PrintOutcome, PrintResult

_PIECE_BYTES: Final = 4_096


class LabelPort(Protocol):
    """What prints a label: a ``LabelPrinter``, or a receipt printer (``PrinterDevice``) for ESC/POS."""

    def print(self, data: bytes) -> PrintOutcome:
        """Never raises a ``DeviceFault``: the outcome tells."""


@dataclass(frozen=True, slots=True)
class LabelTimeouts:
    """``printed_ms`` is from the last byte until the printer has nothing left to print. ``settle_ms``: for so long it
    has to be idle before that is believed; a printer that doesn't say what it has received has four times as long to
    begin."""

    open_ms: int = 3_000
    answer_ms: int = 700
    write_ms: int = 10_000
    printed_ms: int = 30_000
    settle_ms: int = 250
    look_ms: int = 60


class LabelPrinter:
    """Not thread-safe, like its transport, which is opened for each label and closed after: others may print too."""

    def __init__(
        self, transport: Transport, protocol: LabelProtocol, clock: Clock,
        timeouts: LabelTimeouts | None = None, wait_ms: Callable[[int], None] = wait_ms,
    ) -> None:  # fmt: skip
        self._transport = transport
        self._protocol = protocol
        self._clock = clock
        self._timeouts = timeouts or LabelTimeouts()
        self._wait_ms = wait_ms
        self._answered = False
        self._written = 0

    @property
    def name(self) -> str:
        return self._transport.name

    def print(self, data: bytes) -> PrintOutcome:
        """Nothing is written if the printer says beforehand that it can't print."""
        self._written = 0
        try:
            self._transport.open(self._timeouts.open_ms)
            before = self._ask()
            if before is not None and before.problem is not None:
                raise before.problem(self.name)
            self._write(data)
            result = PrintResult.SENT if before is None else self._result()
        except DeviceFault as fault:
            fault.written_bytes = self._written
            return PrintOutcome(PrintResult.FAILED, self._written, len(data), state_of(fault), fault)
        finally:
            self._transport.close()
        return PrintOutcome(result, len(data), len(data), PrinterState.READY if before else PrinterState.UNKNOWN)

    def status(self) -> LabelStatus | None:
        """How it is now; ``None`` if it doesn't say. Raise a ``DeviceFault``."""
        try:
            self._transport.open(self._timeouts.open_ms)
            return self._ask()
        finally:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        for at in range(0, len(data), _PIECE_BYTES):
            piece = data[at : at + _PIECE_BYTES]
            try:
                self._transport.write(piece, self._timeouts.write_ms)
            except DeviceFault as fault:
                self._written += fault.written_bytes
                raise
            self._written += len(piece)

    def _ask(self) -> LabelStatus | None:
        """``None`` from a printer that never answered; ``Timeout`` from one that did: some don't answer while they need
        a hand."""
        if not self._transport.is_two_way:
            return None
        deadline = self._clock.monotonic_ms() + self._timeouts.answer_ms
        while self._transport.read(LONGEST, 0) and self._clock.monotonic_ms() < deadline:
            pass
        self._transport.write(self._protocol.ask, self._timeouts.answer_ms)
        deadline = self._clock.monotonic_ms() + self._timeouts.answer_ms
        answer = b""
        while not self._protocol.whole(answer):
            left = deadline - self._clock.monotonic_ms()
            got = self._transport.read(LONGEST, left) if left > 0 else b""
            answer += got
            if len(answer) > LONGEST or (not got and answer):
                raise BadStatus(self.name, answer)
            if not got:
                if self._answered:
                    raise Timeout(self.name)
                return None
        status = self._protocol.status(answer, self.name)
        self._answered = True
        return status

    def _result(self) -> PrintResult:
        """``PRINTED`` once the printer says that nothing is left, twice, ``settle_ms`` apart. One that doesn't count
        what it has received has to have been seen printing as well."""
        clock, times = self._clock, self._timeouts
        began = idle_since = clock.monotonic_ms()
        seen = self._protocol.shows_waiting
        while (now := clock.monotonic_ms()) - began < times.printed_ms:
            status = self._ask()
            if status is None or status.problem is not None:
                raise (status.problem if status and status.problem else Timeout)(self.name)
            if status.busy:
                seen, idle_since = True, now
            elif now - idle_since >= times.settle_ms * (1 if seen else 4):
                return PrintResult.PRINTED if seen else PrintResult.SENT
            self._wait_ms(times.look_ms)
        return PrintResult.SENT


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Of a batch's labels, counted from 1. ``printed``: surely; ``sent``: taken by a printer that doesn't say. If it
    stopped, ``problem`` says what to put right, and ``doubtful`` is the label that may be out or may still come out,
    ``None`` if surely nothing of it is."""

    total: int
    printed: int
    sent: int
    doubtful: int | None = None
    problem: DeviceFault | None = None

    @property
    def go_on_with(self) -> int | None:
        """The first label that is surely not printed; ``None`` if there is none."""
        done = self.printed + self.sent + (self.doubtful is not None)
        return done + 1 if done < self.total else None


def print_batch(
    port: LabelPort, labels: Sequence[bytes], told: Callable[[int, PrintResult], None] = lambda _number, _result: None
) -> BatchOutcome:
    """One label after the other, up to the first that fails. ``told`` hears of each that went well."""
    printed = sent = 0
    for number, data in enumerate(labels, 1):
        outcome = port.print(data)
        if outcome.result is PrintResult.FAILED:
            doubtful = number if outcome.may_be_on_paper else None
            return BatchOutcome(len(labels), printed, sent, doubtful, outcome.problem)
        printed += outcome.result is PrintResult.PRINTED
        sent += outcome.result is PrintResult.SENT
        told(number, outcome.result)
    return BatchOutcome(len(labels), printed, sent)
