"""Shifts as a list, and one shift with all that came into its drawer and went out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal, select, tuple_

from shared_models.domain.cash_drawer import MovementKind
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, TenderKind
from shared_models.orm import server as tables
from sync_server.head_office.period import Period
from sync_server.head_office.queries.place import Place
from sync_server.ingest.cash import LOAD

PAGE = 50

_SHIFT, _SALE, _PAYMENT = tables.shift.c, tables.sale.c, tables.payment.c
_ORDER = (_SHIFT.business_date, _SHIFT.shift_id)


@dataclass(frozen=True, slots=True)
class Listed:
    """``openings`` of the drawer without a sale; ``takings_minor`` without points, which are no money."""

    row: Row[Any]
    sales: int
    takings_minor: int
    openings: int


@dataclass(frozen=True, slots=True)
class ShiftPage:
    """The newest first; ``older`` is the place of the next page, if there is one."""

    shifts: Sequence[Listed]
    older: Place | None


def page(connection: Connection, period: Period, stores: Sequence[str], older: Place | None = None) -> ShiftPage:
    """Up to ``PAGE`` shifts of the stores, below a place or the newest."""
    condition = and_(
        _SHIFT.business_date >= period.first.isoformat(),
        _SHIFT.business_date <= period.last.isoformat(),
        _SHIFT.store_id.in_(stores),
    )
    if older is not None:
        condition = condition & (tuple_(*_ORDER) < tuple_(*_bound(older)))
    rows = connection.execute(
        select(*tables.shift.columns).where(condition).order_by(*(column.desc() for column in _ORDER)).limit(PAGE + 1)
    ).all()
    more, rows = len(rows) > PAGE, rows[:PAGE]
    ids = [row.shift_id for row in rows]
    sums, openings = _sums(connection, ids), _openings(connection, ids)
    shifts = [Listed(row, *sums.get(row.shift_id, (0, 0)), openings.get(row.shift_id, 0)) for row in rows]
    return ShiftPage(shifts, Place(rows[-1].business_date, rows[-1].shift_id) if more else None)


def openings_outside(connection: Connection, period: Period, stores: Sequence[str]) -> Sequence[Row[Any]]:
    """The newest ``PAGE`` of drawers that were opened while nobody had a shift."""
    opening = tables.drawer_opening.c
    return connection.execute(
        select(*tables.drawer_opening.columns)
        .where(
            opening.shift_id.is_(None),
            opening.business_date >= period.first.isoformat(),
            opening.business_date <= period.last.isoformat(),
            opening.store_id.in_(stores),
        )
        .order_by(opening.opened_ms.desc(), opening.opening_id)
        .limit(PAGE)
    ).all()


@dataclass(frozen=True, slots=True)
class WholeShift:
    """Sums of what was told of it so far, minor units. ``refunds`` and what went out are above zero."""

    row: Row[Any]
    sales: int
    tenders: Mapping[TenderKind, int]
    returns: int
    refunds: Mapping[TenderKind, int]
    movements: Sequence[Row[Any]]
    openings: Sequence[Row[Any]]

    @property
    def takings_minor(self) -> int:
        """Without points, which are no money."""
        return sum(minor for kind, minor in self.tenders.items() if kind is not TenderKind.POINTS)

    @property
    def drawer(self) -> list[tuple[str, int]]:
        """What came in and went out, by its word; what never happened is left out."""
        moved = {kind: self._moved(kind) for kind in (*MovementKind, LOAD)}
        rows = [
            ("sales", self.tenders.get(TenderKind.CASH, 0)),
            (LOAD, moved[LOAD]),
            ("refunds", -self.refunds.get(TenderKind.CASH, 0)),
            ("paid_in", moved[MovementKind.PAID_IN]),
            ("paid_out", -moved[MovementKind.PAID_OUT]),
            ("drop", -moved[MovementKind.DROP]),
        ]
        return [(name, minor) for name, minor in rows if minor]

    @property
    def expected_minor(self) -> int:
        """What the drawer should hold by what was told."""
        return int(self.row.float_minor) + sum(minor for _, minor in self.drawer)

    @property
    def till_expected_minor(self) -> int | None:
        """What the till said it should hold when the shift was closed."""
        return None if self.row.z_number is None else int(self.row.counted_cash_minor - self.row.over_short_minor)

    def _moved(self, kind: str) -> int:
        return sum(int(each.amount_minor) for each in self.movements if each.kind == kind)


def one(connection: Connection, shift_id: UUID) -> WholeShift | None:
    row = connection.execute(select(*tables.shift.columns).where(_SHIFT.shift_id == shift_id)).one_or_none()
    if row is None:
        return None
    movement, opening = tables.cash_movement, tables.drawer_opening
    back = tables.sale_return.c
    docs = connection.scalars(select(back.doc).where(back.shift_id == shift_id)).all()
    refunds: dict[TenderKind, int] = {}
    for doc in docs:
        for each in msgspec.json.decode(bytes(doc), type=SaleReturned).refunds:
            refunds[each.kind] = refunds.get(each.kind, 0) + each.amount_minor
    moved = movement.c.shift_id == shift_id
    opened = opening.c.shift_id == shift_id
    return WholeShift(
        row,
        connection.scalar(select(func.count()).where(_SALE.shift_id == shift_id)) or 0,
        _tenders(connection, shift_id),
        len(docs),
        refunds,
        connection.execute(select(*movement.columns).where(moved).order_by(movement.c.moved_ms)).all(),
        connection.execute(select(*opening.columns).where(opened).order_by(opening.c.opened_ms)).all(),
    )


def _tenders(connection: Connection, shift_id: UUID) -> dict[TenderKind, int]:
    rows = connection.execute(
        select(_PAYMENT.kind, func.sum(_PAYMENT.amount_minor))
        .select_from(tables.payment.join(tables.sale, _PAYMENT.sale_id == _SALE.sale_id))
        .where(_SALE.shift_id == shift_id, _PAYMENT.state == PaymentState.CAPTURED.value)
        .group_by(_PAYMENT.kind)
    )
    return {TenderKind(kind): int(minor) for kind, minor in rows}


def _sums(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Sales and takings by shift."""
    is_money = (_PAYMENT.state == PaymentState.CAPTURED.value) & (_PAYMENT.kind != TenderKind.POINTS.value)
    rows = connection.execute(
        select(
            _SALE.shift_id,
            func.count(_SALE.sale_id.distinct()),
            func.sum(_PAYMENT.amount_minor).filter(is_money),
        )
        .select_from(tables.sale.outerjoin(tables.payment, _PAYMENT.sale_id == _SALE.sale_id))
        .where(_SALE.shift_id.in_(ids))
        .group_by(_SALE.shift_id)
    )
    return {shift_id: (int(sales), int(minor or 0)) for shift_id, sales, minor in rows}


def _openings(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    opening = tables.drawer_opening.c
    rows = connection.execute(
        select(opening.shift_id, func.count()).where(opening.shift_id.in_(ids)).group_by(opening.shift_id)
    )
    return {shift_id: int(count) for shift_id, count in rows}


def _bound(place: Place) -> tuple[ColumnElement[Any], ...]:
    return (
        literal(place.day, _SHIFT.business_date.type),
        literal(place.id, _SHIFT.shift_id.type),
    )
