"""What products and members are found by: pairs, triples and sixes of neighbouring characters.

Two typed characters find 牛奶 or wf by its pair; longer words are looked up by every second of their triples, which
together leave few wrong candidates. A pinyin of six letters or more is made of triples that a large part of all names
have: it is looked up by its sixes, side by side. The index knows which terms a row has and not where, so who searches
looks at the text as well.
"""

from __future__ import annotations

import re
from operator import add
from typing import Final

from shared_models.domain.search_terms import fold
from shared_models.wire.state import MemberDoc, ProductDoc

MAX_WORDS: Final = 8
MAX_CHARACTERS: Final = 64
_SIX: Final = 6

_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def product_text(doc: ProductDoc) -> str:
    """Names in all languages, brand, pinyin and initials, as ``plain_words`` has them."""
    return plain_words(" ".join((*doc.names.values(), doc.brand, doc.terms)))


def member_text(doc: MemberDoc) -> str:
    """The search keys of the name; the name itself where this till holds it."""
    return plain_words(" ".join(member_names(doc)))


def member_names(doc: MemberDoc) -> tuple[str, str]:
    """What ``member_text`` is made of: where it is the same, the text is."""
    return doc.full.name if doc.full else doc.masked_name, doc.terms


def plain_words(text: str) -> str:
    """Folded letters and digits with single blanks between words; every other character ends a word."""
    return " ".join(_BETWEEN_WORDS.sub(" ", fold(text)).split())


def index_terms(text: str) -> str:
    """The terms of a text of ``plain_words``. Each word's last character alone lets one typed character find it."""
    terms: list[str] = []
    for word in text.split():
        pairs = list(map(add, word, word[1:]))
        terms += pairs
        terms += map(add, pairs, word[2:])
        terms += [word[start : start + _SIX] for start in range(len(word) - _SIX + 1)]
        terms.append(word[-1])
    return " ".join(dict.fromkeys(terms))


def query(words: tuple[str, ...]) -> str:
    """The full-text query for rows that have the terms of all ``words``."""
    terms: dict[str, None] = {}
    for word in words:
        if len(word) == 1:
            terms[f'"{word}"*'] = None
        elif len(word) == 2:
            terms[f'"{word}"'] = None
        elif len(word) > 2:
            size, step = (_SIX, _SIX) if len(word) >= _SIX else (3, 2)
            for start in (*range(0, len(word) - size, step), len(word) - size):
                terms[f'"{word[start : start + size]}"'] = None
    return " AND ".join(terms)


def typed_words(text: str) -> tuple[str, ...]:
    """The words of what was typed, bounded."""
    return tuple(plain_words(text[:MAX_CHARACTERS]).split()[:MAX_WORDS])
