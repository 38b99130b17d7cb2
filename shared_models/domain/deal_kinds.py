"""Each kind of terms at work."""

from __future__ import annotations

from collections.abc import Mapping

from shared_models.domain.deal import Bundle, Each, Get, Gift, Spend, Terms
from shared_models.domain.deal_live import Live, SpendLive
from shared_models.domain.deal_sets import BundleLive, PoolLive, RewardsLive, SameLive
from shared_models.domain.deal_single import GiftLive, SingleLive

_KINDS: Mapping[type[Terms], type[Live]] = {Spend: SpendLive, Bundle: BundleLive, Each: SingleLive, Gift: GiftLive}


def kind_of(terms: Terms) -> type[Live]:
    if isinstance(terms, Get):
        if terms.rewards is not None:
            return RewardsLive
        return SameLive if terms.same else PoolLive
    return _KINDS[type(terms)]


__all__ = ["kind_of"]
