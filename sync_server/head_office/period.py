"""The period a page speaks of and the one it is compared with. Days are business dates of the stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LONGEST_DAYS = 366
_WEEK = 7


class Span(StrEnum):
    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    FOUR_WEEKS = "four-weeks"
    DATES = "dates"


@dataclass(frozen=True, slots=True)
class Period:
    """``first`` through ``last``. Compared with the same weekdays before, as trade differs by weekday."""

    span: Span
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def shift(self) -> timedelta:
        """How far back the compared period lies: whole weeks, at least as long as the period."""
        return timedelta(days=-(-self.days // _WEEK) * _WEEK)

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last

    def before(self) -> Period:
        return Period(self.span, self.first - self.shift, self.last - self.shift)

    def dates(self) -> list[date]:
        return [self.first + timedelta(days=offset) for offset in range(self.days)]


def read(span: str, first: str, last: str, today: date) -> Period:
    """The period that an address names. What can't be read is today; dates the wrong way round are turned."""
    match span:
        case Span.YESTERDAY:
            return Period(Span.YESTERDAY, today - timedelta(days=1), today - timedelta(days=1))
        case Span.WEEK:
            return Period(Span.WEEK, today - timedelta(days=6), today)
        case Span.FOUR_WEEKS:
            return Period(Span.FOUR_WEEKS, today - timedelta(days=27), today)
        case Span.DATES:
            start, end = sorted((_date(first, today), _date(last, today)))
            return Period(Span.DATES, max(start, end - timedelta(days=LONGEST_DAYS - 1)), end)
        case _:
            return Period(Span.TODAY, today, today)


def _date(text: str, fallback: date) -> date:
    try:
        value = date.fromisoformat(text)
    except ValueError:
        return fallback
    return value if value.year >= 2000 else fallback
