"""What deals of one group take off lines that they share: piles, the search, and the cents of each line."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from shared_models.domain.deal_index import DealIndex
from shared_models.domain.deal_live import Live
from shared_models.domain.deal_misses import misses
from shared_models.domain.deal_piles import Alike, Lines, Nodes, Table, Taking, without
from shared_models.domain.deal_search import Plan, Search
from shared_models.domain.deal_single import GiftLive
from shared_models.domain.limits import Allowance, Used
from shared_models.domain.money import share
from shared_models.domain.near_miss import NearMiss
from shared_models.domain.quantity import ONE_MILLI
from shared_models.domain.sale import Adjustment

_MOST_REMEMBERED = 5_000
"""Answers, those asked for last; a few kilobytes each where many deals compete, mostly less than one."""


Allowances: TypeAlias = tuple[tuple[int, Allowance], ...]
"""Deals with limits over many sales, and what these leave."""


class Lot(NamedTuple):
    """A line as deals see it. ``goods`` are numbers of the index, as a bit set; ``pieces``: it is sold by the piece."""

    product_id: str
    quantity_milli: int
    left_minor: int
    offered: bool
    goods: int
    pieces: bool

    def after(self, amount_minor: int) -> Lot:
        """The same with so much more to pay."""
        product_id, quantity_milli, left_minor, offered, goods, pieces = self
        return Lot(product_id, quantity_milli, left_minor + amount_minor, offered, goods, pieces)


class Settled(NamedTuple):
    """A deal that applies, by its id; ``shares`` are what it takes off the lots, by their place."""

    deal: str
    used: Used
    shares: tuple[tuple[int, Adjustment], ...]


class Settling(NamedTuple):
    """``nodes`` is what the search took. ``optimal``: no other allowed choice saves more."""

    deals: tuple[Settled, ...]
    misses: tuple[NearMiss, ...]
    optimal: bool
    nodes: int


def settle(
    index: DealIndex, deals: Sequence[int], allowances: Allowances, lots: Sequence[Lot], most_nodes: int
) -> Settling:
    """What ``deals`` give on ``lots``. The order of ``lots`` decides between alike ones."""
    table = _table(lots)
    limited = dict(allowances)
    lives = [_at_work(index, number, table, limited.get(number)) for number in deals]
    nodes = Nodes(most_nodes)
    choice = Search(index.excluded, nodes).best(lives, table.counts)
    left = table.counts
    for _, taking in choice.plan:
        left = without(left, taking)
    missed = tuple([miss for live in lives for miss in misses(live, index.whys[live.number], left)])
    settled = tuple(_shared(index, choice.plan, table))
    return Settling(settled, missed, choice.optimal, most_nodes - nodes.left)


def remembered(
    index: DealIndex, deals: tuple[int, ...], allowances: Allowances, lots: tuple[Lot, ...], most_nodes: int
) -> Settling:
    """``settle``, which gives the same for the same: a basket with one more line mostly asks what was asked before,
    and most goods of a basket lay alike in another one today."""
    key = (deals, allowances, lots, most_nodes)
    known: OrderedDict[object, Settling] = index.settled
    found = known.get(key)
    if found is not None:
        known.move_to_end(key)
        return found
    if len(known) >= _MOST_REMEMBERED:
        known.popitem(last=False)
    found = known[key] = settle(index, deals, allowances, lots, most_nodes)
    return found


def _at_work(index: DealIndex, number: int, table: Table, left: Allowance | None) -> Live:
    """The deal of that number at work on ``table``; ``left`` by its limits over many sales, if it has any."""
    kind, limit = index.kinds[number], index.sale_limits[number]
    if left is not None:
        limit = Allowance(min(limit.times, left.times), min(limit.minor, left.minor))
    pools = [table.pool(wanted) for wanted in index.wanted[number]]
    if kind is GiftLive:
        pools[0] = table.outside(pools[0], index.parts[number][1])
    return kind(index.deals[number], number, index.gives[number], pools, table, limit)


_price_of: Callable[[Alike], int] = itemgetter(0)


def _table(lots: Sequence[Lot]) -> Table:
    """Alike pieces together, dearest first; weighed goods are one piece. The odd cents of a lot make as many pieces
    one cent dearer."""
    heaps: dict[Alike, Lines] = {}
    for place, (product, quantity_milli, left, offered, goods, pieces) in enumerate(lots):
        if not pieces:
            heaps[left, product, place, quantity_milli, goods, offered] = [(place, 1)]
            continue
        count = quantity_milli // ONE_MILLI
        price, odd = divmod(left, count)
        if odd:
            heaps.setdefault((price + 1, product, -1, ONE_MILLI, goods, offered), []).append((place, odd))
        heaps.setdefault((price, product, -1, ONE_MILLI, goods, offered), []).append((place, count - odd))
    ordered = sorted(heaps, key=_price_of, reverse=True)
    return Table(ordered, [heaps[alike] for alike in ordered])


_Stacks: TypeAlias = Mapping[int, Lines]
"""By pile, what is still to be drawn of each of its lots, the next lot last; no pile of one lot."""


def _shared(index: DealIndex, plan: Plan, table: Table) -> Iterator[Settled]:
    """Each deal's saving shared to the lots it saves on, by largest remainder."""
    stacks = {pile: lots[::-1] for _, taking in plan for pile in taking.used if len(lots := table.lots[pile]) > 1}
    for live, taking in sorted(plan, key=lambda each: each[0].number):
        weights, milli = _on_lots(taking, table, stacks)
        places = sorted(weights)
        saving = live.saving(taking)
        offs = share(saving, [weights[place] for place in places])
        rule, (reason, values) = live.deal.id, index.whys[live.number][taking.step]
        shares = [
            (place, Adjustment(rule, index.phase, reason, values, milli[place], -off))
            for place, off in zip(places, offs, strict=True)
            if off
        ]
        yield Settled(rule, Used(live.times(taking), saving), tuple(shares))


def _on_lots(taking: Taking, table: Table, stacks: _Stacks) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Weight and quantity of a taking by lot; the pieces are gone from ``stacks``."""
    weights: dict[int, int] = {}
    milli: dict[int, int] = {}
    for pile, count, weight in taking.portions:
        lots, measure_milli = table.lots[pile], table.measures[pile]
        drawn = _drawn(stacks[pile], count) if len(lots) > 1 else [(lots[0][0], count)]
        for place, many in drawn:
            weights[place] = weights.get(place, 0) + many * weight
            milli[place] = milli.get(place, 0) + many * measure_milli
    if stacks:
        _draw_others(taking, stacks)
    return weights, milli


def _draw_others(taking: Taking, stacks: _Stacks) -> None:
    """Take the pieces that are used up and don't fall in price."""
    used = dict(taking.used)
    for pile, count, _ in taking.portions:
        used[pile] -= count
    for pile, count in used.items():
        if count and pile in stacks:
            _drawn(stacks[pile], count)


def _drawn(stack: Lines, count: int) -> Lines:
    drawn = []
    while True:
        place, many = stack.pop()
        if many >= count:
            if many > count:
                stack.append((place, many - count))
            drawn.append((place, count))
            return drawn
        count -= many
        drawn.append((place, many))


__all__ = ["Lot", "Settled", "Settling", "remembered", "settle"]
