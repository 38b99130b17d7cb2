"""The basket-offer phase: deals on what the line offers left, group after group, shared to the lines to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from shared_models.domain.audience import Setting
from shared_models.domain.basket import BasketLine
from shared_models.domain.catalogue import EACH
from shared_models.domain.deal_index import BASKET_OFFER_PHASE, DealIndex
from shared_models.domain.deal_settling import Lot, remembered
from shared_models.domain.limits import Allowance, Used
from shared_models.domain.near_miss import NearMiss, near_misses
from shared_models.domain.quantity import ONE_MILLI
from shared_models.domain.sale import Adjustment

MAX_NODES = 500
"""Steps of the search for one basket. What is found in them is never worse than the greedy choice."""


@dataclass(frozen=True, slots=True)
class BasketOffers:
    """``adjustments`` line by line. ``optimal``: in each group no other allowed choice saves more. ``uses``: how often
    each deal that saved something applied, and what it took off, by its id."""

    adjustments: tuple[tuple[Adjustment, ...], ...]
    near_misses: tuple[NearMiss, ...]
    optimal: bool
    uses: Mapping[str, Used] = field(default_factory=dict)


def basket_offers(
    index: DealIndex,
    lines: Sequence[BasketLine],
    lots: Sequence[Lot],
    setting: Setting,
    applied: Set[str] = frozenset(),
) -> BasketOffers:
    """``lots`` are the ``lines`` as ``lot_of`` gives them. ``applied`` are the rules that applied before, beside which
    ``excludes`` holds too."""
    return _Phase(index, lines, lots, setting, applied).run()


def lot_of(index: DealIndex, line: BasketLine, left_minor: int, offered: bool) -> Lot:
    """A line as the deals of ``index`` see it; one that isn't weighed yet is none of their goods."""
    product = line.product
    goods = 0 if line.unweighed else index.of(product)
    return Lot(product.id, line.quantity_milli, left_minor, offered, goods, product.unit == EACH)


class _Phase:
    def __init__(
        self,
        index: DealIndex,
        lines: Sequence[BasketLine],
        lots: Sequence[Lot],
        setting: Setting,
        applied: Set[str],
    ) -> None:
        self._index = index
        self._setting = setting
        self._lots = list(lots)
        ranks = [(lot.product_id, lot, lines[place].line_id, place) for place, lot in enumerate(lots) if lot.goods]
        self._order = [place for _, _, _, place in sorted(ranks)]
        """An order of the lines that doesn't depend on that of scanning; equal ones are alike in all that counts.
        Names in front compare faster than lots, whose order theirs is."""
        self._found: list[tuple[Adjustment, ...]] = [()] * len(lines)
        self._taken_off: dict[int, int] = {}
        """From lots that no group has asked for since."""
        self._applied = set(applied)
        self._uses: dict[str, Used] = {}
        self._misses: list[NearMiss] = []
        self._nodes = MAX_NODES
        self._optimal = True

    def run(self) -> BasketOffers:
        lying: dict[int, list[int]] = {}
        for rank, place in enumerate(self._order):
            lying.setdefault(self._lots[place].goods, []).append(rank)
        there = 0
        for goods in lying:
            there |= goods
        index_goods, needs, conditional = self._index.goods, self._index.needs, self._index.conditional
        absent = ~there
        for group in self._index.running(self._setting):
            live = [
                place
                for place in group
                if not needs[place] & absent
                and index_goods[place] & there
                and (place not in conditional or self._may(place))
            ]
            if live:
                self._group(live, lying)
        misses = near_misses(self._misses, self._applied)
        return BasketOffers(tuple(self._found), misses, self._optimal, self._uses)

    def _may(self, place: int) -> bool:
        deal = self._index.deals[place]
        return deal.is_left(self._setting) and self._applied.isdisjoint(self._index.excluded.get(deal.id, ()))

    def _group(self, deals: Sequence[int], lying: Mapping[int, Sequence[int]]) -> None:
        """Deals that share no goods and exclude none of each other decide nothing for each other. ``lying`` are the
        ranks of the lines by their goods."""
        index = self._index
        wants = [(deal, index.goods[deal]) for deal in deals]
        wanted = {goods for _, goods in wants}
        every = 0
        for goods in wanted:
            every |= goods
        alike: dict[int, list[int]] = {}
        for goods, ranks in lying.items():
            if mine := goods & every:
                alike.setdefault(mine, []).extend(ranks)
        links = [goods for goods in wanted if goods & (goods - 1)]
        for goods, ranks in _together([*alike.items(), *[(goods, []) for goods in (*links, *index.bound(deals))]]):
            if ranks:
                places = [self._order[rank] for rank in sorted(ranks)]
                self._settle([deal for deal, wanted_by in wants if wanted_by & goods], places)

    def _settle(self, all_deals: Sequence[int], places: Sequence[int]) -> None:
        lots = tuple([self._less(place) if place in self._taken_off else self._lots[place] for place in places])
        value = measure = pieces = 0
        for _, quantity, left, _, _, by_piece in lots:
            value += left
            measure += quantity
            if by_piece:
                pieces += quantity // ONE_MILLI
        deals = self._index.within_reach(all_deals, value, measure, pieces)
        if deals:
            self._apply(deals, lots, places)

    def _apply(self, deals: tuple[int, ...], lots: tuple[Lot, ...], places: Sequence[int]) -> None:
        index = self._index
        allowances = tuple([(deal, self._allowance(deal)) for deal in deals if deal in index.limited])
        settling = remembered(index, deals, allowances, lots, min(self._nodes, MAX_NODES // 4))
        self._nodes -= settling.nodes
        self._optimal = self._optimal and settling.optimal
        self._misses += settling.misses
        for settled in settling.deals:
            for at, adjustment in settled.shares:
                place = places[at]
                self._taken_off[place] = self._taken_off.get(place, 0) + adjustment.amount_minor
                self._found[place] += (adjustment,)
            self._applied.add(settled.deal)
            self._uses[settled.deal] = settled.used

    def _less(self, place: int) -> Lot:
        """The lot as the groups before left it."""
        lot = self._lots[place] = self._lots[place].after(self._taken_off.pop(place))
        return lot

    def _allowance(self, deal: int) -> Allowance:
        return self._setting.visit.left[self._index.deals[deal].id]


def _together(linked: Sequence[tuple[int, list[int]]]) -> list[tuple[int, list[int]]]:
    """Lists whose sets of bits hang together, as one; in order of the bits."""
    parts: list[tuple[int, list[int]]] = []
    seen = 0
    for bits, found in linked:
        if seen & bits:
            touched = [part for part in parts if part[0] & bits]
            parts = [part for part in parts if not part[0] & bits]
            for others, more in touched:
                bits |= others
                found = found + more
        seen |= bits
        parts.append((bits, found))
    return sorted(parts)


__all__ = ["BASKET_OFFER_PHASE", "MAX_NODES", "BasketOffers", "Lot", "basket_offers", "lot_of"]
