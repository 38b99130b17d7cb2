"""A product as it is sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EACH = "each"
KILOGRAM = "kg"
WEIGHED = frozenset({KILOGRAM, "lb"})
"""The units that a scale weighs in."""

_FALLBACK = ("zh_Hans", "zh_Hant", "en")


@dataclass(frozen=True, slots=True)
class Product:
    """``price_minor`` is for one ``unit`` (``each``, ``kg``, ``l``). ``codes`` are barcodes and item numbers.

    ``names`` by language (``en``, ``zh_Hans``, ``zh_Hant``). ``member_price``: the tier's price applies. ``popularity``
    is 0 for the most sold. ``tags`` are the shop's own marks, e.g. ``organic``.
    """

    id: str
    codes: tuple[str, ...]
    names: Mapping[str, str]
    price_minor: int
    unit: str
    tax_code: str
    category: str
    brand: str = ""
    member_price: bool = True
    popularity: int = 0
    supplier: str = ""
    tags: tuple[str, ...] = ()

    def name_in(self, language: str) -> str:
        """The name in ``language``, else in one there is, else the id: a line always has a name."""
        return name_in(self.names, language) or self.id


def name_in(names: Mapping[str, str], language: str) -> str:
    """The name in ``language``, else the first there is (Chinese, English, any), else nothing."""
    return next((names[tried] for tried in (language, *_FALLBACK, *names) if names.get(tried)), "")
