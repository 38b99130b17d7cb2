"""Linear codes on the sending side: which kind a product's code is, and its bars.

python-barcode has the tables. ``1`` is a bar's module, ``0`` a space's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeAlias

from shared_models.domain.barcode import check_digit

Kind: TypeAlias = Literal["ean13", "ean8", "upca", "code128"]

QUIET: Final = 11
"""Blank modules on each side; EAN-13 asks for 11 on the left and 7 on the right (GS1 General Specifications 5.2.3)."""

_DIGITS: Final[dict[int, Kind]] = {13: "ean13", 12: "upca", 8: "ean8"}
LONGEST: Final = 48


class NotBars(ValueError):
    """Nothing that these bars can hold."""


def kind_of(code: str) -> Kind | None:
    """EAN-13, UPC-A or EAN-8 if it is one with a right check digit, else Code 128 if that has its letters."""
    if not code or len(code) > LONGEST or not (code.isascii() and code.isprintable()):
        return None
    if len(code) in _DIGITS and code.isdigit() and check_digit(code[:-1]) == code[-1]:
        return _DIGITS[len(code)]
    return "code128"


@lru_cache(maxsize=512)
def modules(kind: Kind, data: str) -> str:
    """The bars without blanks beside them. Raise ``NotBars``."""
    found = kind_of(data)
    if found is None or (kind != "code128" and found != kind):
        raise NotBars(f"{data!r} is no {kind}.")
    from barcode.codex import Code128
    from barcode.ean import EuropeanArticleNumber8, EuropeanArticleNumber13

    made = {
        "ean13": lambda: EuropeanArticleNumber13(data),
        "upca": lambda: EuropeanArticleNumber13("0" + data),
        "ean8": lambda: EuropeanArticleNumber8(data),
        "code128": lambda: Code128(data),
    }[kind]()
    bars: str = made.build()[0]
    return bars
