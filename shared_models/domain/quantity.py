"""Quantities in integer thousandths of the unit of sale (each, kg, l)."""

from __future__ import annotations

import re
import unicodedata

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

ONE_MILLI = 1_000
MAX_QUANTITY_MILLI = 9_999_000

_SHAPE = re.compile(r"([+-]?)(\d*)(?:[.,](\d*))?", re.ASCII)
_MAX_TEXT = 40


class BadQuantity(DomainError):
    """A quantity no line can have. The subclasses say why."""

    code = "bad_quantity"
    template = N_("“{text}” is not a quantity. Type a number such as 3 or 0.450.")


class QuantityNotPositive(BadQuantity):
    code = "quantity_not_positive"
    template = N_("The quantity must be above zero. To take goods back, use a return.")


class QuantityTooLarge(BadQuantity):
    code = "quantity_too_large"
    template = N_("The quantity can be at most {limit}. Was a barcode typed as a quantity?")


class QuantityTooFine(BadQuantity):
    code = "quantity_too_fine"
    template = N_("A quantity has at most three decimals.")


class QuantityNotWhole(BadQuantity):
    code = "quantity_not_whole"
    template = N_("This product is sold by the piece. Type a whole number.")


def check_quantity(quantity_milli: int, *, whole: bool = False) -> int:
    """``quantity_milli`` itself; raise ``BadQuantity`` if not above zero, absurd, or not whole where it must be."""
    if quantity_milli <= 0:
        raise QuantityNotPositive
    if quantity_milli > MAX_QUANTITY_MILLI:
        raise QuantityTooLarge(limit=MAX_QUANTITY_MILLI // ONE_MILLI)
    if whole and quantity_milli % ONE_MILLI:
        raise QuantityNotWhole
    return quantity_milli


def parse_quantity(text: str) -> int:
    """The thousandths a cashier typed: ``3``, ``0.45``, ``,5``; also full-width digits. Raise ``BadQuantity``."""
    typed = unicodedata.normalize("NFKC", text).strip()
    found = _SHAPE.fullmatch(typed) if len(typed) <= _MAX_TEXT else None
    if found is None or not (found[2] or found[3]):
        raise BadQuantity(text=text.strip()[:_MAX_TEXT])
    decimals = (found[3] or "").rstrip("0")
    if len(decimals) > 3:
        raise QuantityTooFine
    quantity_milli = int(found[2] or "0") * ONE_MILLI + int(decimals.ljust(3, "0"))
    return check_quantity(-quantity_milli if found[1] == "-" else quantity_milli)


def print_quantity(quantity_milli: int) -> str:
    """The shortest plain text ``parse_quantity`` reads back: ``3``, ``0.45``."""
    whole, rest = divmod(quantity_milli, ONE_MILLI)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
