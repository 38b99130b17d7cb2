"""What the data's abbreviated types and categories are called in our three languages, and which shelf they belong to.

``glossary.json`` names all departments and categories, and the most frequent product types. A type that stands under
several categories and means something else in each has the key ``CATEGORY>TYPE``. What has no name of its own is called
as its category is, else as its department.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

LANGUAGES = ("zh_Hans", "zh_Hant", "en")


class Names(Struct, frozen=True):
    en: str
    zh_Hans: str  # noqa: N815 - the language's code
    zh_Hant: str  # noqa: N815


class Shelf(Struct, frozen=True):
    category: str
    en: str
    zh_Hans: str  # noqa: N815
    zh_Hant: str  # noqa: N815


class Glossary(Struct, frozen=True):
    departments: dict[str, Shelf]
    categories: dict[str, Shelf]
    types: dict[str, Names]


@dataclass(frozen=True, slots=True)
class Meaning:
    """``names`` by language; ``category`` is our code; ``own``: the type has a name of its own in the glossary."""

    category: str
    names: dict[str, str]
    own: bool


@cache
def glossary() -> Glossary:
    text = resources.files("tillpoint.completejourney").joinpath("glossary.json").read_bytes()
    return msgspec.json.decode(text, type=Glossary)


@cache
def meaning(department: str, category: str, type_: str) -> Meaning:
    """What the three texts of a product's master data say. A department nobody knows is called sundries."""
    known = glossary()
    shelf = known.categories.get(category) or known.departments.get(department) or known.departments["MISCELLANEOUS"]
    named = known.types.get(f"{category}>{type_}") or known.types.get(type_)
    names = {language: getattr(named or shelf, language) for language in LANGUAGES}
    return Meaning(_shelf_code(shelf, department, type_), names, named is not None)


def _shelf_code(shelf: Shelf, department: str, type_: str) -> str:
    """A few types belong elsewhere than their category: money in another form, wherever the data file it."""
    if "GIFT CARD" in type_ or "PREPAID" in type_:
        return "gift_card"
    if type_ == "TICKETS":
        return "services"
    if department == "PRODUCE" and shelf.category == "snacks" and "NUTS" not in type_ and "POPCORN" not in type_:
        return "fruit"
    return shelf.category
