"""The till's words in each language: gettext catalogues of the domain ``tillpoint``; the source texts are English.

Set-up compiles the catalogues (``*.mo``). A checkout without them, or with older ones, reads the ``*.po`` in memory
instead: an edited text shows at the next start, and no screen falls back to English because a step was forgotten.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

SOURCE = "en"
LANGUAGES = (SOURCE, "zh_Hans", "zh_Hant")
DOMAIN = "tillpoint"

_FOLDER = Path(__file__).parent


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The texts in ``language``; raise ``LookupError`` if there is no such language."""
    if language not in LANGUAGES:
        raise LookupError(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    if language == SOURCE:
        return gettext.NullTranslations()
    source = _FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    return gettext.GNUTranslations(_compile(source))


def words(text: str, language: str) -> str:
    """``text`` in ``language``."""
    return catalogue(language).gettext(text) if text else ""


def closest(wanted: str) -> str:
    """The language of ``LANGUAGES`` for a system locale such as ``zh_HK.UTF-8``; English if there is none."""
    name = wanted.split(".")[0].replace("-", "_")
    if not name.startswith("zh"):
        return SOURCE
    traditional = any(part in {"Hant", "TW", "HK", "MO"} for part in name.split("_"))
    return "zh_Hant" if traditional else "zh_Hans"


def _compile(source: Path) -> BytesIO:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, abort_invalid=True))
    compiled.seek(0)
    return compiled
