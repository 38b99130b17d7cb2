"""Barcodes as they come from a scanner: EAN-13, EAN-8, UPC-A, in-store labels with a price or a weight inside, others.

Check digits and in-store numbering follow the GS1 General Specifications (check digit: 7.9; price and weight verifiers:
also 7.9; prefixes 20 to 29 for use inside a company: 2.1).

Labels of 18 digits with price and weight are a habit of Chinese scales, not a standard: 26 PPPPP MMMMM WWWWW C, where C
is made by EAN-13's method (a maker of shop software in the Enjoyit forum, 2005-10-24: the price has two decimals, the
weight or count three). For 18 digits that is the GS1 rule too, as for an SSCC: weights 3 and 1 from the right.
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
    PRICE_AND_WEIGHT = "price_and_weight"


@dataclass(frozen=True, slots=True)
class InStoreRule:
    """How codes with ``prefix`` (20 to 29) are laid out: prefix, item, verifier, value, check digit; 13 digits.

    The verifier of the value is there only if ``value_check``. A price is in minor units, a weight in grams. With both
    (``PRICE_AND_WEIGHT``) it is prefix, item, price, weight in ``weight_digits``, check digit; 18 digits, no verifier;
    the weight of goods sold by the piece is thousandths of a piece. Raise ``ValueError`` if the parts don't fill it.
    """

    prefix: str
    item_digits: int
    value: LabelValue
    value_digits: int
    value_check: bool = False
    weight_digits: int = 0

    def __post_init__(self) -> None:
        if not (len(self.prefix) == 2 and self.prefix.isascii() and self.prefix.isdigit() and self.prefix[0] == "2"):
            raise ValueError(f"an in-store prefix is 20 to 29, not {self.prefix!r}")
        if self.item_digits < 1 or self.value_digits < 1:
            raise ValueError("an in-store code has at least one digit of item and of value")
        filled = len(self.prefix) + self.item_digits + self.value_check + self.value_digits + self.weight_digits
        if self.value is LabelValue.PRICE_AND_WEIGHT:
            if self.weight_digits < 1 or self.value_check or filled != 17:
                raise ValueError(N_("prefix, item, price and weight must fill 17 digits, without a verifier"))
            return
        if self.weight_digits:
            raise ValueError(N_("only codes of price and weight have weight_digits"))
        if filled != 12:
            raise ValueError(N_("prefix, item, verifier and value must fill 12 digits"))
        if self.value_check and self.value_digits not in (4, 5):
            raise ValueError(N_("only values of four or five digits have a verifier"))

    @property
    def digits(self) -> int:
        """How long such a code is, 13 or 18."""
        return 18 if self.value is LabelValue.PRICE_AND_WEIGHT else 13


@dataclass(frozen=True, slots=True)
class Ean:
    """An EAN-13 or EAN-8 whose check digit holds. A UPC-A is given as the EAN-13 with a leading zero that it is."""

    code: str


@dataclass(frozen=True, slots=True)
class InStore:
    """A label from a scale: the item's number (a code of the product) and its price, its weight, or both.

    ``weight_g`` beside a price is thousandths of whatever the product is sold by."""

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


def upc_a(code: str) -> str:
    """The UPC-A that ``code`` shortens if it is a UPC-E of 8 digits whose check digit holds; else empty.

    GS1 General Specifications, 5.2.2.4: the last digit before the check digit says which zeros were left out.
    """
    if len(code) != 8 or not _is_number(code) or code[0] not in "01":
        return ""
    system, six, check = code[0], code[1:7], code[7]
    match six[5]:
        case "0" | "1" | "2":
            body = six[:2] + six[5] + "0000" + six[2:5]
        case "3":
            body = six[:3] + "00000" + six[3:5]
        case "4":
            body = six[:4] + "00000" + six[4]
        case _:
            body = six[:5] + "0000" + six[5]
    return system + body + check if check_digit(system + body) == check else ""


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

    Raise ``WrongCheckDigit`` for 13 digits or a label of 18 that don't check, or a label's wrong verifier, else
    ``NotABarcode``. Numbers of 8 and 12 digits that don't check are taken as own codes, because shops use such numbers.
    """
    text = code.strip()
    if not text or len(text) > MAX_CODE_CHARACTERS or not (text.isascii() and text.isprintable()):
        raise NotABarcode
    if not text.isdigit():
        return Code(text)
    rule = next((rule for rule in rules if rule.digits == len(text) and text.startswith(rule.prefix)), None)
    if (rule or len(text) == 13) and not _checks(text):
        raise WrongCheckDigit(barcode=text)
    if rule:
        return _read_label(text, rule)
    if len(text) == 13:
        return Ean(text)
    if len(text) == 12 and _checks(text):
        return Ean("0" + text)
    if len(text) == 8 and _checks(text):
        return Ean(text)
    return Code(text)


def label(rule: InStoreRule, item: str, value: int, weight_g: int = 0) -> str:
    """The code a scale prints for ``item`` with ``value`` (minor units or grams); ``weight_g`` only beside a price.

    ``ValueError`` if one of them is too long.
    """
    digits = f"{value:0{rule.value_digits}d}"
    weight = f"{weight_g:0{rule.weight_digits}d}" if rule.weight_digits else ""
    fits = _is_number(item) and len(item) == rule.item_digits and value >= 0 and len(digits) == rule.value_digits
    if not fits or len(weight) != rule.weight_digits or weight_g < 0 or (weight_g and not weight):
        raise ValueError(f"item {item!r} with value {value} doesn't fit prefix {rule.prefix}")
    body = rule.prefix + item + (value_verifier(digits) if rule.value_check else "") + digits + weight
    return body + check_digit(body)


def _read_label(text: str, rule: InStoreRule) -> InStore:
    end = rule.digits - 1 - rule.weight_digits
    value = text[end - rule.value_digits : end]
    item_end = 2 + rule.item_digits
    if rule.value_check and text[item_end] != value_verifier(value):
        raise WrongCheckDigit(barcode=text)
    item = text[2:item_end]
    match rule.value:
        case LabelValue.PRICE:
            return InStore(text, item, price_minor=int(value))
        case LabelValue.WEIGHT:
            return InStore(text, item, weight_g=int(value))
        case LabelValue.PRICE_AND_WEIGHT:
            return InStore(text, item, price_minor=int(value), weight_g=int(text[end:-1]))


def _checks(code: str) -> bool:
    return _is_number(code) and check_digit(code[:-1]) == code[-1]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _weigh(digits: Iterable[int], tables: Iterable[str]) -> int:
    return sum(int(table[digit]) for digit, table in zip(digits, tables, strict=True))
