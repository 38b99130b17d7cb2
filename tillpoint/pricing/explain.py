"""A readable account of a case: one line for each price, reason, payment and point."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shared_models.domain import reason
from shared_models.domain.coupon import REFUSAL_TEXTS
from shared_models.domain.quantity import print_quantity
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, SaleConfirmed
from shared_models.domain.sale_receipt import TENDERS
from tillpoint.pricing.run import Outcome

Money = Callable[[int], str]


def explained(outcome: Outcome) -> Iterator[str]:
    money = outcome.case.programme.money.text
    yield from _prices(outcome, money)
    yield from _coupons(outcome, money)
    if outcome.sale is not None:
        yield from _payments(outcome.sale, money)
        yield from _points(outcome.sale)
    for number, record in enumerate(outcome.returns, 1):
        yield from _returned(number, record, money)


def _prices(outcome: Outcome, money: Money) -> Iterator[str]:
    priced = outcome.priced
    for line in priced.lines:
        yield f"{print_quantity(line.quantity_milli)} {line.product.name_in('en')}: {money(line.gross_minor)}"
        for each in line.adjustments:
            why = reason.sentence(each, str, money)
            yield f"    {why} ({each.rule}, on {print_quantity(each.quantity_milli)}): {money(each.amount_minor)}"
        if line.adjustments:
            yield f"    leaves {money(line.net_minor)}"
    for tax in priced.taxes:
        yield f"Tax {tax.code} on {money(tax.base_minor)}: {money(tax.tax_minor)}"
    yield f"To pay {money(priced.total_minor)}, saved {money(priced.saved_minor)}."
    if not priced.optimal:
        yield "The search was cut short: a lower price may be allowed."
    for miss in priced.near_misses:
        yield f"Just missed ({miss.rule}): {reason.near_miss(miss, str, money)}"


def _coupons(outcome: Outcome, money: Money) -> Iterator[str]:
    for used in outcome.priced.coupons:
        yield f"Coupon {used.rule} is used up: {money(-used.off_minor)}"
    for refused in outcome.priced.refused_coupons:
        missing = f" {money(refused.missing_minor)} is missing." if refused.missing_minor else ""
        yield f"Coupon {refused.rule} stays unused: {REFUSAL_TEXTS[refused.why]}{missing}"


def _payments(sale: SaleConfirmed, money: Money) -> Iterator[str]:
    if sale.rounding_minor:
        yield f"Paying in cash rounds by {money(sale.rounding_minor)}: {money(sale.total_minor)}"
    for payment in sale.payments:
        if payment.state is PaymentState.CAPTURED:
            points = f" ({payment.points} points)" if payment.points else ""
            bonus = f" ({money(payment.bonus_minor)} of it bonus)" if payment.bonus_minor else ""
            change = f", change {money(payment.change_minor)}" if payment.change_minor else ""
            yield f"Paid by {TENDERS[payment.kind]}: {money(payment.amount_minor)}{points}{bonus}{change}"


def _points(sale: SaleConfirmed) -> Iterator[str]:
    if sale.member is None:
        return
    for line in sale.lines:
        if line.points:
            yield f"    {line.name} earns exactly {line.points:f} points"
    earned = sale.member.earned
    if earned is None:
        yield "No points are earned."
    else:
        wait = f", to be spent from {earned.available_on}" if earned.available_on else ""
        yield f"{earned.points} points are earned{wait}, good through {earned.expires_on}."
    yield f"The growth value rises by {sale.member.growth}."


def _returned(number: int, record: SaleReturned, money: Money) -> Iterator[str]:
    yield f"Return {number}: {money(record.total_minor)} back ({record.policy.value.replace('_', ' ')})"
    for line in record.lines:
        what = f"{print_quantity(line.quantity_milli)} {line.name}" if line.quantity_milli else f"{line.name}, kept"
        yield f"    {what}: {money(line.net_minor)}, tax {money(line.tax_minor)}"
    for refund in record.refunds:
        points = f" ({refund.points} points)" if refund.points else ""
        yield f"    to {TENDERS[refund.kind]}: {money(refund.amount_minor)}{points}"
    if record.member is not None:
        yield f"    takes back {record.member.taken_back} points and {record.member.growth} of the growth value"
