"""Points: lots that expire, spent soonest expiry first; what is missing becomes a debt that later points pay first.

An account changes only by effects. For any sequence of them, in any order,
Σ lots − debt = Σ earned − Σ redeemed − Σ taken back + Σ given back; lots that have expired stay in the account, no
longer spendable, and are what breakage is counted from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from shared_models.domain.earn_rules import RedeemRule
from shared_models.domain.errors import DomainError
from shared_models.domain.expiry import days_later, order
from shared_models.domain.member import Account, Effect, Lot
from shared_models.domain.money import Rounding, round_ratio
from shared_models.domain.programme_rules import Programme
from shared_models.domain.text import N_


class Limit(StrEnum):
    """What keeps a member from redeeming more."""

    NONE = ""
    BALANCE = "balance"
    BILL_SHARE = "bill_share"
    OFFLINE = "offline"
    MINIMUM = "minimum"
    TIMES = "times"


LIMIT_TEXTS = {
    Limit.NONE: "",
    Limit.BALANCE: N_("All of the member's points."),
    Limit.BILL_SHARE: N_("Points can pay only part of a bill, and not all goods."),
    Limit.OFFLINE: N_("While offline only a few points per member can be redeemed."),
    Limit.MINIMUM: N_("Too few points to redeem."),
    Limit.TIMES: N_("This member has redeemed as often as allowed for now."),
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


def is_spendable(lot: Lot, on: date) -> bool:
    return lot.expires_on >= on and (lot.available_on is None or lot.available_on <= on)


def balance(account: Account, on: date) -> int:
    """Points that can be spent on ``on``, less the debt: below zero if more is owed."""
    return sum(lot.points for lot in account.lots if is_spendable(lot, on)) - account.debt


def pending(account: Account, on: date) -> int:
    """Points that will be spendable after ``on``; no part of the balance yet."""
    return sum(lot.points for lot in account.lots if lot.expires_on >= on and not is_spendable(lot, on))


def expiring(account: Account, on: date, within_days: int) -> Expiring | None:
    """What is lost first within ``within_days`` after ``on``: the points of that one day; ``None`` if nothing is."""
    return next(iter(all_expiring(account, on, within_days)), None)


def all_expiring(account: Account, on: date, within_days: int) -> tuple[Expiring, ...]:
    """What is lost within ``within_days`` after ``on``, day by day: for a notice in advance."""
    last = days_later(on, within_days)
    days: dict[date, int] = {}
    for lot in account.lots:
        if on <= lot.expires_on <= last and lot.expires_on < date.max:
            days[lot.expires_on] = days.get(lot.expires_on, 0) + lot.points
    return tuple(Expiring(points, day) for day, points in sorted(days.items()) if points)


def apply(account: Account, effect: Effect) -> Account:
    """The account after ``effect``: what was redeemed, what is taken back, what is given back, what was earned.

    Redeemed points are taken from lots that can be spent on ``effect.on``, soonest expiry first, then id; then from
    pending ones. Points taken back are those that expire last, of the same day the lot with the highest id: the newest,
    which the returned sale most likely earned, so that a return never makes points live longer. What no lot covers
    becomes debt; points given back and earned pay debt first.
    """
    on = effect.on
    lots, missing = _take(in_spending_order(account, on), effect.redeemed_points, on)
    lots, owed = _take(sorted(lots, key=order, reverse=True), effect.taken_back, date.min)
    debt = account.debt + missing + owed
    for lot in (*effect.given_back, *((effect.earned,) if effect.earned else ())):
        paid = min(debt, lot.points)
        debt -= paid
        if lot.points > paid:
            lots.append(replace(lot, points=lot.points - paid))
    return Account(tuple(sorted(lots, key=order)), debt)


def in_spending_order(account: Account, on: date) -> list[Lot]:
    """All lots; ``apply`` takes redeemed points from the first of them that haven't expired."""
    return sorted(account.lots, key=lambda lot: (not is_spendable(lot, on), *order(lot)))


def _take(lots: list[Lot], points: int, valid_on: date) -> tuple[list[Lot], int]:
    """What is left of ``lots`` when ``points`` are taken in turn from those valid on that day, and what was missing."""
    left = []
    for lot in lots:
        taken = min(points, lot.points) if lot.expires_on >= valid_on else 0
        points -= taken
        if lot.points > taken:
            left.append(replace(lot, points=lot.points - taken) if taken else lot)
    return left, points


def redeemable(
    points: int, bill: int | Mapping[str, int], rule: RedeemRule, floor_left: int | None = None, times: int = 0
) -> RedeemLimit:
    """How many of a balance of ``points`` may pay towards ``bill``, in minor units, tax included.

    ``bill`` is that of goods the rule doesn't exclude (``PricedBasket.bill_without``) or, so that categories' own
    shares count, of all goods by category (``bill_by_category``). ``rule`` is the member's (``RedeemRule.for_tier``).
    ``floor_left`` is what is left of the offline allowance (``floor_left``), ``None`` when the server is asked.
    ``times`` is how often the member has redeemed since ``rule.per.start``.
    """
    worth_in_points = _payable(bill, rule) * rule.points / rule.worth_minor
    by_bill = round_ratio(*worth_in_points.as_integer_ratio(), Rounding.DOWN)
    bounds = [(max(0, points), Limit.BALANCE), (by_bill, Limit.BILL_SHARE)]
    if floor_left is not None:
        bounds.append((max(0, floor_left), Limit.OFFLINE))
    if rule.most_times is not None and times >= rule.most_times:
        bounds.append((0, Limit.TIMES))
    most, why = min(bounds, key=lambda bound: bound[0])
    most -= most % rule.step_points
    if most < max(1, rule.minimum_points) or not worth(most, rule):
        return RedeemLimit(0, Limit.MINIMUM if why is Limit.BALANCE else why, 0)
    return RedeemLimit(most, why, worth(most, rule))


def _payable(bill: int | Mapping[str, int], rule: RedeemRule) -> Fraction:
    """What of ``bill`` points may pay at most."""
    if isinstance(bill, int):
        return Fraction(rule.share) * max(0, bill)
    return sum(
        (Fraction(rule.share_of(category)) * max(0, minor) for category, minor in bill.items()), start=Fraction(0)
    )


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
