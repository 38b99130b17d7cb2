"""What the tiers ask for and give, and when members are judged again (TIER-1, TIER-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

YEAR_TO_DATE = 0


class Figure(StrEnum):
    """What a gate looks at. ``spend`` is in minor units, ``points`` are those earned, less those taken back."""

    GROWTH = "growth"
    SPEND = "spend"
    VISITS = "visits"
    INTERACTIONS = "interactions"
    POINTS = "points"
    REFERRALS = "referrals"


TIMELESS = (Figure.GROWTH, Figure.REFERRALS)


@dataclass(frozen=True, slots=True)
class Condition:
    """``figure`` is at least ``at_least`` in the last ``months`` calendar months, this one included, or in the calendar
    year so far (``YEAR_TO_DATE``). Growth and referrals have no window: what counts of them is all that was gathered,
    growth only since the months for which a tier was last lost."""

    figure: Figure
    at_least: int
    months: int = 1


Gate: TypeAlias = tuple[Condition, ...]
"""All of it must hold; one without conditions is open to everybody."""

OPEN: tuple[Gate, ...] = ((),)


def short_gate(growth: int = 0, month_spend_minor: int = 0, referrals: int = 0) -> tuple[Gate, ...]:
    """The one gate of a tier that asks for growth, for spend in this month, and for referrals; 0 for what it doesn't
    ask."""
    conditions = (
        Condition(Figure.GROWTH, growth),
        Condition(Figure.SPEND, month_spend_minor),
        Condition(Figure.REFERRALS, referrals),
    )
    return (tuple(each for each in conditions if each.at_least),)


@dataclass(frozen=True, slots=True)
class Tier:
    """Reached when any one of ``gates`` is met.

    ``member_price`` is the factor on goods marked for it (0.85 is 8.5折), ``earn_multiplier`` that on points.
    """

    code: str
    names: Mapping[str, str]
    gates: tuple[Gate, ...]
    member_price: Decimal
    earn_multiplier: Decimal


class JudgedAt(StrEnum):
    """``calendar``: when the calendar year, or an equal part of it, is over. ``anniversary``: when so many months have
    passed since the tier was reached. ``rolling``: at the beginning of every month."""

    CALENDAR = "calendar"
    ANNIVERSARY = "anniversary"
    ROLLING = "rolling"


class Downgrade(StrEnum):
    BY_ONE = "by_one"
    TO_EARNED = "to_earned"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A member keeps a tier that was reached in the last ``months`` whole months, or whose gates these months' figures
    meet. Otherwise it is lost ``grace_days`` after they are over."""

    period: JudgedAt = JudgedAt.CALENDAR
    months: int = 12
    downgrade: Downgrade = Downgrade.BY_ONE
    grace_days: int = 30


YEARLY = Evaluation()
"""Of the default programme, and of documents that don't say."""
