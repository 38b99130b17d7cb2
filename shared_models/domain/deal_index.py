"""Deals by what they name, and their groups in order, so that a basket meets only those that could concern it."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from shared_models.domain.audience import Setting
from shared_models.domain.catalogue import Product
from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Spend, Terms, parts_of
from shared_models.domain.deal_kinds import kind_of
from shared_models.domain.deal_live import Live
from shared_models.domain.deal_piles import Wanted
from shared_models.domain.deal_reasons import whys
from shared_models.domain.limits import NO_LIMITS, UNLIMITED, Allowance
from shared_models.domain.offer import (
    MOST_REMEMBERED,
    Benefit,
    Discount,
    Edges,
    Goods,
    Label,
    Named,
    discount,
    labels_of,
    named,
    strength,
)

BASKET_OFFER_PHASE = "basket_offer"


class DealIndex:
    """``deals`` in order of preference; a deal's place in it is its number here.

    ``parts`` are of each deal the goods of its parts, by number: equal goods have one number. ``goods`` are the same as
    a bit set, as ``of`` gives it for a product. ``gives`` are of each deal what its benefit or each of its steps takes
    off; equal benefits have one and the same. ``kinds`` are how they work, ``wanted`` the piles that they work on, part
    by part, ``sale_limits`` how often and for how much they may apply in one sale. ``phase`` is theirs.
    """

    def __init__(self, deals: Iterable[Deal], phase: str = BASKET_OFFER_PHASE) -> None:
        self.phase = phase
        self.deals = tuple(sorted(deals, key=lambda deal: deal.order))
        self._goods: list[Goods] = []
        self.parts = tuple(self._numbered())
        self.goods = tuple(sum(1 << number for number in set(parts)) for parts in self.parts)
        self.needs = tuple(map(_needs, self.deals, self.parts))
        """Of each deal the goods, as a bit set, without any of which it neither applies nor is near."""
        discounts: dict[Benefit, Discount] = {}
        self.gives = tuple(tuple(_gives(deal.terms, discounts)) for deal in self.deals)
        self.kinds = tuple(kind_of(deal.terms) for deal in self.deals)
        self.wanted = tuple(map(_wanted, self.deals, self.parts, self.kinds))
        self.sale_limits = tuple(map(_sale_limit, self.deals))
        self.whys = tuple(whys(deal.terms) for deal in self.deals)
        """Of each deal why it takes something off, step by step."""
        self.limited = frozenset(place for place, deal in enumerate(self.deals) if deal.limits != NO_LIMITS)
        """Those with limits over many sales."""
        self._least = tuple(_least(deal.terms) for deal in self.deals)
        excluded: dict[str, set[str]] = defaultdict(set)
        ranks: dict[str, int] = {}
        groups: dict[str, list[int]] = defaultdict(list)
        for place, deal in enumerate(self.deals):
            ranks[deal.group] = max(ranks.get(deal.group, deal.priority), deal.priority)
            groups[deal.group].append(place)
            for other in deal.excludes:
                excluded[deal.id].add(other)
                excluded[other].add(deal.id)
        self.excluded = {one: frozenset(others) for one, others in excluded.items()}
        self.conditional = self.limited | {place for place, deal in enumerate(self.deals) if deal.id in self.excluded}
        """Those that may not apply although they run."""
        self._groups = [tuple(groups[name]) for name in sorted(ranks, key=lambda name: (-ranks[name], name))]
        self._rivals = {place: rivals for rivals in self._alike() for place in rivals}
        self._labelled: dict[Label, int] = {}
        self._everything = 0
        for number, goods in enumerate(self._goods):
            self._add(goods, 1 << number)
        self._known: dict[Named, int] = {}
        self._edges = Edges(deal.window for deal in self.deals)
        self._running: tuple[object, Sequence[Sequence[int]]] = (None, ())
        self.settled: OrderedDict[Any, Any] = OrderedDict()
        """What was worked out for these deals before, see ``deal_settling``."""

    def _numbered(self) -> Iterator[tuple[int, ...]]:
        numbers: dict[Goods, int] = {}
        for deal in self.deals:
            parts = parts_of(deal.terms)
            for goods in parts:
                if goods not in numbers:
                    numbers[goods] = len(self._goods)
                    self._goods.append(goods)
            yield tuple(numbers[goods] for goods in parts)

    def _alike(self) -> Iterator[tuple[int, ...]]:
        """Deals of one group that differ in how much they give only, the strongest first; where there are several."""
        found: dict[object, list[tuple[Decimal, int]]] = defaultdict(list)
        for place, deal in enumerate(self.deals):
            shape = _shape(deal.terms)
            if shape is not None:
                key = (deal.group, deal.full_price_only, self.parts[place], shape[0])
                found[key].append((-shape[1], place))
        for rivals in found.values():
            if len(rivals) > 1:
                yield tuple(place for _, place in sorted(rivals))

    def _add(self, goods: Goods, bit: int) -> None:
        if goods.everything:
            self._everything |= bit
            return
        for label in goods.labels():
            self._labelled[label] = self._labelled.get(label, 0) | bit

    def of(self, product: Product) -> int:
        """The numbers of the goods that ``product`` belongs to, as a bit set; remembered for so many products."""
        key = named(product)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._look_up(product)
        return found

    def _look_up(self, product: Product) -> int:
        found = self._everything
        for label in labels_of(product):
            found |= self._labelled.get(label, 0)
        for number, goods in enumerate(self._goods):
            if goods.but is not None and found >> number & 1 and goods.but.include(product):
                found &= ~(1 << number)
        return found

    def within_reach(self, deals: Sequence[int], value_minor: int, measure_milli: int, pieces: int) -> tuple[int, ...]:
        """Those that could apply, or nearly, where no more than so much of their goods lies on the counter."""
        there, least = (value_minor, measure_milli, pieces), self._least
        return tuple([place for place in deals if there[least[place][0]] >= least[place][1]])

    def bound(self, live: Sequence[int]) -> Iterator[int]:
        """The goods of those of ``live`` that exclude each other."""
        if self.excluded:
            names: dict[int, set[str]] = defaultdict(set)
            for place in live:
                names[self.goods[place]].add(self.deals[place].id)
            for goods, here in names.items():
                barred = frozenset().union(*[self.excluded.get(name, ()) for name in here])
                for other, there in names.items():
                    if not barred.isdisjoint(there):
                        yield goods | other

    def running(self, setting: Setting) -> Sequence[Sequence[int]]:
        """The deals that run in ``setting``, limits aside, of each group, the first group first, without those that
        are beaten; worked out anew when that changes."""
        key = self._edges.key(setting)
        known, running = self._running
        if known != key:
            live = [[place for place in group if self.deals[place].runs(setting)] for group in self._groups]
            running = [self._undominated(group) for group in live]
            self._running = (key, running)
        return running

    def _undominated(self, live: Sequence[int]) -> list[int]:
        """``live`` without the deals that another one of them beats on all goods.

        That one gives at least as much on the same goods in the same way, as often as it likes, excludes nothing, and
        comes first where both give the same.
        """
        beaten: set[int] = set()
        there = set(live)
        for place in live:
            rivals = self._rivals.get(place)
            if rivals is not None and place not in beaten:
                beaten |= self._beaten([each for each in rivals if each in there])
        return [place for place in live if place not in beaten]

    def _beaten(self, rivals: Sequence[int]) -> set[int]:
        first: int | None = None
        found = set()
        for place in rivals:
            deal = self.deals[place]
            if first is not None and first < place:
                found.add(place)
            elif place not in self.conditional and _unlimited(deal):
                first = place
        return found


def _least(terms: Terms) -> tuple[int, int]:
    """What terms need at least to apply or be near: of value (0), measure (1) or pieces (2)."""
    match terms:
        case Spend(steps=steps, by_quantity=by_quantity):
            return int(by_quantity), _half(min(step.threshold for step in steps))
        case Get(buy=buy, get=get, same=False, rewards=None):
            return 2, _half(buy + get)
        case Get(buy=buy, get=get):
            return 2, buy + get
        case Bundle(parts=parts):
            return 2, _half(sum(part.count for part in parts))
        case Each():
            return 1, 1
        case Gift(threshold=threshold, by_quantity=by_quantity):
            return int(by_quantity), _half(threshold)


def _needs(deal: Deal, parts: Sequence[int]) -> int:
    match deal.terms:
        case Gift():
            return 1 << parts[0]
        case Bundle(parts=named):
            counts: dict[int, int] = defaultdict(int)
            for number, part in zip(parts, named, strict=True):
                counts[number] += part.count
            most = sum(counts.values()) // 2
            return sum(1 << number for number, count in counts.items() if count > most)
        case _:
            return sum(1 << number for number in set(parts))


def _half(amount: int) -> int:
    return -(-amount // 2)


def _gives(terms: Terms, known: dict[Benefit, Discount]) -> Iterator[Discount]:
    match terms:
        case Get(benefit=benefit) | Each(benefit=benefit) | Gift(benefit=benefit):
            yield known.setdefault(benefit, discount(benefit))
        case Spend(steps=steps):
            for step in steps:
                yield known.setdefault(step.benefit, discount(step.benefit))
        case Bundle():
            return


def _wanted(deal: Deal, parts: Sequence[int], kind: type[Live]) -> tuple[Wanted, ...]:
    return tuple((goods, deal.full_price_only, kind.weighed and not part) for part, goods in enumerate(parts))


def _sale_limit(deal: Deal) -> Allowance:
    times, minor = deal.most_times, deal.most_minor
    return Allowance(UNLIMITED if times is None else times, UNLIMITED if minor is None else minor)


def _unlimited(deal: Deal) -> bool:
    return deal.most_times is None and deal.most_minor is None


def _shape(terms: Terms) -> tuple[object, Decimal] | None:
    """How terms work apart from their goods, and how much they give: of one shape more never gives less.

    ``None`` for terms that don't apply as often as there are goods: beside them a weaker deal still has its use.
    """
    match terms:
        case Get(buy=buy, get=get, benefit=benefit, same=same):
            kind, much = strength(benefit)
            return ("get", buy, get, same, kind), much
        case Bundle(parts=parts, price_minor=price):
            return ("bundle", tuple(part.count for part in parts)), Decimal(-price)
        case Each(benefit=benefit):
            kind, much = strength(benefit)
            return ("each", kind), much
        case Spend() | Gift():
            return None


__all__ = ["BASKET_OFFER_PHASE", "DealIndex"]
