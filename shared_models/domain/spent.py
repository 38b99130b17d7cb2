"""What a sale or a reward takes of bounded counters that belong to somebody, or to one store."""

from __future__ import annotations

from collections import Counter

from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending_rules import Resource, points_of, stored_value_of, uses_of
from shared_models.domain.stored_value_facts import purchases


def spent(done: SaleConfirmed | RewardRedeemed) -> Counter[Resource]:
    """Points, stored value (minor units), uses of coupons and gifts; nothing in training. Of limits only ``leases``
    tells."""
    return _by_reward(done) if isinstance(done, RewardRedeemed) else _by_sale(done)


def _by_reward(redeemed: RewardRedeemed) -> Counter[Resource]:
    found = Counter({points_of(redeemed.member_id): redeemed.points})
    if redeemed.stock is not None:
        found[redeemed.stock] += redeemed.units
    return +found


def _by_sale(sale: SaleConfirmed) -> Counter[Resource]:
    found: Counter[Resource] = Counter()
    if sale.training:
        return found
    if sale.member is not None and sale.member.redeemed_points:
        found[points_of(sale.member.id)] = sale.member.redeemed_points
    if sale.member is not None and (paid := sum(payment.amount_minor for payment in purchases(sale))):
        found[stored_value_of(sale.member.id)] = paid
    found.update({uses_of(each.id): 1 for each in sale.coupons})
    return +found
