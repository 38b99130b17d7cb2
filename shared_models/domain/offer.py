"""Offers on single lines: on which goods, when, and what they take off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from shared_models.domain.catalogue import Product


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


class OfferIndex:
    """Offers by what they name, so that a line meets only those that could concern it."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self._products: dict[str, list[Offer]] = {}
        self._categories: dict[str, list[Offer]] = {}
        self._brands: dict[str, list[Offer]] = {}
        self._everything: list[Offer] = []
        for offer in offers:
            if offer.goods.everything:
                self._everything.append(offer)
                continue
            for names, table in (
                (offer.goods.products, self._products),
                (offer.goods.categories, self._categories),
                (offer.goods.brands, self._brands),
            ):
                for name in names:
                    table.setdefault(name, []).append(offer)

    def on(self, product: Product) -> Iterator[Offer]:
        """The offers on ``product`` at any time. One that names it twice may come twice."""
        yield from self._products.get(product.id, ())
        yield from self._categories.get(product.category, ())
        if product.brand:
            yield from self._brands.get(product.brand, ())
        yield from self._everything
