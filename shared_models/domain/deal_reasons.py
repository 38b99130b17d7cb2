"""Why a deal took something off."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from shared_models.domain import reason
from shared_models.domain.deal import Bundle, Each, Get, Gift, Spend, Step, Terms
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, PercentOff
from shared_models.domain.quantity import print_quantity

Why: TypeAlias = tuple[str, dict[str, str]]
"""The key of a sentence and its values."""


def whys(terms: Terms) -> Sequence[Why]:
    """Of each step why it takes something off; terms without steps have one reason."""
    match terms:
        case Spend(steps=steps) as spend:
            return [_of_step(spend, step) for step in steps]
        case Get() as get:
            return [_of_get(get)]
        case Bundle(parts=parts, price_minor=price):
            count = sum(part.count for part in parts)
            return [(reason.BUNDLE, {"count": str(count), "price_minor": str(price)})]
        case Each(benefit=benefit):
            return [of_benefit(benefit)]
        case Gift() as gift:
            return [_of_gift(gift)]


@lru_cache(maxsize=1_024)
def of_benefit(benefit: Benefit) -> Why:
    """The same of a benefit on its own."""
    match benefit:
        case PercentOff(percent):
            return reason.PERCENT_OFF, percent_values(percent)
        case AmountOff(amount_minor):
            return reason.AMOUNT_OFF, {"amount_minor": str(amount_minor)}
        case FixedPrice(price_minor):
            return reason.FIXED_PRICE, {"price_minor": str(price_minor)}


def _of_step(spend: Spend, step: Step) -> Why:
    values = {"from_minor": str(step.threshold)}
    if spend.by_quantity:
        values = {"count": print_quantity(step.threshold)}
    match step.benefit:
        case AmountOff(amount_minor):
            if not step.threshold:
                return reason.WHOLE_AMOUNT, {"off_minor": str(amount_minor)}
            values["off_minor"] = str(amount_minor)
            if spend.every:
                return (reason.EVERY_COUNT_AMOUNT if spend.by_quantity else reason.EVERY_AMOUNT), values
            return (reason.COUNT_AMOUNT if spend.by_quantity else reason.SPEND_AMOUNT), values
        case PercentOff(percent):
            if not step.threshold:
                return reason.PERCENT_OFF, percent_values(percent)
            values |= percent_values(percent)
            return (reason.COUNT_PERCENT if spend.by_quantity else reason.SPEND_PERCENT), values


_GET = (reason.GET_FREE, reason.GET_PERCENT, reason.GET_AMOUNT, reason.GET_PRICE)
_GIFT = (reason.GIFT_FREE, reason.GIFT_PERCENT, reason.GIFT_AMOUNT, reason.GIFT_PRICE)


def _of_get(get: Get) -> Why:
    return _of_pieces(get.benefit, _GET, {"buy": str(get.buy), "get": str(get.get)})


def _of_gift(gift: Gift) -> Why:
    start = {"from": print_quantity(gift.threshold)} if gift.by_quantity else {"from_minor": str(gift.threshold)}
    return _of_pieces(gift.benefit, _GIFT, {**start, "count": str(gift.count)})


def _of_pieces(benefit: Benefit, keys: tuple[str, str, str, str], values: dict[str, str]) -> Why:
    """``keys`` are for free pieces, for a percentage, an amount and a price."""
    free, percentage, amount, price = keys
    match benefit:
        case PercentOff(percent) if percent == 100:
            return free, values
        case PercentOff(percent):
            return percentage, values | percent_values(percent)
        case AmountOff(amount_minor):
            return amount, values | {"amount_minor": str(amount_minor)}
        case FixedPrice(price_minor):
            return price, values | {"price_minor": str(price_minor)}


@lru_cache(maxsize=1_024)
def percent_values(percent: Decimal) -> dict[str, str]:
    """``percent`` off, and the price that is left in tenths as Chinese counts it."""
    return {"percent": _short(percent), "tenths": _short((100 - percent) / 10)}


def _short(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
