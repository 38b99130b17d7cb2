"""The basket-offer phase: deals on what the line offers left, group after group, shared to the lines to the cent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from shared_models.domain import deal_reasons
from shared_models.domain.audience import Setting
from shared_models.domain.basket import BasketLine
from shared_models.domain.catalogue import EACH
from shared_models.domain.deal import Deal, DealIndex, parts_of
from shared_models.domain.deal_search import Plan, Search, without
from shared_models.domain.deal_sets import Live, Nodes, Pile, Taking
from shared_models.domain.limits import NO_LIMITS, Allowance, Used
from shared_models.domain.money import share
from shared_models.domain.near_miss import NearMiss, near_misses
from shared_models.domain.quantity import ONE_MILLI
from shared_models.domain.sale import Adjustment

BASKET_OFFER_PHASE = "basket_offer"
MAX_NODES = 600
"""Steps of the search for one basket. What is found in them is never worse than the greedy choice."""


class OfferedLine(NamedTuple):
    """A line as the phase finds it. ``offered``: a line offer made it cheaper."""

    line: BasketLine
    left_minor: int
    offered: bool


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
    lines: Sequence[OfferedLine],
    setting: Setting,
    phase: str = BASKET_OFFER_PHASE,
    applied: Set[str] = frozenset(),
) -> BasketOffers:
    """``phase`` is the adjustments'; ``applied`` the rules that applied before, beside which ``excludes`` holds too."""
    return _Phase(index, lines, setting, phase, applied).run()


class _Alike(NamedTuple):
    """What pieces have in common that lie in one pile. ``alone`` keeps weighed lines apart, -1 for pieces."""

    product_id: str
    price_minor: int
    pieces: bool
    measure_milli: int
    here: frozenset[tuple[int, int]]
    alone: int


class _Phase:
    def __init__(
        self, index: DealIndex, lines: Sequence[OfferedLine], setting: Setting, phase: str, applied: Set[str]
    ) -> None:
        self._index = index
        self._lines = lines
        self._setting = setting
        self._phase = phase
        self._left = [line.left_minor for line in lines]
        self._found: list[list[Adjustment]] = [[] for _ in lines]
        self._applied = set(applied)
        self._uses: dict[str, Used] = {}
        self._misses: list[NearMiss] = []
        self._nodes = Nodes(MAX_NODES)
        self._order = sorted(range(len(lines)), key=self._rank)
        self._members, self._by_group = self._memberships()

    def run(self) -> BasketOffers:
        optimal = True
        for group in self._index.groups:
            deals = [place for place in self._by_group.get(group, ()) if not self._barred(self._index.deals[place])]
            if deals:
                optimal = self._group(deals) and optimal
        misses = near_misses(self._misses, self._applied)
        return BasketOffers(tuple(map(tuple, self._found)), misses, optimal, self._uses)

    def _rank(self, place: int) -> tuple[str, int, int, bool, int]:
        """An order of the lines that doesn't depend on that of scanning; equal ones are alike in all that counts."""
        line, left, offered = self._lines[place]
        return line.product.id, line.quantity_milli, left, offered, line.line_id

    def _memberships(self) -> tuple[list[frozenset[tuple[int, int]]], dict[str, list[int]]]:
        """Of each line the (deal, part) that run and that it belongs to; of each group the deals with goods here."""
        deals, live = self._index.deals, dict[int, bool]()
        members = []
        for offered in self._lines:
            here = []
            for entry in self._index.on(offered.line.product):
                deal = deals[entry[0]]
                runs = live.get(entry[0])
                if runs is None:
                    runs = live[entry[0]] = deal.is_live(self._setting)
                if runs and not (deal.full_price_only and offered.offered):
                    here.append(entry)
            members.append(frozenset(here))
        groups: dict[str, list[int]] = defaultdict(list)
        for place in sorted({place for here in members for place, _ in here}):
            groups[deals[place].group].append(place)
        return members, groups

    def _barred(self, deal: Deal) -> bool:
        return bool(self._applied & self._index.excluded.get(deal.id, set()))

    def _group(self, deals: Sequence[int]) -> bool:
        piles, parts = self._piles(frozenset(deals))
        lives = [self._live(self._index.deals[place], parts[place], piles) for place in deals]
        left = [pile.count for pile in piles]
        search = Search(self._index.excluded, self._nodes)
        choice = search.choose(lives, left)
        plan = choice.plan
        if not choice.optimal:
            greedy = search.greedy(lives, left)
            if sum(live.saving(each) for live, each in greedy) > choice.saving_minor:
                plan = greedy
        for _, taking in plan:
            left = without(left, taking)
        self._misses += [miss for live in lives for miss in deal_reasons.misses(live, left)]
        self._apply(plan, piles)
        return choice.optimal

    def _live(self, deal: Deal, parts: Sequence[Sequence[int]], piles: Sequence[Pile]) -> Live:
        left = Allowance() if deal.limits == NO_LIMITS else self._setting.visit.left[deal.id]
        return Live(deal, parts, piles, left)

    def _piles(self, deals: frozenset[int]) -> tuple[list[Pile], dict[int, list[list[int]]]]:
        """Alike pieces together, dearest first, and of each deal the piles of its parts."""
        heaps: dict[_Alike, list[tuple[int, int]]] = {}
        for place in self._order:
            here = frozenset(entry for entry in self._members[place] if entry[0] in deals)
            if here:
                for key, count in self._pieces(place, here):
                    heaps.setdefault(key, []).append((place, count))
        ranks = {place: rank for rank, place in enumerate(self._order)}
        ordered = sorted(heaps.items(), key=lambda heap: (-heap[0].price_minor, ranks[heap[1][0][0]]))
        piles: list[Pile] = []
        parts: dict[int, list[list[int]]] = {
            place: [[] for _ in parts_of(self._index.deals[place].terms)] for place in deals
        }
        for alike, lines in ordered:
            count = sum(many for _, many in lines)
            piles.append(
                Pile(alike.product_id, alike.price_minor, count, tuple(lines), alike.pieces, alike.measure_milli)
            )
            for deal, part in alike.here:
                parts[deal][part].append(len(piles) - 1)
        return piles, parts

    def _pieces(self, place: int, here: frozenset[tuple[int, int]]) -> Iterator[tuple[_Alike, int]]:
        """What the line's price is for each piece, the odd cents on as many of them; weighed goods are one."""
        line, left = self._lines[place].line, self._left[place]
        if line.product.unit != EACH:
            yield _Alike(line.product.id, left, False, line.quantity_milli, here, place), 1
            return
        count = line.quantity_milli // ONE_MILLI
        price, odd = divmod(left, count)
        for each, many in ((price + 1, odd), (price, count - odd)):
            if many:
                yield _Alike(line.product.id, each, True, ONE_MILLI, here, -1), many

    def _apply(self, plan: Plan, piles: Sequence[Pile]) -> None:
        stacks = {pile: list(reversed(piles[pile].lines)) for _, taking in plan for pile in taking.used}
        for live, taking in sorted(plan, key=lambda each: each[0].deal.order):
            weights, milli = _on_lines(taking, piles, stacks)
            places = [place for place in self._order if weights.get(place)]
            reason, values = deal_reasons.why(live.deal, taking)
            saving = live.saving(taking)
            for place, off in zip(places, share(saving, [weights[place] for place in places]), strict=True):
                if off:
                    self._left[place] -= off
                    self._found[place].append(Adjustment(live.deal.id, self._phase, reason, values, milli[place], -off))
            self._applied.add(live.deal.id)
            self._uses[live.deal.id] = Used(taking.times, saving)


def _on_lines(
    taking: Taking, piles: Sequence[Pile], stacks: dict[int, list[tuple[int, int]]]
) -> tuple[dict[int, int], dict[int, int]]:
    """Weight and quantity of a taking by line; the pieces are gone from ``stacks``."""
    weights: dict[int, int] = defaultdict(int)
    milli: dict[int, int] = defaultdict(int)
    only_used = dict(taking.used)
    for pile, count, weight in taking.portions:
        only_used[pile] -= count
        for place, many in _drawn(stacks[pile], count):
            weights[place] += many * weight
            milli[place] += many * piles[pile].measure_milli
    for pile, count in only_used.items():
        for _ in _drawn(stacks[pile], count):
            pass
    return weights, milli


def _drawn(stack: list[tuple[int, int]], count: int) -> Iterator[tuple[int, int]]:
    while count:
        place, there = stack.pop()
        many = min(count, there)
        count -= many
        if there > many:
            stack.append((place, there - many))
        yield place, many


__all__ = ["BASKET_OFFER_PHASE", "MAX_NODES", "BasketOffers", "OfferedLine", "basket_offers"]
