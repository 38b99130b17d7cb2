"""Money in integer minor units. ``round_ratio`` is the one place of the domain that rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

MAX_AMOUNT_MINOR = 999_999_999_999
"""The largest price, line or bill. Sums of any basket then stay far inside 64 bits."""


class AmountTooLarge(DomainError):
    code = "amount_too_large"
    template = N_("This amount is too large. Check the price and the quantity.")


class UnknownCurrency(DomainError):
    code = "unknown_currency"
    template = N_("The currency {currency} is not known here. Choose another one.")


class Rounding(StrEnum):
    """Half up is half away from zero, as commerce rounds."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


_HALF_UP = Rounding.HALF_UP


def round_ratio(numerator: int, denominator: int, rounding: Rounding = _HALF_UP) -> int:
    """``numerator / denominator`` (above zero), exactly, rounded to an integer."""
    if denominator <= 0:
        raise ValueError(f"the denominator must be above zero, not {denominator}")
    amount = abs(numerator)
    if rounding is _HALF_UP:
        whole = (2 * amount + denominator) // (2 * denominator)
        return whole if numerator >= 0 else -whole
    match rounding:
        case Rounding.DOWN:
            whole = amount // denominator
        case Rounding.UP:
            whole = -(-amount // denominator)
        case _:
            whole, rest = divmod(amount, denominator)
            whole += 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
    return whole if numerator >= 0 else -whole


def scaled(numerator: int, denominator: int) -> Callable[[int], int]:
    """``round_ratio(amount * numerator, denominator)``, made ready for many amounts, none below zero."""
    twice, whole = 2 * numerator, 2 * denominator
    return lambda amount: (amount * twice + denominator) // whole


def round_minor(value: Decimal, rounding: Rounding = Rounding.HALF_UP) -> int:
    """``value`` minor units, rounded to a whole number of them. No decimal context takes part."""
    numerator, denominator = value.as_integer_ratio()
    return round_ratio(numerator, denominator, rounding)


def round_to_step(minor: int, step_minor: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The multiple of ``step_minor`` that ``minor`` rounds to, e.g. cash without one-cent coins."""
    return round_ratio(minor, step_minor, rounding) * step_minor


def share(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split ``total_minor`` by ``weights`` (none below zero) so that the parts add up to it exactly.

    Largest remainder: each part is its exact share rounded towards zero or by one unit away from it; left-over units go
    to the largest remainders, the earlier first. If all weights are zero the parts are as equal as they can be.
    """
    if not weights:
        if total_minor:
            raise ValueError("nothing to share the amount among")
        return []
    if min(weights) < 0:
        raise ValueError("a weight below zero")
    if len(weights) == 1:
        return [total_minor]
    whole = sum(weights)
    if whole == 0:
        weights = [1] * len(weights)
        whole = len(weights)
    amount = abs(total_minor)
    parts = [amount * weight // whole for weight in weights]
    left = amount - sum(parts)
    if left:
        rests = [amount * weight % whole for weight in weights]
        for index in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:left]:
            parts[index] += 1
    return parts if total_minor >= 0 else [-part for part in parts]


def check_amount(minor: int) -> int:
    """``minor`` itself; raise ``AmountTooLarge`` if no till should ever show such a sum."""
    if abs(minor) > MAX_AMOUNT_MINOR:
        raise AmountTooLarge
    return minor


@dataclass(frozen=True, slots=True)
class Currency:
    """``exponent`` is the number of decimals (ISO 4217); ``notes_minor`` what people round up to when they pay cash."""

    code: str
    exponent: int
    symbol: str
    notes_minor: tuple[int, ...]

    @property
    def unit_minor(self) -> int:
        """Minor units in one unit: 100 for ¥1.00."""
        return int(10**self.exponent)

    def text(self, minor: int) -> str:
        """``minor`` for commands and logs, of no language: ``-¥12.50``."""
        return f"{'-' if minor < 0 else ''}{self.symbol}{digits(abs(minor), self.exponent)}"


def _currency(code: str, exponent: int, symbol: str, *notes: int) -> Currency:
    return Currency(code, exponent, symbol, tuple(note * 10**exponent for note in notes))


CURRENCIES = {
    currency.code: currency
    for currency in (
        _currency("CNY", 2, "¥", 5, 10, 50, 100),
        _currency("HKD", 2, "HK$", 10, 20, 50, 100, 500),
        _currency("MOP", 2, "MOP$", 10, 20, 50, 100, 500),
        _currency("TWD", 2, "NT$", 10, 50, 100, 500, 1000),
        _currency("SGD", 2, "S$", 2, 5, 10, 50, 100),
        _currency("USD", 2, "$", 1, 5, 10, 20, 50, 100),
        _currency("EUR", 2, "€", 5, 10, 20, 50, 100),
        _currency("GBP", 2, "£", 5, 10, 20, 50),
        _currency("CHF", 2, "CHF", 10, 20, 50, 100),
        _currency("JPY", 0, "¥", 100, 500, 1000, 5000, 10000),
        _currency("KRW", 0, "₩", 1000, 5000, 10000, 50000),
    )
}


def currency_of(code: str) -> Currency:
    """The currency ``code``; raise ``UnknownCurrency``."""
    try:
        return CURRENCIES[code]
    except KeyError:
        raise UnknownCurrency(currency=code) from None


def digits(minor: int, exponent: int) -> str:
    """``minor`` as plain digits with a point, e.g. ``-12.50``: for receipts and codes, without symbol or grouping."""
    sign = "-" if minor < 0 else ""
    if exponent == 0:
        return f"{sign}{abs(minor)}"
    whole, rest = divmod(abs(minor), 10**exponent)
    return f"{sign}{whole}.{rest:0{exponent}d}"
