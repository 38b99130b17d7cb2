"""What a return does in books that know the other returns of its sale: never more than the sale itself did.

Two tills that don't hear of each other may take the same units back. The money is out of both drawers, and each record
stays as it was told. But points, growth and stored value go back to where they were and not beyond: of each the books
take min(what the sale did, the sum of all that is told), so it doesn't matter in which order the records come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from shared_models.domain.effects import spend
from shared_models.domain.expiry import days_later
from shared_models.domain.member import Effect, Lot
from shared_models.domain.points_back import GRACE_DAYS, given_back_lots
from shared_models.domain.refund import captured
from shared_models.domain.return_record import Refund, SaleReturned
from shared_models.domain.returned import all_back, so_far
from shared_models.domain.sale import SaleConfirmed, TenderKind
from shared_models.domain.stored_value import bonus_back_lots
from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind


@dataclass(frozen=True, slots=True)
class Booked:
    """``effect`` on the sale's member, ``entries`` of their stored value. ``over``: by line, the thousandths that came
    back beyond what the sale had. ``waiting_points`` and ``waiting_minor`` (stored value) would be given back beyond
    what the sale took: somebody has to look at them first."""

    effect: Effect | None
    entries: tuple[Entry, ...]
    over: Mapping[int, int]
    waiting_points: int
    waiting_minor: int


def booked(sale: SaleConfirmed, before: Iterable[SaleReturned], record: SaleReturned) -> Booked:
    """``record`` beside ``before``, the returns of the same sale that are booked already."""
    earlier = [of_sale(sale, each) for each in before if each.return_id != record.return_id]
    known = of_sale(sale, record)
    sold = {line.number: line.quantity_milli for line in sale.lines}
    back = so_far(sale, earlier).quantities
    told_points = sum(each.points for each in earlier)
    points = _within(sale.member.redeemed_points if sale.member else 0, told_points, known.points)
    entries = tuple(_entries(sale, earlier, known))
    stored = sum(each.amount_minor for each in record.refunds if each.kind is TenderKind.STORED_VALUE)
    over = {
        line.number: line.quantity_milli
        - (_within(sold[line.number], back[line.number], line.quantity_milli) if line.number in sold else 0)
        for line in record.lines
    }
    return Booked(
        effect=_effect(sale, earlier, known, points),
        entries=entries,
        over={number: beyond for number, beyond in over.items() if beyond},
        waiting_points=record.points - points,
        waiting_minor=stored - sum(each.amount_minor for each in entries),
    )


def of_sale(sale: SaleConfirmed, record: SaleReturned) -> SaleReturned:
    """Without what names lines or payments that the sale doesn't have: an honest till tells no such thing."""
    lines, payments = {line.number for line in sale.lines}, {each.id: each.kind for each in captured(sale)}
    return replace(
        record,
        sale_id=sale.sale_id,
        lines=tuple(line for line in record.lines if line.number in lines),
        refunds=tuple(
            each for each in record.refunds if each.payment_id and payments.get(each.payment_id) == each.kind
        ),
    )


def told_entries(record: SaleReturned) -> tuple[Entry, ...]:
    """What the return gives back of stored value, for a till that shows it until the server has booked it."""
    return tuple(
        _entry(record, each.payment_id, each.amount_minor - each.bonus_minor, each.lots)
        for each in record.refunds
        if each.kind is TenderKind.STORED_VALUE and each.payment_id is not None
    )


def with_lots(
    sale: SaleConfirmed, before: Sequence[SaleReturned], record: SaleReturned, ids: Iterable[UUID]
) -> SaleReturned:
    """``record`` with the lots named in which points and bonus come back. ``ids`` are new ones, one for each lot that
    the sale spent and one more."""
    refunds = tuple(_with_bonus(sale, before, record, each) if each.bonus_minor else each for each in record.refunds)
    member = record.member
    if member is not None and sale.member is not None and record.points:
        told = sum(each.points for each in before)
        spent, redeemed = sale.member.spent, sale.member.redeemed_points
        lots = given_back_lots(spent, redeemed, told, record.points, record.business_date, ids)
        member = replace(member, given_back=lots)
    return replace(record, refunds=refunds, member=member)


def _with_bonus(sale: SaleConfirmed, before: Sequence[SaleReturned], record: SaleReturned, refund: Refund) -> Refund:
    """What the sale doesn't say the lots of comes back for as long as what has expired."""
    spent = next(each.lots for each in captured(sale) if each.id == refund.payment_id)
    told = sum(each.bonus_minor for one in before for each in one.refunds if each.payment_id == refund.payment_id)
    id_ = _entry_id(record, refund.payment_id)
    lots = bonus_back_lots(spent, told, refund.bonus_minor, id=id_, on=record.business_date)
    lacking = refund.bonus_minor - sum(lot.minor for lot in lots)
    if lacking:
        lots = (*(lot for lot in lots if lot.id != id_), BonusLot(
            id_, lacking + sum(lot.minor for lot in lots if lot.id == id_), days_later(record.business_date, GRACE_DAYS)
        ))  # fmt: skip
    return replace(refund, lots=lots)


def _effect(sale: SaleConfirmed, before: Sequence[SaleReturned], record: SaleReturned, points: int) -> Effect | None:
    member = record.member
    if member is None or sale.member is None:
        return None
    members = [each.member for each in before if each.member is not None]
    granted = sale.member.earned.points if sale.member.earned else 0
    was_all_back = all_back(sale, so_far(sale, before).quantities)
    is_all_back = all_back(sale, so_far(sale, [*before, record]).quantities)
    return Effect(
        member_id=sale.member.id,
        on=record.business_date,
        growth=-_within(sale.member.growth, sum(each.growth for each in members), member.growth),
        spend_minor=-_within(spend(sale), sum(each.spend_minor for each in before), record.spend_minor),
        visits=-1 if is_all_back and not was_all_back else 0,
        taken_back=_within(granted, sum(each.taken_back for each in members), member.taken_back),
        given_back=tuple(_first_points(member.given_back, points)),
        bought_on=sale.business_date,
    )


def _entries(sale: SaleConfirmed, before: Sequence[SaleReturned], record: SaleReturned) -> Iterator[Entry]:
    """One for each payment with stored value; principal and bonus are bounded each by itself."""
    for payment in captured(sale):
        now = [each for each in record.refunds if each.payment_id == payment.id]
        if payment.kind is not TenderKind.STORED_VALUE or not now:
            continue
        told = [each for one in before for each in one.refunds if each.payment_id == payment.id]
        bonus = _within(payment.bonus_minor, *(sum(each.bonus_minor for each in some) for some in (told, now)))
        principal = _within(
            payment.amount_minor - payment.bonus_minor,
            *(sum(each.amount_minor - each.bonus_minor for each in some) for some in (told, now)),
        )
        lots = tuple(_first_minor((lot for each in now for lot in each.lots), bonus))
        if principal or lots:
            yield _entry(record, payment.id, principal, lots)


def _entry(record: SaleReturned, payment_id: UUID, principal_minor: int, lots: tuple[BonusLot, ...]) -> Entry:
    id_ = _entry_id(record, payment_id)
    return Entry(id_, EntryKind.REFUND, record.business_date, principal_minor, lots, payment_id)


def _entry_id(record: SaleReturned, payment_id: UUID | None) -> UUID:
    return uuid5(record.return_id, str(payment_id))


def _first_points(lots: Iterable[Lot], points: int) -> Iterator[Lot]:
    for lot in lots:
        part = min(points, lot.points)
        points -= part
        if part:
            yield replace(lot, points=part)


def _first_minor(lots: Iterable[BonusLot], minor: int) -> Iterator[BonusLot]:
    for lot in lots:
        part = min(minor, lot.minor)
        minor -= part
        if part:
            yield replace(lot, minor=part)


def _within(most: int, before: int, more: int) -> int:
    """How much of ``more``, after ``before``, isn't beyond ``most``."""
    return min(most, before + more) - min(most, before)
