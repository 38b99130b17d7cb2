"""Sales and shifts as rows that head office reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import bindparam, select

from shared_models.domain.clock import believed_ms
from shared_models.domain.facts import Fact
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.orm.server import payment, sale, sale_line, shift
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ledger.receipts import is_shown
from sync_server.store.statements import Row, add, add_missing, among


def told_apart(act: Act, facts: Sequence[tuple[Fact, Payload]]) -> tuple[list[tuple[Fact, Payload]], set[UUID]]:
    """The facts, with an id of its own for each sale that was confirmed under one that another sale has; and which of
    their sales are there already.

    A till whose disk was copied or put back with a sale in hand goes on with it, and so does the other: both took
    money, and gave receipts with different codes. The new id follows from the old one and the code, so that a sale
    that is told again is the same one.
    """
    ids = {one.sale_id for _, one in facts if isinstance(one, SaleConfirmed)}
    if not ids:
        return list(facts), ids
    there = among(act.connection, sale.c.sale_id, ids)
    codes = dict(act.connection.execute(select(sale.c.sale_id, sale.c.receipt_code).where(there)).all())
    known, others = set(codes), set()
    apart: list[tuple[Fact, Payload]] = []
    for fact, one in facts:
        if isinstance(one, SaleConfirmed) and codes.setdefault(one.sale_id, one.receipt_code) != one.receipt_code:
            one = replace(one, sale_id=uuid5(one.sale_id, one.receipt_code))
            others.add(one.sale_id)
        apart.append((fact, one))
    if others:
        known |= set(
            act.connection.scalars(select(sale.c.sale_id).where(among(act.connection, sale.c.sale_id, others)))
        )
    return apart, known


def write_sales(act: Act, sales: Iterable[tuple[Fact, SaleConfirmed]], known: Set[UUID], today: date) -> set[int]:
    """Store sales with their lines and payments, but those that are ``known``; return the numbers of the facts whose
    sale wasn't there yet."""
    by_id: dict[UUID, tuple[Fact, SaleConfirmed]] = {}
    for fact, one in sales:
        by_id.setdefault(one.sale_id, (fact, one))
    new = [(fact, one) for sale_id, (fact, one) in by_id.items() if sale_id not in known]
    add(act.connection, sale, (_sale_row(fact, one, act.now_ms, today) for fact, one in new))
    add(act.connection, sale_line, (row for _, one in new for row in _line_rows(one)))
    add(act.connection, payment, (row for _, one in new for row in _payment_rows(one)))
    return {fact.number for fact, _ in new}


def write_shifts(act: Act, opened: Sequence[ShiftOpened], closed: Sequence[ShiftClosed]) -> None:
    """Store shifts; a shift that is told twice stays as it was told first."""
    add_missing(act.connection, shift, [_opened_row(one) for one in opened])
    add_missing(act.connection, shift, [_closed_row(one) for one in closed])
    closings = [
        {
            "shift": one.shift_id, "z": one.z_number, "counted": one.counted_cash_minor,
            "over_short": one.over_short_minor,
        }
        for one in closed
    ]  # fmt: skip
    if closings:
        act.connection.execute(
            shift.update()
            .where(shift.c.shift_id == bindparam("shift"), shift.c.z_number.is_(None))
            .values(
                z_number=bindparam("z"),
                counted_cash_minor=bindparam("counted"),
                over_short_minor=bindparam("over_short"),
            ),
            closings,
        )


def _sale_row(fact: Fact, one: SaleConfirmed, now_ms: int, today: date) -> Row:
    member = one.member
    return {
        "sale_id": one.sale_id, "incarnation": fact.incarnation, "number": fact.number, "store_id": one.store_id,
        "lane": one.lane, "receipt_number": one.receipt_number, "receipt_code": one.receipt_code,
        "business_date": one.business_date.isoformat(), "confirmed_ms": believed_ms(fact.hlc, now_ms),
        "cashier_id": one.cashier_id, "shift_id": one.shift_id,
        "member_id": member.id if member else None, "currency": one.currency,
        "total_minor": one.total_minor, "tax_minor": sum(line.tax_minor for line in one.lines),
        "saved_minor": sum(line.gross_minor - line.net_minor for line in one.lines), "lines": len(one.lines),
        "points_earned": member.earned.points if member and member.earned else 0,
        "points_redeemed": member.redeemed_points if member else 0, "shown": is_shown(one, today),
    }  # fmt: skip


def _line_rows(one: SaleConfirmed) -> list[Row]:
    day = one.business_date.isoformat()
    return [
        {
            "sale_id": one.sale_id, "line": place, "business_date": day, "product_id": line.product_id,
            "code": line.code, "name": line.name, "quantity_milli": line.quantity_milli,
            "gross_minor": line.gross_minor, "net_minor": line.net_minor, "tax_code": line.tax_code,
            "tax_minor": line.tax_minor,
        }
        for place, line in enumerate(one.lines, 1)
    ]  # fmt: skip


def _payment_rows(one: SaleConfirmed) -> list[Row]:
    return [
        {
            "sale_id": one.sale_id, "position": place, "id": paid.id, "kind": paid.kind.value,
            "state": paid.state.value, "amount_minor": paid.amount_minor, "tendered_minor": paid.tendered_minor,
            "change_minor": paid.change_minor, "points": paid.points,
        }
        for place, paid in enumerate(one.payments, 1)
    ]  # fmt: skip


def _opened_row(one: ShiftOpened) -> Row:
    return _shift_row(one.shift_id, one.store_id, one.lane, one.cashier_id, one.business_date, one.float_minor)


def _closed_row(one: ShiftClosed) -> Row:
    """A shift whose opening we couldn't read: all but its float is known from its end."""
    return _shift_row(one.shift_id, one.store_id, one.lane, one.cashier_id, one.business_date, 0)


def _shift_row(shift_id: UUID, store_id: str, lane: int, cashier_id: str, on: date, float_minor: int) -> Row:
    return {
        "shift_id": shift_id, "store_id": store_id, "lane": lane, "cashier_id": cashier_id,
        "business_date": on.isoformat(), "float_minor": float_minor, "z_number": None, "counted_cash_minor": None,
        "over_short_minor": None,
    }  # fmt: skip
