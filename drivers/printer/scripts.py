"""Scripts that a letter in a cell can't show: those that run from right to left, join their letters or pile marks on
them. What stands where on a line is by the Unicode Bidirectional Algorithm (UAX 9), of fpdf2."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

_SHAPED: Final = (
    (0x0590, 0x109F),  # Hebrew, Arabic, Syriac, Thaana, N'Ko; Devanagari to Sinhala; Thai, Lao, Tibetan, Burmese
    (0x1780, 0x18AF),  # Khmer, Mongolian
    (0x1A20, 0x1BFF),  # Lanna, Balinese, Sundanese
    (0xA840, 0xABFF),  # Phags-pa to Meetei Mayek
    (0xFB1D, 0xFDFF),  # forms of Hebrew and Arabic
    (0xFE70, 0xFEFE),
    (0x10800, 0x10FFF),
    (0x11000, 0x11FFF),
    (0x1E800, 0x1EEFF),
)
_JOINERS: Final = frozenset("\u200c\u200d")
_MOST_MARKS: Final = 3
"""On one letter: more would run into the lines above and below."""
_TO_THE_LEFT: Final = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that stand beside each other, in the order they are read. ``leftward``: the first is the rightmost."""

    text: str
    leftward: bool


@lru_cache(maxsize=8_192)
def is_shaped(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _SHAPED)


def has_shaped(text: str) -> bool:
    return not text.isascii() and any(map(is_shaped, text))


def is_mark(char: str) -> bool:
    """Whether it takes no place of its own."""
    return unicodedata.category(char) in ("Mn", "Me", "Cf")


def keeps(char: str, before: list[str]) -> bool:
    """Whether a mark or joiner belongs to the letters ``before`` it."""
    if not before or (not is_shaped(before[-1]) and before[-1] not in _JOINERS):
        return False
    if char in _JOINERS:
        return before[-1] not in _JOINERS
    return is_shaped(char) and not all(map(is_mark, before[-_MOST_MARKS:]))


def runs_leftward(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left (UAX 9, P2 and P3)."""
    if text.isascii():
        return False
    for char in text:
        bidi = unicodedata.bidirectional(char)
        if bidi == "L" or bidi in _TO_THE_LEFT:
            return bidi != "L"
    return False


def placed(text: str, *, leftward: bool) -> list[Run]:
    """The runs of a line from left to right. ``leftward``: the paragraph that the line is of runs so."""
    if not leftward and not any(unicodedata.bidirectional(char) in (*_TO_THE_LEFT, "AN") for char in text):
        return [Run(text, False)] if text else []
    from fpdf.bidi import BidiParagraph
    from fpdf.enums import TextDirection

    base = TextDirection.RTL if leftward else TextDirection.LTR
    shown = BidiParagraph(text, base, preserve_bn_chars=True).get_reordered_characters()
    found = []
    for odd, group in groupby(shown, key=lambda each: bool(each.embedding_level % 2)):
        chars = "".join(each.character for each in group)
        found.append(Run(chars[::-1] if odd else chars, odd))
    return found
