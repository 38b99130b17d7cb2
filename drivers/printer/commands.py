"""Takes a stream of ESC/POS bytes apart into text and commands, as a printer's receiver does.

Lengths follow Epson's ESC/POS command reference. This module belongs to the receiving side (paper,
simulator); the encoder doesn't use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_DLE, _ESC, _FS, _GS = 0x10, 0x1B, 0x1C, 0x1D
_PREFIXES: Final = {_DLE: "DLE", _ESC: "ESC", _FS: "FS", _GS: "GS"}
_MOST_DATA: Final = 4 << 20
_MOST_UNTIL_NUL: Final = 256

_CONTROLS: Final = {
    0x00: "NUL",
    0x07: "BEL",
    0x09: "HT",
    0x0A: "LF",
    0x0C: "FF",
    0x0D: "CR",
    0x18: "CAN",
}
_FIXED: Final[dict[int, dict[str, int]]] = {
    _DLE: {"\x04": 1, "\x05": 1},
    _ESC: {
        **dict.fromkeys("@2im", 0),
        **dict.fromkeys("! -EGMadJ3At+R={VrU", 1),
        **dict.fromkeys("$\\cB", 2),
        "p": 3,
    },
    _FS: {**dict.fromkeys("&.", 0), **dict.fromkeys("!-WC", 1), **dict.fromkeys("Sp", 2)},
    _GS: {**dict.fromkeys("!BHhwfbar/I|", 1), **dict.fromkeys("LWP$\\", 2)},
}
_DRAWER_PULSE, _CLEAR_BUFFER = 1, 8
_DC4: Final = {_DRAWER_PULSE: 3, 2: 3, 3: 3, 7: 2, _CLEAR_BUFFER: 8}


class Kind(StrEnum):
    TEXT = "text"
    COMMAND = "command"
    UNKNOWN = "unknown"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Token:
    """``name`` is the command as the reference writes it (``ESC a``); ``args`` what follows the name.

    ``raw`` are all its bytes: the ``raw`` of all tokens together are the stream.
    """

    kind: Kind
    name: str
    args: bytes
    raw: bytes


class Tokenizer:
    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Token]:
        """What is complete. A command that has begun waits for its last byte; text never waits."""
        self._rest += data
        tokens: list[Token] = []
        at = 0
        while at < len(self._rest):
            token = self._next(at)
            if token is None:
                break
            tokens.append(token)
            at += len(token.raw)
        del self._rest[:at]
        return tokens

    def finish(self) -> list[Token]:
        """The stream has ended: what is left of a command that never came to its end."""
        rest = bytes(self._rest)
        self._rest.clear()
        return [Token(Kind.TRUNCATED, "", b"", rest)] if rest else []

    def _next(self, at: int) -> Token | None:
        first = self._rest[at]
        if first >= 0x20:
            end = at
            while end < len(self._rest) and self._rest[end] >= 0x20:
                end += 1
            text = bytes(self._rest[at:end])
            return Token(Kind.TEXT, "", text, text)
        if first not in _PREFIXES:
            raw = bytes((first,))
            known = _CONTROLS.get(first)
            return Token(Kind.COMMAND, known, b"", raw) if known else Token(Kind.UNKNOWN, "", b"", raw)
        if at + 1 >= len(self._rest):
            return None
        length = self._length(at)
        if length is None:
            return None
        if length < 0:
            return Token(Kind.UNKNOWN, "", b"", bytes(self._rest[at : at - length]))
        if at + length > len(self._rest):
            return None
        return self._command(at, length)

    def _command(self, at: int, length: int) -> Token:
        raw = bytes(self._rest[at : at + length])
        name_end = 3 if raw[:2] in (b"\x1d(", b"\x1d8", b"\x1dv", b"\x1c(") else 2
        letter = raw[1:name_end].decode("latin-1")
        letter = {"\x04": "EOT", "\x05": "ENQ", "\x14": "DC4"}.get(letter, " ".join(letter))
        return Token(Kind.COMMAND, f"{_PREFIXES[raw[0]]} {letter}", raw[name_end:], raw)

    def _length(self, at: int) -> int | None:
        """Bytes of the command at ``at``; None if they don't tell yet; minus the bytes to skip if it is unknown."""
        prefix, letter = self._rest[at], chr(self._rest[at + 1])
        fixed = _FIXED[prefix].get(letter)
        if fixed is not None:
            return 2 + fixed
        head = bytes(self._rest[at : at + 8])
        if prefix == _DLE and letter == "\x14":
            return self._after(head, 3, lambda: 3 + _DC4[head[2]] - 1 if head[2] in _DC4 else -3)
        if prefix == _ESC and letter == "D":
            return self._until_nul(at)
        if prefix == _ESC and letter == "*":
            return self._after(head, 5, lambda: _column_length(head))
        if prefix == _FS and letter == "(":
            return self._after(head, 5, lambda: 5 + head[3] + 256 * head[4])
        if prefix == _GS:
            return self._gs_length(at, letter, head)
        return -2

    def _gs_length(self, at: int, letter: str, head: bytes) -> int | None:
        match letter:
            case "V":
                return self._after(head, 3, lambda: _cut_length(head[2]))
            case "k":
                if len(head) < 3:
                    return None
                if head[2] <= 6:
                    return self._until_nul(at)
                return self._after(head, 4, lambda: 4 + head[3] if 65 <= head[2] <= 79 else -3)
            case "(":
                return self._after(head, 5, lambda: 5 + head[3] + 256 * head[4])
            case "8":
                return self._after(head, 7, lambda: _bounded(7, int.from_bytes(head[3:7], "little")))
            case "v":
                return self._after(head, 8, lambda: _raster_length(head))
            case _:
                return -2

    @staticmethod
    def _after(head: bytes, needed: int, length: Callable[[], int]) -> int | None:
        return length() if len(head) >= needed else None

    def _until_nul(self, at: int) -> int | None:
        end = self._rest.find(b"\x00", at + 3 if self._rest[at] == _GS else at + 2, at + _MOST_UNTIL_NUL)
        if end >= 0:
            return end + 1 - at
        return -2 if len(self._rest) - at >= _MOST_UNTIL_NUL else None


def _bounded(header: int, data: int) -> int:
    return header + data if data <= _MOST_DATA else -header


def _raster_length(head: bytes) -> int:
    if head[2:3] != b"0":
        return -3
    return _bounded(8, (head[4] + 256 * head[5]) * (head[6] + 256 * head[7]))


def _column_length(head: bytes) -> int:
    if head[2] not in (0, 1, 32, 33):
        return -3
    return 5 + (head[3] + 256 * head[4]) * (3 if head[2] >= 32 else 1)


def _cut_length(mode: int) -> int:
    if mode in (0, 1, 48, 49):
        return 3
    return 4 if mode in (65, 66, 97, 98, 103, 104) else -3
