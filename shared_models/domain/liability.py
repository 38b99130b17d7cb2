"""What points cost the shop: the promise they are, and the revenue they become (IFRS 15.76, B39 to B47).

The price of a sale is shared between goods and points by their relative stand-alone prices. What falls to the points is
owed, a contract liability, and becomes revenue as points are redeemed, in proportion to those expected to be. Points
expected to lapse (breakage) are part of that proportion. When the estimate changes, what was recognised so far is
caught up with at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from shared_models.domain.earn_rules import RedeemRule
from shared_models.domain.money import round_ratio, share


@dataclass(frozen=True, slots=True)
class Cohort:
    """All points that are lost after ``expires_on``: how many were ``granted``, less what returns took back; how many
    of them were ``redeemed``; and what of the sales' price fell to them, ``deferred_minor``, less what went back."""

    expires_on: date
    granted: int
    redeemed: int
    deferred_minor: int


@dataclass(frozen=True, slots=True)
class Owed:
    """The liability for the points of one day of expiry."""

    expires_on: date
    points: int
    minor: int


def standalone_minor(points: int, rule: RedeemRule, breakage: Decimal) -> Fraction:
    """What ``points`` are worth to members on their own: what they pay, less the part that will never be redeemed.

    ``breakage`` is that part, 0 to 1.
    """
    return Fraction(points * rule.worth_minor, rule.points) * (1 - Fraction(breakage))


def allocate(paid_minor: int, goods_minor: int, points_minor: Fraction) -> tuple[int, int]:
    """What of ``paid_minor`` falls to the goods and what to the points; both together are ``paid_minor``.

    ``goods_minor`` is the goods' stand-alone price, ``points_minor`` that of the points (``standalone_minor``).
    """
    numerator, denominator = points_minor.as_integer_ratio()
    if numerator <= 0:
        return paid_minor, 0
    goods, points = share(paid_minor, [goods_minor * denominator, numerator])
    return goods, points


def recognised_minor(deferred_minor: int, redeemed: int, expected: int) -> int:
    """The revenue of points so far: all of ``deferred_minor`` once as many are redeemed as are ``expected`` to be in
    the end, and never more."""
    if redeemed >= expected:
        return deferred_minor
    return round_ratio(deferred_minor * redeemed, expected)


def expected(cohort: Cohort, breakage: Decimal) -> int:
    """How many points of ``cohort`` will have been redeemed in the end, never fewer than are already."""
    return max(cohort.redeemed, round_ratio(*(cohort.granted * (1 - Fraction(breakage))).as_integer_ratio()))


def revenue(cohort: Cohort, breakage: Decimal, on: date) -> int:
    """The revenue of ``cohort`` up to and with ``on``; all of it once its points have expired.

    A period's revenue is this at its end less what was recognised before, which a changed estimate can make negative.
    """
    if on > cohort.expires_on:
        return cohort.deferred_minor
    return recognised_minor(cohort.deferred_minor, cohort.redeemed, expected(cohort, breakage))


def outstanding(cohorts: Iterable[Cohort], breakage: Decimal, on: date) -> tuple[Owed, ...]:
    """What is owed at the end of ``on``, soonest expiry first: points not redeemed yet and the price still deferred."""
    owed = [
        Owed(each.expires_on, each.granted - each.redeemed, each.deferred_minor - revenue(each, breakage, on))
        for each in cohorts
        if on <= each.expires_on and each.granted > each.redeemed
    ]
    return tuple(sorted(owed, key=lambda each: each.expires_on))


def observed_breakage(cohorts: Iterable[Cohort], on: date) -> Fraction | None:
    """The part of the points that expired before ``on`` which nobody redeemed; ``None`` if none have expired."""
    granted = lost = 0
    for each in cohorts:
        if each.expires_on < on:
            granted += each.granted
            lost += max(0, each.granted - each.redeemed)
    return Fraction(lost, granted) if granted > 0 else None
