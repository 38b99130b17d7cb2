"""The till's own time: that of the machine's clock, as long as nothing speaks against it.

A clock that somebody sets while the till runs is noticed at once, by the machine's other clock, which nobody can set.
One that was set while the till was off is noticed if it stands before what the till has done already, or very long
after. The server's time settles it. Facts stay in order whatever happens: their hybrid clock only rises.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pos_client.app.ports import Clock
from pos_client.store.meta import Meta
from shared_models.domain.clock import MAX_DRIFT_MS

LONGEST_PAUSE_MS: Final = 60 * 24 * 3_600_000
"""A till that was off for longer asks whether its clock is right. So no start can move its time further ahead."""

SEEN, CORRECTION = "seen_ms", "clock_correction_ms"


class Doubt(StrEnum):
    """WRONG: the right time is known. BEHIND, AHEAD: only that the machine's clock can't be right, or may not be."""

    NONE = "none"
    WRONG = "wrong"
    BEHIND = "behind"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class ClockState:
    """What the machine's clock says, and what the till goes by. Unix milliseconds."""

    doubt: Doubt
    own_ms: int
    known_ms: int


class TillClock:
    """``ports.Clock`` for all that the till does. Safe to read from several threads; ``meta`` only when made."""

    def __init__(self, machine: Clock, meta: Meta) -> None:
        self._machine = machine
        self._lock = threading.Lock()
        self._own_ms, self._steady_ms = machine.now_ms(), machine.monotonic_ms()
        self._correction_ms = meta.number(CORRECTION)
        self._doubt = Doubt.NONE
        seen_ms = meta.number(SEEN) or meta.number("last_contact_ms")
        now_ms = self._own_ms + self._correction_ms
        if seen_ms and now_ms < seen_ms - MAX_DRIFT_MS:
            self._doubt = Doubt.BEHIND
        elif seen_ms and now_ms > seen_ms + LONGEST_PAUSE_MS:
            self._doubt = Doubt.AHEAD
        if self._doubt is not Doubt.NONE:
            self._correction_ms = seen_ms - self._own_ms

    def now_ms(self) -> int:
        with self._lock:
            self._look()
            return self._own_ms + self._correction_ms

    def monotonic_ms(self) -> int:
        return self._machine.monotonic_ms()

    def sleep_ms(self, duration_ms: int) -> None:
        self._machine.sleep_ms(duration_ms)

    def hear(self, server_ms: int) -> None:
        """The server's time settles every doubt. Within the drift allowed the machine's own clock is as good."""
        with self._lock:
            self._look()
            apart_ms = server_ms - self._own_ms
            self._correction_ms = apart_ms if abs(apart_ms) > MAX_DRIFT_MS else 0
            self._doubt = Doubt.NONE

    def trust(self) -> None:
        """Somebody looked: the machine's clock is right. That counts where nobody knows better: one that was set back,
        or that the server contradicts, isn't."""
        with self._lock:
            self._look()
            if self._doubt is not Doubt.AHEAD:
                return
            self._correction_ms = 0
            self._doubt = Doubt.NONE

    def state(self) -> ClockState:
        now_ms = self.now_ms()
        with self._lock:
            doubt = self._doubt
            if doubt is Doubt.NONE and abs(self._correction_ms) > MAX_DRIFT_MS:
                doubt = Doubt.WRONG
            return ClockState(doubt, self._own_ms, now_ms)

    def kept(self) -> Mapping[str, int]:
        """What the next start has to know: to be stored with what the till does."""
        now_ms = self.now_ms()
        return {SEEN: now_ms, CORRECTION: self._correction_ms}

    def _look(self) -> None:
        """Where the two clocks of the machine part, somebody set the one that can be set."""
        own_ms, steady_ms = self._machine.now_ms(), self._machine.monotonic_ms()
        step_ms = (own_ms - self._own_ms) - (steady_ms - self._steady_ms)
        self._own_ms, self._steady_ms = own_ms, steady_ms
        if abs(step_ms) > MAX_DRIFT_MS:
            self._correction_ms -= step_ms
