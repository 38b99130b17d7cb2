"""A line of twenty columns: a text on the left, a figure on the right, in the letters that the display has.

A Chinese character takes two columns and two bytes, whatever the code page; a text too long for what the figure leaves
ends where it has to. The figure is never cut.
"""

from __future__ import annotations

from typing import Final

from drivers.display.protocols import COLUMNS
from drivers.printer.letters import columns_of, printable

LETTERS: Final = ("cp437", "gb18030", "big5")
"""Code pages by the name in a till's settings: Latin only, simplified and traditional Chinese."""

_PLAIN: Final = str.maketrans({"−": "-", "–": "-", "—": "-", "’": "'", "×": "x", "…": ".", "\u3000": " "})


def line_of(text: str, figure: str, letters: str, instead: str = "") -> bytes:
    """Exactly twenty columns. ``instead`` is shown in place of a text of which the display has not all letters; without
    it those letters are question marks."""
    number = _bytes(_shown(figure), letters)[-COLUMNS:]
    room = COLUMNS - len(number) - bool(number)
    wanted = _shown(text)
    if instead and not _has(wanted, letters):
        wanted = _shown(instead)
    cut = _cut(_bytes_by_letter(wanted, letters), max(0, room))
    return cut + b" " * (COLUMNS - len(cut) - len(number)) + number


def _shown(text: str) -> str:
    return printable(" ".join(text.translate(_PLAIN).split()))


def _has(text: str, letters: str) -> bool:
    return all(_letter(char, letters) is not None for char in text)


def _bytes(text: str, letters: str) -> bytes:
    return b"".join(_bytes_by_letter(text, letters))


def _bytes_by_letter(text: str, letters: str) -> list[bytes]:
    return [_letter(char, letters) or b"?" * columns_of(char) for char in text]


def _letter(char: str, letters: str) -> bytes | None:
    """Its bytes, if the display has it in as many bytes as it takes columns: the four-byte part of GB18030 is in no
    display's memory, and a byte above 7F of a Chinese code page begins a character of two."""
    if " " <= char <= "~":
        return char.encode()
    try:
        raw = char.encode(letters)
    except UnicodeEncodeError:
        return None
    wanted = 1 if letters == "cp437" else 2
    return raw if len(raw) == wanted and raw[0] >= 0x80 else None


def _cut(letters: list[bytes], columns: int) -> bytes:
    kept = b""
    for letter in letters:
        if len(kept) + len(letter) > columns:
            break
        kept += letter
    return kept
