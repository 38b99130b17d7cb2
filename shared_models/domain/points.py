"""Points: lots that expire, spent soonest expiry first; what is missing becomes a debt that later points pay first.

An account changes only by effects. For any sequence of them Σ lots − debt = Σ earned − Σ redeemed; lots that have
expired stay in the account, no longer spendable, and are what breakage is counted from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from shared_models.domain.errors import DomainError
from shared_models.domain.member import Account, Effect, Lot
from shared_models.domain.money import Rounding, round_ratio
from shared_models.domain.programme_rules import Programme, RedeemRule
from shared_models.domain.sale import PointsEarned
from shared_models.domain.text import N_


class Limit(StrEnum):
    """What keeps a member from redeeming more."""

    NONE = ""
    BALANCE = "balance"
    BILL_SHARE = "bill_share"
    OFFLINE = "offline"
    MINIMUM = "minimum"


LIMIT_TEXTS = {
    Limit.NONE: "",
    Limit.BALANCE: N_("All of the member's points."),
    Limit.BILL_SHARE: N_("Points can pay only part of a bill, and not all goods."),
    Limit.OFFLINE: N_("While offline only a few points per member can be redeemed."),
    Limit.MINIMUM: N_("Too few points to redeem."),
}


class RedeemRefused(DomainError):
    """Points that can't be redeemed now. The subclasses say why."""

    code = "redeem_refused"
    template = N_("These points can't be redeemed.")


class TooManyPoints(RedeemRefused):
    code = "too_many_points"
    template = N_("At most {limit} points can be redeemed here.")


class WrongStep(RedeemRefused):
    code = "wrong_step"
    template = N_("Points are redeemed from {minimum} in steps of {step}.")


@dataclass(frozen=True, slots=True)
class Expiring:
    """``points`` are lost after ``on``."""

    points: int
    on: date


@dataclass(frozen=True, slots=True)
class RedeemLimit:
    """``max_points`` in whole steps, 0 if none; ``why`` it isn't more; ``worth_minor`` of the most."""

    max_points: int
    why: Limit
    worth_minor: int


def balance(account: Account, on: date) -> int:
    """Points that can be spent on ``on``, less the debt: below zero if more is owed."""
    return sum(lot.points for lot in account.lots if lot.expires_on >= on) - account.debt


def expiring(account: Account, on: date, within_days: int) -> Expiring | None:
    """What is lost first within ``within_days`` after ``on``: the points of that one day; ``None`` if nothing is."""
    last = on + timedelta(days=within_days)
    first = min((lot.expires_on for lot in account.lots if on <= lot.expires_on <= last and lot.points), default=None)
    if first is None:
        return None
    return Expiring(sum(lot.points for lot in account.lots if lot.expires_on == first), first)


def earn(base_minor: int, tier: str, programme: Programme, on: date, lot_id: UUID) -> PointsEarned | None:
    """The lot that paying ``base_minor`` earns on business date ``on``, rounded down once; ``None`` for no points.

    ``base_minor`` is net of discounts and of what points paid.
    """
    multiplier = programme.tier(tier).earn_multiplier
    numerator, denominator = multiplier.as_integer_ratio()
    exact = max(0, base_minor) * programme.earn.points * numerator
    points = round_ratio(exact, programme.money.unit_minor * denominator, Rounding.DOWN)
    if not points:
        return None
    return PointsEarned(lot_id, points, expiry(on, programme.earn.years), base_minor, multiplier)


def expiry(on: date, years: int) -> date:
    """The last day of the calendar year ``years`` after that of ``on``."""
    return date(on.year + years, 12, 31)


def apply(account: Account, effect: Effect) -> Account:
    """The account after ``effect``: first what was redeemed, then what was earned.

    Takes from lots valid on ``effect.on``, soonest expiry first, then id. What they don't cover becomes debt; earned
    points pay debt first.
    """
    missing = effect.redeemed_points
    lots: list[Lot] = []
    for lot in _in_order(account.lots):
        taken = min(missing, lot.points) if lot.expires_on >= effect.on else 0
        missing -= taken
        if lot.points > taken:
            lots.append(Lot(lot.id, lot.points - taken, lot.expires_on) if taken else lot)
    debt = account.debt + missing
    if effect.earned is not None:
        paid = min(debt, effect.earned.points)
        debt -= paid
        if effect.earned.points > paid:
            lots.append(Lot(effect.earned.id, effect.earned.points - paid, effect.earned.expires_on))
    return Account(_in_order(lots), debt)


def redeemable(points: int, bill_minor: int, rule: RedeemRule, floor_left: int | None = None) -> RedeemLimit:
    """How many of a balance of ``points`` may pay towards ``bill_minor``.

    ``bill_minor`` is the bill, tax included, for goods the rule doesn't exclude (``PricedBasket.bill_without``).
    ``floor_left`` is what is left of the offline allowance (``floor_left``), ``None`` when the server is asked.
    """
    numerator, denominator = rule.share.as_integer_ratio()
    by_bill = round_ratio(max(0, bill_minor) * numerator * rule.points, denominator * rule.worth_minor, Rounding.DOWN)
    bounds = [(max(0, points), Limit.BALANCE), (by_bill, Limit.BILL_SHARE)]
    if floor_left is not None:
        bounds.append((max(0, floor_left), Limit.OFFLINE))
    most, why = min(bounds, key=lambda bound: bound[0])
    most -= most % rule.step_points
    if most < max(1, rule.minimum_points):
        return RedeemLimit(0, Limit.MINIMUM if why is Limit.BALANCE else why, 0)
    return RedeemLimit(most, why, worth(most, rule))


def check_redeem(points: int, limit: RedeemLimit, rule: RedeemRule) -> int:
    """``points`` themselves; raise ``RedeemRefused`` if they are not in whole steps or more than ``limit``."""
    if points < max(1, rule.minimum_points) or points % rule.step_points:
        raise WrongStep(minimum=rule.minimum_points, step=rule.step_points)
    if points > limit.max_points:
        raise TooManyPoints(limit=limit.max_points)
    return points


def worth(points: int, rule: RedeemRule) -> int:
    """What ``points`` pay, in minor units, rounded down."""
    return round_ratio(points * rule.worth_minor, rule.points, Rounding.DOWN)


def floor_left(programme: Programme, own_uncounted_debits: int) -> int:
    """What this device may still let one member redeem while offline.

    ``own_uncounted_debits`` is the sum of this device's redemptions by that member which the member's row doesn't count
    yet, so that only a sync frees the allowance again.
    """
    return max(0, programme.floor_points - own_uncounted_debits)


def _in_order(lots: list[Lot] | tuple[Lot, ...]) -> tuple[Lot, ...]:
    return tuple(sorted(lots, key=lambda lot: (lot.expires_on, lot.id)))
