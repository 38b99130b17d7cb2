"""Tells a keyboard-wedge scanner from a person typing on the same keyboard.

A wedge scanner types its code as a burst of evenly timed keys far quicker than hands, and ends it with Enter
or Tab. The detector is fed every character the focused window gets and decides which of them are a scan.

The contract:

- ``feed(char, at_ms)`` for every character, in order, with the key event's own time stamp; Enter is
  ``"\\r"``, Tab ``"\\t"``. The caller swallows the key event: the detector gives back whatever turns out to
  be typing.
- Both ``feed`` and ``flush`` answer with a list of, in this order of meaning: ``Typed(text)``: these
  characters were typed, deliver them now; ``Scan``: a code; its suffix is consumed; ``Pending(until_ms)``,
  last and at most once: characters are being held back, call ``flush`` at that time unless ``feed`` is called
  earlier.
- Suffix characters that follow a scan's suffix without a gap belong to it (CR LF): the answer is an empty list, and
  only then is it empty.
- ``release(at_ms)``: give up all that is held, as typing. Call it before passing on a key that has no
  character (arrows, F-keys), so that order is kept.
- Nothing is lost, doubled or reordered: the texts of ``Typed`` and ``Scan`` and the suffixes of the scans are
  the input.
- A key that stays alone comes back as ``Typed`` after ``max_gap_ms``: typing is late by that much and no
  more.

What makes a burst a scan: gaps of at most ``max_gap_ms``, at least ``min_length`` characters, a suffix
(unless ``suffixless``: then the silence after it), and not one and the same character throughout (a key held
down repeats). What was typed just before the scanner began, within ``max_gap_ms`` of it, is given back as
typing when the gap after it stands out from the scanner's even beat; less is asked of that gap when what
follows it is an EAN with a right check digit. A key pressed *inside* the burst can't be told apart and stays
in the code; its check digit then refuses the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeAlias

from drivers.ports import Scan
from drivers.scanner.aim import identify
from shared_models.domain.barcode import check_digit

_SUFFIXES: Final = frozenset("\r\n\t")
_MOST_TYPED_BEFORE: Final = 4
_EAN_LENGTHS: Final = frozenset({8, 12, 13, 14})


@dataclass(frozen=True, slots=True)
class Typed:
    text: str


@dataclass(frozen=True, slots=True)
class Pending:
    until_ms: int


WedgeEvent: TypeAlias = Typed | Scan | Pending


class WedgeState(StrEnum):
    IDLE = "idle"
    HOLDING = "holding"  # characters came that may be a scan or typing
    AFTER_SCAN = "after_scan"  # its suffix came, and may have a second character


class WedgeDetector:
    def __init__(
        self,
        *,
        max_gap_ms: int = 30,
        min_length: int = 6,
        max_length: int = 4_296,
        suffixless: bool = False,
        source: str = "keyboard",
    ) -> None:
        self._max_gap_ms = max_gap_ms
        self._min_length = min_length
        self._max_length = max_length
        self._suffixless = suffixless
        self._source = source
        self._held: list[tuple[str, int]] = []
        self._suffix_ms: int | None = None

    @property
    def state(self) -> WedgeState:
        if self._held:
            return WedgeState.HOLDING
        return WedgeState.AFTER_SCAN if self._suffix_ms is not None else WedgeState.IDLE

    def feed(self, char: str, at_ms: int) -> list[WedgeEvent]:
        if len(char) != 1:
            raise ValueError("the detector takes one character at a time")
        events: list[WedgeEvent] = []
        if self._held and at_ms - self._held[-1][1] > self._max_gap_ms:
            events += self._silence(at_ms)
        if char in _SUFFIXES and self._follows_scan(at_ms):
            self._suffix_ms = at_ms
            return []
        self._suffix_ms = None
        if char in _SUFFIXES:
            return events + self._end(char, at_ms)
        self._held.append((char, at_ms))
        if len(self._held) > self._max_length:
            return events + self.release(at_ms)
        return [*events, Pending(at_ms + self._max_gap_ms + 1)]

    def flush(self, at_ms: int) -> list[WedgeEvent]:
        if not self._held:
            return []
        due_ms = self._held[-1][1] + self._max_gap_ms + 1
        return [Pending(due_ms)] if at_ms < due_ms else self._silence(at_ms)

    def release(self, at_ms: int) -> list[WedgeEvent]:  # noqa: ARG002 - one shape for all three
        held, self._held = self._held, []
        return [Typed("".join(char for char, _ in held))] if held else []

    def _follows_scan(self, at_ms: int) -> bool:
        return self._suffix_ms is not None and at_ms - self._suffix_ms <= self._max_gap_ms

    def _silence(self, at_ms: int) -> list[WedgeEvent]:
        if self._suffixless and (found := self._take_scan(at_ms)):
            return found
        return self.release(at_ms)

    def _end(self, suffix: str, at_ms: int) -> list[WedgeEvent]:
        found = self._take_scan(at_ms)
        if found:
            self._suffix_ms = at_ms
            return found
        typed = "".join(char for char, _ in self._held) + suffix
        self._held = []
        return [Typed(typed)]

    def _take_scan(self, at_ms: int) -> list[WedgeEvent]:
        """The held burst as a scan, after what was typed before it; empty, and still held, if it is none."""
        start = self._start_of_scan()
        burst = "".join(char for char, _ in self._held[start:])
        code, symbology = identify(burst)
        if len(burst) < self._min_length or not code or len(set(burst)) == 1:
            return []
        before = "".join(char for char, _ in self._held[:start])
        self._held = []
        scan = Scan(code, symbology, self._source, at_ms)
        return [Typed(before), scan] if before else [scan]

    def _start_of_scan(self) -> int:
        """How many of the held characters were typed before the scanner began."""
        text = "".join(char for char, _ in self._held)
        gaps = [later[1] - earlier[1] for earlier, later in pairwise(self._held)]
        for start in range(min(_MOST_TYPED_BEFORE, len(text) - self._min_length), 0, -1):
            before, beat = gaps[start - 1], sorted(gaps[start:])
            slowest, usual = beat[-1], beat[len(beat) // 2]
            if _is_ean(text[start:]) and before > max(slowest, 2 * usual + 1):
                return start
            if not _is_ean(text) and before > 2 * slowest + 4:
                return start
        return 0


def _is_ean(text: str) -> bool:
    return len(text) in _EAN_LENGTHS and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]
