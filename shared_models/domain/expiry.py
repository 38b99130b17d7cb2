"""When points begin and cease to be good. All days are the store's business dates.

A lot is valid through its last day. Past the calendar's end a day is ``date.max``, which is also that of points that
never expire. Of points that die by inactivity no row holds the day: it follows from the member's last purchase.
"""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from shared_models.domain.earn_rules import EarnRule, Lasting
from shared_models.domain.member import Account, Lot

_MONTH_ENDS = [
    date(year, month, calendar.monthrange(year, month)[1]) for year in range(2024, 2028) for month in range(1, 13)
]
"""With a leap year among them."""


def lot(id: UUID, points: int, on: date, rule: EarnRule) -> Lot:
    """The lot of ``points`` that are earned on ``on``."""
    available_on = days_later(on, rule.pending_days) if rule.pending_days else None
    return Lot(id, points, expires_on(on, rule), available_on)


def expires_on(on: date, rule: EarnRule) -> date:
    """The last day of points earned on ``on``, as a lot bears it."""
    count = rule.expiry.count
    match rule.expiry.lasting:
        case Lasting.YEAR_END:
            return date(on.year + rule.years, 12, 31) if on.year + rule.years < date.max.year else date.max
        case Lasting.MONTH_END:
            return _month_end(on, count)
        case Lasting.DAYS:
            return days_later(on, count)
        case Lasting.INACTIVITY | Lasting.NEVER:
            return date.max


def shortest_validity(rule: EarnRule) -> int:
    """For how many days after the one on which they are earned points are good at least."""
    if rule.expiry.lasting is Lasting.INACTIVITY:
        return rule.expiry.count
    return min((expires_on(day, rule) - day).days for day in _MONTH_ENDS)


def projected(account: Account, rule: EarnRule, last_active: date | None) -> Account:
    """The account with the days on which its lots are lost if the member buys nothing from now on: to show, to warn of
    and to spend from. ``last_active`` is the day of the last purchase, ``None`` if there was none."""
    if rule.expiry.lasting is not Lasting.INACTIVITY or last_active is None:
        return account
    last = days_later(last_active, rule.expiry.count)
    lots = [replace(each, expires_on=min(each.expires_on, last)) for each in account.lots]
    return Account(tuple(sorted(lots, key=order)), account.debt)


def lapsed(account: Account, rule: EarnRule, last_active: date | None, on: date) -> Account:
    """The account as a purchase on ``on`` finds it: what died by inactivity before stays dead.

    To be asked before the purchase's effect is applied; ``last_active`` is the day of the purchase before it. A fact
    that comes late doesn't bring back what has died.
    """
    if last_active is None or days_later(last_active, rule.expiry.count) >= on:
        return account
    return projected(account, rule, last_active)


def days_later(on: date, days: int) -> date:
    """``on`` plus ``days`` (not below zero), at most ``date.max``."""
    return on + timedelta(days=days) if days <= (date.max - on).days else date.max


def order(each: Lot) -> tuple[date, UUID]:
    """Soonest expiry first, then id."""
    return each.expires_on, each.id


def _month_end(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])
