"""Goods for goods: what a return gives back pays in the sale that is made of it (TILL-5).

No tender of its own is needed: the part of a refund that pays is a payment of the same kind in the new sale. Drawer,
terminal and points come out right, since what goes out in the return comes in again in the sale; and if the new
goods come back as well, they go back to where the money came from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from shared_models.domain.money import Rounding, round_ratio
from shared_models.domain.return_record import Refund, SaleReturned
from shared_models.domain.sale import Payment, PaymentState, TenderKind
from shared_models.domain.tender import cash_due


@dataclass(frozen=True, slots=True)
class Exchange:
    """``refunds`` are the return's, now saying how much of each is carried; what isn't is paid out.

    ``credits`` pay in the new sale, whose total they change by ``rounding_minor``; ``due_minor`` is left to be paid.
    """

    refunds: tuple[Refund, ...]
    credits: tuple[Refund, ...]
    rounding_minor: int
    due_minor: int


def exchange(
    record: SaleReturned,
    due_minor: int,
    *,
    cash_step_minor: int = 1,
    cash_rounding: Rounding = Rounding.HALF_UP,
    points_most_minor: int = 0,
) -> Exchange:
    """Pay ``due_minor`` of a new sale out of the refunds of ``record``: points first, cash last.

    ``points_most_minor`` is what points may pay of the new goods (``points.redeemable``). The same goods at the same
    price cost nothing: if what is left for cash is what the cash was before rounding, the rounding is undone.
    """
    found, left_minor = [], due_minor
    for each in sorted(record.refunds, key=_order):
        most = min(left_minor, points_most_minor) if each.kind is TenderKind.POINTS else left_minor
        carried = 0 if each.kind is TenderKind.CASH else min(each.amount_minor, most)
        left_minor -= carried
        points_most_minor -= carried if each.kind is TenderKind.POINTS else 0
        found.append(replace(each, carried_minor=carried))
    cash = sum(each.amount_minor for each in found if each.kind is TenderKind.CASH)
    pays, rounding_minor = _cash(cash, left_minor, record.rounding_minor, cash_step_minor, cash_rounding)
    left_minor += rounding_minor - pays
    for place, each in enumerate(found):
        if each.kind is TenderKind.CASH:
            found[place] = replace(each, carried_minor=min(each.amount_minor, pays))
            pays -= found[place].carried_minor
    return Exchange(
        refunds=tuple(found),
        credits=tuple(_carried(each) for each in found if each.carried_minor),
        rounding_minor=rounding_minor,
        due_minor=left_minor,
    )


def credit_payment(credit: Refund, id: UUID) -> Payment:
    """The payment that ``credit`` is in the new sale."""
    handed = credit.amount_minor if credit.kind is TenderKind.CASH else 0
    return Payment(
        id=id,
        kind=credit.kind,
        state=PaymentState.CAPTURED,
        amount_minor=credit.amount_minor,
        tendered_minor=handed,
        points=credit.points,
        bonus_minor=credit.bonus_minor,
    )


def _order(refund: Refund) -> int:
    """Points first, cash last; the others as they paid."""
    return {TenderKind.POINTS: 0, TenderKind.CASH: 2}.get(refund.kind, 1)


def _cash(credit_minor: int, due_minor: int, rounded_by: int, step_minor: int, rounding: Rounding) -> tuple[int, int]:
    """How much of a credit pays ``due_minor``, and what rounding it adds."""
    if due_minor == credit_minor - rounded_by:
        return credit_minor, rounded_by
    if credit_minor < due_minor:
        return credit_minor, 0
    pays = min(credit_minor, cash_due(due_minor, step_minor, rounding))
    return pays, pays - due_minor


def _carried(refund: Refund) -> Refund:
    """The carried part as a refund of its own. Points and bonus follow the amount, rounded against the customer's
    favour by less than one."""
    amount, whole = refund.carried_minor, refund.amount_minor
    points = round_ratio(refund.points * amount, whole, Rounding.UP)
    bonus = round_ratio(refund.bonus_minor * amount, whole, Rounding.UP)
    return Refund(refund.kind, refund.payment_id, amount, points, bonus, amount)
