"""What a group of deals finds on the counter, and what a deal takes of it.

Pieces of one product at one price are interchangeable and lie in one pile; a weighed line is a pile of its own that
deals by the piece don't look at. Piles are numbered from the dearest down. ``Left`` counts, pile by pile, what no deal
has taken yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from shared_models.domain.deal import Step
from shared_models.domain.offer import Discount

Left: TypeAlias = list[int]


class Pile(NamedTuple):
    """``many`` are its pieces, ``lots`` (place of the lot, pieces of it), ``measure_milli`` the quantity of one piece.

    ``goods`` are the numbers of the goods it belongs to, as a bit set. ``offered``: a line offer made it cheaper.
    """

    product_id: str
    price_minor: int
    many: int
    lots: list[tuple[int, int]]
    pieces: bool
    measure_milli: int
    goods: int
    offered: bool


class Pool:
    """The piles of some goods, dearest first, and the same as a bit set; ``count`` are the pieces in all."""

    __slots__ = ("count", "mask", "piles")

    def __init__(self, piles: Sequence[int], counts: Sequence[int]) -> None:
        self.piles = piles
        mask = count = 0
        for pile in piles:
            mask |= 1 << pile
            count += counts[pile]
        self.mask, self.count = mask, count


class Table:
    """The piles of a group. What several deals ask of them is worked out once."""

    def __init__(self, piles: Sequence[Pile]) -> None:
        self.piles = piles
        self.counts = [pile.many for pile in piles]
        self.prices = [pile.price_minor for pile in piles]
        self._pools: dict[tuple[int, bool, bool], Pool] = {}
        self._worth: dict[int, tuple[int, int]] = {}
        self._products: dict[tuple[int, int], Sequence[Sequence[int]]] = {}
        self._offs: dict[Discount, Sequence[int]] = {}

    def pool(self, goods: int, full_price_only: bool, weighed: bool) -> Pool:
        """The piles of the goods of that number."""
        key = (goods, full_price_only, weighed)
        pool = self._pools.get(key)
        if pool is None:
            bit = 1 << goods
            found = [
                number
                for number, pile in enumerate(self.piles)
                if pile.goods & bit and (weighed or pile.pieces) and not (full_price_only and pile.offered)
            ]
            pool = self._pools[key] = Pool(found, self.counts)
        return pool

    def outside(self, pool: Pool, goods: int) -> Pool:
        """``pool`` without the piles of those goods."""
        return Pool([pile for pile in pool.piles if not self.piles[pile].goods >> goods & 1], self.counts)

    def worth(self, pool: Pool) -> tuple[int, int]:
        """The value of all that lies in ``pool``, minor units, and its quantity, thousandths."""
        found = self._worth.get(pool.mask)
        if found is None:
            value = measure = 0
            for pile in pool.piles:
                _, price, many, _, _, measure_milli, _, _ = self.piles[pile]
                value += price * many
                measure += measure_milli * many
            found = self._worth[pool.mask] = (value, measure)
        return found

    def products(self, pool: Pool, least: int) -> Sequence[Sequence[int]]:
        """The piles of ``pool`` product by product, of those with ``least`` pieces."""
        key = (pool.mask, least)
        found = self._products.get(key)
        if found is None:
            products: dict[str, list[int]] = {}
            for pile in pool.piles:
                products.setdefault(self.piles[pile].product_id, []).append(pile)
            counts = self.counts
            found = [piles for piles in products.values() if sum([counts[pile] for pile in piles]) >= least]
            self._products[key] = found
        return found

    def offs(self, off: Discount) -> Sequence[int]:
        """What ``off`` takes off one piece of each pile: of pieces of one measure the more, the dearer it is."""
        found = self._offs.get(off)
        if found is None:
            found = self._offs[off] = [off(pile.measure_milli, pile.price_minor) for pile in self.piles]
        return found


Portion: TypeAlias = tuple[int, int, int]
"""A pile, how many pieces of it fall in price, and what each of them weighs when the deal's saving is shared."""


class Taking:
    """What a deal takes: pieces used up, and on which of them it saves how much before its cap."""

    __slots__ = ("portions", "raw_minor", "step", "times", "used")

    def __init__(
        self, used: dict[int, int], portions: list[Portion], raw_minor: int, times: int, step: Step | None = None
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
