"""How points are earned, how long they last and what they pay, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from shared_models.domain.audience import EVERYBODY, Audience, Setting
from shared_models.domain.offer import Goods, Window, runs

_ZERO = Decimal(0)


class Period(StrEnum):
    """In which something is counted, by business date: a week begins on Monday; ``EVER`` never begins anew."""

    EVER = ""
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def start(self, on: date) -> date:
        """The first day of the period that ``on`` lies in."""
        match self:
            case Period.DAY:
                return on
            case Period.WEEK:
                return on - timedelta(days=min(on.weekday(), on.toordinal() - 1))
            case Period.MONTH:
                return on.replace(day=1)
            case Period.EVER:
                return date.min


class Lasting(StrEnum):
    """What ends the life of points: the end of a calendar year, the end of a month, a number of days after they were
    earned, a number of days without a purchase, or nothing."""

    YEAR_END = "year_end"
    MONTH_END = "month_end"
    DAYS = "days"
    INACTIVITY = "inactivity"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Expiry:
    """``count`` is of months or days as ``lasting`` asks for; the years of ``YEAR_END`` stand in the earn rule."""

    lasting: Lasting = Lasting.YEAR_END
    count: int = 0


class NotEarning(StrEnum):
    """What can be paid with and earns no points. Cash, cards and wallets always earn.

    ``STORED_VALUE`` is the principal of stored value, ``STORED_VALUE_BONUS`` the bonus.
    """

    POINTS = "points"
    STORED_VALUE_BONUS = "stored_value_bonus"
    STORED_VALUE = "stored_value"
    VOUCHER = "voucher"


@dataclass(frozen=True, slots=True)
class EarnBonus:
    """Goods that earn more: ``multiplier`` on their points and ``extra`` points for each unit (piece, kg, l).

    Runs from ``valid_from`` through ``valid_to`` (store's calendar, ``None`` for no end) within ``window``.
    """

    id: str
    names: Mapping[str, str]
    goods: Goods
    valid_from: date
    valid_to: date | None = None
    multiplier: Decimal = Decimal(1)
    extra: int = 0
    window: Window = field(default_factory=Window)
    audience: Audience = EVERYBODY

    def is_live(self, setting: Setting) -> bool:
        return runs(self.valid_from, self.valid_to, self.window, self.audience, setting)


@dataclass(frozen=True, slots=True)
class EarnRule:
    """``points`` and ``growth`` per unit of currency paid.

    The base is what is paid for goods outside ``excluded_categories``, tax included, net of discounts and of the
    tenders in ``base_excludes``. Bonuses on one line multiply, up to ``most_multiplier``; the tier's multiplier comes
    on top. Points are spendable ``pending_days`` after they were earned and last as ``expiry`` says, by default to the
    end of the calendar year ``years`` on. ``most_per_sale`` and, for one member, ``most_per_day`` and
    ``most_per_month`` cap what sales earn, ``None`` for no cap; business day and calendar month.
    """

    points: int = 1
    growth: int = 1
    years: int = 1
    excluded_categories: tuple[str, ...] = ()
    expiry: Expiry = Expiry()
    pending_days: int = 0
    most_per_sale: int | None = None
    most_per_day: int | None = None
    most_per_month: int | None = None
    most_multiplier: Decimal = Decimal(10)
    base_excludes: tuple[NotEarning, ...] = (NotEarning.POINTS, NotEarning.STORED_VALUE_BONUS)
    bonuses: tuple[EarnBonus, ...] = ()


@dataclass(frozen=True, slots=True)
class ActRule:
    """What an act without a purchase earns (sign-in, share …), at most ``most`` times in each ``per``; ``None`` for any
    number."""

    act: str
    points: int = 0
    growth: int = 0
    most: int | None = None
    per: Period = Period.EVER


@dataclass(frozen=True, slots=True)
class TierTerms:
    """What a tier redeems at, ``None`` as everybody does."""

    share: Decimal | None = None
    worth_minor: int | None = None


@dataclass(frozen=True, slots=True)
class RedeemRule:
    """``points`` pay ``worth_minor``; from ``minimum_points`` in steps of ``step_points``, up to ``share`` of the bill.

    The bill is that of the goods outside ``excluded_categories``. ``by_category`` gives a category a share of its own,
    where that is lower; ``by_tier`` a tier its share and worth. A member redeems ``most_times`` in each ``per``,
    ``None`` for any number.
    """

    points: int = 100
    worth_minor: int = 100
    minimum_points: int = 100
    step_points: int = 100
    share: Decimal = Decimal("0.5")
    excluded_categories: tuple[str, ...] = ()
    by_tier: Mapping[str, TierTerms] = field(default_factory=dict)
    by_category: Mapping[str, Decimal] = field(default_factory=dict)
    most_times: int | None = None
    per: Period = Period.EVER

    def for_tier(self, tier: str | None) -> RedeemRule:
        """The rule as it is for members of ``tier``."""
        terms = self.by_tier.get(tier or "")
        if terms is None:
            return self
        share = self.share if terms.share is None else terms.share
        return replace(self, share=share, worth_minor=terms.worth_minor or self.worth_minor)

    def share_of(self, category: str) -> Decimal:
        """How much of the goods of ``category`` points may pay, 0 to 1."""
        if category in self.excluded_categories:
            return _ZERO
        return min(self.share, self.by_category.get(category, self.share))
