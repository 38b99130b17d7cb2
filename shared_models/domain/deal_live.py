"""A deal at work on the piles of its group; spend-and-save, which takes all of its goods or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from shared_models.domain.deal import Deal, Spend
from shared_models.domain.deal_piles import Left, Nodes, Pool, Table, Taking
from shared_models.domain.limits import Allowance
from shared_models.domain.offer import Discount
from shared_models.domain.quantity import ONE_MILLI

Gives: TypeAlias = Sequence[Discount]
"""What a deal's benefit takes off, or those of its steps, if it has any."""

SCALE = 1_000
"""A rate is thousandths of a minor unit for one piece."""


class Live:
    """A deal that runs, and per part of its terms the pool that belongs. ``number`` is its place in preference.

    ``allowance`` is what all its limits leave. ``exact``: ``take`` gives the most that it can save. ``visits`` is how
    many piles a look at it visits. ``spends``: it takes all of its goods or none, and saves ``certain_minor`` then.
    """

    spends = False
    exact = True
    certain_minor = 0
    size = 1
    """With fewer pieces than so it saves nothing."""
    weighed = False
    """Whether weighed goods belong to its first pool; they never belong to another one."""
    _rates: Sequence[tuple[int, int]] | None = None

    def __init__(
        self, deal: Deal, number: int, gives: Gives, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        self.deal = deal
        self.number = number
        self.pools = pools
        self.table = table
        self._gives = gives
        mask, visits = 0, 1
        for pool in pools:
            mask |= pool.mask
            visits += pool.visits
        self.mask, self.visits = mask, visits
        self.most_times, self.cap_minor = allowance

    @property
    def free(self) -> bool:
        """Whether it takes any piece by itself, and as many as there are."""
        return False

    @property
    def offs(self) -> Sequence[int]:
        """By pile, what its benefit takes off a piece; asked only of deals that have one."""
        return self.table.offs(self._gives[0])

    def saving(self, taking: Taking) -> int:
        raw, cap = taking.raw_minor, self.cap_minor
        return raw if raw < cap else cap

    def times(self, taking: Taking) -> int:
        """How often it applied, as its limits count."""
        return taking.times

    def take(self, left: Left) -> Taking | None:
        """What this deal takes of what is left if no other one wants any of it; ``None`` if it saves nothing."""
        raise NotImplementedError

    def guess(self, left: Left) -> int:
        """About what it saves alone: for deals that aren't ``exact``."""
        raise AssertionError(left)

    def rates(self) -> Sequence[tuple[int, int]]:
        """(pile, no less than one piece of it brings, times ``SCALE``): a set saves no more than the sum of them."""
        if self._rates is None:
            self._rates = self._rated()
        return self._rates

    def _rated(self) -> Sequence[tuple[int, int]]:
        raise NotImplementedError

    def sets_with(self, first: int, left: Left, most: int, nodes: Nodes) -> Iterator[Taking]:
        """Every set that uses a piece of pile ``first`` and none of those before it, while nodes last; ``most`` times
        at most. Not asked of a deal that ``spends``: that is decided before the sets."""
        raise AssertionError((first, left, most, nodes))


class SpendLive(Live):
    """What it saves is known from the start: only what is left to another deal can depend on others."""

    spends = True
    weighed = True

    def __init__(
        self, deal: Deal, number: int, gives: Gives, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        super().__init__(deal, number, gives, pools, table, allowance)
        assert isinstance(deal.terms, Spend)
        self.spend = spend = deal.terms
        self.value_minor, measure_milli = table.worth(pools[0])
        self.counted = measure_milli if spend.by_quantity else self.value_minor
        self.visits = 1
        self.raw_minor = 0
        self._step = self._applied = 0
        self._taking: Taking | None = None
        for place, step in enumerate(spend.steps):
            if self.counted >= step.threshold:
                times = min(self.counted // step.threshold, self.most_times) if spend.every else 1
                most = gives[place](ONE_MILLI * times, self.value_minor)
                if most > self.raw_minor:
                    self.raw_minor, self._step, self._applied = most, place, times
        self.certain_minor = min(self.raw_minor, self.cap_minor)

    def take(self, left: Left) -> Taking | None:  # noqa: ARG002 - none of its goods is ever taken by another one
        if self.raw_minor and self._taking is None:
            self._taking = self._whole()
        return self._taking

    def _whole(self) -> Taking:
        counts, prices = self.table.counts, self.table.prices
        used = {pile: counts[pile] for pile in self.pools[0].piles}
        portions = [(pile, count, prices[pile]) for pile, count in used.items()]
        return Taking(used, portions, self.raw_minor, self._applied, self._step)

    def _rated(self) -> Sequence[tuple[int, int]]:
        prices, certain, value = self.table.prices, self.certain_minor * SCALE, self.value_minor
        return [(pile, -(-certain * prices[pile] // value)) for pile in self.pools[0].piles]
