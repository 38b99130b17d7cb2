"""What one deal takes from the pieces that are left: whole sets at once, the best for the customer first.

Pieces of one product at one price are interchangeable and lie in one pile; a weighed line is a pile that only
spend-and-save looks at. ``left`` counts, pile by pile, what no deal has taken yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from shared_models.domain.deal import Bundle, Deal, Get, Spend, Step
from shared_models.domain.limits import UNLIMITED, Allowance
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, PercentOff, discount
from shared_models.domain.quantity import ONE_MILLI


@dataclass(frozen=True, slots=True)
class Pile:
    """``lines`` are (place in the basket, pieces of that line). ``measure_milli`` is the quantity of one piece."""

    product_id: str
    price_minor: int
    count: int
    lines: tuple[tuple[int, int], ...]
    pieces: bool
    measure_milli: int


class Portion(NamedTuple):
    """``many`` pieces of a pile whose price falls; each counts ``weight`` when the deal's saving is shared."""

    pile: int
    many: int
    weight: int


@dataclass(slots=True)
class Taking:
    """What a deal takes in one sale: pieces used up, and on which of them it saves how much before its cap."""

    used: dict[int, int] = field(default_factory=dict)
    portions: list[Portion] = field(default_factory=list)
    raw_minor: int = 0
    times: int = 0
    step: Step | None = None

    def add(self, other: OneSet, times: int = 1) -> None:
        for pile, count in other.used:
            self.used[pile] = self.used.get(pile, 0) + count * times
        self.portions.extend(Portion(pile, count * times, weight) for pile, count, weight in other.portions)
        self.raw_minor += other.raw_minor * times
        self.times += times


class OneSet(NamedTuple):
    """One application of a deal."""

    used: tuple[tuple[int, int], ...]
    portions: tuple[Portion, ...]
    raw_minor: int


Left: TypeAlias = list[int]


class Nodes:
    """How many steps a search may still take: a count, so that every machine gives the same answer."""

    def __init__(self, most: int) -> None:
        self.left = most

    def step(self) -> bool:
        self.left -= 1
        return self.left >= 0


def _per_piece(benefit: Benefit) -> Callable[[int], int]:
    match benefit:
        case PercentOff(percent) if percent == 100:
            return lambda price: price
        case AmountOff(amount_minor):
            return lambda price: min(price, amount_minor)
        case FixedPrice(price_minor):
            return lambda price: max(0, price - price_minor)
    off = discount(benefit)
    return lambda price: off(ONE_MILLI, price)


class Live:
    """A deal that runs now, and per part of its terms the piles that belong, dearest first.

    ``allowance`` is what its limits over many sales leave.
    """

    def __init__(self, deal: Deal, parts: Sequence[Sequence[int]], piles: Sequence[Pile], allowance: Allowance) -> None:
        self.deal = deal
        self.piles = piles
        self.spends = isinstance(deal.terms, Spend)
        self.parts = [tuple(sorted(pile for pile in set(part) if self.spends or piles[pile].pieces)) for part in parts]
        together = {pile for part in self.parts for pile in part}
        self.mask = sum(1 << pile for pile in together)
        self.cap_minor = min(allowance.minor, UNLIMITED if deal.most_minor is None else deal.most_minor)
        self.most_times = min(allowance.times, UNLIMITED if deal.most_times is None else deal.most_times)
        self.apart = sum(map(len, self.parts)) == len(together)
        self.per_piece: Callable[[int], int] = lambda _price: 0
        if isinstance(deal.terms, Get):
            self.per_piece = _per_piece(deal.terms.benefit)

    def saving(self, taking: Taking) -> int:
        return min(taking.raw_minor, self.cap_minor)

    def take(self, left: Left) -> Taking | None:
        """The most this deal saves on what is left, if no other one wanted any of it; ``None`` for nothing.

        Exact unless two parts of the terms share goods.
        """
        match self.deal.terms:
            case Spend() as spend:
                taking = self.spend(spend, left)
            case Get(rewards=None) as get:
                taking = self._pool(get, left)
            case _:
                taking = self._assemble(left)
        return taking if taking is not None and taking.raw_minor > 0 else None

    def counted(self, spend: Spend, left: Left) -> tuple[int, int]:
        """Value in minor units, and what the steps are compared with."""
        value = sum(self.piles[pile].price_minor * left[pile] for pile in self.parts[0])
        if not spend.by_quantity:
            return value, value
        return value, sum(self.piles[pile].measure_milli * left[pile] for pile in self.parts[0])

    def spend(self, spend: Spend, left: Left) -> Taking | None:
        value, counted = self.counted(spend, left)
        best, best_step = 0, None
        for step in spend.steps:
            if counted < step.threshold or not value:
                continue
            off = self.step_off(spend, step, value, counted)
            if off > best:
                best, best_step = off, step
        if best_step is None:
            return None
        used = {pile: left[pile] for pile in self.parts[0] if left[pile]}
        portions = [Portion(pile, count, self.piles[pile].price_minor) for pile, count in used.items()]
        times = self._full(best_step, counted) if spend.every else 1
        return Taking(used, portions, best, times, best_step)

    def step_off(self, spend: Spend, step: Step, value: int, counted: int) -> int:
        match step.benefit:
            case PercentOff() as percent:
                return discount(percent)(ONE_MILLI, value)
            case AmountOff(amount_minor):
                times = self._full(step, counted) if spend.every else 1
                return min(value, amount_minor * times)

    def _full(self, step: Step, counted: int) -> int:
        """How many full thresholds there are, within the limit."""
        return min(counted // step.threshold, self.most_times)

    def _pool(self, get: Get, left: Left) -> Taking | None:
        if not get.same:
            return self._of_pool(get, self.parts[0], left, self.most_times)
        products: dict[str, list[int]] = {}
        for pile in self.parts[0]:
            if left[pile]:
                products.setdefault(self.piles[pile].product_id, []).append(pile)
        if self.most_times == UNLIMITED:
            found = [self._of_pool(get, each, left, UNLIMITED) for each in products.values()]
            return _joined([each for each in found if each is not None])
        return self._best_products(get, list(products.values()), left)

    def _best_products(self, get: Get, products: list[list[int]], left: Left) -> Taking | None:
        """With a limit, the sets that save most, whatever their product: each product's sets save less and less."""
        rest, taking = list(left), Taking()
        while taking.times < self.most_times:
            tried = [(self._of_pool(get, each, rest, 1), place) for place, each in enumerate(products)]
            made = [(each, place) for each, place in tried if each is not None]
            if not made:
                break
            one, _ = max(made, key=lambda each: (each[0].raw_minor, -each[1]))
            single = OneSet(tuple(one.used.items()), tuple(one.portions), one.raw_minor)
            bulk = min(min(rest[pile] // count for pile, count in single.used), self.most_times - taking.times)
            taking.add(single, bulk)
            for pile, count in single.used:
                rest[pile] -= count * bulk
        return taking

    def _of_pool(self, get: Get, pool: Sequence[int], left: Left, most: int) -> Taking | None:
        """Sets of neighbours in falling order of price: the i-th dearest cheapest piece can't be dearer than so."""
        size = get.buy + get.get
        total = sum(left[pile] for pile in pool)
        worth = total
        for pile in reversed(pool):
            if self.per_piece(self.piles[pile].price_minor):
                break
            worth -= left[pile]
        sets = min(total // size, most, -(-(worth - get.buy) // size) if worth > get.buy else 0)
        if sets <= 0:
            return None
        taking, place = Taking(times=sets), 0
        for pile in pool:
            count = min(left[pile], sets * size - place)
            if count <= 0:
                continue
            free = _rewarded(place + count, get, size) - _rewarded(place, get, size)
            taking.used[pile] = count
            place += count
            off = self.per_piece(self.piles[pile].price_minor) if free else 0
            if off:
                taking.portions.append(Portion(pile, free, off))
                taking.raw_minor += free * off
        return taking

    def _assemble(self, left: Left) -> Taking:
        """Set by set from the dearest piece of each part (what is only bought: from the cheapest), while one saves."""
        rest, taking = list(left), Taking()
        pools = self._pools(left)
        while taking.times < self.most_times:
            made = self._next_set(rest, pools)
            if made is None or made.raw_minor <= 0:
                break
            bulk = min(min(rest[pile] // count for pile, count in made.used), self.most_times - taking.times)
            taking.add(made, bulk)
            for pile, count in made.used:
                rest[pile] -= count * bulk
            for pool in pools.values():
                while pool and not rest[pool[-1]]:
                    pool.pop()
        return taking

    def _pools(self, left: Left) -> dict[int, list[int]]:
        """The piles of each part with the next to take last; the part with fewer to choose from comes first."""
        pools = {}
        for part in sorted(range(len(self.parts)), key=lambda part: (len(self.parts[part]), -part)):
            there = [pile for pile in self.parts[part] if left[pile]]
            pools[part] = there if isinstance(self.deal.terms, Get) and part == 0 else there[::-1]
        return pools

    def _next_set(self, rest: Left, pools: dict[int, list[int]]) -> OneSet | None:
        picked: list[tuple[int, int, int]] = []
        taken: dict[int, int] = {}
        for part, pool in pools.items():
            need = self.count_of(part)
            for pile in reversed(pool):
                count = min(need, rest[pile] - taken.get(pile, 0))
                if count:
                    picked.append((part, pile, count))
                    taken[pile] = taken.get(pile, 0) + count
                    need -= count
                if not need:
                    break
            if need:
                return None
        return self.one_set(picked)

    def count_of(self, part: int) -> int:
        match self.deal.terms:
            case Bundle(parts=parts):
                return parts[part].count
            case Get(buy=buy, get=get, rewards=rewards):
                return buy + get if rewards is None else (buy, get)[part]
            case Spend():
                return 0

    def one_set(self, picked: Sequence[tuple[int, int, int]]) -> OneSet:
        """The set of (part, pile, count), and what it saves."""
        used: dict[int, int] = {}
        for _, pile, count in picked:
            used[pile] = used.get(pile, 0) + count
        match self.deal.terms:
            case Bundle(price_minor=price):
                portions = tuple(Portion(pile, count, self.piles[pile].price_minor) for pile, count in used.items())
                raw = sum(count * weight for _, count, weight in portions) - price
            case Get(rewards=None) as get:
                portions = self._cheapest(used, get.get)
                raw = sum(count * weight for _, count, weight in portions)
            case _:
                offs = ((pile, count, self.per_piece(self.piles[pile].price_minor)) for at, pile, count in picked if at)
                portions = tuple(Portion(*each) for each in offs if each[2])
                raw = sum(count * weight for _, count, weight in portions)
        return OneSet(tuple(sorted(used.items())), portions, raw)

    def _cheapest(self, used: dict[int, int], need: int) -> tuple[Portion, ...]:
        found = []
        for pile in sorted(used, reverse=True):
            count = min(need, used[pile])
            off = self.per_piece(self.piles[pile].price_minor)
            if count and off:
                found.append(Portion(pile, count, off))
            need -= count
        return tuple(found)

    def sets_with(self, first: int, left: Left, nodes: Nodes) -> Iterator[OneSet]:
        """Every set that uses a piece of pile ``first`` and none of those before it, while nodes last."""
        seen: set[tuple[tuple[int, int, int], ...]] = set()
        for picked in self._picks(0, first, list(left), nodes):
            if any(pile == first for _, pile, _ in picked) and picked not in seen:
                seen.add(picked)
                made = self.one_set(picked)
                if made.raw_minor > 0:
                    yield made

    def _picks(self, part: int, first: int, left: Left, nodes: Nodes) -> Iterator[tuple[tuple[int, int, int], ...]]:
        if part == len(self.parts):
            yield ()
            return
        pool = [pile for pile in self.parts[part] if pile >= first and left[pile]]
        terms = self.deal.terms
        if isinstance(terms, Get) and terms.same and terms.rewards is None:
            pool = [pile for pile in pool if self.piles[pile].product_id == self.piles[first].product_id]
        for counts in _multisets(pool, left, self.count_of(part), 0, nodes):
            for pile, count in counts:
                left[pile] -= count
            here = tuple((part, pile, count) for pile, count in counts)
            for rest in self._picks(part + 1, first, left, nodes):
                yield (*here, *rest)
            for pile, count in counts:
                left[pile] += count

    def bound(self, pile: int, scale: int) -> int:
        """No less than one piece of ``pile`` brings in a set, times ``scale``; a set saves no more than their sum."""
        price = self.piles[pile].price_minor
        match self.deal.terms:
            case Get(buy=buy, get=get, rewards=None):
                return -(-self.per_piece(price) * get * scale // (buy + get))
            case Get():
                return self.per_piece(price) * scale if pile in self.parts[1] else 0
            case Bundle(parts=parts, price_minor=total):
                size = sum(part.count for part in parts)
                return max(0, -(-(price * size - total) * scale // size))
            case Spend():
                return 0


def _joined(found: Sequence[Taking]) -> Taking:
    whole = Taking()
    for each in found:
        whole.used.update(each.used)
        whole.portions.extend(each.portions)
        whole.raw_minor += each.raw_minor
        whole.times += each.times
    return whole


def _rewarded(places: int, get: Get, size: int) -> int:
    """How many of the first ``places`` pieces are the cheapest of their set."""
    return places // size * get.get + max(0, places % size - get.buy)


def _multisets(
    pool: Sequence[int], left: Left, need: int, at: int, nodes: Nodes
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every way to pick ``need`` pieces from the piles of ``pool``, while nodes last."""
    if not need:
        yield ()
        return
    for here in range(at, len(pool)):
        pile = pool[here]
        for count in range(min(need, left[pile]), 0, -1):
            if not nodes.step():
                return
            for rest in _multisets(pool, left, need - count, here + 1, nodes):
                yield ((pile, count), *rest)
