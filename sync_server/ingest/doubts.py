"""Rules that a readable fact may break. It is booked all the same, and somebody is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.shift import ShiftClosed


def sale_doubts(
    sale: SaleConfirmed, store_id: str, lane: int, expected_receipt: int, latest: date
) -> Iterator[tuple[str, str]]:
    """Kind and sentence of everything wrong with a sale of that lane, whose next receipt is ``expected_receipt``.

    ``latest`` is the last day it can be anywhere: a till that books on later ones has a wrong clock, and its members'
    monthly spend would stand still until then.
    """
    yield from _receipt_doubts(sale, "sale", store_id, lane, expected_receipt, latest)
    captured = [payment for payment in sale.payments if payment.state is PaymentState.CAPTURED]
    paid = sum(payment.amount_minor for payment in captured)
    if paid != sale.total_minor:
        yield "sums", f"Payments come to {paid}, the sale to {sale.total_minor} (minor units)."
    if total_of(sale) != sale.total_minor:
        yield "sums", f"The lines come to {total_of(sale)}, the sale says {sale.total_minor} (minor units)."
    for line in sale.lines:
        net_minor = line.gross_minor
        for one in line.adjustments:
            net_minor += one.amount_minor
        if net_minor != line.net_minor:
            yield "sums", f"Line {line.number} doesn't add up."
    tendered = sum(payment.points for payment in captured if payment.kind is TenderKind.POINTS)
    if tendered != (sale.member.redeemed_points if sale.member else 0):
        yield "points-tender", f"{tendered} points were tendered, but the member's entry says otherwise."


def return_doubts(
    record: SaleReturned, store_id: str, lane: int, expected_receipt: int, latest: date
) -> Iterator[tuple[str, str]]:
    """The same of a return."""
    yield from _receipt_doubts(record, "return", store_id, lane, expected_receipt, latest)
    refunded = sum(refund.amount_minor for refund in record.refunds)
    if refunded != record.total_minor:
        yield "sums", f"Refunds come to {refunded}, the return to {record.total_minor} (minor units)."
    worth = sum(line.net_minor + (0 if record.prices_include_tax else line.tax_minor) for line in record.lines)
    if worth + record.rounding_minor != record.total_minor:
        yield "sums", f"The lines come to {worth + record.rounding_minor}, the return says {record.total_minor}."


def _receipt_doubts(
    one: SaleConfirmed | SaleReturned, what: str, store_id: str, lane: int, expected_receipt: int, latest: date
) -> Iterator[tuple[str, str]]:
    if one.business_date > latest:
        yield "clock", f"The {what} is booked on {one.business_date}, which is still to come. Set the till's clock."
    if (one.store_id, one.lane) != (store_id, lane):
        yield (
            "foreign-lane",
            f"The {what} names store {one.store_id}, lane {one.lane}; its device is {store_id}, {lane}.",
        )
    if one.receipt_number != expected_receipt:
        yield "receipt-number", f"Receipt {one.receipt_number} came where {expected_receipt} was due."


def total_of(sale: SaleConfirmed) -> int:
    """What the lines come to, in minor units, tax and rounding included."""
    nets = sum(line.net_minor for line in sale.lines)
    tax = 0 if sale.prices_include_tax else sum(line.tax_minor for line in sale.lines)
    return nets + tax + sale.rounding_minor


def shift_doubts(shift: ShiftClosed, expected_z: int) -> Iterator[tuple[str, str]]:
    if shift.z_number != expected_z:
        yield "z-number", f"Z report {shift.z_number} came where {expected_z} was due."
    if shift.over_short_minor != shift.counted_cash_minor - shift.expected_cash_minor:
        yield "sums", "The shift's over or short isn't counted less expected cash."
