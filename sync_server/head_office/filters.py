"""The filter bar: period and stores, as they travel in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sync_server.head_office import period as periods
from sync_server.head_office.period import Period, Span
from sync_server.head_office.queries.scope import Scope
from sync_server.head_office.queries.shops import Shops


@dataclass(frozen=True, slots=True)
class Filter:
    """``store_id`` empty: all stores that sell in ``currency``."""

    period: Period
    store_id: str
    currency: str
    today_is_running: bool

    @property
    def scope(self) -> Scope:
        return Scope(self.period, self.currency, self.store_id)

    @property
    def choice(self) -> str:
        """The value of the store field."""
        return self.store_id or f"all-{self.currency}"

    def query(self, **more: object) -> str:
        """The part of an address after ``?``. ``more`` adds or, with ``None``, takes away."""
        fields: dict[str, object] = {"period": self.period.span.value, "store": self.choice}
        if self.period.span is Span.DATES:
            fields |= {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        fields |= more
        return urlencode({name: value for name, value in fields.items() if value is not None})


def read(fields: Mapping[str, str], shops: Shops, now_ms: int) -> Filter:
    """The filter an address names; what can't be read is today in all stores of the first currency."""
    currencies = shops.currencies()
    choice = fields.get("store", "")
    store = shops.store(choice)
    wanted = choice.removeprefix("all-")
    currency = store.currency if store else wanted if wanted in currencies else currencies[0]
    today = shops.today(now_ms, store.id if store else "")
    period = periods.read(fields.get("period", ""), fields.get("from", ""), fields.get("to", ""), today)
    return Filter(period, store.id if store else "", currency, period.first <= today <= period.last)
