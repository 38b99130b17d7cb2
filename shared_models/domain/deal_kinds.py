"""Each kind of terms at work."""

from __future__ import annotations

from shared_models.domain.deal import Bundle, Each, Gift, Spend
from shared_models.domain.deal_index import DealIndex
from shared_models.domain.deal_live import Live, SpendLive
from shared_models.domain.deal_piles import Table
from shared_models.domain.deal_sets import BundleLive, PoolLive, RewardsLive, SameLive
from shared_models.domain.deal_single import GiftLive, SingleLive
from shared_models.domain.limits import Allowance


def live_deal(index: DealIndex, number: int, table: Table, allowance: Allowance) -> Live:
    """The deal of that number at work on ``table``."""
    deal, off, parts = index.deals[number], index.discounts[number], index.parts[number]
    terms, full_price_only = deal.terms, deal.full_price_only
    weighed = isinstance(terms, Spend | Each | Gift)
    pool = table.pool(parts[0], full_price_only, weighed)
    if isinstance(terms, Spend):
        return SpendLive(deal, number, terms, pool, table, allowance)
    pools = [pool, *[table.pool(part, full_price_only, False) for part in parts[1:]]]
    if isinstance(terms, Bundle):
        return BundleLive(deal, number, terms, pools, table, allowance)
    assert off is not None, "the others have a benefit"
    if isinstance(terms, Each):
        return SingleLive(deal, number, off, pool, table, allowance)
    if isinstance(terms, Gift):
        return GiftLive(deal, number, terms, off, (table.outside(pool, parts[1]), pools[1]), table, allowance)
    if terms.rewards is not None:
        return RewardsLive(deal, number, terms, off, pools, table, allowance)
    return (SameLive if terms.same else PoolLive)(deal, number, terms, off, pool, table, allowance)


__all__ = ["live_deal"]
