"""Figures by calendar month. A month is a number, year × 12 + month − 1, so that months can be counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

YEAR = 12
_PAST_THE_CALENDAR = (date.max.year + 1) * YEAR


@dataclass(frozen=True, slots=True)
class Month:
    """What a member did in month ``number``; returns are taken off in the month in which the goods were bought.

    ``points`` are those earned, less those taken back.
    """

    number: int
    spend_minor: int = 0
    visits: int = 0
    growth: int = 0
    interactions: int = 0
    points: int = 0
    referrals: int = 0

    def __add__(self, other: Month) -> Month:
        assert self.number == other.number, "figures of different months"
        return Month(
            self.number,
            self.spend_minor + other.spend_minor,
            self.visits + other.visits,
            self.growth + other.growth,
            self.interactions + other.interactions,
            self.points + other.points,
            self.referrals + other.referrals,
        )


def month_of(day: date) -> int:
    return day.year * YEAR + day.month - 1


def first_day(month: int) -> date | None:
    """``None`` for a month outside the calendar."""
    return date(month // YEAR, month % YEAR + 1, 1) if YEAR <= month < _PAST_THE_CALENDAR else None


def days_after(day: date, days: int) -> date:
    """At most the last day of the calendar."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def month_text(month: int) -> str:
    """``YYYY-MM``."""
    return f"{month // YEAR:04}-{month % YEAR + 1:02}"


def read_month(text: str) -> int:
    """Of ``YYYY-MM``. Raise ``ValueError`` for anything else."""
    return month_of(date.fromisoformat(f"{text}-01"))


def with_figures(months: Iterable[Month], added: Month) -> tuple[Month, ...]:
    """``months`` and ``added``, in order; a month whose figures come to nothing is none."""
    found = {month.number: month for month in months}
    there = found.pop(added.number, None)
    done = there + added if there else added
    if done != Month(added.number):
        found[added.number] = done
    return tuple(found[number] for number in sorted(found))
