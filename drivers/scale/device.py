"""A scale on its line: asked when somebody wants a weight, never in between.

What is sold is the weight of one answer, at rest, to a question just asked: what came before it is thrown away.
"""

from __future__ import annotations

from typing import Final

from drivers.ports import Clock, DeviceGone, Timeout, Transport
from drivers.scale.protocols import ACK, LONGEST, NAK, ScaleProtocol
from drivers.scale.reading import AnswerFault, BadAnswer, InMotion, NothingOnScale, Weight

ANSWER_MS: Final = 500
REST_MS: Final = 3_000
"""How long goods may swing."""

_PAUSE_MS: Final = 50


class Scale:
    """Not thread-safe, like its transport."""

    def __init__(self, transport: Transport, protocol: ScaleProtocol, clock: Clock) -> None:
        self._transport = transport
        self._protocol = protocol
        self._clock = clock

    @property
    def name(self) -> str:
        return self._transport.name

    def weigh(self, rest_ms: int = REST_MS) -> Weight:
        """The weight once it is at rest, above zero. Raise a ``DeviceFault``: ``InMotion`` if it isn't within
        ``rest_ms``, ``NothingOnScale`` at zero. Instead of garbled answers others are asked for, as long."""
        deadline = self._clock.monotonic_ms() + rest_ms
        while True:
            try:
                found = self.ask()
            except (InMotion, BadAnswer):
                if self._clock.monotonic_ms() >= deadline:
                    raise
                self._drain(_PAUSE_MS)
                continue
            if found.milli == 0:
                raise NothingOnScale(self.name)
            return found

    def ask(self) -> Weight:
        """One question, one answer; zero is a weight too. Raise ``DeviceFault``."""
        was_open = self._transport.is_open
        try:
            return self._asked()
        except DeviceGone:
            if not was_open:
                raise
            return self._asked()  # it may have been plugged in again since it was asked last

    def _asked(self) -> Weight:
        self._open()
        self._drain(0)
        answer = b""
        *first, last = self._protocol.steps
        for step in first:
            answer = self._answer(step.ask, step.until)
            if answer == bytes([NAK]):
                raise BadAnswer(self.name, AnswerFault.REFUSED, answer)
            if answer != bytes([ACK]):
                raise BadAnswer(self.name, AnswerFault.NOT_A_WEIGHT, answer)
        return self._protocol.weight(self._answer(last.ask, last.until), self.name)

    def set_zero(self) -> bool:
        """Have the empty scale be zero; ``False`` if its protocol has no such command (it has a key)."""
        return self._command(self._protocol.zero)

    def set_tare(self) -> bool:
        """Take what is on it as the tare; ``False`` if its protocol has no such command."""
        return self._command(self._protocol.tare)

    def close(self) -> None:
        self._transport.close()

    def _command(self, command: bytes) -> bool:
        if not command:
            return False
        self._open()
        self._transport.write(command, ANSWER_MS)
        self._drain(_PAUSE_MS)
        return True

    def _open(self) -> None:
        if not self._transport.is_open:
            self._transport.open(ANSWER_MS)

    def _drain(self, wait_ms: int) -> None:
        """Forget what came unasked: the rest of an answer that was given up isn't the next one. A scale that never
        stops talking is heard for so long and no longer."""
        deadline = self._clock.monotonic_ms() + ANSWER_MS
        while self._transport.read(LONGEST, wait_ms) and self._clock.monotonic_ms() < deadline:
            pass

    def _answer(self, ask: bytes, until: int | None) -> bytes:
        self._transport.write(ask, ANSWER_MS)
        deadline = self._clock.monotonic_ms() + ANSWER_MS
        answer = b""
        while True:
            left_ms = deadline - self._clock.monotonic_ms()
            read = self._transport.read(1, left_ms) if left_ms > 0 else b""
            if not read:
                if answer:
                    raise BadAnswer(self.name, AnswerFault.HALF, answer)
                raise Timeout(self.name)
            answer += read
            if until is None or read[0] == until:
                return answer
            if len(answer) >= LONGEST:
                raise BadAnswer(self.name, AnswerFault.TOO_LONG, answer)
