"""Deals by the piece: buy-and-get and bundles, whole sets at once, the best for the customer first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import accumulate

from shared_models.domain.deal import Bundle, Deal, Get
from shared_models.domain.deal_live import SCALE, Gives, Live
from shared_models.domain.deal_piles import Left, Nodes, Pool, Portion, Table, Taking, count_of, take_from
from shared_models.domain.limits import UNLIMITED, Allowance

Picked = Sequence[tuple[int, int, int]]
"""(part, pile, pieces)."""


class SetsLive(Live):
    """A deal whose sets have ``counts`` pieces of its pools, part by part."""

    counts: tuple[int, ...]

    def sets(self, picked: Picked, times: int) -> Taking:
        """``times`` sets made of the pieces ``picked``."""
        raise NotImplementedError

    def beside(self, first: int, part: int) -> Sequence[int]:
        """The piles of a part that a set may use that begins with pile ``first``."""
        piles = self.pools[part].piles
        return piles[bisect_left(piles, first) :]

    def sets_with(self, first: int, left: Left, most: int, nodes: Nodes) -> Iterator[Taking]:
        if most < 1:
            return
        several = len(self.pools) > 1
        for picked in self._picks(0, first, False, list(left), nodes) if several else self._alone(first, left, nodes):
            made = self.sets(picked, 1)
            if made.raw_minor > 0:
                yield made

    def _alone(self, first: int, left: Left, nodes: Nodes) -> Iterator[Picked]:
        """``_picks`` of a deal of one part."""
        pool = [pile for pile in self.beside(first, 0) if left[pile]]
        if pool and pool[0] == first:
            for picked in _multisets(0, pool, left, self.counts[0], (0,), nodes):
                nodes.left -= 4
                yield picked

    def _picks(self, part: int, first: int, begun: bool, left: Left, nodes: Nodes) -> Iterator[Picked]:
        """The pieces of part ``part`` and those behind. ``begun``: a part before has a piece of pile ``first``."""
        pool = [pile for pile in self.beside(first, part) if left[pile]]
        last = part == len(self.pools) - 1
        starts = range(len(pool)) if begun or not last else range(int(pool[:1] == [first]))
        for here in _multisets(part, pool, left, self.counts[part], starts, nodes):
            nodes.left -= 4
            if last:
                yield here
                continue
            for _, pile, count in here:
                left[pile] -= count
            for rest in self._picks(part + 1, first, begun or here[0][1] == first, left, nodes):
                yield (*here, *rest)
            for _, pile, count in here:
                left[pile] += count


class PoolLive(SetsLive):
    """Buy and get of one pool: the cheapest pieces of each set have the benefit."""

    def __init__(
        self, deal: Deal, number: int, gives: Gives, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        super().__init__(deal, number, gives, pools, table, allowance)
        assert isinstance(deal.terms, Get)
        self.get = get = deal.terms
        self.size = get.buy + get.get
        self.counts = (self.size,)

    def take(self, left: Left) -> Taking | None:
        return self.of_piles(self.pools[0].piles, left, self.most_times)

    def of_piles(self, piles: Sequence[int], left: Left, most: int) -> Taking | None:
        """Sets of neighbours in falling order of price: the i-th dearest cheapest piece can't be dearer than so."""
        size = self.size
        if len(piles) == 1:
            (pile,) = piles
            sets = min(left[pile] // size, most)
            return self._of_pile(pile, sets, self.offs[pile]) if sets else None
        there = [pile for pile in piles if left[pile]]
        worth = total = sum([left[pile] for pile in there])
        if total < size:
            return None
        offs = self.offs
        for pile in reversed(there):
            if offs[pile]:
                break
            worth -= left[pile]
        sets = min(total // size, most, -(-(worth - self.get.buy) // size))
        if sets <= 0:
            return None
        taken = take_from(there, left, sets * size)
        portions = []
        place = before = raw = 0
        for pile, count in taken:
            place += count
            rewarded = self._rewarded(place)
            free, off = rewarded - before, offs[pile]
            before = rewarded
            if free and off:
                portions.append((pile, free, off))
                raw += free * off
        return Taking(dict(taken), portions, raw, sets) if raw else None

    def _of_pile(self, pile: int, sets: int, off: int) -> Taking | None:
        free = sets * self.get.get
        return Taking({pile: sets * self.size}, [(pile, free, off)], free * off, sets) if free and off else None

    def _rewarded(self, count: int) -> int:
        """How many of the first ``count`` pieces are the cheapest of their set."""
        sets, rest = divmod(count, self.size)
        more = rest - self.get.buy
        return sets * self.get.get + (more if more > 0 else 0)

    def sets(self, picked: Picked, times: int) -> Taking:
        made = Taking({pile: count for _, pile, count in picked}, [], 0, times)
        need, offs = self.get.get, self.offs
        for pile in sorted(made.used, reverse=True):
            count = min(need, made.used[pile])
            off = offs[pile]
            if count and off:
                made.portions.append((pile, count, off))
                made.raw_minor += count * off
            need -= count
        return made

    def _rated(self) -> Sequence[tuple[int, int]]:
        offs, many, size = self.offs, self.get.get * SCALE, self.size
        return [(pile, -(-offs[pile] * many // size)) for pile in self.pools[0].piles]


class SameLive(PoolLive):
    """Buy and get where a set is of one product."""

    @property
    def _products(self) -> Sequence[Sequence[int]]:
        return self.table.products(self.pools[0], self.size)

    def beside(self, first: int, part: int) -> Sequence[int]:
        product_ids = self.table.product_ids
        product_id = product_ids[first]
        return [pile for pile in super().beside(first, part) if product_ids[pile] == product_id]

    def take(self, left: Left) -> Taking | None:
        if self.most_times < UNLIMITED:
            return self._best_products(left)
        whole, size = Taking.nothing(), self.size
        for piles in self._products:
            if count_of(piles, left) >= size and (taking := self.of_piles(piles, left, UNLIMITED)):
                whole.used.update(taking.used)
                whole.portions += taking.portions
                whole.raw_minor += taking.raw_minor
                whole.times += taking.times
        return whole if whole.raw_minor else None

    def _best_products(self, left: Left) -> Taking | None:
        """With a limit, the sets that save most, whatever their product: each product's sets save less and less.

        A product is looked at once what its dearest piece would bring is the most there could be.
        """
        rest, taking = list(left), Taking.nothing()
        heap: list[tuple[int, int, Taking]] = []
        place, products, offs, get = 0, self._products, self.offs, self.get.get
        while taking.times < self.most_times:
            while place < len(products) and (not heap or offs[products[place][0]] * get > -heap[0][0]):
                self._push(heap, place, products[place], rest)
                place += 1
            if not heap:
                break
            _, best, one = heappop(heap)
            times = min(min(rest[pile] // count for pile, count in one.used.items()), self.most_times - taking.times)
            taking.add(one, times)
            for pile, count in one.used.items():
                rest[pile] -= count * times
            self._push(heap, best, products[best], rest)
        return taking if taking.raw_minor else None

    def _push(self, heap: list[tuple[int, int, Taking]], place: int, piles: Sequence[int], left: Left) -> None:
        """Put a product's next set into ``heap``, the one that saves most in front."""
        one = self.of_piles(piles, left, 1)
        if one is not None:
            heappush(heap, (-one.raw_minor, place, one))


class PartsLive(SetsLive):
    """A deal of several parts. ``exact`` unless two of them share some of their goods."""

    def __init__(
        self,
        deal: Deal,
        number: int,
        gives: Gives,
        pools: Sequence[Pool],
        counts: Sequence[int],
        table: Table,
        allowance: Allowance,
    ) -> None:
        super().__init__(deal, number, gives, pools, table, allowance)
        self.counts = tuple(counts)
        self.size = sum(counts)
        self.shared = self.visits - 1 > self.mask.bit_count()
        self.exact = not self.shared
        self._by_scarcity: Sequence[int] = (0,)
        if len(pools) > 1:
            self._by_scarcity = sorted(range(len(pools)), key=lambda part: (len(pools[part].piles), -part))

    def fill(self, times: int, left: Left) -> Picked | None:
        """The pieces for so many sets, the part with fewest piles to choose from first; ``None`` if they don't
        suffice. Where no part shares goods with another one, no more than ``most_sets`` are asked for."""
        picked: list[tuple[int, int, int]] = []
        if not self.shared:
            for part in self._by_scarcity:
                taken = take_from(self.in_turn(part), left, self.counts[part] * times)
                picked += [(part, pile, count) for pile, count in taken]
            return picked
        rest = list(left)
        for part in self._by_scarcity:
            need = self.counts[part] * times
            for pile, count in take_from(self.in_turn(part), rest, need):
                picked.append((part, pile, count))
                need -= count
                rest[pile] -= count
            if need:
                return None
        return picked

    def used(self, picked: Picked) -> dict[int, int]:
        """The pieces ``picked`` by pile."""
        if not self.shared:
            return {pile: count for _, pile, count in picked}
        used: dict[int, int] = {}
        for _, pile, count in picked:
            used[pile] = used.get(pile, 0) + count
        return used

    def guess(self, left: Left) -> int:
        """As if each set saved what the first does."""
        picked = self.fill(1, left)
        return self.sets(picked, 1).raw_minor * self.most_sets(left) if picked is not None else 0

    def in_turn(self, part: int) -> Sequence[int]:
        """The piles of a part, the one to take first first."""
        return self.pools[part].piles

    def most_sets(self, left: Left) -> int:
        """More sets than so can't be filled, whatever they save."""
        most = self.most_times
        for pool, count in zip(self.pools, self.counts, strict=True):
            if pool.count < count:
                return 0
            most = min(most, count_of(pool.piles, left) // count)
        return most


class BundleLive(PartsLive):
    """The dearest pieces of each part come first, as long as a set of them costs more than the bundle."""

    def __init__(
        self, deal: Deal, number: int, gives: Gives, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        assert isinstance(deal.terms, Bundle)
        counts: Sequence[int] = [part.count for part in deal.terms.parts]
        if len(pools) > 1:
            pools, counts = _together(pools, counts)
        super().__init__(deal, number, gives, pools, counts, table, allowance)
        self._price_minor = deal.terms.price_minor

    def take(self, left: Left) -> Taking | None:
        most = self.most_sets(left)
        times = self._worthwhile(most, left) if most > 1 else most
        picked = self.fill(times, left) if times else None
        if picked is None:
            return None
        taking = self.sets(picked, times)
        return taking if taking.raw_minor > 0 else None

    def _worthwhile(self, most: int, left: Left) -> int:
        """After so many sets, at most ``most``, the next one saves nothing."""
        saves = self._saves_shared(left) if self.shared else self._saves_apart(left)
        if saves(0) <= 0:
            return 0
        return 1 + bisect_left(range(1, most), True, key=lambda made: saves(made) <= 0)

    def _saves_apart(self, left: Left) -> Callable[[int], int]:
        """What the next set saves after so many."""
        parts = [
            (_Dearest(pool.piles, left, self.table), count) for pool, count in zip(self.pools, self.counts, strict=True)
        ]
        price = self._price_minor

        def saves(made: int) -> int:
            return sum([each.between(made * count, (made + 1) * count) for each, count in parts]) - price

        return saves

    def _saves_shared(self, left: Left) -> Callable[[int], int]:
        prices = self.table.prices
        there = [(self.counts[part], [pile for pile in self.in_turn(part) if left[pile]]) for part in self._by_scarcity]

        def worth(times: int) -> int | None:
            """What the pieces are worth that ``fill`` gives."""
            rest, sum_minor = list(left), 0
            for each, piles in there:
                need = each * times
                for pile in piles:
                    count = min(rest[pile], need)
                    sum_minor += count * prices[pile]
                    rest[pile] -= count
                    need -= count
                    if not need:
                        break
                if need:
                    return None
            return sum_minor

        def saves(made: int) -> int:
            before, after = worth(made), worth(made + 1)
            return 0 if before is None or after is None else after - before - self._price_minor

        return saves

    def sets_with(self, first: int, left: Left, most: int, nodes: Nodes) -> Iterator[Taking]:
        """No piece of a set is dearer than the first."""
        worthy = self.table.prices[first] * self.size > self._price_minor
        return super().sets_with(first, left, most, nodes) if worthy else iter(())

    def sets(self, picked: Picked, times: int) -> Taking:
        used, portions = self.used(picked), []
        prices, worth = self.table.prices, 0
        for pile, count in used.items():
            price = prices[pile]
            portions.append((pile, count, price))
            worth += count * price
        return Taking(used, portions, worth - times * self._price_minor, times)

    def _rated(self) -> Sequence[tuple[int, int]]:
        prices, size, price = self.table.prices, self.size, self._price_minor
        return [
            (pile, -(-more * SCALE // size))
            for pool in self.pools
            for pile in pool.piles
            if (more := prices[pile] * size - price) > 0
        ]


class RewardsLive(PartsLive):
    """Buy of one pool, get of another: the cheapest pieces are bought, the dearest rewarded."""

    _worthy: Sequence[int] | None = None
    """The piles of which a piece is rewarded with something."""

    def __init__(
        self, deal: Deal, number: int, gives: Gives, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        assert isinstance(deal.terms, Get)
        super().__init__(deal, number, gives, pools, (deal.terms.buy, deal.terms.get), table, allowance)
        self.exact = self.exact or pools[0].mask == pools[1].mask
        self._cheapest_first = pools[0].piles[::-1]

    def in_turn(self, part: int) -> Sequence[int]:
        return self.pools[part].piles if part else self._cheapest_first

    def take(self, left: Left) -> Taking | None:
        offs = self.offs
        if self._worthy is None:
            self._worthy = [pile for pile in self.pools[1].piles if offs[pile]]
        times = min(self.most_sets(left), -(-count_of(self._worthy, left) // self.counts[1]))
        if self.shared and times > 1:
            times = min(times, sum([count for pile, count in enumerate(left) if self.mask >> pile & 1]) // self.size)
        picked = self.fill(times, left) if times else None
        if picked is None and times > 1:
            times = bisect_left(range(1, times), True, key=lambda most: self.fill(most, left) is None)
            picked = self.fill(times, left) if times else None
        if picked is None:
            return None
        taking = self.sets(picked, times)
        return taking if taking.raw_minor else None

    def sets(self, picked: Picked, times: int) -> Taking:
        offs, raw = self.offs, 0
        portions: list[Portion] = []
        for part, pile, count in picked:
            if part and (off := offs[pile]):
                portions.append((pile, count, off))
                raw += count * off
        return Taking(self.used(picked), portions, raw, times)

    def _rated(self) -> Sequence[tuple[int, int]]:
        offs = self.offs
        return [(pile, offs[pile] * SCALE) for pile in self.pools[1].piles]


def _together(pools: Sequence[Pool], counts: Sequence[int]) -> tuple[Sequence[Pool], Sequence[int]]:
    """Equal pools as one."""
    together = {pool.mask: pool for pool in pools}
    needs = dict.fromkeys(together, 0)
    for pool, count in zip(pools, counts, strict=True):
        needs[pool.mask] += count
    return list(together.values()), list(needs.values())


class _Dearest:
    """What the dearest pieces of a pool are worth together."""

    def __init__(self, piles: Sequence[int], left: Left, table: Table) -> None:
        prices = table.prices
        self._prices = [prices[pile] for pile in piles]
        self._counts = list(accumulate([left[pile] for pile in piles]))
        self._values = list(accumulate([left[pile] * prices[pile] for pile in piles]))

    def between(self, start: int, end: int) -> int:
        """The value of the pieces from place ``start`` up to, not including, ``end``."""
        return self._first(end) - self._first(start)

    def _first(self, count: int) -> int:
        at = bisect_left(self._counts, count)
        return self._values[at] - (self._counts[at] - count) * self._prices[at]


def _multisets(
    part: int, pool: Sequence[int], left: Left, need: int, starts: Iterable[int], nodes: Nodes
) -> Iterator[tuple[tuple[int, int, int], ...]]:
    """Every way to pick ``need`` pieces of a part from the piles of ``pool``, while nodes last. ``starts``: where in
    ``pool`` the first of them may lie."""
    for here in starts:
        pile = pool[here]
        most = left[pile]
        for count in range(need if need < most else most, 0, -1):
            nodes.left -= 1
            if nodes.left < 0:
                return
            if count == need:
                yield ((part, pile, count),)
                continue
            for rest in _multisets(part, pool, left, need - count, range(here + 1, len(pool)), nodes):
                yield ((part, pile, count), *rest)
