"""Offers on single lines: on which goods, when, and what they take off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from shared_models.domain.catalogue import Product
from shared_models.domain.money import round_ratio
from shared_models.domain.quantity import ONE_MILLI


@dataclass(frozen=True, slots=True)
class PercentOff:
    """``percent`` above 0, at most 100."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class AmountOff:
    """``amount_minor`` off each unit (piece, kg, l), never below zero."""

    amount_minor: int


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """``price_minor`` for each unit, where that is lower."""

    price_minor: int


Benefit: TypeAlias = PercentOff | AmountOff | FixedPrice


@dataclass(frozen=True, slots=True)
class Goods:
    """A product belongs if it is named, or its category or brand is, or ``everything`` is meant."""

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    everything: bool = False

    def include(self, product: Product) -> bool:
        return (
            self.everything
            or product.id in self.products
            or product.category in self.categories
            or (bool(product.brand) and product.brand in self.brands)
        )


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of the week in which an offer runs, store's time.

    ``weekdays`` are ISO numbers (Monday 1), empty for all. From ``start`` up to, not including, ``end``. A window whose
    end is not after its start runs past midnight and belongs to the day on which it began.
    """

    weekdays: tuple[int, ...] = ()
    start: time = time(0)
    end: time = time(0)

    def holds(self, local: datetime) -> bool:
        return self.day_of(local) is not None

    def day_of(self, local: datetime) -> date | None:
        """The day whose window ``local`` lies in, or ``None``."""
        now, day = local.time(), local.date()
        if self.start < self.end:
            inside = self.start <= now < self.end
        elif now >= self.start:
            inside = True
        else:
            inside, day = now < self.end, day - timedelta(days=1)
        if not inside or (self.weekdays and day.isoweekday() not in self.weekdays):
            return None
        return day


@dataclass(frozen=True, slots=True)
class Offer:
    """A line offer, valid from ``valid_from`` through ``valid_to`` (store's calendar, ``None`` for no end).

    Of offers that give the same, the one with the higher ``priority`` is taken, then the lower ``id``.
    """

    id: str
    names: Mapping[str, str]
    benefit: Benefit
    goods: Goods
    valid_from: date
    valid_to: date | None = None
    window: Window = field(default_factory=Window)
    priority: int = 0

    def is_live(self, local: datetime) -> bool:
        """Whether the offer runs at ``local``, the time in the store's zone."""
        day = self.window.day_of(local)
        return day is not None and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class PreparedOffer:
    """An offer made ready for many lines: ``off(quantity_milli, left_minor)`` is what it takes off a line.

    ``order`` is smaller for the one to take of two that give the same. Of one ``kind`` of benefit, more ``strength``
    never takes less off a line.
    """

    offer: Offer
    off: Callable[[int, int], int]
    order: tuple[int, str]
    kind: int
    strength: Decimal


class OfferIndex:
    """Offers by what they name, so that a line meets only those that could concern it."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self._products: dict[str, list[PreparedOffer]] = {}
        self._categories: dict[str, list[PreparedOffer]] = {}
        self._brands: dict[str, list[PreparedOffer]] = {}
        self._everything: list[PreparedOffer] = []
        for prepared in sorted(map(_prepared, offers), key=lambda each: (each.kind, -each.strength, each.order)):
            goods = prepared.offer.goods
            if goods.everything:
                self._everything.append(prepared)
                continue
            for names, table in (
                (goods.products, self._products),
                (goods.categories, self._categories),
                (goods.brands, self._brands),
            ):
                for name in names:
                    table.setdefault(name, []).append(prepared)

    def on(self, product: Product) -> Iterator[Sequence[PreparedOffer]]:
        """The offers on ``product`` at any time, in groups that other products share. One may be in several groups.

        In a group, offers of one kind stand together, the strongest first.
        """
        for group in (self._products.get(product.id), self._categories.get(product.category)):
            if group:
                yield group
        if product.brand and (group := self._brands.get(product.brand)):
            yield group
        if self._everything:
            yield self._everything


def worth_trying(group: Sequence[PreparedOffer], runs: Callable[[Offer], bool]) -> tuple[PreparedOffer, ...]:
    """The offers of a group of ``OfferIndex.on`` that run, without those that a stronger one beats on every line.

    A weaker one of the same kind gives more on no line; where it gives the same, the smaller ``order`` decides.
    """
    found: list[PreparedOffer] = []
    for prepared in group:
        beaten = found and found[-1].kind == prepared.kind and found[-1].order <= prepared.order
        if not beaten and runs(prepared.offer):
            found.append(prepared)
    return tuple(found)


def _prepared(offer: Offer) -> PreparedOffer:
    match offer.benefit:
        case PercentOff(percent):
            kind, strength = 0, percent
        case AmountOff(amount_minor):
            kind, strength = 1, Decimal(amount_minor)
        case FixedPrice(price_minor):
            kind, strength = 2, Decimal(-price_minor)
    return PreparedOffer(offer, discount(offer.benefit), (-offer.priority, offer.id), kind, strength)


def discount(benefit: Benefit) -> Callable[[int, int], int]:
    """What ``benefit`` takes off a line of ``quantity_milli`` that costs ``left_minor`` so far, never more than that.

    The price after a percentage, and the sum of a price or an amount per unit, is rounded half up for the whole line.
    """
    match benefit:
        case PercentOff(percent):
            kept, whole = (100 - percent).as_integer_ratio()
            return lambda _quantity_milli, left_minor: left_minor - round_ratio(left_minor * kept, 100 * whole)
        case AmountOff(amount_minor):
            return lambda quantity_milli, left_minor: min(
                left_minor, round_ratio(amount_minor * quantity_milli, ONE_MILLI)
            )
        case FixedPrice(price_minor):
            return lambda quantity_milli, left_minor: max(
                0, left_minor - round_ratio(price_minor * quantity_milli, ONE_MILLI)
            )
