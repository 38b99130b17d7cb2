"""How many columns a character takes on the paper, and which characters can't be put there at all."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from drivers.printer import scripts

EMOJI_MARK: Final = "*"
UNKNOWN_MARK: Final = "?"
_SINGLE_BYTE: Final = frozenset(
    char
    for codec in ("cp437", "cp858")
    for char in bytes(range(0x80, 0x100)).decode(codec, errors="replace")
    if char != "\ufffd"
)
_APOSTROPHE: Final = re.compile(r"(?<=[A-Za-z\u00c0-\u024f])\u2019(?=[A-Za-z\u00c0-\u024f])")
_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def printable(text: str) -> str:
    """The text as it can be printed: composed letters, no control characters, emoji as ``*``, the unprintable
    ``?``. Marks stay where a script needs them on its letters.

    Nothing a product's or member's name holds can become a printer command. Tabs become spaces; line ends
    stay. A curly apostrophe inside a Latin word becomes a straight one: printers have it as wide as a Chinese letter.
    """
    kept: list[str] = []
    emoji_before = False
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    for char in _APOSTROPHE.sub("'", composed):
        mark = _replacement(char)
        if not mark and scripts.keeps(char, kept):
            mark = char
        if mark == EMOJI_MARK and emoji_before:
            continue
        if mark:
            kept.append(mark)
        emoji_before = mark == EMOJI_MARK or (emoji_before and char in _JOINERS)
    return "".join(kept)


@lru_cache(maxsize=8_192)
def _replacement(char: str) -> str:
    if char == "\n":
        return char
    if char in "\t\r\u00a0\u2028\u2029":
        return " "
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Mn", "Me"):
        return ""
    if category in ("Cn", "Co", "Cs"):
        return UNKNOWN_MARK
    if 0x1F000 <= ord(char) <= 0x1FAFF:
        return EMOJI_MARK
    return char


@lru_cache(maxsize=8_192)
def columns_of(char: str) -> int:
    """1 or 2, 0 for a mark on a letter. Ambiguous characters (``·``, ``…``) count 2 unless a Western code page holds
    them.

    Source: Unicode Standard Annex 11 (East Asian Width); the Chinese ROM fonts print the ambiguous ones wide. Greek and
    Cyrillic, wide in those fonts too, count 1: a name would come out letter by letter, so it is drawn instead.
    """
    if char in _SINGLE_BYTE or "\u0370" <= char <= "\u052f":
        return 1
    if scripts.is_mark(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WFA" else 1


def width_of(text: str) -> int:
    return sum(map(columns_of, text))
