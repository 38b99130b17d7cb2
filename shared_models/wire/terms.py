"""Search keys of names: as written, in pinyin, and by pinyin initials."""

from __future__ import annotations

from collections.abc import Iterable

from shared_models.domain.search_terms import fold


def name_terms(*names: str) -> str:
    """What ``names`` are found by, folded, each once, separated by blanks: 李小龙 gives ``李小龙 lixiaolong lxl``."""
    from pypinyin import Style, lazy_pinyin

    terms: dict[str, None] = {}
    for name in names:
        folded = fold(name)
        terms[folded] = None
        if not folded.isascii():
            for style in (Style.NORMAL, Style.FIRST_LETTER):
                terms[_joined(lazy_pinyin(folded, style=style))] = None
    return " ".join(term for term in terms if term)


def _joined(syllables: Iterable[str]) -> str:
    return fold("".join(syllables))
