"""What the shop owes for the points its members hold, from its own ledger (PTS-3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, func, select

from shared_models.domain.liability import (
    Cohort,
    Owed,
    allocate,
    observed_breakage,
    outstanding,
    revenue,
    standalone_minor,
)
from shared_models.domain.money import round_ratio
from shared_models.domain.programme import Programme
from shared_models.orm.server import points_entry, points_lot, sale

DIGITS = 4
"""Of a breakage that was observed."""


@dataclass(frozen=True, slots=True)
class Liability:
    """On the day ``on``: what is owed by day of expiry, and of all points ever granted the price deferred and what of
    it has become revenue. ``breakage`` is the estimate used, ``observed`` whether it is that of expired points."""

    on: date
    breakage: Decimal
    observed: bool
    owed: tuple[Owed, ...]
    deferred_minor: int
    revenue_minor: int

    @property
    def owed_minor(self) -> int:
        return sum(each.minor for each in self.owed)

    @property
    def owed_points(self) -> int:
        return sum(each.points for each in self.owed)


def liability(connection: Connection, programme: Programme, on: date, breakage: Decimal | None = None) -> Liability:
    """By IFRS 15's relative stand-alone prices.

    A sale's price without tax is shared between its goods, at what was paid for them, and its points, at what they pay
    less ``breakage`` (0 to 1; without it the part of expired points that nobody redeemed). Points without a sale of
    ours count at what they pay.
    """
    sums = _lots(connection)
    observed = breakage is None
    if breakage is None:
        seen = observed_breakage([Cohort(day, *each, 0) for day, each in sums.items()], on)
        scale = 10**DIGITS
        breakage = Decimal(round_ratio(seen.numerator * scale, seen.denominator)) / scale if seen else Decimal(0)
    deferred = _deferred(connection, programme, breakage)
    cohorts = [Cohort(day, *each, deferred[day]) for day, each in sorted(sums.items())]
    return Liability(
        on=on,
        breakage=breakage,
        observed=observed,
        owed=outstanding(cohorts, breakage, on),
        deferred_minor=sum(each.deferred_minor for each in cohorts),
        revenue_minor=sum(revenue(each, breakage, on) for each in cohorts),
    )


def _lots(connection: Connection) -> dict[date, tuple[int, int]]:
    """Points granted and redeemed by day of expiry."""
    granted, left = func.sum(points_lot.c.granted), func.sum(points_lot.c.remaining)
    rows = connection.execute(select(points_lot.c.expires_on, granted, left).group_by(points_lot.c.expires_on))
    return {date.fromisoformat(day): (int(many), int(many) - int(rest)) for day, many, rest in rows}


def _deferred(connection: Connection, programme: Programme, breakage: Decimal) -> dict[date, int]:
    """What of the price fell to points, by day of expiry."""
    found: dict[date, int] = defaultdict(int)
    earned = (
        select(points_lot.c.expires_on, points_lot.c.granted, sale.c.total_minor, sale.c.tax_minor)
        .outerjoin(points_entry, (points_entry.c.lot_id == points_lot.c.id) & (points_entry.c.kind == "earned"))
        .outerjoin(sale, (sale.c.incarnation == points_entry.c.incarnation) & (sale.c.number == points_entry.c.number))
    )
    for day, granted, total_minor, tax_minor in connection.execute(earned):
        alone = standalone_minor(granted, programme.redeem, breakage)
        paid = 0 if total_minor is None else total_minor - tax_minor
        if paid > 0:
            found[date.fromisoformat(day)] += allocate(paid, paid, alone)[1]
        else:
            found[date.fromisoformat(day)] += round_ratio(*alone.as_integer_ratio())
    return found
