"""Goods of a sale come back: what is paid out for them, to which tenders, and what it takes from the member (TILL-5).

Nothing depends on how a return is split up. Under ``SHARE_GOES_BACK`` what has been given back in all follows from the
quantities that have come back. Under ``REPRICE_KEPT`` it is what was paid less the price of what is kept, but never
less than has been given back already, nor than nothing. So where a discount is lost that is worth more than the goods,
the refund is 0, and the next ones give only what goes beyond; the sum is the largest value on the way, and as long as
the price of what is kept only falls, the way doesn't matter. With the last of the goods all that was paid is back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from shared_models.domain import refund, returned
from shared_models.domain.catalogue import EACH
from shared_models.domain.checkout import check_sums
from shared_models.domain.errors import DomainError
from shared_models.domain.money import Rounding
from shared_models.domain.quantity import ONE_MILLI, QuantityNotWhole, print_quantity
from shared_models.domain.return_record import (
    MemberReturn,
    Refund,
    ReturnedLine,
    ReturnedUse,
    ReturnPolicy,
    SaleReturned,
    check_return,
)
from shared_models.domain.returned import Quantities, Reprice, SoFar, Worth
from shared_models.domain.sale import SaleConfirmed, TaxTotal, TenderKind
from shared_models.domain.shift import ShiftOpened
from shared_models.domain.text import N_


class ReturnRefused(DomainError):
    """Goods that can't come back. The subclasses say why."""

    code = "return_refused"
    template = N_("These goods can't be returned.")


class NothingToReturn(ReturnRefused):
    code = "nothing_to_return"
    template = N_("Nothing is chosen. Choose what comes back, with a quantity above zero.")


class NotOnReceipt(ReturnRefused):
    code = "not_on_receipt"
    template = N_("The receipt has no line {number}. Choose a line of the receipt.")


class MoreThanLeft(ReturnRefused):
    code = "more_than_left"
    template = N_("Of line {number} ({name}) only {left} can still be returned.")


class NothingWasSold(ReturnRefused):
    code = "nothing_was_sold"
    template = N_("This receipt is from training. Nothing was sold on it.")


class ReturnBeforeSale(ReturnRefused):
    code = "return_before_sale"
    template = N_("The receipt is of {sold_on}, which is still to come. Check the till's date.")


@dataclass(frozen=True, slots=True)
class ReturnSlip:
    """The circumstances: the return's id, the shift, the next receipt of the lane, why, and who approved."""

    return_id: UUID
    shift: ShiftOpened
    business_date: date
    reason: str = ""
    approver_id: str = ""
    receipt_number: int = 0
    receipt_code: str = ""


@dataclass(frozen=True, slots=True)
class ReturnRules:
    """``growth`` is per unit of currency as the sale's programme had it, ``cash_step_minor`` the smallest sum payable
    in cash today. Coupons of the rules ``coupons`` come back. ``times`` is how often the sale used each rule with
    limits. With ``reprice`` the policy is ``REPRICE_KEPT``."""

    growth: int = 1
    cash_step_minor: int = 1
    cash_rounding: Rounding = Rounding.HALF_UP
    coupons: frozenset[str] = frozenset()
    times: Mapping[str, int] = field(default_factory=dict)
    reprice: Reprice | None = None

    @property
    def policy(self) -> ReturnPolicy:
        return ReturnPolicy.SHARE_GOES_BACK if self.reprice is None else ReturnPolicy.REPRICE_KEPT


def left_to_return(sale: SaleConfirmed, before: Iterable[SaleReturned]) -> dict[int, int]:
    """Thousandths by line that can still come back."""
    back = returned.so_far(sale, before).quantities
    return {line.number: max(0, line.quantity_milli - back[line.number]) for line in sale.lines}


def take_back(
    sale: SaleConfirmed,
    before: Iterable[SaleReturned],
    goods: Quantities,
    slip: ReturnSlip,
    rules: ReturnRules,
) -> SaleReturned:
    """The record of ``goods`` coming back after the returns ``before``, which are all there are of this sale.

    A return that is among them already is given as it is. The lots of the points given back are for the ledger to add.
    Raise ``ReturnRefused``, ``QuantityNotWhole``; ``ValueError`` if ``before`` are another sale's.
    """
    before = tuple(before)
    done = returned.so_far(sale, before)
    for record in before:
        if record.return_id == slip.return_id:
            return record
    _check(sale, done, goods, slip)
    check_sums(sale)
    back = {number: milli + goods.get(number, 0) for number, milli in done.quantities.items()}
    worth = _worth_now(sale, done, back, rules.reprice)
    in_all = _refunds_in_all(sale, done, worth, rules)
    nothing_due = not returned.sum_payable(sale, worth) and returned.sum_payable(sale, done.worth)
    # Where two shops gave more than was due, a tender that got less than its part gets no more either.
    refunds = () if nothing_due else _refunds_now(done, in_all)
    total = sum(each.amount_minor for each in refunds)
    record = SaleReturned(
        return_id=slip.return_id,
        sale_id=sale.sale_id,
        store_id=slip.shift.store_id,
        lane=slip.shift.lane,
        shift_id=slip.shift.shift_id,
        cashier_id=slip.shift.cashier_id,
        receipt_number=slip.receipt_number,
        receipt_code=slip.receipt_code,
        sale_code=sale.receipt_code,
        approver_id=slip.approver_id,
        reason=slip.reason,
        business_date=slip.business_date,
        currency=sale.currency,
        prices_include_tax=sale.prices_include_tax,
        policy=rules.policy,
        lines=_lines(sale, goods, worth),
        taxes=_taxes(sale, worth),
        rounding_minor=total - returned.sum_payable(sale, worth),
        total_minor=total,
        refunds=refunds,
        member=_member(sale, done, back, worth, in_all, rules),
        coupons=tuple(each for each in returned.coupons_back(sale, back, rules.coupons) if each not in done.coupons),
        uses=_uses_now(sale, done, back, rules),
    )
    check_return(record)
    return record


def _check(sale: SaleConfirmed, done: SoFar, goods: Quantities, slip: ReturnSlip) -> None:
    if sale.training:
        raise NothingWasSold
    if slip.business_date < sale.business_date:
        raise ReturnBeforeSale(sold_on=sale.business_date.isoformat())
    if min(goods.values(), default=0) <= 0:
        raise NothingToReturn
    lines = {line.number: line for line in sale.lines}
    for number, quantity_milli in goods.items():
        line = lines.get(number)
        if line is None:
            raise NotOnReceipt(number=number)
        if line.unit == EACH and quantity_milli % ONE_MILLI:
            raise QuantityNotWhole
        left = max(0, line.quantity_milli - done.quantities[number])
        if quantity_milli > left:
            raise MoreThanLeft(number=number, name=line.name, left=print_quantity(left))


def _worth_now(sale: SaleConfirmed, done: SoFar, back: Quantities, reprice: Reprice | None) -> dict[int, Worth]:
    """By line what is given back now; nothing at all if more than is due has been given back already."""
    due = returned.worth_back(sale, back, reprice)
    if returned.sum_payable(sale, due) < returned.sum_payable(sale, done.worth):
        return {number: Worth(0, 0) for number in due}
    return {
        number: Worth(net - done.worth[number].net_minor, tax - done.worth[number].tax_minor)
        for number, (net, tax) in due.items()
    }


def _refunds_in_all(
    sale: SaleConfirmed, done: SoFar, worth: Mapping[int, Worth], rules: ReturnRules
) -> tuple[Refund, ...]:
    """What each tender has to have got back. What points had paid goes to them, within what is given back now."""
    whole = sum(refund.payable(sale, line) for line in sale.lines)
    now = returned.sum_payable(sale, worth)
    in_all = min(whole, returned.sum_payable(sale, done.worth) + now)
    by_points = sum(line.by_points_minor for line in sale.lines)
    points_before = sum(each.amount_minor for each in done.refunds.values() if each.kind is TenderKind.POINTS)
    due = returned.paid_by_points(sale, _plus(done.worth, worth))
    least = max(points_before, in_all - (whole - by_points))
    most = min(by_points, points_before + now)
    paid_by_points = min(max(due, least), most)
    return refund.refunds_in_all(sale, in_all, paid_by_points, rules.cash_step_minor, rules.cash_rounding)


def _refunds_now(done: SoFar, in_all: Iterable[Refund]) -> tuple[Refund, ...]:
    found = []
    for each in in_all:
        assert each.payment_id is not None
        before = done.refunds[each.payment_id]
        now = Refund(
            each.kind,
            each.payment_id,
            max(0, each.amount_minor - before.amount_minor),
            max(0, each.points - before.points),
            max(0, each.bonus_minor - before.bonus_minor),
        )
        if now.amount_minor or now.points:
            found.append(now)
    return tuple(found)


def _member(
    sale: SaleConfirmed,
    done: SoFar,
    back: Quantities,
    worth: Mapping[int, Worth],
    in_all: Iterable[Refund],
    rules: ReturnRules,
) -> MemberReturn | None:
    member = sale.member
    if member is None:
        return None
    granted = member.earned.points if member.earned else 0
    back_minor = returned.sum_payable(sale, _plus(done.worth, worth))
    growth = returned.growth_kept(sale, in_all, back_minor, rules.growth)
    return MemberReturn(
        id=member.id,
        taken_back=max(0, granted - returned.points_kept(sale, back) - done.taken_back),
        growth=max(0, member.growth - growth - done.growth),
        bought_on=sale.business_date,
        visit=returned.all_back(sale, back),
    )


def _uses_now(sale: SaleConfirmed, done: SoFar, back: Quantities, rules: ReturnRules) -> tuple[ReturnedUse, ...]:
    found = []
    for rule, (times, minor) in sorted(returned.uses_back(sale, back, rules.times).items()):
        times_before, minor_before = done.uses.get(rule, (0, 0))
        now = ReturnedUse(rule, max(0, times - times_before), max(0, minor - minor_before))
        if now.times or now.minor:
            found.append(now)
    return tuple(found)


def _lines(sale: SaleConfirmed, goods: Quantities, worth: Mapping[int, Worth]) -> tuple[ReturnedLine, ...]:
    return tuple(
        ReturnedLine(
            number=line.number,
            product_id=line.product_id,
            name=line.name,
            unit=line.unit,
            quantity_milli=goods.get(line.number, 0),
            net_minor=worth[line.number].net_minor,
            tax_code=line.tax_code,
            tax_minor=worth[line.number].tax_minor,
        )
        for line in sale.lines
        if line.number in goods or any(worth[line.number])
    )


def _taxes(sale: SaleConfirmed, worth: Mapping[int, Worth]) -> tuple[TaxTotal, ...]:
    rates = {each.code: each.rate for each in sale.taxes}
    sums: dict[str, Worth] = defaultdict(lambda: Worth(0, 0))
    for line in sale.lines:
        net, tax = sums[line.tax_code]
        sums[line.tax_code] = Worth(net + worth[line.number].net_minor, tax + worth[line.number].tax_minor)
    return tuple(
        TaxTotal(code, rates[code], net - (tax if sale.prices_include_tax else 0), tax)
        for code, (net, tax) in sorted(sums.items())
        if net or tax
    )


def _plus(one: Mapping[int, Worth], other: Mapping[int, Worth]) -> dict[int, Worth]:
    return {
        number: Worth(net + other[number].net_minor, tax + other[number].tax_minor)
        for number, (net, tax) in one.items()
    }
