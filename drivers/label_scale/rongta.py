"""The PLU file of Rongta's scales (容大 RLS1000, RLS1100): ``.TXP``, which their PC program loads and sends on.

A line per PLU, 58 columns between tabs, CR LF. The columns are those of the file that the program saves itself; those
that Tillpoint doesn't fill have the values that stand there. Their order and meaning: the manual's appendix I, and two
public programs that write such files; barcode types: appendix II.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.label_scale.goods import NotForScale, Plu, SoldBy, cut, layout_of, number_field
from shared_models.domain.barcode import InStoreRule

NAME_BYTES: Final = 36
MOST: Final = 9_999
CODEC: Final = "gbk"
"""The program's own sample of Chinese names is in it."""

TYPES: Final = {
    "FFWWWWWEEEEEC": 2, "FFWWWWWWEEEEC": 1, "FFWWWWEEEEEEC": 3, "FFWWWWWNNNNNC": 7, "FFWWWWWWNNNNC": 5,
    "FFWWWWWEEEEENNNNNC": 94,
}  # fmt: skip
"""The barcode type that prints a layout; the first two digits are the PLU's department."""

_AS_SAVED: Final = (
    "0 - - - 0 0 4 0 0.000 0 0 0.000 0 0 0 0 D0 0 0 - - 0 0 0.0 0 0 - 0.0000 0 - - - - - - - - - 3 0 0 0 0 0 0 0.00 0"
    " 0.000 0.000 0 - 0 0.00 0 0 0 0.00 0"
)
"""All 58 columns; ``-`` is an empty one."""

_NUMBER, _NAME, _FRESH, _ITEM, _TYPE, _PRICE, _UNIT, _DEPARTMENT, _TARE, _DAYS = range(10)


def check(rule: InStoreRule) -> str:
    """The layout that the labels get, by the file itself. Raise ``NotForScale``."""
    layout = layout_of(rule)
    if layout not in TYPES:
        raise NotForScale(f"These scales have no barcode type {layout}; they have {', '.join(sorted(TYPES))}.")
    return layout


def line(plu: Plu, rule: InStoreRule) -> bytes:
    """Raise ``NotForScale``."""
    if plu.by is not SoldBy.WEIGHT:
        raise NotForScale("how these scales are told of goods by the piece isn't known")
    if not 1 <= plu.number <= MOST:
        raise NotForScale(f"PLU number {plu.number} isn't 1 to {MOST}")
    if len(plu.item) != rule.item_digits:
        raise NotForScale(f"item number {plu.item} isn't of {rule.item_digits} digits")
    columns = [b"" if column == "-" else column.encode() for column in _AS_SAVED.split(" ")]
    number = str(plu.number).encode()
    number_field(plu.price_minor, 8, "The price")
    number_field(plu.best_before_days, 3, "The days")
    number_field(plu.tare_g, 5, "The tare")
    columns[_NUMBER] = columns[_FRESH] = number
    columns[_NAME] = cut(plu.name, NAME_BYTES, CODEC)
    columns[_ITEM] = str(int(plu.item)).encode()
    columns[_TYPE] = str(TYPES[check(rule)]).encode()
    columns[_PRICE] = str(plu.price_minor).encode()
    columns[_DEPARTMENT] = plu.prefix.encode()
    columns[_TARE] = f"{plu.tare_g / 1_000:.3f}".encode()
    columns[_DAYS] = str(plu.best_before_days).encode()
    return b"\t".join(columns) + b"\r\n"


def file(plus: Iterable[Plu], rule: InStoreRule) -> bytes:
    """Raise ``NotForScale``."""
    return b"".join(line(plu, rule) for plu in plus)
