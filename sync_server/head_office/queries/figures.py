"""Sums of sales: of a period, by hour, by day, by store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from shared_models.domain.money import round_ratio
from shared_models.orm import server as tables
from sync_server.head_office.queries.scope import Scope

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Sales of a scope. ``total_minor`` is what was paid, tax inside; ``member_tickets`` those with a member."""

    tickets: int = 0
    total_minor: int = 0
    saved_minor: int = 0
    tax_minor: int = 0
    lines: int = 0
    member_tickets: int = 0
    member_minor: int = 0
    points_earned: int = 0
    points_redeemed: int = 0

    @property
    def basket_minor(self) -> int:
        """The average basket, 0 if there was none."""
        return round_ratio(self.total_minor, self.tickets) if self.tickets else 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(one + another for one, another in zip(astuple(self), astuple(other), strict=True)))


_SALE = tables.sale.c
_SUMS: tuple[ColumnElement[Any], ...] = (
    func.count().label("tickets"),
    func.sum(_SALE.total_minor),
    func.sum(_SALE.saved_minor),
    func.sum(_SALE.tax_minor),
    func.sum(_SALE.lines),
    func.count(_SALE.member_id),
    func.sum(_SALE.total_minor).filter(_SALE.member_id.is_not(None)),
    func.sum(_SALE.points_earned),
    func.sum(_SALE.points_redeemed),
)


def total(connection: Connection, scope: Scope) -> Figures:
    return _figures(connection.execute(select(*_SUMS).where(scope.sales())).one())


def added(parts: Iterable[Figures]) -> Figures:
    return sum(parts, Figures())


def by_day(connection: Connection, scope: Scope) -> dict[str, Figures]:
    """By business date (ISO 8601); days without sales are missing."""
    return _grouped(connection, scope, _SALE.business_date)


def by_store(connection: Connection, scope: Scope) -> dict[str, Figures]:
    return _grouped(connection, scope, _SALE.store_id)


def by_lane(connection: Connection, scope: Scope) -> dict[tuple[str, int], Figures]:
    rows = connection.execute(
        select(_SALE.store_id, _SALE.lane, *_SUMS).where(scope.sales()).group_by(_SALE.store_id, _SALE.lane)
    )
    return {(row[0], row[1]): _figures(row, 2) for row in rows}


def by_hour(connection: Connection, scope: Scope, start_ms: int) -> dict[int, Figures]:
    """By full hours since ``start_ms`` (Unix milliseconds, when the business day began)."""
    return {
        int(hour): row for hour, row in _grouped(connection, scope, (_SALE.confirmed_ms - start_ms) // _HOUR_MS).items()
    }


def new_members(connection: Connection, scope: Scope) -> int:
    """Members registered within the period, at the scope's store if it has one."""
    member = tables.member.c
    statement = select(func.count()).where(
        member.registered_on >= scope.period.first.isoformat(), member.registered_on <= scope.period.last.isoformat()
    )
    if scope.store_id:
        statement = statement.where(member.store_id == scope.store_id)
    return connection.execute(statement).scalar_one()


def _grouped(connection: Connection, scope: Scope, key: ColumnElement[Any]) -> dict[Any, Figures]:
    by = key.label("by")
    rows = connection.execute(select(by, *_SUMS).where(scope.sales()).group_by(by))
    return {row[0]: _figures(row, 1) for row in rows}


def _figures(row: Row[Any], skip: int = 0) -> Figures:
    return Figures(*(int(value or 0) for value in row[skip:]))
