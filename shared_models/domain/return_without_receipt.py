"""Goods that come back without a receipt, at a price agreed at the counter and approved (TILL-5)."""

from __future__ import annotations

from shared_models.domain.money import Rounding, round_to_step
from shared_models.domain.pricing import PricedBasket
from shared_models.domain.return_record import (
    Refund,
    ReturnedLine,
    ReturnPolicy,
    SaleReturned,
    check_return,
)
from shared_models.domain.returns import NothingToReturn, ReturnRefused, ReturnSlip
from shared_models.domain.sale import TenderKind
from shared_models.domain.text import N_


class ApprovalNeeded(ReturnRefused):
    code = "approval_needed"
    template = N_("Without a receipt a return needs an approval. Ask someone who may give it.")


def take_back_unknown(
    goods: PricedBasket,
    slip: ReturnSlip,
    *,
    kind: TenderKind = TenderKind.CASH,
    cash_step_minor: int = 1,
    cash_rounding: Rounding = Rounding.HALF_UP,
) -> SaleReturned:
    """The record of ``goods`` coming back, refunded to one tender.

    ``goods`` are priced without a member: at today's price, or at the one agreed (``BasketLine.fixed_price_minor``).
    Raise ``ApprovalNeeded``, ``NothingToReturn``; ``ValueError`` for points, which without a sale belong to nobody.
    """
    if kind is TenderKind.POINTS:
        raise ValueError("points can't be given back without the sale they paid in")
    if not slip.approver_id:
        raise ApprovalNeeded
    if not goods.lines:
        raise NothingToReturn
    total = (
        round_to_step(goods.total_minor, cash_step_minor, cash_rounding)
        if kind is TenderKind.CASH
        else goods.total_minor
    )
    record = SaleReturned(
        return_id=slip.return_id,
        sale_id=None,
        store_id=slip.shift.store_id,
        lane=slip.shift.lane,
        shift_id=slip.shift.shift_id,
        cashier_id=slip.shift.cashier_id,
        receipt_number=slip.receipt_number,
        receipt_code=slip.receipt_code,
        sale_code="",
        approver_id=slip.approver_id,
        reason=slip.reason,
        business_date=slip.business_date,
        currency=slip.shift.currency,
        prices_include_tax=goods.prices_include_tax,
        policy=ReturnPolicy.AS_GIVEN,
        lines=tuple(
            ReturnedLine(
                number=number,
                product_id=line.product.id,
                name=line.product.name_in(""),
                unit=line.product.unit,
                quantity_milli=line.quantity_milli,
                net_minor=line.net_minor,
                tax_code=line.tax_code,
                tax_minor=line.tax_minor,
            )
            for number, line in enumerate(goods.lines, 1)
        ),
        taxes=goods.taxes,
        rounding_minor=total - goods.total_minor,
        total_minor=total,
        refunds=(Refund(kind, None, total),) if total else (),
    )
    check_return(record)
    return record
