"""How much stored value and how many uses of a coupon this till may give away before the server has counted it.

Neither is lent to tills yet, and no server is asked, not even online. So each till has an allowance (``floor``): stored
value up to a sum per member, a coupon once in its own store, and more only when a sync has counted what was spent. What
was paid in here is known to be there, so it adds to the allowance until it is counted.
"""

from __future__ import annotations

from typing import Final

from pos_client.app import spending
from pos_client.app.counter import Counter
from pos_client.app.refusals import SpendingStale, SpendingStopped
from pos_client.store.shop import KnownMember
from pos_client.store.valuables import KnownCoupon, KnownStoredValue

STORED_VALUE_FLOOR_UNITS: Final = 200
"""Of the currency, per member and till."""


def stopped(counter: Counter) -> SpendingStopped | SpendingStale | None:
    """Why this till takes no stored value and no coupons at all, or ``None``."""
    refused = spending.refusal(counter)
    if refused is None:
        return None
    return SpendingStale(days=counter.machine.redeem_days) if spending.is_stale(counter) else SpendingStopped()


def left(counter: Counter, known: KnownStoredValue | KnownCoupon, member: KnownMember | None) -> int:
    """What the allowance leaves: minor units of stored value, or uses of a coupon (0 or 1).

    ``member`` is the sale's. A personal coupon is for its owner's usual store, one that names a store for that store,
    and a generic one for every store. What is there at all, and days and states of coupons, are the domain's business.
    """
    if isinstance(known, KnownStoredValue):
        floor_minor = STORED_VALUE_FLOOR_UNITS * counter.programme.money.unit_minor
        return max(0, floor_minor - known.own_net_debit_minor)
    here = counter.books.journal.identity.store_id
    if known.store_id:
        return int(known.store_id == here)
    if known.coupon.member_id is None:
        return 1
    return int(member is not None and member.doc.store_id == here)
