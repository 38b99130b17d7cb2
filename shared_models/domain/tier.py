"""Tiers by growth value and further gates. Here a member only rises; falling is the yearly evaluation's act."""

from __future__ import annotations

from shared_models.domain.member import Effect, Standing
from shared_models.domain.programme_rules import Programme, Tier


def first(programme: Programme) -> Standing:
    """The standing of someone who has just joined."""
    return Standing(programme.tiers[0].code)


def earned_tier(standing: Standing, programme: Programme) -> str:
    """The code of the highest tier all of whose gates are met.

    The month's spend is that of ``standing.spend_month``; in a later month it has to be set to that month first.
    """
    for tier in reversed(programme.tiers):
        if _meets(standing, tier):
            return tier.code
    return programme.tiers[0].code


def next_tier(standing: Standing, programme: Programme) -> Tier | None:
    """The tier above the member's own, or ``None`` at the top."""
    place = programme.rank(standing.tier) + 1
    return programme.tiers[place] if place < len(programme.tiers) else None


def apply(standing: Standing, effect: Effect, programme: Programme) -> Standing:
    """The standing after ``effect``, with the upgrade it brings.

    Spend counts for the calendar month of ``effect.on``; an effect of an earlier month adds growth only.
    """
    month = effect.on.isoformat()[:7]
    spend = standing.spend_month_minor
    if month > standing.spend_month:
        spend = effect.spend_minor
    elif month == standing.spend_month:
        spend += effect.spend_minor
    after = Standing(
        tier=standing.tier,
        growth=standing.growth + effect.growth,
        spend_month=max(month, standing.spend_month),
        spend_month_minor=spend,
        referrals=standing.referrals,
    )
    earned = earned_tier(after, programme)
    if programme.rank(earned) <= programme.rank(standing.tier):
        return after
    return Standing(earned, after.growth, after.spend_month, after.spend_month_minor, after.referrals)


def _meets(standing: Standing, tier: Tier) -> bool:
    return (
        standing.growth >= tier.growth
        and standing.spend_month_minor >= tier.month_spend_minor
        and standing.referrals >= tier.referrals
    )
