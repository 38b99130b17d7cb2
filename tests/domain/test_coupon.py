"""A sale that holds a coupon goes on over midnight: the promise lasts, but only for its owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from shared_models.domain.audience import PricingMember, Visit
from shared_models.domain.coupon import Coupon, CouponRefusal, CouponState, usable
from shared_models.domain.coupon_life import redeem, reserve
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal, Spend, Step
from shared_models.domain.offer import AmountOff, Goods
from shared_models.domain.pricing import price
from tests.domain.shop import AT, MEMBER, PROGRAMME, TODAY, basket, product

FIVE = CouponRule(
    Deal("five", {"en": "Five"}, Spend(Goods(everything=True), (Step(0, AmountOff(5_00)),)), date(2026, 1, 1))
)
SALE, OTHER = UUID(int=5), UUID(int=6)
TOMORROW = TODAY + timedelta(days=1)
LAST_DAY = Coupon(UUID(int=1), "five", date(2026, 1, 1), TODAY, MEMBER)
HELD = reserve(LAST_DAY, FIVE, SALE, 0, MEMBER, TODAY)
USED = redeem(HELD, SALE)


@pytest.mark.parametrize(
    ("coupon", "sale", "member", "why"),
    [
        (LAST_DAY, SALE, MEMBER, CouponRefusal.EXPIRED),
        (HELD, SALE, MEMBER, None),
        (USED, SALE, MEMBER, None),
        (HELD, SALE, None, CouponRefusal.NOT_OWNER),
        (HELD, SALE, OTHER, CouponRefusal.NOT_OWNER),
        (HELD, OTHER, MEMBER, CouponRefusal.RESERVED),
        (USED, OTHER, MEMBER, CouponRefusal.USED),
        (replace(HELD, state=CouponState.RETURNED), SALE, MEMBER, CouponRefusal.EXPIRED),
    ],
)
def test_after_its_last_day(coupon: Coupon, sale: UUID, member: UUID | None, why: CouponRefusal | None) -> None:
    assert usable(coupon, FIVE, member, sale, TOMORROW) is why


@pytest.mark.parametrize(("coupon", "total"), [(LAST_DAY, 12_50), (HELD, 7_50), (USED, 7_50)])
def test_a_price_does_not_jump_at_midnight_while_the_customer_pays(coupon: Coupon, total: int) -> None:
    rules = replace(PROGRAMME, coupons=(FIVE,))
    visit = Visit(coupons=(coupon,), sale_id=SALE)
    what = basket(product(member_price=False))
    assert price(what, rules, PricingMember("basic", id=MEMBER), AT + timedelta(days=1), visit).total_minor == total
