"""Deals on single pieces: a price for a few of them, and gifts over a threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared_models.domain.deal import Deal, Gift
from shared_models.domain.deal_live import SCALE, Gives, Live
from shared_models.domain.deal_piles import Left, Nodes, Pool, Table, Taking, single
from shared_models.domain.limits import UNLIMITED, Allowance


class SingleLive(Live):
    """The pieces that save most come first; ``most_times`` counts pieces."""

    weighed = True
    _ranked: Mapping[int, int] | None = None

    @property
    def free(self) -> bool:
        return self.most_times == UNLIMITED == self.cap_minor

    def _saves(self) -> Mapping[int, int]:
        """By pile, what a piece saves: the most first, no pile where that is nothing."""
        if self._ranked is None:
            offs = self.offs
            ranked = sorted(self.pools[0].piles, key=offs.__getitem__, reverse=True)
            self._ranked = {pile: offs[pile] for pile in ranked if offs[pile]}
        return self._ranked

    def take(self, left: Left) -> Taking | None:
        used: dict[int, int] = {}
        portions = []
        raw, need = 0, self.most_times
        for pile, off in self._saves().items():
            if count := min(left[pile], need):
                used[pile] = count
                portions.append((pile, count, off))
                raw += count * off
                need -= count
        return Taking(used, portions, raw, self.most_times - need) if used else None

    def _rated(self) -> Sequence[tuple[int, int]]:
        return [(pile, off * SCALE) for pile, off in self._saves().items()] if self.most_times else ()

    def sets_with(self, first: int, left: Left, most: int, nodes: Nodes) -> Iterator[Taking]:
        off = self._saves().get(first)
        if off:
            for count in range(min(left[first], most), 0, -1):
                nodes.left -= 1
                if nodes.left < 0:
                    return
                yield single(first, count, off)


class GiftLive(SingleLive):
    """``counted`` is what is compared with the threshold, ``most_full`` how many thresholds count at most.

    Of its pools the first counts and the second has the rewards.
    """

    def __init__(
        self, deal: Deal, number: int, gives: Gives, pools: Sequence[Pool], table: Table, allowance: Allowance
    ) -> None:
        counting, rewards = pools
        super().__init__(deal, number, gives, (rewards,), table, allowance)
        assert isinstance(deal.terms, Gift)
        self.gift = gift = deal.terms
        value_minor, measure_milli = table.worth(counting)
        self.counted = measure_milli if gift.by_quantity else value_minor
        self.most_full = self.most_times if gift.every else min(1, self.most_times)
        self.full = min(self.counted // gift.threshold, self.most_full)
        self.most_times = self.full * gift.count

    def times(self, taking: Taking) -> int:
        return -(-taking.times // self.gift.count)


__all__ = ["GiftLive", "SingleLive"]
