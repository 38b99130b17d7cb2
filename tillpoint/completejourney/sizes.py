"""Package sizes: American units on the data's labels, metric ones on ours."""

from __future__ import annotations

import re
from functools import cache

_SIZE = re.compile(
    r"(\d*\.?\d+)\s*(OZ|FL OZ|LB|LBS|CT|ML|L|LTR|LITER|LT|GA|GAL|GALLON|QT|PT|PK|PC|GM|G|KG|ROLL|SHEET)S?"
)
_WHOLE = {
    "GA": 3785,
    "GAL": 3785,
    "GALLON": 3785,
    "QT": 946,
    "PT": 473,
    "L": 1000,
    "LTR": 1000,
    "LITER": 1000,
    "LT": 1000,
}
_FLUID_SHELVES = frozenset({"drinks", "alcohol", "cleaning"})
_FLUID_CATEGORIES = frozenset({"FLUID MILK PRODUCTS", "HAIR CARE PRODUCTS", "SHORTENING/OIL", "CANNED MILK"})
_CASE_POUNDS, _CASE_PIECES = 18, 18
_ML_OF_OUNCE, _G_OF_OUNCE, _G_OF_POUND = 29.5735, 28.3495, 453.592


def is_case(size: str) -> bool:
    """Whether the size of fresh goods is that of the case they come to the shop in: bananas have ``40 LB``."""
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        return False
    amount = float(found[1])
    return (found[2] in ("LB", "LBS") and amount >= _CASE_POUNDS) or (found[2] == "CT" and amount >= _CASE_PIECES)


def is_fluid(shelf: str, source_category: str) -> bool:
    return shelf in _FLUID_SHELVES or source_category in _FLUID_CATEGORIES


@cache
def metric(size: str, *, fluid: bool) -> dict[str, str]:
    """``16 OZ`` as it would stand on a Chinese label, by language; empty texts if the size can't be read.

    An ounce is one of volume for ``fluid`` goods and one of weight for others: the data don't tell.
    """
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        return {"zh_Hans": "", "zh_Hant": "", "en": ""}
    amount, unit = float(found[1]), found[2]
    if unit in _WHOLE:
        return _volume(amount * _WHOLE[unit])
    if unit == "ML":
        return _volume(amount)
    if unit == "FL OZ" or (unit == "OZ" and fluid):
        return _volume(amount * _ML_OF_OUNCE)
    if unit == "OZ":
        return _weight(amount * _G_OF_OUNCE)
    if unit in ("LB", "LBS"):
        return _weight(amount * _G_OF_POUND)
    if unit in ("G", "GM"):
        return _weight(amount)
    if unit == "KG":
        return _weight(amount * 1000)
    return _pieces(amount)


def _volume(ml: float) -> dict[str, str]:
    if ml >= 1000:
        return _same(f"{ml / 1000:.2f}".rstrip("0").rstrip("."), ("升", "升", " l"))
    return _same(str(round(ml)), ("毫升", "毫升", " ml"))


def _weight(grams: float) -> dict[str, str]:
    if grams >= 1000:
        return _same(f"{grams / 1000:.2f}".rstrip("0").rstrip("."), ("千克", "公斤", " kg"))
    return _same(str(round(grams)), ("克", "克", " g"))


def _pieces(count: float) -> dict[str, str]:
    return _same(f"{count:g}", ("件装", "件裝", " pieces")) if count > 1 else _same("", ("", "", ""))


def _same(figure: str, units: tuple[str, str, str]) -> dict[str, str]:
    simplified, traditional, english = units
    return {"zh_Hans": figure + simplified, "zh_Hant": figure + traditional, "en": figure + english}
