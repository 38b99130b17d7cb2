"""Which deals of a group to apply, and how often: the choice that saves most, or the best found in so many steps.

A group falls apart into contests: deals that share no goods decide nothing for each other. A contest branches on the
spend-and-save deals, which take all of their goods or none, and on deals that exclude others; what is left are deals by
the piece, for one of which the best is known and several of which are packed set by set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from shared_models.domain.deal_live import SCALE, Live
from shared_models.domain.deal_packing import Packing
from shared_models.domain.deal_piles import Left, Nodes, Taking, without
from shared_models.domain.limits import UNLIMITED

MAX_DEPTH = 100

Plan: TypeAlias = list[tuple[Live, Taking]]
Excluded: TypeAlias = Mapping[str, frozenset[str]]
Tops: TypeAlias = Mapping[int, Sequence[tuple[int, int]]]
"""By pile, what a piece of it brings at most in each deal (by the bit of its number), the most first."""


class Choice(NamedTuple):
    """``optimal``: no other allowed choice saves more."""

    plan: Plan
    saving_minor: int
    optimal: bool


class Stake:
    """A deal in question. ``alone`` is what it takes if no other one applies, ``worth_minor`` about what that saves.

    ``most_minor``: it never saves more.
    """

    __slots__ = ("alone", "live", "most_minor", "worth_minor")

    def __init__(self, live: Live, left: Left) -> None:
        self.live = live
        self.alone = live.take(left) if live.exact else None
        if live.exact:
            self.worth_minor = self.most_minor = live.saving(self.alone) if self.alone is not None else 0
        else:
            self.worth_minor, self.most_minor = live.guess(left), UNLIMITED


class Search:
    """``nodes`` counts what is visited: piles, deals, sets. A first look at each deal and a greedy choice are free."""

    def __init__(self, excluded: Excluded, nodes: Nodes) -> None:
        self._excluded = excluded
        self._nodes = nodes

    def best(self, lives: Sequence[Live], left: Left) -> Choice:
        """The best plan of ``lives`` (in order of preference) for what is left; of equal ones the greedy one."""
        worth_it = self._unbeaten(self._undominated(lives), len(left)) if len(lives) > 1 else lives
        stakes = [stake for live in worth_it if (stake := Stake(live, left)).most_minor]
        if not stakes:
            return Choice([], 0, True)
        if len(stakes) == 1 and stakes[0].alone is not None:
            return Choice([(stakes[0].live, stakes[0].alone)], stakes[0].most_minor, True)
        found = self._choose(stakes, left, 0, {})
        if not found.optimal and len(worth_it) < len(lives):
            plan = self.greedy([(live, None) for live in lives], left)
            if _worth(plan) > found.saving_minor:
                return Choice(plan, _worth(plan), False)
        return found

    def _unbeaten(self, lives: Sequence[Live], piles: int) -> Sequence[Live]:
        """``lives`` without those that, whatever they take, save less than deals on each piece by itself would on the
        same pieces."""
        floor, firsts = [0] * piles, [0] * piles
        for live in lives:
            if live.free and live.deal.id not in self._excluded:
                for pile, rate in live.rates():
                    if rate > floor[pile]:
                        floor[pile], firsts[pile] = rate, live.number
        return [live for live in lives if _reaches(live, floor, firsts)] if any(floor) else lives

    def _undominated(self, lives: Sequence[Live]) -> Sequence[Live]:
        """``lives`` without spend-and-save that another one beats: that saves at least as much on no other goods,
        excludes nothing, and comes first where both save the same."""
        beaters: list[Live] = []
        beaten: set[int] = set()
        spends = [live for live in lives if live.spends]
        if not spends:
            return lives
        for live in sorted(spends, key=lambda live: (-live.certain_minor, live.number)):
            if not live.certain_minor or any(not each.mask & ~live.mask for each in beaters):
                beaten.add(live.number)
            elif live.deal.id not in self._excluded:
                beaters.append(live)
        return [live for live in lives if live.number not in beaten]

    def _choose(self, stakes: Sequence[Stake], left: Left, depth: int, tops: Tops) -> Choice:
        plan: Plan = []
        saving, optimal = 0, True
        for contest in self._contests(stakes, left):
            if depth and self._nodes.left < 0:
                optimal = False
                break
            choice = self._contest(contest, left, depth, tops)
            plan += choice.plan
            saving += choice.saving_minor
            optimal = optimal and choice.optimal
        return Choice(plan, saving, optimal)

    def _contests(self, stakes: Sequence[Stake], left: Left) -> list[list[Stake]]:
        """Deals that share goods or exclude each other, together, few ones first; a deal that saves nothing is in
        none."""
        self._nodes.left -= len(stakes)
        there = _mask(left)
        contests: list[tuple[int, list[Stake]]] = []
        for stake in stakes:
            mask = stake.live.mask & there
            if not mask or not stake.most_minor:
                continue
            members = [stake]
            barred = self._excluded.get(stake.live.deal.id)
            apart = []
            for other in contests:
                if other[0] & mask or (barred and any(each.live.deal.id in barred for each in other[1])):
                    mask, members = mask | other[0], other[1] + members
                else:
                    apart.append(other)
            contests = [*apart, (mask, members)]
        found = [sorted(members, key=lambda stake: stake.live.number) for _, members in contests]
        return sorted(found, key=len)

    def _contest(self, stakes: Sequence[Stake], left: Left, depth: int, tops: Tops) -> Choice:
        most = sum([stake.most_minor for stake in stakes])
        best = self._head_start(stakes, left, depth, most)
        if best.saving_minor >= most:
            return Choice(best.plan, best.saving_minor, True)
        if not tops:
            self._nodes.left -= sum([stake.live.visits for stake in stakes]) // 8
        if self._nodes.left < 0 or depth > MAX_DEPTH:
            return best
        tops = tops or _tops(stakes)
        optimal = True
        for plan, rest, after in self._ways(stakes, left):
            if self._nodes.left < 0:
                optimal = False
                break
            saved, rates = _worth(plan), _rates(rest, tops)
            self._nodes.left -= len(tops)
            if best.saving_minor >= saved + _most(rest, after, rates):
                continue
            if len(rest) == len(stakes) and not plan:
                found = self._packed(rest, after, best, rates)
            else:
                found = self._choose(rest, after, depth + 1, tops)
            optimal = optimal and found.optimal
            if saved + found.saving_minor > best.saving_minor:
                best = Choice(plan + found.plan, saved + found.saving_minor, True)
        return Choice(best.plan, best.saving_minor, optimal or best.saving_minor >= most)

    def _ways(self, stakes: Sequence[Stake], left: Left) -> Iterator[tuple[Plan, list[Stake], Left]]:
        """The ways to decide on the deals that can't be left to the packing: a plan so far, what else is in question,
        what is left."""
        rest = list(stakes)
        while (decider := self._decider(rest)) is not None:
            live = decider.live
            barred = self._excluded.get(live.deal.id, frozenset())
            beside = [stake for stake in rest if stake.live.deal.id not in barred]
            if live.spends and decider.alone is not None:
                after = without(left, decider.alone)
                there = _mask(after)
                beside = [
                    stake if not stake.live.mask & live.mask else self._again(stake, after)
                    for stake in beside
                    if stake.live.mask & there and not (stake.live.spends and stake.live.mask & live.mask)
                ]
                yield [(live, decider.alone)], beside, after
            else:
                yield [], beside, left
            rest = [stake for stake in rest if stake is not decider]
            if len(self._contests(rest, left)) > 1:
                break
        yield [], rest, left

    def _again(self, stake: Stake, left: Left) -> Stake:
        self._nodes.left -= stake.live.visits
        return Stake(stake.live, left)

    def _decider(self, stakes: Sequence[Stake]) -> Stake | None:
        """Of the deals that take all or nothing or exclude another one here, the one that saves most."""
        names = {stake.live.deal.id for stake in stakes} if self._excluded else ()
        self._nodes.left -= len(stakes)
        found = [
            stake
            for stake in stakes
            if stake.live.spends or (names and not names.isdisjoint(self._excluded.get(stake.live.deal.id, ())))
        ]
        return max(found, key=lambda stake: (stake.worth_minor, -stake.live.number), default=None)

    def _head_start(self, stakes: Sequence[Stake], left: Left, depth: int, most: int) -> Choice:
        """What deals take in order of preference, or in that of their worth where that saves more. The first such look
        takes no steps."""
        (only, *others) = stakes
        if not others and only.alone is not None:
            return Choice([(only.live, only.alone)], only.worth_minor, True)
        before = self._nodes.left
        best = self.greedy([(stake.live, stake.alone) for stake in stakes], left)
        saving = _worth(best)
        by_worth = sorted(stakes, key=lambda stake: (-stake.worth_minor, stake.live.number))
        if depth or (saving < most and by_worth != stakes):
            other = self.greedy([(stake.live, stake.alone) for stake in by_worth], left)
            if (worth := _worth(other)) > saving:
                best, saving = other, worth
        if not depth:
            self._nodes.left = before
        return Choice(best, saving, False)

    def greedy(self, lives: Iterable[tuple[Live, Taking | None]], left: Left) -> Plan:
        """One deal after the other takes all it can; with each what it takes if no other one applies, if known."""
        plan: Plan = []
        excluded = self._excluded
        barred: set[str] = set()
        taken, there, rest, many = 0, _mask(left), list(left), sum(left)
        for live, taking in lives:
            mask = live.mask
            if not mask & there or (live.spends and mask & taken) or (barred and live.deal.id in barred):
                continue
            if taking is None or mask & taken:
                self._nodes.left -= live.visits
                taking = live.take(rest) if live.size <= many else None
            if taking is None:
                continue
            plan.append((live, taking))
            if excluded:
                barred |= excluded.get(live.deal.id, frozenset())
            for pile, count in taking.used.items():
                taken |= 1 << pile
                many -= count
                rest[pile] = still = rest[pile] - count
                if not still:
                    there &= ~(1 << pile)
        return plan

    def _packed(self, stakes: Sequence[Stake], left: Left, best: Choice, rates: Mapping[int, int]) -> Choice:
        packing = Packing([stake.live for stake in stakes], left, rates, self._nodes, best.saving_minor)
        packing.run()
        plan = best.plan if packing.best is None else packing.plan()
        return Choice(plan, packing.floor, packing.complete)


def _reaches(live: Live, floor: Sequence[int], firsts: Sequence[int]) -> bool:
    """Whether on some pile it brings at least what another deal does, which by pile ``floor`` says; ``firsts`` are the
    numbers of those, and of equal ones the first counts."""
    for pile, rate in live.rates():
        if rate >= floor[pile] and (rate > floor[pile] or (rate and live.number <= firsts[pile])):
            return True
    return False


def _tops(stakes: Iterable[Stake]) -> Tops:
    tops: dict[int, list[tuple[int, int]]] = {}
    for stake in stakes:
        bit = 1 << stake.live.number
        for pile, rate in stake.live.rates():
            tops.setdefault(pile, []).append((rate, bit))
    for each in tops.values():
        each.sort(reverse=True)
    return tops


def _rates(stakes: Sequence[Stake], tops: Tops) -> dict[int, int]:
    """By pile, the most that a piece of it brings in one of these deals."""
    bits = 0
    for stake in stakes:
        bits |= 1 << stake.live.number
    rates = {}
    for pile, each in tops.items():
        for rate, bit in each:
            if bit & bits:
                rates[pile] = rate
                break
    return rates


def _most(stakes: Sequence[Stake], left: Left, rates: Mapping[int, int]) -> int:
    """No plan saves more than the most that each piece can bring in any deal, as ``rates`` has it."""
    by_piece = sum([left[pile] * rate for pile, rate in rates.items()]) // SCALE
    return min(by_piece, sum([stake.most_minor for stake in stakes]))


def _mask(left: Left) -> int:
    if 0 not in left:
        return (1 << len(left)) - 1
    return sum([1 << pile for pile, count in enumerate(left) if count])


def _worth(plan: Plan) -> int:
    return sum([live.saving(taking) for live, taking in plan])
