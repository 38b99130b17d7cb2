"""The three languages of head office: sentences from gettext catalogues, numbers and dates from Babel."""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ENGLISH = "en"
NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
"""By the language's own name: whoever looks for theirs can read it."""

HTML_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}

_TRADITIONAL = {"tw", "hk", "mo", "hant"}


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The sentences of ``language``. English is what the sources are written in.

    Read from the catalogue's text itself, so there is no compiled copy that could be out of date.
    """
    if language == ENGLISH:
        return gettext.NullTranslations()
    path = files(__package__) / "locale" / language / "LC_MESSAGES" / "tillpoint.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def choose(wished: str | None, accepted: str, fallback: str) -> str:
    """The language to show: what was chosen, else the user's own, else what the browser asks for, else English."""
    for candidate in (wished, fallback, *_preferred(accepted)):
        if candidate in NAMES:
            return candidate
    return ENGLISH


def _preferred(accepted: str) -> Iterable[str]:
    """The languages of an ``Accept-Language`` header in its order, as ours."""
    for part in accepted.split(",")[:20]:
        tag = part.partition(";")[0].strip().lower().split("-")
        if tag[0] == "zh":
            yield "zh_Hant" if _TRADITIONAL & set(tag) and "hans" not in tag else "zh_Hans"
        else:
            yield tag[0]
