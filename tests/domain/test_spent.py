"""What a sale takes of what is bounded, and what a till keeps to itself of a load."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from shared_models.domain import leases
from shared_models.domain.leases import LentLot
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TenderKind, UsedCoupon
from shared_models.domain.spending_rules import points_of, stored_value_of, uses_of
from shared_models.domain.spent import spent
from shared_models.domain.stored_value_facts import StoredValueLoaded, account_id, lease_of, lent_lots
from shared_models.domain.stored_value_ledger import BonusLot, StoredValue
from shared_models.domain.stored_value_rules import SpendOrder
from tests.shared_models.wire import examples

ON = date(2026, 11, 24)
MEMBER = examples.MEMBER
ACCOUNT = account_id(MEMBER)
SOON, LATER = BonusLot(UUID(int=1), 5_00, ON), BonusLot(UUID(int=2), 7_00, date(2027, 1, 1))
GONE = BonusLot(UUID(int=3), 9_00, date(2026, 11, 23))
PAID_IN = LentLot(ACCOUNT, 100_00, date.max)
BONUS = (LentLot(UUID(int=1), 5_00, ON), LentLot(UUID(int=2), 7_00, date(2027, 1, 1)))


def test_a_sale_takes_points_stored_value_and_coupons() -> None:
    confirmed = next(one for one in examples.payloads() if isinstance(one, SaleConfirmed))
    assert confirmed.member is not None
    captured, declined = (
        Payment(UUID(int=9), TenderKind.STORED_VALUE, state, minor)
        for state, minor in ((PaymentState.CAPTURED, 30_00), (PaymentState.DECLINED, 40_00))
    )
    coupon = UsedCoupon(UUID(int=4), "five-off", 5_00)
    sale = replace(confirmed, payments=(captured, declined), coupons=(coupon,))
    assert spent(sale) == {
        points_of(MEMBER): confirmed.member.redeemed_points, stored_value_of(MEMBER): 30_00, uses_of(coupon.id): 1,
    }  # fmt: skip
    assert spent(replace(sale, training=True)) == {}


@pytest.mark.parametrize(
    ("order", "lots"),
    [
        (SpendOrder.PRINCIPAL_FIRST, (PAID_IN, *BONUS)),
        (SpendOrder.PRO_RATA, (PAID_IN, *BONUS)),
        (SpendOrder.BONUS_FIRST, (*BONUS, PAID_IN)),
    ],
)
def test_what_can_be_lent_is_in_the_order_of_spending(order: SpendOrder, lots: tuple[LentLot, ...]) -> None:
    assert lent_lots(StoredValue(100_00, (GONE, SOON, LATER)), MEMBER, order, ON) == lots


def test_a_debt_is_no_lot() -> None:
    assert lent_lots(StoredValue(-3_00, (SOON,)), MEMBER, SpendOrder.PRO_RATA, ON) == BONUS[:1]


def loaded(lease: UUID | None) -> StoredValueLoaded:
    return StoredValueLoaded(
        UUID(int=5), MEMBER, "A", 1, UUID(int=6), "c1", ON, "CNY", 100_00, (), 1, (SOON, LATER), lease
    )


def test_a_load_is_lent_to_its_till_and_a_bonus_that_ends_takes_nothing_of_the_rest() -> None:
    assert lease_of(loaded(None), UUID(int=8)) is None
    lease = lease_of(loaded(UUID(int=7)), UUID(int=8))
    assert lease is not None
    assert (lease.id, lease.incarnation, lease.resource) == (UUID(int=7), UUID(int=8), stored_value_of(MEMBER))
    assert (lease.amount, lease.lots, lease.epoch) == (112_00, (PAID_IN, *BONUS), 0)
    held = leases.take(leases.received(lease), 60_00, ON)
    assert [held.usable(on) for on in (ON, date(2026, 11, 25), date(2027, 1, 2))] == [52_00, 47_00, 40_00]
