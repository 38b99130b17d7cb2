"""What a basket lacks for a deal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared_models.domain.deal import Deal
from shared_models.domain.deal_live import Live, SpendLive
from shared_models.domain.deal_piles import Left, count_of
from shared_models.domain.deal_reasons import Why
from shared_models.domain.deal_sets import BundleLive, PoolLive
from shared_models.domain.deal_single import GiftLive
from shared_models.domain.near_miss import NearMiss, is_near
from shared_models.domain.quantity import ONE_MILLI


def misses(live: Live, whys: Sequence[Why], left: Left) -> Iterable[NearMiss]:
    """What would bring the next step or set; ``left`` are the pieces that no deal of the group took."""
    if isinstance(live, SpendLive):
        return _next_step(live, whys)
    if type(live) is PoolLive:
        return _pieces(live.deal, whys[0], count_of(live.pools[0].piles, left) % live.size, live.size)
    if isinstance(live, BundleLive) and not live.shared:
        sums = [count_of(pool.piles, left) for pool in live.pools]
        return _pieces(live.deal, whys[0], sum(map(min, live.counts, sums)), live.size)
    if isinstance(live, GiftLive):
        return _gift(live, whys[0])
    return ()


def _gift(live: GiftLive, why: Why) -> Iterable[NearMiss]:
    """A gift that is still to be chosen; else the next threshold."""
    gift, counted = live.gift, live.counted
    free = live.most_times - live.pools[0].count
    if free > 0:
        return (NearMiss(live.deal.id, 0, free * ONE_MILLI, *why, counted, gift.threshold, choose=True),)
    wanted = (counted // gift.threshold + 1) * gift.threshold
    if live.full >= live.most_full or not is_near(counted, wanted):
        return ()
    missing = wanted - counted
    money, goods = (0, missing) if gift.by_quantity else (missing, 0)
    return (NearMiss(live.deal.id, money, goods, *why, counted, wanted),)


def _next_step(live: SpendLive, whys: Sequence[Why]) -> Iterable[NearMiss]:
    spend, counted = live.spend, live.counted
    if spend.every:
        place = 0
        threshold = spend.steps[place].threshold
        full = counted // threshold
        if full >= live.most_times:
            return ()
        wanted = (full + 1) * threshold
    else:
        above = [(step.threshold, place) for place, step in enumerate(spend.steps) if step.threshold > counted]
        if not above:
            return ()
        wanted, place = min(above)
    if not is_near(counted, wanted):
        return ()
    missing = wanted - counted
    money, goods = (0, missing) if spend.by_quantity else (missing, 0)
    return (NearMiss(live.deal.id, money, goods, *whys[place], counted, wanted),)


def _pieces(deal: Deal, why: Why, there: int, wanted: int) -> Iterable[NearMiss]:
    if not is_near(there, wanted):
        return ()
    return (NearMiss(deal.id, 0, (wanted - there) * ONE_MILLI, *why, there, wanted),)


__all__ = ["misses"]
