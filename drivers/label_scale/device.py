"""A label scale on its line: a list of goods goes there one by one, and what it has taken is known for certain.

Sending a PLU again does no harm, as it takes the place of what was there: what got no answer is sent again, over a new
connection if the old one broke.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drivers.clock import wait_ms
from drivers.label_scale import dahua
from drivers.label_scale.goods import Plu
from drivers.ports import Clock, DeviceFault, DeviceGone, Timeout, Transport
from shared_models.domain.text import N_

_MOST_STALE: Final = 20
_REFUSED_IN_A_ROW: Final = 10
"""A scale that refuses so many one after the other refuses everything."""


class LabelScaleState(StrEnum):
    AWAY = "away"
    CONNECTING = "connecting"
    READY = "ready"
    DOWNLOADING = "downloading"
    CHECKING = "checking"


class PluRefused(DeviceFault):
    """``said`` is the scale's answer."""

    code = "label_scale_refuses"
    template = N_("The scale {device} does not take {name} (PLU {number}): it says {said}. Look whether it is full.")

    def __init__(self, device: str, plu: Plu, said: str) -> None:
        super().__init__(device, name=plu.name, number=str(plu.number), said=said)


class NotALabelScale(DeviceFault):
    code = "label_scale_unknown"
    template = N_("{device} does not answer as a label scale does. Check its address and protocol.")


@dataclass(frozen=True, slots=True)
class Timing:
    """``tries``: how often a PLU is sent before the scale counts as away. ``pauses_ms`` before each new connection.
    The maker's own program waits 2.5 seconds, five times."""

    open_ms: int = 3_000
    answer_ms: int = 2_500
    write_ms: int = 2_500
    tries: int = 5
    pauses_ms: tuple[int, ...] = (100, 500, 1_000, 2_000)


@dataclass(frozen=True, slots=True)
class Download:
    """What became of a list. ``held``: the scale has said that it holds it. ``refused``: it holds what it had there.
    ``doubtful``: it holds this or what it had. ``left``: surely not sent. ``problem``: why it ended before the end."""

    held: tuple[Plu, ...]
    refused: tuple[PluRefused, ...]
    doubtful: Plu | None
    left: tuple[Plu, ...]
    problem: DeviceFault | None


@dataclass(frozen=True, slots=True)
class Differs:
    """``held``: what the scale has in the place of ``wanted``; ``None`` if nothing."""

    wanted: Plu
    held: Plu | None


class LabelScale:
    """Not thread-safe, like its transport. Scales of this kind talk to one program at a time: close it after use."""

    def __init__(
        self, transport: Transport, clock: Clock, on_state: Callable[[LabelScaleState], None] = lambda _state: None,
        timing: Timing | None = None, wait_ms: Callable[[int], None] = wait_ms,
    ) -> None:  # fmt: skip
        self._transport = transport
        self._clock = clock
        self._on_state = on_state
        self._timing = timing or Timing()
        self._wait_ms = wait_ms
        self._state = LabelScaleState.AWAY
        self._buffer = b""
        self._begun = False

    @property
    def name(self) -> str:
        return self._transport.name

    @property
    def state(self) -> LabelScaleState:
        return self._state

    def download(self, plus: Sequence[Plu], told: Callable[[Plu], None] = lambda _plu: None) -> Download:
        """Send each in turn; ``told`` hears of each that the scale holds, before the next one is sent.

        Never raises a ``DeviceFault``: the outcome tells. Raise ``NotForScale`` before anything is sent if there is one
        that can't be.
        """
        lines = [dahua.download(plu) for plu in plus]
        held: list[Plu] = []
        refused: list[PluRefused] = []
        in_a_row = 0
        for at, (plu, line) in enumerate(zip(plus, lines, strict=True)):
            self._begun = False
            try:
                answer = self._exchange(line, LabelScaleState.DOWNLOADING)
            except DeviceFault as fault:
                self._go_away()
                doubtful = plu if self._begun else None
                return Download(tuple(held), tuple(refused), doubtful, tuple(plus[at + self._begun :]), fault)
            if dahua.acknowledges(answer, plu):
                held.append(plu)
                told(plu)
                in_a_row = 0
                continue
            refused.append(PluRefused(self.name, plu, _shown(answer)))
            in_a_row += 1
            if in_a_row == _REFUSED_IN_A_ROW:
                self._become(LabelScaleState.READY)
                return Download(tuple(held), tuple(refused), None, tuple(plus[at + 1 :]), refused[-1])
        self._become(LabelScaleState.READY)
        return Download(tuple(held), tuple(refused), None, (), None)

    def compare(self, plus: Sequence[Plu]) -> list[Differs]:
        """Have the scale say what it holds under the numbers of ``plus``; what differs. Raise a ``DeviceFault``."""
        found = []
        for plu in plus:
            held = self.held(plu.number)
            if held != dahua.as_held(plu):
                found.append(Differs(plu, held))
        self._become(LabelScaleState.READY)
        return found

    def held(self, number: int) -> Plu | None:
        """What is there under ``number``, its item number in seven digits. Raise a ``DeviceFault``."""
        try:
            answer = self._exchange(dahua.ask(number), LabelScaleState.CHECKING)
        except DeviceFault:
            self._go_away()
            raise
        if dahua.is_empty(answer, number):
            return None
        found = dahua.held(answer)
        if found is None or found.number != number:
            raise NotALabelScale(self.name)
        return found

    def close(self) -> None:
        self._go_away()

    def _exchange(self, line: bytes, state: LabelScaleState) -> str:
        """Raise the fault of the last try."""
        for attempt in range(self._timing.tries):
            last = attempt == self._timing.tries - 1
            try:
                self._open(attempt)
                self._become(state)
                self._write(line)
                return self._answer(line)
            except Timeout:
                if last:
                    raise
            except DeviceGone:
                self._go_away()
                if last:
                    raise
        raise Timeout(self.name)

    def _open(self, attempt: int) -> None:
        if self._transport.is_open:
            return
        if attempt:
            pauses = self._timing.pauses_ms
            self._wait_ms(pauses[min(attempt, len(pauses)) - 1])
        self._become(LabelScaleState.CONNECTING)
        self._buffer = b""
        self._transport.open(self._timing.open_ms)

    def _write(self, line: bytes) -> None:
        """What came unasked is forgotten first, as far as it ends."""
        for _ in range(_MOST_STALE):
            if not self._transport.read(dahua.LONGEST, 0):
                break
        self._buffer = b""
        try:
            self._transport.write(line, self._timing.write_ms)
        except DeviceFault as fault:
            self._begun = self._begun or fault.written_bytes > 0
            raise
        self._begun = True

    def _answer(self, line: bytes) -> str:
        """An answer to another line came late and is passed over."""
        deadline = self._clock.monotonic_ms() + self._timing.answer_ms
        for _ in range(_MOST_STALE):
            answer = self._next_answer(deadline)
            if not dahua.of_another(answer, line):
                return answer
        raise NotALabelScale(self.name)

    def _next_answer(self, deadline: int) -> str:
        while (found := dahua.answered(self._buffer)) is None:
            if len(self._buffer) > dahua.LONGEST:
                raise NotALabelScale(self.name)
            left_ms = deadline - self._clock.monotonic_ms()
            got = self._transport.read(dahua.LONGEST, left_ms) if left_ms > 0 else b""
            if not got:
                raise Timeout(self.name)
            self._buffer += got
        answer, self._buffer = found
        return answer

    def _go_away(self) -> None:
        self._transport.close()
        self._buffer = b""
        self._become(LabelScaleState.AWAY)

    def _become(self, state: LabelScaleState) -> None:
        if state is not self._state:
            self._state = state
            self._on_state(state)


def _shown(answer: str) -> str:
    return repr(answer[:40])
