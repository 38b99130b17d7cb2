"""Sales as a list, and one sale whole, from its rows and its fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, func, literal, or_, select, tuple_

from shared_models.domain import receipt_code
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.orm import server as tables
from shared_models.wire import facts as wire_facts
from sync_server.head_office.queries.place import Place
from sync_server.head_office.queries.scope import Scope
from sync_server.ledger.receipts import returns_of
from sync_server.store.facts import fact_of

PAGE = 50
_LONGEST_RECEIPT_NUMBER = 12

_SALE = tables.sale.c
_LISTED = (*tables.sale.columns, tables.member.c.number.label("member_number"), tables.member.c.tier)
_ORDER = (_SALE.business_date, _SALE.confirmed_ms, _SALE.sale_id)


@dataclass(frozen=True, slots=True)
class SalePage:
    """``rows`` newest first; ``newer`` and ``older`` are the places of the neighbouring pages, if there are any."""

    rows: Sequence[Row[Any]]
    newer: Place | None
    older: Place | None


def page(
    connection: Connection, scope: Scope, receipt: str = "", older: Place | None = None, newer: Place | None = None
) -> SalePage:
    """Up to ``PAGE`` sales older than one place, or newer than another, else the newest."""
    condition = scope.sales() if not receipt else scope.sales() & _named(receipt)
    place, upwards = (newer, True) if newer else (older, False)
    if place is not None:
        key = tuple_(*_ORDER)
        edge = tuple_(*(_bound(place)))
        condition = condition & ((key > edge) if upwards else (key < edge))
    statement = (
        select(*_LISTED)
        .select_from(tables.sale.outerjoin(tables.member, tables.member.c.id == _SALE.member_id))
        .where(condition)
        .order_by(*(column.asc() if upwards else column.desc() for column in _ORDER))
        .limit(PAGE + 1)
    )
    rows = connection.execute(statement).all()
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if upwards:
        rows = rows[::-1]
    has_newer = more if upwards else older is not None
    has_older = newer is not None if upwards else more
    return SalePage(
        rows, _place(rows[0]) if rows and has_newer else None, _place(rows[-1]) if rows and has_older else None
    )


def of_member(connection: Connection, ids: Sequence[UUID], limit: int) -> Sequence[Row[Any]]:
    """The latest sales of a member, ``ids`` with those joined into them."""
    return connection.execute(
        select(*tables.sale.columns)
        .where(_SALE.member_id.in_(ids))
        .order_by(_SALE.business_date.desc(), _SALE.confirmed_ms.desc())
        .limit(limit)
    ).all()


@dataclass(frozen=True, slots=True)
class MemberTotals:
    tickets: int
    total_minor: int
    last_date: str | None


def member_totals(connection: Connection, ids: Sequence[UUID], since: str) -> MemberTotals:
    """The member's purchases from business date ``since`` on."""
    row = connection.execute(
        select(func.count(), func.sum(_SALE.total_minor), func.max(_SALE.business_date)).where(
            _SALE.member_id.in_(ids), _SALE.business_date >= since
        )
    ).one()
    return MemberTotals(row[0], int(row[1] or 0), row[2])


@dataclass(frozen=True, slots=True)
class WholeSale:
    """``record`` is the fact's own payload: what the till confirmed, byte for byte; ``None`` if it can't be read."""

    row: Row[Any]
    fact: Row[Any]
    record: SaleConfirmed | None
    payments: Sequence[Row[Any]]
    lines: Sequence[Row[Any]]
    member: Row[Any] | None
    returns: Sequence[SaleReturned] = ()

    @property
    def back_milli(self) -> dict[int, int]:
        """Thousandths by line that came back, by all that was told."""
        found: dict[int, int] = {}
        for each in self.returns:
            for line in each.lines:
                found[line.number] = found.get(line.number, 0) + line.quantity_milli
        return found


def one(connection: Connection, sale_id: UUID) -> WholeSale | None:
    row = connection.execute(select(*tables.sale.columns).where(_SALE.sale_id == sale_id)).one_or_none()
    if row is None:
        return None
    fact = tables.fact.c
    found = connection.execute(
        select(*tables.fact.columns).where(fact.incarnation == row.incarnation, fact.number == row.number)
    ).one()
    payments = connection.execute(
        select(*tables.payment.columns).where(tables.payment.c.sale_id == sale_id).order_by(tables.payment.c.id)
    ).all()
    lines = connection.execute(
        select(*tables.sale_line.columns).where(tables.sale_line.c.sale_id == sale_id).order_by(tables.sale_line.c.line)
    ).all()
    member = None
    if row.member_id is not None:
        member = connection.execute(
            select(*tables.member.columns).where(tables.member.c.id == row.member_id)
        ).one_or_none()
    returns = returns_of(connection, [sale_id])
    return WholeSale(row, found, _record(found), payments, lines, member, returns)


def _record(row: Row[Any]) -> SaleConfirmed | None:
    try:
        payload = wire_facts.decode(fact_of(row))
    except wire_facts.Undecodable:
        return None
    return payload if isinstance(payload, SaleConfirmed) else None


def _named(receipt: str) -> ColumnElement[bool]:
    """Sales whose receipt has this number, or this code (any case, with hyphens or without)."""
    try:
        code = receipt_code.normalise(receipt)
    except receipt_code.BadReceiptCode:
        code = receipt
    condition = _SALE.receipt_code == code
    if receipt.isascii() and receipt.isdigit() and len(receipt) <= _LONGEST_RECEIPT_NUMBER:
        return or_(condition, _SALE.receipt_number == int(receipt))
    return condition


def _bound(place: Place) -> tuple[ColumnElement[Any], ...]:
    return (
        literal(place.day, _SALE.business_date.type),
        literal(place.at_ms, _SALE.confirmed_ms.type),
        literal(place.id, _SALE.sale_id.type),
    )


def _place(row: Row[Any]) -> Place:
    return Place(row.business_date, row.sale_id, row.confirmed_ms)
