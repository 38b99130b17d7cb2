"""What a group of deals finds on the counter, and what a deal takes of it.

Pieces of one product at one price are interchangeable and lie in one pile; a weighed line is a pile of its own that
deals by the piece don't look at. Piles are numbered from the dearest down. ``Left`` counts, pile by pile, what no deal
has taken yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from shared_models.domain.offer import Discount

Left: TypeAlias = list[int]


Alike: TypeAlias = tuple[int, str, int, int, int, bool]
"""What pieces have in common that lie in one pile: price, product, lot if weighed (else -1), quantity of one, goods (as
a bit set), whether a line offer made them cheaper."""

Lines: TypeAlias = list[tuple[int, int]]
"""Lots (by their place) and how many pieces of each."""


Wanted: TypeAlias = tuple[int, bool, bool]
"""Goods by their number, whether at full price only, and whether weighed ones too."""


class Pool:
    """The piles of some goods, dearest first, and the same as a bit set. ``count`` are the pieces, ``visits`` the piles
    in all."""

    __slots__ = ("count", "mask", "piles", "visits")

    def __init__(self, piles: Sequence[int], counts: Sequence[int]) -> None:
        self.piles = piles
        self.visits = len(piles)
        mask = count = 0
        for pile in piles:
            mask |= 1 << pile
            count += counts[pile]
        self.mask, self.count = mask, count


class Table:
    """The piles of a group, dearest first, at least one. What several deals ask of them is worked out once.

    By pile, ``counts`` are its pieces, ``lots`` whose they are, ``measures`` the quantity of one piece.
    """

    prices: Sequence[int]
    product_ids: Sequence[str]
    measures: Sequence[int]

    def __init__(self, alike: Sequence[Alike], lots: Sequence[Lines]) -> None:
        self.prices, self.product_ids, self._alone, self.measures, self._goods, self._offered = zip(*alike, strict=True)
        self.lots = lots
        self.counts = [lines[0][1] if len(lines) == 1 else sum([count for _, count in lines]) for lines in lots]
        self._all_pieces = max(self._alone) < 0
        self._pools: dict[Wanted, Pool] = {}
        self._worth: dict[int, tuple[int, int]] = {}
        self._products: dict[tuple[int, int], Sequence[Sequence[int]]] = {}
        self._offs: dict[Discount, Sequence[int]] = {}

    def pool(self, wanted: Wanted) -> Pool:
        pool = self._pools.get(wanted)
        if pool is None:
            goods, full_price_only, weighed = wanted
            bit = 1 << goods
            found = [pile for pile, there in enumerate(self._goods) if there & bit]
            if not (weighed or self._all_pieces):
                found = [pile for pile in found if self._alone[pile] < 0]
            if full_price_only:
                found = [pile for pile in found if not self._offered[pile]]
            pool = self._pools[wanted] = Pool(found, self.counts)
        return pool

    def outside(self, pool: Pool, goods: int) -> Pool:
        """``pool`` without the piles of those goods."""
        return Pool([pile for pile in pool.piles if not self._goods[pile] >> goods & 1], self.counts)

    def worth(self, pool: Pool) -> tuple[int, int]:
        """The value of all that lies in ``pool``, minor units, and its quantity, thousandths."""
        found = self._worth.get(pool.mask)
        if found is None:
            prices, measures, counts = self.prices, self.measures, self.counts
            value = measure = 0
            for pile in pool.piles:
                count = counts[pile]
                value += prices[pile] * count
                measure += measures[pile] * count
            found = self._worth[pool.mask] = (value, measure)
        return found

    def products(self, pool: Pool, least: int) -> Sequence[Sequence[int]]:
        """The piles of ``pool`` product by product, of those with ``least`` pieces."""
        key = (pool.mask, least)
        found = self._products.get(key)
        if found is None:
            products: dict[str, list[int]] = {}
            for pile in pool.piles:
                products.setdefault(self.product_ids[pile], []).append(pile)
            counts = self.counts
            found = [piles for piles in products.values() if sum([counts[pile] for pile in piles]) >= least]
            self._products[key] = found
        return found

    def offs(self, off: Discount) -> Sequence[int]:
        """What ``off`` takes off one piece of each pile: of pieces of one measure the more, the dearer it is."""
        found = self._offs.get(off)
        if found is None:
            found = self._offs[off] = list(map(off, self.measures, self.prices))
        return found


Portion: TypeAlias = tuple[int, int, int]
"""A pile, how many pieces of it fall in price, and what each of them weighs when the deal's saving is shared."""


class Taking:
    """What a deal takes: pieces used up, and on which of them it saves how much before its cap. ``step`` is the
    place of the step that gives it, if there are steps."""

    __slots__ = ("portions", "raw_minor", "step", "times", "used")

    def __init__(
        self, used: dict[int, int], portions: list[Portion], raw_minor: int, times: int, step: int = 0
    ) -> None:
        self.used = used
        self.portions = portions
        self.raw_minor = raw_minor
        self.times = times
        self.step = step

    @classmethod
    def nothing(cls) -> Taking:
        return cls({}, [], 0, 0)

    def add(self, other: Taking, times: int = 1) -> None:
        for pile, count in other.used.items():
            self.used[pile] = self.used.get(pile, 0) + count * times
        if times == 1:
            self.portions += other.portions
        else:
            self.portions += [(pile, count * times, weight) for pile, count, weight in other.portions]
        self.raw_minor += other.raw_minor * times
        self.times += other.times * times


def single(pile: int, count: int, off: int) -> Taking:
    """``count`` pieces of ``pile``, each by itself."""
    return Taking({pile: count}, [(pile, count, off)], count * off, count)


class Nodes:
    """How many steps a search may still take: a count, so that every machine gives the same answer."""

    __slots__ = ("left",)

    def __init__(self, most: int) -> None:
        self.left = most


def without(left: Left, taking: Taking) -> Left:
    rest = list(left)
    for pile, count in taking.used.items():
        rest[pile] -= count
    return rest


def count_of(piles: Iterable[int], left: Left) -> int:
    """How many pieces are left in ``piles``."""
    return sum(map(left.__getitem__, piles))


def take_from(piles: Sequence[int], left: Left, count: int) -> list[tuple[int, int]]:
    """(pile, pieces) for the first ``count`` pieces there are in ``piles``; fewer if there aren't so many."""
    found = []
    for pile in piles:
        many = left[pile]
        if many >= count:
            found.append((pile, count))
            break
        if many:
            found.append((pile, many))
            count -= many
    return found
