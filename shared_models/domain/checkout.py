"""From a priced and paid basket to the record of the sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared_models.domain import earning
from shared_models.domain.audience import Setting
from shared_models.domain.earning import NONE_BEFORE, EarnedBefore, LineEarned
from shared_models.domain.errors import DomainError
from shared_models.domain.member import Lot
from shared_models.domain.money import Rounding, round_ratio
from shared_models.domain.pricing import PricedBasket, PricedLine
from shared_models.domain.programme_rules import Programme
from shared_models.domain.sale import (
    Inputs,
    Payment,
    PaymentState,
    SaleConfirmed,
    SaleLine,
    SaleMember,
    TenderKind,
)
from shared_models.domain.shift import ShiftOpened
from shared_models.domain.tender import due_after
from shared_models.domain.text import N_


class EmptySale(DomainError):
    code = "empty_sale"
    template = N_("There is nothing to sell yet. Scan a product.")


class NotPaid(DomainError):
    code = "not_paid"
    template = N_("{missing} is still to be paid.")


class PaidTooMuch(DomainError):
    code = "paid_too_much"
    template = N_("{over} too much was taken. Take back a payment.")


class PointsWithoutMember(DomainError):
    code = "points_without_member"
    template = N_("Points can only be redeemed by a member. Choose the member first.")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was drawn for this sale: its ids, its place in the lane's receipts, the code in the receipt's QR."""

    sale_id: UUID
    lot_id: UUID
    receipt_number: int
    receipt_code: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """The member of the sale and the tier that earns, as seen when it was priced."""

    id: UUID
    tier: str


def assemble(
    priced: PricedBasket,
    payments: Sequence[Payment],
    *,
    rounding_minor: int = 0,
    programme: Programme,
    inputs: Inputs,
    shift: ShiftOpened,
    business_date: date,
    numbers: Numbers,
    buyer: Buyer | None = None,
    language: str = "",
    training: bool = False,
    setting: Setting | None = None,
    earned_before: EarnedBefore = NONE_BEFORE,
    spent: tuple[Lot, ...] = (),
) -> SaleConfirmed:
    """The record of a paid sale. ``rounding_minor`` is what paying in cash added (``tender.Cash``).

    ``language`` is that of the lines' names. ``setting`` is what the basket was priced in: without it no bonus earns
    more points. ``earned_before`` is what the caps count,
    ``spent`` what ``points_back.spent_lots`` says. Raise ``EmptySale``, ``NotPaid``, ``PaidTooMuch``,
    ``PointsWithoutMember``.
    """
    if not priced.lines:
        raise EmptySale
    assert not any(line.line.unweighed for line in priced.lines), "goods without a weight aren't sold"
    total = priced.total_minor + rounding_minor
    _check_paid(due_after(total, payments))
    redeemed = sum(payment.points for payment in payments if _is_points(payment))
    if redeemed and buyer is None:
        raise PointsWithoutMember
    lines = earning.earn_lines(priced, payments, programme, buyer.tier if buyer else None, setting)
    sale = SaleConfirmed(
        sale_id=numbers.sale_id,
        store_id=shift.store_id,
        lane=shift.lane,
        shift_id=shift.shift_id,
        cashier_id=shift.cashier_id,
        receipt_number=numbers.receipt_number,
        receipt_code=numbers.receipt_code,
        business_date=business_date,
        currency=programme.currency,
        prices_include_tax=programme.prices_include_tax,
        inputs=inputs,
        lines=tuple(
            _sale_line(number, line, language, earned)
            for number, (line, earned) in enumerate(zip(priced.lines, lines, strict=True), 1)
        ),
        taxes=priced.taxes,
        rounding_minor=rounding_minor,
        total_minor=total,
        payments=tuple(payments),
        member=_sale_member(priced, lines, redeemed, programme, business_date, numbers, buyer, earned_before, spent),
        training=training,
        coupons=priced.coupons,
    )
    check_sums(sale)
    return sale


def check_sums(sale: SaleConfirmed) -> None:
    """Assert that the sale adds up from its lines and from its payments: a failure is our bug, never the cashier's."""
    for line in sale.lines:
        explained = line.gross_minor + sum(each.amount_minor for each in line.adjustments)
        assert line.net_minor == explained, f"line {line.number} isn't explained"
    tax = sum(each.tax_minor for each in sale.taxes)
    assert tax == sum(line.tax_minor for line in sale.lines), "the lines' taxes aren't the document's"
    from_lines = sum(line.net_minor for line in sale.lines) + (0 if sale.prices_include_tax else tax)
    assert from_lines + sale.rounding_minor == sale.total_minor, "the lines don't add up to the total"
    assert due_after(sale.total_minor, sale.payments) == 0, "the payments don't add up to the total"
    for payment in sale.payments:
        if payment.kind is TenderKind.CASH:
            kept = payment.tendered_minor - payment.change_minor
            assert payment.amount_minor == kept, "cash isn't what was handed over less the change"
    redeemed = sum(payment.points for payment in sale.payments if _is_points(payment))
    assert redeemed == (sale.member.redeemed_points if sale.member else 0), "the points aren't the member's"


def _check_paid(due_minor: int) -> None:
    if due_minor > 0:
        raise NotPaid(missing_minor=due_minor)
    if due_minor < 0:
        raise PaidTooMuch(over_minor=-due_minor)


def _is_points(payment: Payment) -> bool:
    return payment.kind is TenderKind.POINTS and payment.state is PaymentState.CAPTURED


def _sale_line(number: int, priced: PricedLine, language: str, earned: LineEarned) -> SaleLine:
    product = priced.product
    return SaleLine(
        number=number,
        product_id=product.id,
        code=priced.line.code,
        name=product.name_in(language),
        quantity_milli=priced.quantity_milli,
        unit=product.unit,
        unit_price_minor=product.price_minor,
        gross_minor=priced.gross_minor,
        adjustments=priced.adjustments,
        net_minor=priced.net_minor,
        tax_code=priced.tax_code,
        tax_minor=priced.tax_minor,
        category=product.category,
        brand=product.brand,
        member_price=product.member_price,
        supplier=product.supplier,
        tags=product.tags,
        points=earned.points,
        by_points_minor=earned.by_points_minor,
        weighed=priced.line.weighed,
        batch=priced.line.marking.batch,
    )


def _sale_member(
    priced: PricedBasket,
    lines: Sequence[LineEarned],
    redeemed: int,
    programme: Programme,
    on: date,
    numbers: Numbers,
    buyer: Buyer | None,
    before: EarnedBefore,
    spent: tuple[Lot, ...],
) -> SaleMember | None:
    """Growth counts what is paid net of discounts and of points, on all goods, rounded down once."""
    if buyer is None:
        return None
    earned = earning.earned(lines, programme, buyer.tier, on, numbers.lot_id, before)
    paid = max(0, priced.total_minor - sum(line.by_points_minor for line in lines))
    growth = round_ratio(paid * programme.earn.growth, programme.money.unit_minor, Rounding.DOWN)
    return SaleMember(buyer.id, earned, redeemed, min(growth, earning.MAX_POINTS), spent)
