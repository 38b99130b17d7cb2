"""Questions to a printer and its answers, which come in one stream and in any order."""

from __future__ import annotations

from drivers.ports import Clock, Transport
from drivers.printer import status
from drivers.printer.status import PrinterStatus

_MOST_UNREAD = 4_096


class Conversation:
    """For one job. What comes in stays until it is asked for: an answer is never taken for another's."""

    def __init__(self, transport: Transport, clock: Clock, answer_ms: int) -> None:
        self._transport = transport
        self._clock = clock
        self._answer_ms = answer_ms
        self._unread = bytearray()

    def ask(self) -> PrinterStatus:
        """DLE EOT 1, 2 and 4, one after the other, and 3 for an error's cause. A printer that is silent at the first
        isn't asked further."""
        if not self._transport.is_two_way:
            return PrinterStatus(None, None, None)
        printer = self._answer(status.ASK_PRINTER)
        if printer is None:
            return PrinterStatus(None, None, None)
        cause, paper = self._answer(status.ASK_OFFLINE_CAUSE), self._answer(status.ASK_PAPER)
        error = self._answer(status.ASK_ERROR_CAUSE) if status.is_error(cause) else None
        return PrinterStatus(printer, cause, paper, error)

    def confirmed(self, process: bytes | None, wait_ms: int) -> bool:
        """Whether the confirmation of what was sent comes: of this process id, or without one any answer to GS r."""
        deadline_ms = self._clock.monotonic_ms() + wait_ms
        while not self._has_confirmation(process):
            left_ms = deadline_ms - self._clock.monotonic_ms()
            if left_ms <= 0:
                return False
            self._listen(left_ms)
        return True

    def let_finish(self, wait_ms: int, quiet_ms: int) -> bool:
        """Ask GS r, and hear its answer and those still to come of questions before; for ``wait_ms`` at most. Whether
        there was any."""
        self._transport.write(status.ASK_WHEN_PRINTED, self._answer_ms)
        deadline_ms = self._clock.monotonic_ms() + wait_ms
        heard = False
        while self.confirmed(None, quiet_ms if heard else wait_ms) and self._clock.monotonic_ms() < deadline_ms:
            self._unread = bytearray(byte for byte in self._unread if not status.is_printed(byte))
            heard = True
        return heard

    def _has_confirmation(self, process: bytes | None) -> bool:
        if process is not None:
            return status.process_answer(process) in self._unread
        return any(map(status.is_printed, self._unread))

    def _answer(self, question: bytes) -> int | None:
        self._listen(0)
        self._unread = bytearray(byte for byte in self._unread if not status.is_realtime(byte))
        self._transport.write(question, self._answer_ms)
        deadline_ms = self._clock.monotonic_ms() + self._answer_ms
        while True:
            for at, byte in enumerate(self._unread):
                if status.is_realtime(byte):
                    del self._unread[at]
                    return byte
            left_ms = deadline_ms - self._clock.monotonic_ms()
            if left_ms <= 0:
                return None
            self._listen(left_ms)

    def _listen(self, wait_ms: int) -> None:
        self._unread += self._transport.read(256, wait_ms)
        del self._unread[:-_MOST_UNREAD]
