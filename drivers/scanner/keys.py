"""From a scanner that is a keyboard, read at its input device: the kernel's key events to the bytes of its codes.

``struct input_event`` (linux/input.h): a time of two longs, type, code, value; 24 bytes where a long has 64 bits. Keys
are those of the US layout, which scanners leave the factory with; Ctrl and ] is the separator of GS1 fields.

Nothing is guessed: a key that has no character spoils the code that it stands in, and where the kernel had no room for
all events (SYN_DROPPED) what follows counts only from the next code on.
"""

from __future__ import annotations

import struct
from typing import Final

from drivers.ports import FrameFault
from drivers.scanner.framing import ScanCodec, ScanEvent

EVENT: Final = struct.Struct("@llHHi")

_SYN, _KEY = 0, 1
_DROPPED: Final = 3
_UP, _DOWN = 0, 1
_SHIFTS: Final = frozenset({42, 54})
_CTRLS: Final = frozenset({29, 97})
_CAPS: Final = 58
_LOCKS: Final = frozenset({69, 70})
"""Num lock and scroll lock, which some scanners press before digits of the keypad."""

_SPOILS: Final = "\x00"


def _row(first: int, plain: str, shifted: str) -> dict[int, tuple[str, str]]:
    return {first + at: pair for at, pair in enumerate(zip(plain, shifted, strict=True))}


_KEYS: Final = (
    _row(2, "1234567890-=", "!@#$%^&*()_+")
    | _row(16, "qwertyuiop[]", "QWERTYUIOP{}")
    | _row(30, "asdfghjkl;'`", 'ASDFGHJKL:"~')
    | _row(43, "\\zxcvbnm,./", "|ZXCVBNM<>?")
    | _row(71, "789-456+1230.", "789-456+1230.")
    | {57: (" ", " "), 55: ("*", "*"), 98: ("/", "/"), 15: ("\t", "\t"), 28: ("\r", "\r"), 96: ("\r", "\r")}
)
"""By the numbers of linux/input-event-codes.h: without and with shift."""


class Keyboard:
    """What is held down, from event to event."""

    def __init__(self) -> None:
        self._down: set[int] = set()
        self._caps = False

    def key(self, code: int, value: int) -> str:
        """The character that this event types; none for what goes up, repeats or only changes others."""
        if value == _UP:
            self._down.discard(code)
            return ""
        if value != _DOWN or code in _LOCKS:
            return ""
        self._down.add(code)
        if code in _SHIFTS or code in _CTRLS:
            return ""
        if code == _CAPS:
            self._caps = not self._caps
            return ""
        return self._character(code)

    def _character(self, code: int) -> str:
        if code not in _KEYS:
            return _SPOILS
        plain, shifted = _KEYS[code]
        if self._down & _CTRLS:
            return chr(ord(shifted) & 0x1F) if "@" <= shifted <= "_" else "\x1d" if plain == "]" else _SPOILS
        shift = bool(self._down & _SHIFTS) != (self._caps and plain.isalpha())
        return shifted if shift else plain


class KeyCodec(ScanCodec):
    """A ``ScanCodec`` that is fed with the bytes of an input device."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._keyboard = Keyboard()
        self._rest = b""

    def feed(self, data: bytes, at_ms: int) -> list[ScanEvent]:
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        events: list[ScanEvent] = []
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == _SYN and code == _DROPPED:
                events += self._lose()
            elif kind == _KEY:
                events += super().feed(self._keyboard.key(code, value).encode(), at_ms)
        return events

    def reset(self) -> None:
        super().reset()
        self._keyboard = Keyboard()
        self._rest = b""

    def _lose(self) -> list[ScanEvent]:
        """What is held down isn't known any more, and up to the next suffix or a silence all is the rest of a code."""
        self._keyboard = Keyboard()
        already, self._skipping = self._skipping, True
        self._frame.clear()
        return [] if already else [self._bad(FrameFault.UNFINISHED)]
