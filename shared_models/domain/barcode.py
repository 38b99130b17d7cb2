"""Barcodes as they come from a scanner: EAN-13, EAN-8, UPC-A, in-store labels with a price or a weight inside, others.

Check digits and in-store numbering follow the GS1 General Specifications (check digit: 7.9; price and weight verifiers:
also 7.9; prefixes 20 to 29 for use inside a company: 2.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

MAX_CODE_CHARACTERS = 128

_MINUS_2 = "0246891357"
_TIMES_3 = "0369258147"
_PLUS_5 = "0516273849"
_MINUS_5 = "0594837261"
_FOUR = (_MINUS_2, _MINUS_2, _TIMES_3, _MINUS_5)
_FIVE = (_PLUS_5, _MINUS_2, _MINUS_5, _PLUS_5, _MINUS_2)


class WrongCheckDigit(DomainError):
    code = "wrong_check_digit"
    template = N_("The barcode {barcode} was misread or mistyped. Scan it again.")


class NotABarcode(DomainError):
    code = "not_a_barcode"
    template = N_("This is not a barcode. Scan it again or search by name.")


class LabelValue(StrEnum):
    PRICE = "price"
    WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class InStoreRule:
    """How EAN-13 codes with ``prefix`` (20 to 29) are laid out: prefix, item, verifier, value, check digit.

    The verifier of the value is there only if ``value_check``. A price is in minor units, a weight in grams. Raise
    ``ValueError`` if the parts don't fill 12 digits.
    """

    prefix: str
    item_digits: int
    value: LabelValue
    value_digits: int
    value_check: bool = False

    def __post_init__(self) -> None:
        if not (len(self.prefix) == 2 and self.prefix.isascii() and self.prefix.isdigit() and self.prefix[0] == "2"):
            raise ValueError(f"an in-store prefix is 20 to 29, not {self.prefix!r}")
        if self.item_digits < 1 or self.value_digits < 1:
            raise ValueError("an in-store code has at least one digit of item and of value")
        if len(self.prefix) + self.item_digits + self.value_check + self.value_digits != 12:
            raise ValueError("prefix, item, verifier and value must fill 12 digits")
        if self.value_check and self.value_digits not in (4, 5):
            raise ValueError("only values of four or five digits have a verifier")


@dataclass(frozen=True, slots=True)
class Ean:
    """An EAN-13 or EAN-8 whose check digit holds. A UPC-A is given as the EAN-13 with a leading zero that it is."""

    code: str


@dataclass(frozen=True, slots=True)
class InStore:
    """A label from a scale: the item's number (a code of the product) and either its price or its weight."""

    code: str
    item: str
    price_minor: int | None = None
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """Any other text: an own code, a PLU, a member's card."""

    text: str


Reading: TypeAlias = Ean | InStore | Code


def check_digit(body: str) -> str:
    """The GS1 check digit that follows ``body`` (digits only, any length); raise ``NotABarcode``."""
    if not _is_number(body):
        raise NotABarcode
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def is_ean13(code: str) -> bool:
    """Whether ``code`` is 13 digits with the right check digit."""
    return len(code) == 13 and _checks(code)


def value_verifier(value: str) -> str:
    """The verifier digit in front of a four- or five-digit price or weight; raise ``NotABarcode``."""
    if not _is_number(value) or len(value) not in (4, 5):
        raise NotABarcode
    digits = [int(digit) for digit in value]
    if len(digits) == 4:
        return str(3 * _weigh(digits, _FOUR) % 10)
    return str(_MINUS_5.index(str(-_weigh(digits, _FIVE) % 10)))


def read(code: str, rules: Iterable[InStoreRule]) -> Reading:
    """What was scanned or typed, blanks around it dropped.

    Raise ``WrongCheckDigit`` for 13 digits that don't check or a label's wrong verifier, else ``NotABarcode``. Numbers
    of 8 and 12 digits that don't check are taken as own codes, because shops use such numbers.
    """
    text = code.strip()
    if not text or len(text) > MAX_CODE_CHARACTERS or not (text.isascii() and text.isprintable()):
        raise NotABarcode
    if not text.isdigit():
        return Code(text)
    if len(text) == 13:
        if not _checks(text):
            raise WrongCheckDigit(barcode=text)
        rule = next((rule for rule in rules if text.startswith(rule.prefix)), None)
        return _read_label(text, rule) if rule else Ean(text)
    if len(text) == 12 and _checks(text):
        return Ean("0" + text)
    if len(text) == 8 and _checks(text):
        return Ean(text)
    return Code(text)


def label(rule: InStoreRule, item: str, value: int) -> str:
    """The EAN-13 a scale prints for ``item`` with ``value`` (minor units or grams); ``ValueError`` if too long."""
    digits = f"{value:0{rule.value_digits}d}"
    if not _is_number(item) or len(item) != rule.item_digits or value < 0 or len(digits) != rule.value_digits:
        raise ValueError(f"item {item!r} with value {value} doesn't fit prefix {rule.prefix}")
    body = rule.prefix + item + (value_verifier(digits) if rule.value_check else "") + digits
    return body + check_digit(body)


def _read_label(text: str, rule: InStoreRule) -> InStore:
    value = text[12 - rule.value_digits : 12]
    item_end = 2 + rule.item_digits
    if rule.value_check and text[item_end] != value_verifier(value):
        raise WrongCheckDigit(barcode=text)
    item = text[2:item_end]
    if rule.value is LabelValue.PRICE:
        return InStore(text, item, price_minor=int(value))
    return InStore(text, item, weight_g=int(value))


def _checks(code: str) -> bool:
    return _is_number(code) and check_digit(code[:-1]) == code[-1]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _weigh(digits: Iterable[int], tables: Iterable[str]) -> int:
    return sum(int(table[digit]) for digit, table in zip(digits, tables, strict=True))
