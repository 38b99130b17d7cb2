"""Payloads of facts, with sums that add up unless a test says otherwise."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.pricing import ENGINE
from shared_models.domain.return_booking import with_lots
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from shared_models.domain.sale import (
    Inputs,
    Payment,
    PaymentState,
    PointsEarned,
    SaleConfirmed,
    SaleLine,
    SaleMember,
    TaxTotal,
    TenderKind,
)  # fmt: skip
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from tests.sync_server.till import Till

DAY = date(2026, 11, 24)
EXPIRY = date(2027, 12, 31)
NOBODY = Profile("", "")


def profile(name: str = "李小龙", phone: str = "8613800138000") -> Profile:
    return Profile(name, phone, birthday="11-27")


def member(till: Till, number: str = "M1", store_id: str = "A") -> MemberRegistered:
    return MemberRegistered(
        member_id=till.new_id(), number=number, store_id=store_id, profile=b"", notice_version="1",
        consents=("marketing",), source="till", registered_on=DAY,
    )  # fmt: skip


def sale(
    till: Till,
    receipt: int,
    total_minor: int = 1_000,
    member_id: UUID | None = None,
    earned: int = 0,
    redeemed: int = 0,
) -> SaleConfirmed:
    """One line, paid with cash but for the points, a hundred of which pay 100 minor units."""
    cash = total_minor - redeemed
    payments = [Payment(till.new_id(), TenderKind.CASH, PaymentState.CAPTURED, cash, cash, 0)]
    if redeemed:
        payments.append(Payment(till.new_id(), TenderKind.POINTS, PaymentState.CAPTURED, redeemed, points=redeemed))
    line = SaleLine(
        1, "P1", "6901234567892", "牛奶", 1_000, "each", total_minor, total_minor, (), total_minor, "standard", 115
    )
    return SaleConfirmed(
        sale_id=till.new_id(), store_id=till.identity.store_id, lane=till.identity.lane, shift_id=UUID(int=1),
        cashier_id="ann", receipt_number=receipt, receipt_code=f"R{receipt}", business_date=DAY, currency="CNY",
        prices_include_tax=True, inputs=Inputs(ENGINE, 1, 1),
        lines=(line,), taxes=(TaxTotal("standard", Decimal("0.13"), total_minor - 115, 115),), rounding_minor=0,
        total_minor=total_minor,
        payments=tuple(payments), member=_sale_member(till, member_id, total_minor, earned, redeemed),
    )  # fmt: skip


def _sale_member(till: Till, member_id: UUID | None, total_minor: int, earned: int, redeemed: int) -> SaleMember | None:
    if member_id is None:
        return None
    lot = PointsEarned(till.new_id(), earned, EXPIRY, total_minor, Decimal(1)) if earned else None
    return SaleMember(member_id, lot, redeemed, total_minor // 100)


def returned(till: Till, sale: SaleConfirmed, receipt: int, on: date = DAY) -> SaleReturned:
    """All of ``sale`` comes back at ``till``, which knows of no other return."""
    opened = shift_opened(till, UUID(int=1))
    slip = ReturnSlip(till.new_id(), opened, on, "unwanted", "boss", receipt, f"R{till.identity.lane}-{receipt}")
    record = take_back(sale, (), {1: 1_000}, slip, ReturnRules())
    return with_lots(sale, (), record, [till.new_id(), till.new_id()])


def shift_opened(till: Till, shift_id: UUID) -> ShiftOpened:
    return ShiftOpened(shift_id, till.identity.store_id, till.identity.lane, "ann", DAY, "CNY", 20_000)


def shift_closed(till: Till, shift_id: UUID, z_number: int = 1) -> ShiftClosed:
    return ShiftClosed(
        shift_id, till.identity.store_id, till.identity.lane, "ann", DAY, z_number, 1, 1_000, 21_000, 20_950, -50
    )
