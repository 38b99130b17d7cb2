"""Offers on single lines: on which goods, when, and what they take off."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from shared_models.domain.audience import EVERYBODY, Audience, Setting
from shared_models.domain.catalogue import Product
from shared_models.domain.money import scaled
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

Discount: TypeAlias = Callable[[int, int], int]
"""What a benefit takes off so many thousandths that cost so many minor units, see ``discount``."""


Label: TypeAlias = tuple[str, str]
"""A kind of name (product, category, brand, supplier, tag) and the name."""


@dataclass(frozen=True, slots=True)
class Goods:
    """A product belongs if it is named, or its category, brand, supplier or a tag of it is, or ``everything`` is meant;
    and if ``but`` doesn't include it."""

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    everything: bool = False
    suppliers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    but: Goods | None = None

    def include(self, product: Product) -> bool:
        return (
            self.everything
            or product.id in self.products
            or product.category in self.categories
            or (bool(product.brand) and product.brand in self.brands)
            or (bool(product.supplier) and product.supplier in self.suppliers)
            or any(tag in self.tags for tag in product.tags)
        ) and not (self.but is not None and self.but.include(product))

    def labels(self) -> Iterator[Label]:
        """All that is named."""
        for kind, names in (
            ("product", self.products),
            ("category", self.categories),
            ("brand", self.brands),
            ("supplier", self.suppliers),
            ("tag", self.tags),
        ):
            for name in names:
                yield kind, name


def labels_of(product: Product) -> list[Label]:
    """All that goods could name ``product`` by."""
    labels = [("product", product.id), ("category", product.category)]
    if product.brand:
        labels.append(("brand", product.brand))
    if product.supplier:
        labels.append(("supplier", product.supplier))
    return labels + [("tag", tag) for tag in product.tags] if product.tags else labels


Named: TypeAlias = tuple[str, str, str, str, tuple[str, ...]]


def named(product: Product) -> Named:
    """All of ``product`` that goods look at."""
    return product.id, product.category, product.brand, product.supplier, product.tags


MOST_REMEMBERED = 20_000
"""Of how many products an index remembers what concerns them."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days and hours in which an offer runs, store's time.

    ``weekdays`` are ISO numbers (Monday 1), ``month_days`` days of the month (a member day on the 8th, 18th and 28th);
    empty for all. From ``start`` up to, not including, ``end``. A window whose end is not after its start runs past
    midnight and belongs to the day on which it began.
    """

    weekdays: tuple[int, ...] = ()
    start: time = time(0)
    end: time = time(0)
    month_days: tuple[int, ...] = ()

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
        if self.month_days and day.day not in self.month_days:
            return None
        return day


ANY_TIME = Window()


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
    window: Window = ANY_TIME
    priority: int = 0
    audience: Audience = EVERYBODY

    def is_live(self, setting: Setting) -> bool:
        """Whether the offer runs in ``setting``."""
        return runs(self.valid_from, self.valid_to, self.window, self.audience, setting)


def runs(valid_from: date, valid_to: date | None, window: Window, audience: Audience, setting: Setting) -> bool:
    """Whether a rule of this validity runs in ``setting``. A night's hours belong to the day they began on."""
    day = setting.at.date() if window is ANY_TIME else window.day_of(setting.at)
    if day is None or day < valid_from or (valid_to is not None and day > valid_to):
        return False
    return audience is EVERYBODY or audience.includes(setting, day)


@dataclass(frozen=True, slots=True)
class PreparedOffer:
    """An offer made ready for many lines: ``off(quantity_milli, left_minor)`` is what it takes off a line.

    ``order`` is smaller for the one to take of two that give the same. Of one ``kind`` of benefit, more ``strength``
    never takes less off a line.
    """

    offer: Offer
    off: Discount
    order: tuple[int, str]
    kind: int
    strength: Decimal


Tried: TypeAlias = tuple[tuple[PreparedOffer, ...], ...]


class Edges:
    """When windows begin and end. Between two edges no rule starts and none ends."""

    def __init__(self, windows: Iterable[Window]) -> None:
        self._edges = sorted({edge for window in windows for edge in (window.start, window.end)})

    def key(self, setting: Setting) -> object:
        """The same for two settings in which the same rules run, limits aside."""
        visit, at = setting.visit, setting.at
        slot = bisect_right(self._edges, at.time())
        return at.date(), slot, setting.tier, setting.member, visit.store, visit.channel


class OfferIndex:
    """Offers by what they name, so that a line meets only those that could concern it."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._labelled: dict[Label, list[PreparedOffer]] = {}
        self._everything: list[PreparedOffer] = []
        self._edges = Edges(offer.window for offer in offers)
        self._running: tuple[object, Running | None] = (None, None)
        for prepared in sorted(map(_prepared, offers), key=lambda each: (each.kind, -each.strength, each.order)):
            goods = prepared.offer.goods
            if goods.everything:
                self._everything.append(prepared)
                continue
            for label in goods.labels():
                self._labelled.setdefault(label, []).append(prepared)

    def on(self, product: Product) -> Iterator[Sequence[PreparedOffer]]:
        """The offers on ``product`` at any time, in groups that other products share. One may be in several groups, and
        its ``goods.but`` may still leave the product out.

        In a group, offers of one kind stand together, the strongest first.
        """
        for label in labels_of(product):
            if group := self._labelled.get(label):
                yield group
        if self._everything:
            yield self._everything

    def running(self, setting: Setting) -> Running:
        """Those that run in ``setting``; the same object until that changes."""
        key = self._edges.key(setting)
        known, running = self._running
        if running is None or known != key:
            running = Running(self, setting)
            self._running = (key, running)
        return running


class Running:
    """The offers of ``index`` that run in ``setting``. Each is asked once, and each product looked up once."""

    def __init__(self, index: OfferIndex, setting: Setting) -> None:
        self._index = index
        self._setting = setting
        self._live: dict[str, bool] = {}
        self._groups: dict[int, Tried] = {}
        self._known: dict[Named, Tried] = {}
        self.given: dict[object, Any] = {}
        """What they gave before, see ``pricing``."""

    def on(self, product: Product) -> Tried:
        """The offers worth trying on ``product``; remembered for so many products."""
        key = named(product)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = tuple(self._look_up(product))
        return found

    def _look_up(self, product: Product) -> Iterator[tuple[PreparedOffer, ...]]:
        for group in self._index.on(product):
            tried = self._groups.get(id(group))
            if tried is None:
                tried = self._groups[id(group)] = worth_trying(group, self._runs)
            for kind in tried:
                buts = [each.offer.goods.but for each in kind]
                if not any(buts):
                    yield kind
                elif included := tuple(
                    each for each, but in zip(kind, buts, strict=True) if but is None or not but.include(product)
                ):
                    yield included

    def _runs(self, offer: Offer) -> bool:
        found = self._live.get(offer.id)
        if found is None:
            found = self._live[offer.id] = offer.is_live(self._setting)
        return found


def worth_trying(group: Sequence[PreparedOffer], running: Callable[[Offer], bool]) -> Tried:
    """The offers of a group of ``OfferIndex.on`` that run, kind by kind, the strongest first, without those that a
    stronger one beats on every line.

    A weaker one of the same kind gives more on no line; where it gives the same, the smaller ``order`` decides.
    """
    kinds: dict[int, list[PreparedOffer]] = {}
    beater: PreparedOffer | None = None
    for prepared in group:
        beaten = beater is not None and beater.kind == prepared.kind and beater.order <= prepared.order
        if not beaten and running(prepared.offer):
            kinds.setdefault(prepared.kind, []).append(prepared)
            if prepared.offer.goods.but is None:
                beater = prepared
    return tuple(map(tuple, kinds.values()))


def _prepared(offer: Offer) -> PreparedOffer:
    kind, much = strength(offer.benefit)
    return PreparedOffer(offer, discount(offer.benefit), (-offer.priority, offer.id), kind, much)


def strength(benefit: Benefit) -> tuple[int, Decimal]:
    """Its kind, and how strong it is among its kind: more never takes less off."""
    match benefit:
        case PercentOff(percent):
            return 0, percent
        case AmountOff(amount_minor):
            return 1, Decimal(amount_minor)
        case FixedPrice(price_minor):
            return 2, Decimal(-price_minor)


def discount(benefit: Benefit) -> Discount:
    """What ``benefit`` takes off a line of ``quantity_milli`` that costs ``left_minor`` so far, never more than that.

    The price after a percentage, and the sum of a price or an amount per unit, is rounded half up for the whole line.
    """
    match benefit:
        case PercentOff(percent):
            kept, whole = (100 - percent).as_integer_ratio()
            rest = scaled(kept, 100 * whole)
            return lambda _quantity_milli, left_minor: left_minor - rest(left_minor)
        case AmountOff(amount_minor):
            amount = scaled(amount_minor, ONE_MILLI)
            return lambda quantity_milli, left_minor: min(left_minor, amount(quantity_milli))
        case FixedPrice(price_minor):
            price = scaled(price_minor, ONE_MILLI)
            return lambda quantity_milli, left_minor: max(0, left_minor - price(quantity_milli))
