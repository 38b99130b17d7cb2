"""The member's tier (TIER-1, TIER-2): reached by growth value and other figures, kept or lost by evaluation.

A standing holds sums by month, and the tier is reckoned from them. So standings that took in the same effects are the
same whatever the order, and a sale that is returned whole leaves no trace, as long as nothing comes for a month that
was left behind (``MONTHS_KEPT``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from shared_models.domain.member import Effect, HeldTier, Standing
from shared_models.domain.months import YEAR, Month, month_of, with_figures
from shared_models.domain.programme_rules import Programme
from shared_models.domain.tier_course import course, explained, rung_in
from shared_models.domain.tier_grant import granted_rank

MONTHS_KEPT = 14
"""A year before each of the last three months with figures: what comes late for these, or is returned from them, is
reckoned as if it had been known at once."""


def first(programme: Programme) -> Standing:
    """The standing of someone who has just joined."""
    return Standing(programme.tiers[0].code)


def is_new(standing: Standing) -> bool:
    """Whether the member has never bought anything, or has taken everything back."""
    known = sum(month.growth for month in standing.months)
    return standing.growth == known and not any(month.visits > 0 for month in standing.months)


def apply(standing: Standing, effect: Effect, programme: Programme) -> Standing:
    """The standing after ``effect``, with the upgrade it brings or undoes. Its figures count for the calendar month of
    ``effect.on``, of a return for that of ``effect.bought_on``."""
    month = month_of(effect.bought_on or effect.on)
    standing = explained(standing, programme, month)
    points = (effect.earned.points if effect.earned else 0) - effect.taken_back
    done = Month(month, effect.spend_minor, effect.visits, effect.growth, effect.interactions, points, effect.referrals)
    after = replace(
        standing,
        growth=standing.growth + effect.growth,
        referrals=standing.referrals + effect.referrals,
        months=with_figures(standing.months, done),
    )
    if len(after.months) > MONTHS_KEPT:
        after = _without_oldest(after, programme)
    return _with_tier(after, programme, after.months[-1].number if after.months else month)


def kept_short(standing: Standing, programme: Programme) -> Standing:
    """A standing of any number of months as one that is kept, with the tier that they give."""
    if not standing.months:
        return standing
    newest = standing.months[-1].number
    standing = explained(standing, programme, newest)
    while len(standing.months) > MONTHS_KEPT:
        standing = _without_oldest(standing, programme)
    return _with_tier(standing, programme, newest)


def at(standing: Standing, programme: Programme, on: date) -> str:
    """The code of the tier that the member has on business date ``on``, with grace and grants."""
    month = month_of(on)
    rung = rung_in(standing, programme, month)
    return programme.tiers[max(rung.shown(on), granted_rank(standing, programme, on))].code


def settle(standing: Standing, programme: Programme, on: date) -> Standing:
    """The standing with ``tier`` as the figures give it on ``on``, for lists by tier. It changes nothing about what
    the tier of any later day is."""
    month = month_of(on)
    return _with_tier(explained(standing, programme, month), programme, month)


def _with_tier(standing: Standing, programme: Programme, month: int) -> Standing:
    """With the tier as it stands in ``month`` or, if there are later figures, in theirs."""
    month = max(month, standing.months[-1].number) if standing.months else month
    return replace(standing, tier=programme.tiers[course(standing, programme, month).rank].code)


def _without_oldest(standing: Standing, programme: Programme) -> Standing:
    """Leave the oldest month behind, and keep what couldn't be reckoned without it."""
    start, held = standing.months[0].number + YEAR, standing.held
    if held is None or held.start < start:
        rung = course(standing, programme, start, before_rising=True)
        held = HeldTier(programme.tiers[rung.rank].code, rung.since, start, rung.forgotten)
    return replace(standing, months=standing.months[1:], held=held)


__all__ = ["MONTHS_KEPT", "apply", "at", "first", "is_new", "kept_short", "settle"]
