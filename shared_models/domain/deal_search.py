"""Which deals of a group to apply, and how often: the choice that saves most, or the best found in so many steps.

A group falls apart into contests: deals that share no goods decide nothing for each other. A contest branches on the
spend-and-save deals, which take all of their goods or none, and on pairs that exclude each other; what is left are
deals by the piece, for one of which the best is known and several of which are searched set by set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from shared_models.domain.deal_sets import Left, Live, Nodes, OneSet, Taking
from shared_models.domain.limits import UNLIMITED

MAX_DEPTH = 120
_SCALE = 1_000

Plan: TypeAlias = list[tuple[Live, Taking]]
Excluded: TypeAlias = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """``optimal``: no other allowed choice saves more."""

    plan: Plan
    saving_minor: int
    optimal: bool


class _Stake(NamedTuple):
    """A deal of a contest and what it saves if no other one applies."""

    live: Live
    alone_minor: int


class Search:
    """``nodes`` counts each deal that is looked at and each step of the packing."""

    def __init__(self, excluded: Excluded, nodes: Nodes) -> None:
        self._excluded = {deal: frozenset(others) for deal, others in excluded.items()}
        self._nodes = nodes

    def choose(self, lives: Sequence[Live], left: Left, depth: int = 0) -> Choice:
        """The best plan of ``lives`` (in order of preference) for what is left; of equal ones the greedy one."""
        plan: Plan = []
        optimal = True
        for contest in self._contests(lives, left, depth):
            choice = self._contest(contest, left, depth)
            plan += choice.plan
            optimal = optimal and choice.optimal
        return Choice(plan, _worth(plan), optimal)

    def _contests(self, lives: Sequence[Live], left: Left, depth: int) -> list[list[_Stake]]:
        """Deals that share goods or exclude each other, together; a deal that saves nothing is in none.

        The first look at each deal is free: it is the work of the greedy choice.
        """
        there = sum(1 << pile for pile, count in enumerate(left) if count)
        contests: list[tuple[int, frozenset[str], list[_Stake]]] = []
        for live in lives:
            mask = live.mask & there
            taking = live.take(left) if mask else None
            self._nodes.left -= depth > 0
            if not mask or (live.apart and taking is None):
                continue
            alone = live.saving(taking) if taking is not None else 0
            names, members = frozenset([live.deal.id]), [_Stake(live, alone)]
            barred = self._excluded.get(live.deal.id, frozenset())
            apart = []
            for other in contests:
                if other[0] & mask or other[1] & barred:
                    mask, names, members = mask | other[0], names | other[1], other[2] + members
                else:
                    apart.append(other)
            contests = [*apart, (mask, names, members)]
        return [sorted(members, key=lambda stake: stake.live.deal.order) for _, _, members in contests]

    def _contest(self, stakes: Sequence[_Stake], left: Left, depth: int) -> Choice:
        lives = [stake.live for stake in stakes]
        best = self._head_start(stakes, left)
        if len(lives) == 1 and lives[0].apart:
            return Choice(best.plan, best.saving_minor, True)
        most = sum(stake.alone_minor if stake.live.apart else UNLIMITED for stake in stakes)
        if best.saving_minor < most:
            most = min(most, self._by_piece(lives, left))
        if best.saving_minor >= most:
            return Choice(best.plan, best.saving_minor, True)
        if self._nodes.left < 0 or depth > MAX_DEPTH:
            return best
        ways: list[tuple[list[Live], Live | None]]
        pair = self._pair(lives)
        if pair is not None:
            ways = [([live for live in lives if live is not out], None) for out in reversed(pair)]
        elif spend := next((live for live in lives if live.spends), None):
            ways = [self._beside(lives, spend), ([live for live in lives if live is not spend], None)]
        else:
            return self._by_sets(lives, left, best)
        return self._best_way(ways, left, best, most, depth)

    def _best_way(
        self, ways: Sequence[tuple[list[Live], Live | None]], left: Left, best: Choice, most: int, depth: int
    ) -> Choice:
        """Each way is the deals that stay in question and, if one was decided on, that one."""
        optimal = True
        for rest, taken in ways:
            plan: Plan = []
            after = left
            if taken is not None:
                taking = taken.take(left)
                if taking is None:
                    continue
                plan, after = [(taken, taking)], without(left, taking)
            if self._nodes.left < 0:
                optimal = False
                break
            if best.saving_minor >= min(most, _worth(plan) + self._by_piece(rest, after)):
                continue
            found = self.choose(rest, after, depth + 1)
            optimal = optimal and found.optimal
            if _worth(plan) + found.saving_minor > best.saving_minor:
                best = Choice(plan + found.plan, _worth(plan) + found.saving_minor, True)
        return Choice(best.plan, best.saving_minor, optimal or best.saving_minor >= most)

    def _head_start(self, stakes: Sequence[_Stake], left: Left) -> Choice:
        lives = [stake.live for stake in stakes]
        best = self.greedy(lives, left)
        if len(lives) > 1:
            by_worth = sorted(stakes, key=lambda stake: (-stake.alone_minor, stake.live.deal.order))
            best = max(best, self.greedy([stake.live for stake in by_worth], left), key=_worth)
        return Choice(best, _worth(best), False)

    def greedy(self, lives: Sequence[Live], left: Left) -> Plan:
        """One deal after the other takes all it can."""
        plan: Plan = []
        barred: set[str] = set()
        taken = 0
        rest = list(left)
        there = sum(1 << pile for pile, count in enumerate(left) if count)
        for live in lives:
            if live.deal.id in barred or not live.mask & there or (live.spends and live.mask & taken):
                continue
            self._nodes.left -= 1
            taking = live.take(rest)
            if taking is None:
                continue
            plan.append((live, taking))
            barred |= self._excluded.get(live.deal.id, frozenset())
            taken |= sum(1 << pile for pile in taking.used)
            rest = without(rest, taking)
            there &= ~sum(1 << pile for pile in taking.used if not rest[pile])
        return plan

    def _by_piece(self, lives: Sequence[Live], left: Left) -> int:
        """No plan saves more than the most that each piece can bring in any deal."""
        rates = self._rates(lives, left)
        return sum(count * rate for count, rate in zip(left, rates, strict=True) if count) // _SCALE

    def _rates(self, lives: Sequence[Live], left: Left) -> list[int]:
        rates = [0] * len(left)
        for live in lives:
            self._nodes.left -= 1
            _raise_rates(live, left, rates)
        return rates

    def _pair(self, lives: Sequence[Live]) -> tuple[Live, Live] | None:
        for place, live in enumerate(lives):
            barred = self._excluded.get(live.deal.id)
            if barred:
                for other in lives[place + 1 :]:
                    if other.deal.id in barred:
                        return live, other
        return None

    def _beside(self, lives: Sequence[Live], spend: Live) -> tuple[list[Live], Live]:
        rest = [live for live in lives if live is not spend and not (live.spends and live.mask & spend.mask)]
        return rest, spend

    def _by_sets(self, lives: Sequence[Live], left: Left, best: Choice) -> Choice:
        rates = self._rates(lives, left)
        packing = _Packing(lives, left, rates, self._nodes, best.saving_minor)
        packing.go(0, sum(count * rate for count, rate in zip(left, rates, strict=True)), 0)
        plan = best.plan if packing.best is None else packing.plan()
        return Choice(plan, packing.floor, packing.complete)


class _Packing:
    """Every way to pack the pieces into sets, dearest pile first, cut off where it can't beat the best so far."""

    def __init__(self, lives: Sequence[Live], left: Left, rates: list[int], nodes: Nodes, floor: int) -> None:
        self._lives = lives
        self._left = list(left)
        self._rates = rates
        self._nodes = nodes
        self._raw = [0] * len(lives)
        self._times = [0] * len(lives)
        self._sets: list[tuple[int, OneSet]] = []
        self._seen: dict[tuple[object, ...], int] = {}
        self.floor = floor
        self.best: list[tuple[int, OneSet]] | None = None
        self.complete = True

    def plan(self) -> Plan:
        takings: dict[int, Taking] = {}
        for place, made in self.best or ():
            takings.setdefault(place, Taking()).add(made)
        return [(self._lives[place], taking) for place, taking in sorted(takings.items())]

    def go(self, pile: int, room: int, depth: int) -> None:
        """``room`` is what the pieces left can still bring at most, scaled."""
        saved = self._saved()
        if saved > self.floor:
            self.floor, self.best = saved, list(self._sets)
        left = self._left
        while pile < len(left) and not (left[pile] and self._rates[pile] >= 0 and self._wanted(pile)):
            room -= left[pile] * self._rates[pile]
            pile += 1
        if pile == len(left) or saved + room // _SCALE <= self.floor:
            return
        if not self._nodes.step() or depth > MAX_DEPTH:
            self.complete = False
            return
        key = (pile, tuple(left[pile:]), tuple(self._times), tuple(self._raw_under_cap()))
        if self._seen.get(key, -1) >= saved:
            return
        self._seen[key] = saved
        for place, live in enumerate(self._lives):
            if self._times[place] < live.most_times and live.mask >> pile & 1:
                for made in live.sets_with(pile, left, self._nodes):
                    self._with(place, made, pile, room, depth)
        self.complete = self.complete and self._nodes.left >= 0
        self._skip(pile, room, depth)

    def _with(self, place: int, made: OneSet, pile: int, room: int, depth: int) -> None:
        for used, count in made.used:
            self._left[used] -= count
            room -= count * self._rates[used]
        self._raw[place] += made.raw_minor
        self._times[place] += 1
        self._sets.append((place, made))
        self.go(pile, room, depth + 1)
        self._sets.pop()
        self._times[place] -= 1
        self._raw[place] -= made.raw_minor
        for used, count in made.used:
            self._left[used] += count

    def _skip(self, pile: int, room: int, depth: int) -> None:
        """The rest of this pile stays as it is."""
        kept, self._left[pile] = self._left[pile], 0
        self.go(pile + 1, room - kept * self._rates[pile], depth + 1)
        self._left[pile] = kept

    def _wanted(self, pile: int) -> bool:
        return any(live.mask >> pile & 1 for live in self._lives)

    def _saved(self) -> int:
        return sum(min(raw, live.cap_minor) for raw, live in zip(self._raw, self._lives, strict=True))

    def _raw_under_cap(self) -> list[int]:
        return [
            0 if live.cap_minor == UNLIMITED else min(raw, live.cap_minor)
            for raw, live in zip(self._raw, self._lives, strict=True)
        ]


def without(left: Left, taking: Taking) -> Left:
    rest = list(left)
    for pile, count in taking.used.items():
        rest[pile] -= count
    return rest


def _worth(plan: Plan) -> int:
    return sum(live.saving(taking) for live, taking in plan)


def _raise_rates(live: Live, left: Left, rates: list[int]) -> None:
    """Make each pile's rate at least what a piece brings in this deal, scaled."""
    if live.spends:
        taking = live.take(left)
        if taking is None:
            return
        value = sum(count * weight for _, count, weight in taking.portions)
        for pile, _, weight in taking.portions:
            rates[pile] = max(rates[pile], -(-live.saving(taking) * weight * _SCALE // value))
        return
    for part in live.parts:
        for pile in part:
            if left[pile]:
                rates[pile] = max(rates[pile], live.bound(pile, _SCALE))
