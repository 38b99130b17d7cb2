"""Which sales a page speaks of: a currency, a period, perhaps one store."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_

from shared_models.orm import server as tables
from sync_server.head_office.period import Period

_DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """``store_id`` empty: all stores that sell in ``currency``, since sums of different moneys mean nothing.

    ``until_ms`` leaves out what was sold later (Unix milliseconds): a day that is not over is compared with the same
    hours.
    """

    period: Period
    currency: str
    store_id: str = ""
    until_ms: int | None = None

    def before(self, now_ms: int, period_is_running: bool) -> Scope:
        """The compared scope, cut at the same time of day if this period isn't over."""
        until = now_ms - self.period.shift.days * _DAY_MS if period_is_running else None
        return replace(self, period=self.period.before(), until_ms=until)

    def sales(self) -> ColumnElement[bool]:
        sale = tables.sale.c
        conditions = [
            sale.business_date >= self.period.first.isoformat(),
            sale.business_date <= self.period.last.isoformat(),
            sale.currency == self.currency,
        ]
        if self.store_id:
            conditions.append(sale.store_id == self.store_id)
        if self.until_ms is not None:
            conditions.append(sale.confirmed_ms <= self.until_ms)
        return and_(*conditions)
