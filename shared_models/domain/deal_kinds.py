"""Each kind of terms at work."""

from __future__ import annotations

from collections.abc import Mapping

from shared_models.domain.deal import Bundle, Each, Get, Gift, Spend, Terms
from shared_models.domain.deal_index import DealIndex
from shared_models.domain.deal_live import Live, SpendLive
from shared_models.domain.deal_piles import Table
from shared_models.domain.deal_sets import BundleLive, PoolLive, RewardsLive, SameLive
from shared_models.domain.deal_single import GiftLive, SingleLive
from shared_models.domain.limits import Allowance

_KINDS: Mapping[type[Terms], type[Live]] = {Spend: SpendLive, Bundle: BundleLive, Each: SingleLive, Gift: GiftLive}


def live_deal(index: DealIndex, number: int, table: Table, allowance: Allowance) -> Live:
    """The deal of that number at work on ``table``."""
    deal, parts = index.deals[number], index.parts[number]
    kind = _kind_of(deal.terms)
    full_price_only = deal.full_price_only
    pools = [table.pool(parts[0], full_price_only, kind.weighed)]
    pools += [table.pool(part, full_price_only, False) for part in parts[1:]]
    if kind is GiftLive:
        pools[0] = table.outside(pools[0], parts[1])
    return kind(deal, number, index.discounts[number], pools, table, allowance)


def _kind_of(terms: Terms) -> type[Live]:
    if isinstance(terms, Get):
        if terms.rewards is not None:
            return RewardsLive
        return SameLive if terms.same else PoolLive
    return _KINDS[type(terms)]


__all__ = ["live_deal"]
