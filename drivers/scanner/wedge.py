"""Tells a keyboard-wedge scanner from a person typing on the same keyboard.

A wedge scanner types its code as a burst of evenly timed keys far quicker than hands, and ends it with Enter
or Tab. The detector is fed every character the focused window gets and decides which of them are a scan.

The contract:

- ``feed(char, at_ms)`` for every character, in order, with the key event's own time stamp; Enter is
  ``"\\r"``, Tab ``"\\t"``. The caller swallows the key event: the detector gives back whatever turns out to
  be typing.
- Both ``feed`` and ``flush`` answer with a list of, in this order of meaning: ``TakenBack(count)``: so many of
  the characters delivered last were a scanner's, remove them; ``Typed(text, place)``: these characters were
  typed, deliver them now; ``Scan``: a code; its suffix is consumed; ``Pending(until_ms)``, last and at most
  once: characters are being held back, call ``flush`` at that time unless ``feed`` is called earlier.
- Suffix characters that follow a scan's suffix without a gap belong to it (CR LF): the answer is an empty list, and
  only then is it empty.
- ``release(at_ms)``: give up all that is held, as typing. Call it before passing on a key that has no
  character (arrows, F-keys), so that order is kept.
- Nothing is lost, doubled or reordered: the texts of ``Typed`` and ``Scan`` and the suffixes of the scans are
  the input. One key that was pressed within a scan comes before it; ``place`` says where it stood.
- A key that stays alone comes back as ``Typed`` after ``max_gap_ms``: typing is late by that much and no
  more; what begins like an AIM identifier (``]C1``), by ``SLOW_GAP_MS``.

What makes a burst a scan: gaps of at most ``max_gap_ms``, at least ``min_length`` characters, a suffix
(unless ``suffixless``: then the silence after it), and not one and the same character throughout (a key held
down repeats). What was typed just before the scanner began, within ``max_gap_ms`` of it, is given back as
typing when an AIM identifier follows it, or when the gap after it stands out from the scanner's even beat; less
is asked of that gap when what follows it is an EAN with a right check digit. A key pressed *inside* the burst is
told apart where exactly one key is too much for an EAN that checks and breaks its beat; otherwise it stays in
the code, and the check digit refuses it.

Scanners slower than ``max_gap_ms`` (down to 5 characters a second): behind an AIM identifier anything is a scan;
without one an EAN that checks and came at an even beat, such as hands don't keep. It has been delivered as typing
by then, and is taken back.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from drivers.ports import Scan
from drivers.scanner.aim import identify
from shared_models.domain.barcode import check_digit

SLOW_GAP_MS: Final = 250
_SHORTEST_BEAT_MS: Final = 3
"""Quicker than that, time stamps of whole milliseconds don't show which key broke the beat."""
MOST_TAKEN_BACK: Final = 14
_SUFFIXES: Final = frozenset("\r\n\t")
_MOST_TYPED_BEFORE: Final = 4
_EAN_LENGTHS: Final = frozenset({8, 12, 13, 14})
_MARKED: Final = re.compile(r"\](?:[A-Za-z](?:[0-9A-Za-z]|$)|$)")
"""An AIM identifier or its beginning."""


@dataclass(frozen=True, slots=True)
class Typed:
    """``place``: where among what is held its first character stood."""

    text: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class TakenBack:
    count: int


@dataclass(frozen=True, slots=True)
class Pending:
    until_ms: int


WedgeEvent: TypeAlias = TakenBack | Typed | Scan | Pending


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
        self._typed: deque[tuple[str, int]] = deque(maxlen=MOST_TAKEN_BACK)
        """Delivered last, without anything else between them."""
        self._suffix_ms: int | None = None

    def feed(self, char: str, at_ms: int) -> list[WedgeEvent]:
        if len(char) != 1:
            raise ValueError("the detector takes one character at a time")
        events: list[WedgeEvent] = []
        if self._held and at_ms - self._held[-1][1] > self._gap_ms():
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
        return [*events, Pending(at_ms + self._gap_ms() + 1)]

    def flush(self, at_ms: int) -> list[WedgeEvent]:
        if not self._held:
            return []
        due_ms = self._held[-1][1] + self._gap_ms() + 1
        return [Pending(due_ms)] if at_ms < due_ms else self._silence(at_ms)

    def release(self, at_ms: int) -> list[WedgeEvent]:  # noqa: ARG002 - one shape for all three
        self._typed.clear()
        return self._let_go()

    def _let_go(self) -> list[WedgeEvent]:
        held, self._held = self._held, []
        return [Typed("".join(char for char, _ in held))] if held else []

    def _gap_ms(self) -> int:
        text = "".join(char for char, _ in self._held[: _MOST_TYPED_BEFORE + 3])
        return max(SLOW_GAP_MS, self._max_gap_ms) if _marked(text) is not None else self._max_gap_ms

    def _follows_scan(self, at_ms: int) -> bool:
        return self._suffix_ms is not None and at_ms - self._suffix_ms <= self._max_gap_ms

    def _silence(self, at_ms: int) -> list[WedgeEvent]:
        if self._suffixless and (found := self._take_scan(at_ms)):
            return found
        self._typed.extend(self._held)
        return self._let_go()

    def _end(self, suffix: str, at_ms: int) -> list[WedgeEvent]:
        found = self._take_scan(at_ms)
        if found:
            self._suffix_ms = at_ms
            self._typed.clear()
            return found
        if found := self._take_back(at_ms):
            return found
        self._typed.clear()
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
        events: list[WedgeEvent] = [Typed(before)] if before else []
        within = _intruder(self._held[start:])
        if within is not None:
            events.append(Typed(code[within], within))
            code = code[:within] + code[within + 1 :]
        self._held = []
        return [*events, Scan(code, symbology, self._source, at_ms)]

    def _take_back(self, at_ms: int) -> list[WedgeEvent]:
        """A slow scanner's code, of which all but what is held has been delivered."""
        keys = [*self._typed, *self._held]
        for length in sorted(_EAN_LENGTHS, reverse=True):
            last = keys[-length:]
            if len(self._held) <= length == len(last) and _is_ean(_text(last)) and len(set(_text(last))) > 1:
                gaps = _gaps([*last, ("\r", at_ms)])
                if self._max_gap_ms < max(gaps) <= SLOW_GAP_MS and _is_even(gaps):
                    return self._taken_back(last, at_ms)
        return []

    def _taken_back(self, keys: list[tuple[str, int]], at_ms: int) -> list[WedgeEvent]:
        count = len(keys) - len(self._held)
        self._held = []
        self._typed.clear()
        self._suffix_ms = at_ms
        return [TakenBack(count), Scan(_text(keys), None, self._source, at_ms)]

    def _start_of_scan(self) -> int:
        """How many of the held characters were typed before the scanner began."""
        text, gaps = _text(self._held), _gaps(self._held)
        marked = _marked(text)
        if marked is not None:
            return marked
        for start in range(min(_MOST_TYPED_BEFORE, len(text) - self._min_length), 0, -1):
            before, beat = gaps[start - 1], sorted(gaps[start:])
            slowest, usual = beat[-1], beat[len(beat) // 2]
            if _is_ean(text[start:]) and before > max(slowest, 2 * usual + 1):
                return start
            if not _is_ean(text) and before > 2 * slowest + 4:
                return start
        return 0


def _intruder(keys: list[tuple[str, int]]) -> int | None:
    """The place of the one key without which ``keys`` are an EAN at an even beat, if there is just one such place."""
    text = _text(keys)
    if _is_ean(text) or len(text) - 1 not in _EAN_LENGTHS:
        return None
    places = []
    for place in range(1, len(keys) - 1):
        rest = keys[:place] + keys[place + 1 :]
        gaps = _gaps(rest)
        usual = sorted(gaps)[len(gaps) // 2]
        even = max(gaps) - min(gaps) <= max(2, usual // 3)
        if _is_ean(_text(rest)) and even and min(gaps) >= _SHORTEST_BEAT_MS:
            places.append(place)
    return places[0] if len(places) == 1 else None


def _marked(text: str) -> int | None:
    """Where an AIM identifier stands or begins; ``None`` if nowhere that little was typed before it."""
    place = text.find("]", 0, _MOST_TYPED_BEFORE + 1)
    return place if place >= 0 and _MARKED.match(text, place) else None


def _is_even(gaps: list[int]) -> bool:
    """A scanner's beat: within 15 %, or the 12 ms by which a bus that asks for keys may be late."""
    usual = sorted(gaps)[len(gaps) // 2]
    return max(gaps) - min(gaps) <= max(min(usual, 12), usual * 15 // 100)


def _text(keys: Iterable[tuple[str, int]]) -> str:
    return "".join(char for char, _ in keys)


def _gaps(keys: Iterable[tuple[str, int]]) -> list[int]:
    return [later[1] - earlier[1] for earlier, later in pairwise(keys)]


def _is_ean(text: str) -> bool:
    return len(text) in _EAN_LENGTHS and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]
