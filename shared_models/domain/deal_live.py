"""A deal at work on the piles of its group; spend-and-save, which takes all of its goods or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared_models.domain.deal import Deal, Spend, Step
from shared_models.domain.deal_piles import Left, Nodes, Pool, Table, Taking
from shared_models.domain.limits import Allowance
from shared_models.domain.offer import Discount, PercentOff, discount
from shared_models.domain.quantity import ONE_MILLI

SCALE = 1_000
"""A rate is thousandths of a minor unit for one piece."""


class Live:
    """A deal that runs, and per part of its terms the pool that belongs. ``number`` is its place in preference.

    ``off`` is what its benefit takes off, ``None`` if its terms have no one benefit. ``allowance`` is what all its
    limits leave. ``exact``: ``take`` gives the most that it can save. ``visits`` is how many piles a look at it visits.
    ``spends``: it takes all of its goods or none, and saves ``certain_minor`` then.
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
        self, deal: Deal, number: int, off: Discount | None, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        self.deal = deal
        self.number = number
        self.pools = pools
        self.table = table
        self._off = off
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
        assert self._off is not None
        return self.table.offs(self._off)

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
        self, deal: Deal, number: int, off: Discount | None, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        super().__init__(deal, number, off, pools, table, allowance)
        assert isinstance(deal.terms, Spend)
        self.spend = spend = deal.terms
        self.value_minor, measure_milli = table.worth(pools[0])
        self.counted = measure_milli if spend.by_quantity else self.value_minor
        self.visits = 1
        self.raw_minor = 0
        self.step: Step | None = None
        self._taking: Taking | None = None
        for step in spend.steps:
            if self.counted >= step.threshold and (most := self._gives(step)) > self.raw_minor:
                self.raw_minor, self.step = most, step
        self.certain_minor = min(self.raw_minor, self.cap_minor)

    def _gives(self, step: Step) -> int:
        if isinstance(step.benefit, PercentOff):
            return discount(step.benefit)(ONE_MILLI, self.value_minor)
        return min(self.value_minor, step.benefit.amount_minor * self._times(step))

    def _times(self, step: Step) -> int:
        return min(self.counted // step.threshold, self.most_times) if self.spend.every else 1

    def take(self, left: Left) -> Taking | None:  # noqa: ARG002 - none of its goods is ever taken by another one
        if self.step is not None and self._taking is None:
            self._taking = self._whole(self.step)
        return self._taking

    def _whole(self, step: Step) -> Taking:
        counts, prices = self.table.counts, self.table.prices
        used = {pile: counts[pile] for pile in self.pools[0].piles}
        portions = [(pile, count, prices[pile]) for pile, count in used.items()]
        return Taking(used, portions, self.raw_minor, self._times(step), step)

    def _rated(self) -> Sequence[tuple[int, int]]:
        prices, certain, value = self.table.prices, self.certain_minor * SCALE, self.value_minor
        return [(pile, -(-certain * prices[pile] // value)) for pile in self.pools[0].piles]
