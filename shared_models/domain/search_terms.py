"""Text as it is searched for: folded, and cut into pairs of characters so that two typed characters find something."""

from __future__ import annotations

import re
import unicodedata

_HALVES = re.compile("[\ud800-\udfff]")


def without_halves(text: str) -> str:
    """``text`` without halves of characters (lone surrogates), which a screen can hand over and no file can hold."""
    return _HALVES.sub("", text)


def fold(text: str) -> str:
    """Lower case, one width, single blanks. Traditional characters stay as they are."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def bigrams(text: str) -> list[str]:
    """The pairs of neighbouring characters of each word of ``text``, folded, each once, in order.

    A word of one character is its own term: 米 can be found.
    """
    terms: dict[str, None] = {}
    for word in fold(text).split():
        if len(word) == 1:
            terms[word] = None
        for start in range(len(word) - 1):
            terms[word[start : start + 2]] = None
    return list(terms)
