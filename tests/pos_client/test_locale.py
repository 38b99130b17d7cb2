from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from pos_client import locale
from pos_client.locale import LANGUAGES, catalogue, closest, words
from shared_models.domain.document_fields import BadProgramme
from shared_models.domain.programme import default_programme
from shared_models.domain.programme_document import from_plain, to_plain

ROOT = Path(locale.__file__).parents[2]
TRANSLATED = [language for language in LANGUAGES if language != "en"]
_FIELDS = re.compile(r"\{(\w+)\}")
_OFFERED = {"tenths"}
"""What a reason of the domain offers to translations besides what its English sentence uses."""


def po(language: str) -> Catalog:
    with (Path(locale.__file__).parent / language / "LC_MESSAGES" / "tillpoint.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def texts() -> set[str]:
    """Each text that the till can show, as the sources have it."""
    found: set[str] = set()
    for package in ("pos_client", "shared_models", "drivers"):
        for _, _, message, _, _ in extract_from_dir(ROOT / package, [("**.py", "python")]):
            found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_has_a_translation(language: str) -> None:
    translated = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in po(language)
        if message.id and (message.string if isinstance(message.string, str) else all(message.string or ()))
    }
    assert texts() - translated == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_use_only_the_values_they_get(language: str) -> None:
    for message in po(language):
        ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        known = {name for text in ids for name in _FIELDS.findall(text)} | _OFFERED
        for string in strings:
            assert set(_FIELDS.findall(string)) <= known, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_compile(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, po(language))
    assert compiled.tell() > 10_000


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(
    "change",
    [
        {"value_digits": 4},
        {"weight_digits": 5},
        {"value": "price_and_weight", "value_digits": 5},
        {"item_digits": 2, "value_check": True, "value_digits": 7},
    ],
)
def test_what_is_wrong_with_a_label_is_said_in_the_readers_language(language: str, change: dict[str, object]) -> None:
    document = to_plain(default_programme())
    document["in_store"][0].update(change)
    with pytest.raises(BadProgramme) as caught:
        from_plain(document)
    told = caught.value.sentence(lambda text: words(text, language))
    assert not re.search("must|only", told), told


def test_words_without_a_compiled_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout before set-up has only the sources of the catalogues."""
    source = Path(locale.__file__).parent / "zh_Hant" / "LC_MESSAGES" / "tillpoint.po"
    copy = tmp_path / "zh_Hant" / "LC_MESSAGES" / "tillpoint.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(source.read_bytes())
    monkeypatch.setattr(locale, "_FOLDER", tmp_path)
    catalogue.cache_clear()
    try:
        assert words("Paper out", "zh_Hant") == "缺紙"
        assert words("", "zh_Hant") == ""
    finally:
        catalogue.cache_clear()


def test_a_language_there_is_not_is_refused() -> None:
    with pytest.raises(LookupError):
        catalogue("tlh")


@pytest.mark.parametrize(
    ("system", "language"),
    [
        ("zh_CN.UTF-8", "zh_Hans"),
        ("zh_HK", "zh_Hant"),
        ("zh-TW", "zh_Hant"),
        ("zh_Hant_SG", "zh_Hant"),
        ("de_DE", "en"),
        ("C", "en"),
    ],
)
def test_the_language_closest_to_the_systems(system: str, language: str) -> None:
    assert closest(system) == language
