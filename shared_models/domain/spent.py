"""What a sale takes of bounded counters that belong to somebody."""

from __future__ import annotations

from collections import Counter

from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending_rules import Resource, points_of, stored_value_of, uses_of
from shared_models.domain.stored_value_facts import purchases


def spent(sale: SaleConfirmed) -> Counter[Resource]:
    """Points, stored value (minor units) and uses of coupons; nothing in training. Of limits and gift stock only
    ``SaleConfirmed.leases`` tells."""
    found: Counter[Resource] = Counter()
    if sale.training:
        return found
    if sale.member is not None and sale.member.redeemed_points:
        found[points_of(sale.member.id)] = sale.member.redeemed_points
    if sale.member is not None and (paid := sum(payment.amount_minor for payment in purchases(sale))):
        found[stored_value_of(sale.member.id)] = paid
    found.update({uses_of(each.id): 1 for each in sale.coupons})
    return +found
