"""Each kind of terms at work."""

from __future__ import annotations

from collections.abc import Sequence

from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Spend
from shared_models.domain.deal_live import Live, SpendLive
from shared_models.domain.deal_piles import Pool, Table
from shared_models.domain.deal_sets import BundleLive, PoolLive, RewardsLive, SameLive
from shared_models.domain.deal_single import EachLive, GiftLive
from shared_models.domain.limits import Allowance


def live_deal(deal: Deal, number: int, parts: Sequence[int], table: Table, allowance: Allowance) -> Live:
    """``deal`` at work on ``table``; ``parts`` are the numbers of the goods of its parts."""

    def pool(part: int, *, weighed: bool) -> Pool:
        return table.pool(parts[part], full_price_only=deal.full_price_only, weighed=weighed)

    match deal.terms:
        case Spend() as spend:
            return SpendLive(deal, number, spend, pool(0, weighed=True), table, allowance)
        case Each() as each:
            return EachLive(deal, number, each, pool(0, weighed=True), table, allowance)
        case Gift() as gift:
            counting = table.outside(pool(0, weighed=True), parts[1])
            return GiftLive(deal, number, gift, counting, pool(1, weighed=False), table, allowance)
        case Get(rewards=None, same=True) as get:
            return SameLive(deal, number, get, pool(0, weighed=False), table, allowance)
        case Get(rewards=None) as get:
            return PoolLive(deal, number, get, pool(0, weighed=False), table, allowance)
        case Get() as get:
            pools = [pool(0, weighed=False), pool(1, weighed=False)]
            return RewardsLive(deal, number, get, pools, table, allowance)
        case Bundle() as bundle:
            pools = [pool(part, weighed=False) for part in range(len(parts))]
            return BundleLive(deal, number, bundle, pools, table, allowance)
