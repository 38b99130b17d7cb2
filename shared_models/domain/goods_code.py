"""What a GS1 symbol says of goods: GTIN, measure, price, batch and dates (GS1 General Specifications, chapter 3).

GS1-128, GS1 DataMatrix, GS1 DataBar and GS1 QR carry element strings: each an application identifier (AI) and a value.
The till passes on a symbol's text with ``FNC1`` before it, which is how such a symbol begins.

A day 00 is the month's last; years lie between 49 back and 50 ahead (7.12).
What dates mean for a sale is in ``marking``.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from shared_models.domain.barcode import InStore, WrongCheckDigit, check_digit
from shared_models.domain.basket import Basket, LabelQuantityFixed, LabelUnreadable, NotSoldByWeight
from shared_models.domain.catalogue import EACH, KILOGRAM, WEIGHED, Product
from shared_models.domain.errors import DomainError
from shared_models.domain.marking import UNMARKED, Marking
from shared_models.domain.money import Currency
from shared_models.domain.quantity import ONE_MILLI
from shared_models.domain.text import N_

FNC1: Final = "\x1d"
"""Leads a text of element strings, and ends those of variable length."""

_MEASURES: Final = {"310": KILOGRAM, "320": "lb", "315": "l"}
_NUMERIC: Final = {
    "CNY": "156", "HKD": "344", "MOP": "446", "TWD": "901", "SGD": "702", "USD": "840", "EUR": "978", "GBP": "826",
    "CHF": "756", "JPY": "392", "KRW": "410",
}  # fmt: skip
"""ISO 4217's numbers of the currencies that a shop can have."""
_NO_TIME: Final = "9999"


class BadElementString(DomainError):
    code = "bad_element_string"
    template = N_("The GS1 code is damaged or was read only in part. Scan it again, or type the number below it.")


class NoGoodsInCode(BadElementString):
    code = "no_goods_in_code"
    template = N_("This GS1 code names no product, as on shipping labels. Scan the code on the goods.")


class PriceOfAnotherCurrency(DomainError):
    code = "price_of_another_currency"
    template = N_("The label of {name} has a price in another currency. Ask the manager.")


@dataclass(frozen=True, slots=True)
class GoodsCode:
    """``gtin`` has 14 digits and checks. ``measures``: thousandths by unit, of those that whole thousandths can say.
    ``currency`` is the price's ISO 4217 number, empty for the store's."""

    gtin: str
    measures: Mapping[str, int] = field(default_factory=dict)
    price: Decimal | None = None
    currency: str = ""
    marking: Marking = UNMARKED

    @property
    def codes(self) -> tuple[str, ...]:
        """The GTIN as catalogues write it: 14 digits, and 13, 12 or 8 where the digits before them are zeros."""
        return tuple(self.gtin[-count:] for count in (14, 13, 12, 8) if not self.gtin[:-count].strip("0"))

    def add_to(
        self, basket: Basket, product: Product, code: str, currency: Currency, quantity_milli: int | None = None
    ) -> Basket:
        """Add ``product`` as the code says: at its price, else its measure, else one piece; what is sold by weight and
        has neither is to be weighed. ``code`` is the product's in the catalogue. ``quantity_milli``: so many of what
        has no price or measure of its own.

        Raise ``LabelQuantityFixed`` where it has, ``LabelUnreadable`` where goods of variable measure (a GTIN of 9)
        have none that the product is sold by, ``NotSoldByWeight``, ``PriceOfAnotherCurrency``, and as ``Basket.add``
        does.
        """
        name = product.name_in("")
        if quantity_milli not in (None, ONE_MILLI) and (self.price is not None or self.measures):
            raise LabelQuantityFixed
        measure = self.measures.get(product.unit)
        if self.price is not None:
            price_minor = self._price_minor(name, currency)
            return basket.add_label(product, InStore(code, self.gtin, price_minor, measure), self.marking)
        if measure is None:
            if product.unit == EACH and (self.measures or self.gtin[0] == "9"):
                raise LabelUnreadable(name=name)
            if self.measures:
                raise NotSoldByWeight(name=name, unit=next(iter(self.measures)))
            if self.gtin[0] == "9" and product.unit not in WEIGHED:
                raise LabelUnreadable(name=name)
        elif measure == 0:
            raise LabelUnreadable(name=name)
        return basket.add(product, code, quantity_milli if measure is None else measure, marking=self.marking)

    def _price_minor(self, name: str, currency: Currency) -> int:
        assert self.price is not None
        if self.currency and self.currency != _NUMERIC.get(currency.code):
            raise PriceOfAnotherCurrency(name=name)
        minor = self.price * currency.unit_minor
        if minor != int(minor):
            raise LabelUnreadable(name=name)
        return int(minor)


def goods_code(elements: Iterable[tuple[str, str]], on: date) -> GoodsCode:
    """What AIs and values say, each value of its AI's form; years are those around ``on``. Other AIs are passed over.

    Raise ``NoGoodsInCode`` without a GTIN, ``WrongCheckDigit`` for one that doesn't check, ``BadElementString`` for an
    AI with two values, or a date that there is none of.
    """
    found: dict[str, str] = {}
    for ai, value in elements:
        if found.setdefault(ai, value) != value:
            raise BadElementString
    gtin = found.get("01")
    if gtin is None:
        raise NoGoodsInCode
    if check_digit(gtin[:-1]) != gtin[-1]:
        raise WrongCheckDigit(barcode=gtin)
    price, currency = _price(found)
    return GoodsCode(
        gtin,
        dict(_measures(found)),
        price,
        currency,
        Marking(
            found.get("10", ""),
            best_before=_day(found.get("15"), on),
            sell_by=_day(found.get("16"), on),
            expires=_day(found.get("17"), on),
            expires_at=_moment(found.get("7003"), on),
        ),
    )


def _measures(found: Mapping[str, str]) -> Iterable[tuple[str, int]]:
    for ai, value in found.items():
        if ai == "30":
            yield EACH, int(value or 0) * ONE_MILLI
        elif unit := _MEASURES.get(ai[:3]):
            milli = _number(ai, value) * ONE_MILLI
            if milli == int(milli):
                yield unit, int(milli)


def _price(found: Mapping[str, str]) -> tuple[Decimal | None, str]:
    """The amount payable: AI 393n says in which currency, 392n leaves that open."""
    prices = [(ai, value) for ai, value in found.items() if ai[:3] in ("392", "393")]
    if not prices:
        return None, ""
    if len(prices) > 1:
        raise BadElementString
    ((ai, value),) = prices
    return (_number(ai, value[3:]), value[:3]) if ai[:3] == "393" else (_number(ai, value), "")


def _number(ai: str, value: str) -> Decimal:
    """The last digit of such an AI says how many decimals the value has."""
    return Decimal(value).scaleb(-int(ai[-1]))


def _day(value: str | None, on: date) -> date | None:
    if value is None:
        return None
    year, month, day = _year(int(value[:2]), on), int(value[2:4]), int(value[4:6])
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        raise BadElementString from None


def _moment(value: str | None, on: date) -> datetime | None:
    """A day and its minute; a day alone lasts to its end."""
    day = _day(value, on)
    if value is None or day is None:
        return None
    if value[6:] == _NO_TIME:
        return datetime.combine(day, time.max)
    try:
        return datetime.combine(day, time(int(value[6:8]), int(value[8:10])))
    except ValueError:
        raise BadElementString from None


def _year(two_digits: int, on: date) -> int:
    ahead = (two_digits - on.year + 49) % 100 - 49
    return on.year + ahead
