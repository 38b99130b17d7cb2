"""Each kind of terms at work."""

from __future__ import annotations

from shared_models.domain.deal import Bundle, Each, Get, Gift, Spend
from shared_models.domain.deal_index import DealIndex
from shared_models.domain.deal_live import Live, SpendLive
from shared_models.domain.deal_piles import Pool, Table
from shared_models.domain.deal_sets import BundleLive, PoolLive, RewardsLive, SameLive
from shared_models.domain.deal_single import GiftLive, SingleLive
from shared_models.domain.limits import Allowance


def live_deal(index: DealIndex, number: int, table: Table, allowance: Allowance) -> Live:
    """The deal of that number at work on ``table``."""
    deal, off, parts = index.deals[number], index.discounts[number], index.parts[number]

    def pool(part: int, *, weighed: bool = False) -> Pool:
        return table.pool(parts[part], deal.full_price_only, weighed)

    match deal.terms:
        case Spend() as spend:
            return SpendLive(deal, number, spend, pool(0, weighed=True), table, allowance)
        case Bundle() as bundle:
            return BundleLive(deal, number, bundle, [pool(part) for part in range(len(parts))], table, allowance)
    assert off is not None, "the others have a benefit"
    match deal.terms:
        case Each():
            return SingleLive(deal, number, off, pool(0, weighed=True), table, allowance)
        case Gift() as gift:
            counting = table.outside(pool(0, weighed=True), parts[1])
            return GiftLive(deal, number, gift, off, (counting, pool(1)), table, allowance)
        case Get(rewards=None, same=same) as get:
            return (SameLive if same else PoolLive)(deal, number, get, off, pool(0), table, allowance)
        case Get() as get:
            return RewardsLive(deal, number, get, off, (pool(0), pool(1)), table, allowance)
