"""Two accounts of one person as one: the points and figures of both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from shared_models.domain import tier
from shared_models.domain.effects import MemberView
from shared_models.domain.expiry import order
from shared_models.domain.member import Account, Effect, HeldTier, Standing
from shared_models.domain.member_links import MemberRewarded
from shared_models.domain.months import Month, with_figures
from shared_models.domain.points import apply as apply_points
from shared_models.domain.programme_rules import Programme
from shared_models.domain.tier_grant import MAX_GRANTS

_NOBODY = UUID(int=0)


def joined(one: MemberView, other: MemberView, programme: Programme, on: date) -> MemberView:
    """All lots of both; what either owes is paid at once from the points that can be spent on ``on``. The tier is
    reckoned from the figures of both, and isn't lower than either's."""
    return MemberView(_account(one.account, other.account, on), _standing(one.standing, other.standing, programme))


def effect_of_reward(fact: MemberRewarded) -> Effect:
    return Effect(
        fact.member_id, fact.on, earned=fact.lot, growth=fact.growth, taken_back=fact.taken_back,
        interactions=0 if fact.taken_back else 1,
    )  # fmt: skip


def _account(one: Account, other: Account, on: date) -> Account:
    """Points are conserved: Σ lots − debt is that of both together."""
    lots = Account(tuple(sorted((*one.lots, *other.lots), key=order)))
    owed = one.debt + other.debt
    nobody = Effect(_NOBODY, on, redeemed_points=owed)
    return apply_points(lots, nobody) if owed else lots


def _standing(one: Standing, other: Standing, programme: Programme) -> Standing:
    months: tuple[Month, ...] = one.months
    for month in other.months:
        months = with_figures(months, month)
    grants = sorted({*one.grants, *other.grants}, key=lambda grant: (grant.until, grant.since, grant.tier, grant.by))
    both = replace(
        max(one, other, key=lambda each: programme.rank(each.tier)),
        growth=one.growth + other.growth,
        referrals=one.referrals + other.referrals,
        months=months,
        held=_held(one.held, other.held, programme),
        grants=tuple(grants[-MAX_GRANTS:]),
    )
    return tier.kept_short(both, programme)


def _held(one: HeldTier | None, other: HeldTier | None, programme: Programme) -> HeldTier | None:
    """The reckoning begins where both had begun, with the higher tier of the two."""
    if one is None or other is None:
        return one or other
    higher = max(one, other, key=lambda each: (programme.rank(each.tier), each.since))
    return replace(higher, start=max(one.start, other.start), forgotten=one.forgotten + other.forgotten)
