"""What happens to a coupon between its issue and its use: each transition gives the coupon as it is then.

A till that wants to ``reserve`` names the version of the coupon that it saw, and names it again if it lets go; a sale
never names one version twice. So a packet that comes twice, late or before the one it follows never takes a coupon for
a sale that is over. A sale that was confirmed where nobody could reserve is told as ``reserve`` and ``redeem`` at once,
when its fact first arrives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared_models.domain.coupon import REFUSAL_TEXTS, Coupon, CouponRefusal, CouponState, usable
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.errors import DomainError
from shared_models.domain.expiry import days_later
from shared_models.domain.text import N_, Money, Words, fill


class CouponRefused(DomainError):
    """The coupon can't be used: ``why`` says it."""

    code = "coupon_refused"
    template = N_("This coupon can't be used.")

    def __init__(self, why: CouponRefusal) -> None:
        self.why = why
        super().__init__()

    def sentence(self, words: Words, money: Money = str) -> str:
        return fill(words(REFUSAL_TEXTS[self.why]), self.values, money)


class CouponChanged(DomainError):
    code = "coupon_changed"
    template = N_("This coupon has just been changed elsewhere. Present it again.")


class CouponNotHeld(DomainError):
    """Only the sale that reserved a coupon redeems it, and only the one that redeemed it gives it back."""

    code = "coupon_not_held"
    template = N_("This sale doesn't hold the coupon. Present it again.")


def reserve(
    coupon: Coupon, rule: CouponRule | None, sale_id: UUID, seen: int, member_id: UUID | None, on: date
) -> Coupon:
    """Hold the coupon, of which the till saw version ``seen``, for one sale. Raise ``CouponRefused``, or
    ``CouponChanged`` if it isn't what the till saw."""
    if coupon.reserved_by == sale_id and (coupon.state is not CouponState.RESERVED or coupon.version == seen + 1):
        return coupon
    why = usable(coupon, rule, member_id, sale_id, on)
    if why is not None:
        raise CouponRefused(why)
    if coupon.version != seen:
        raise CouponChanged
    return _moved(coupon, CouponState.RESERVED, sale_id)


def release(coupon: Coupon, sale_id: UUID, seen: int) -> Coupon:
    """Let go of what was reserved under version ``seen``, or see to it that it won't be if that is still under way.
    Nothing happens to a coupon that the sale doesn't hold, or that it used."""
    if coupon.state is CouponState.RESERVED and coupon.reserved_by == sale_id and coupon.version == seen + 1:
        return _moved(coupon, CouponState.ISSUED, None)
    if coupon.state in (CouponState.ISSUED, CouponState.RETURNED) and coupon.version == seen:
        return replace(coupon, version=coupon.version + 1)
    return coupon


def redeem(coupon: Coupon, sale_id: UUID) -> Coupon:
    """The sale is confirmed. Raise ``CouponNotHeld``, or ``CouponRefused`` if it was cancelled meanwhile."""
    if coupon.reserved_by == sale_id and coupon.state is CouponState.RESERVED:
        return _moved(coupon, CouponState.REDEEMED, sale_id)
    if coupon.reserved_by == sale_id:
        return coupon
    if coupon.state is CouponState.VOID:
        raise CouponRefused(CouponRefusal.VOID)
    raise CouponNotHeld


def uses_left(coupon: Coupon) -> int:
    """0 once it is used or cancelled, else 1; whatever its days."""
    return int(coupon.state not in (CouponState.REDEEMED, CouponState.VOID))


@dataclass(frozen=True, slots=True)
class Told:
    """The coupon after a sale that was confirmed elsewhere said that it used it. ``disputed`` says why it shouldn't
    have: the coupon was ``USED`` by another sale, or ``VOID``. The customer was given what it is worth all the same."""

    coupon: Coupon
    disputed: CouponRefusal | None = None


def told(coupon: Coupon, sale_id: UUID) -> Told:
    """Book a use that nobody could reserve. What was disputed leaves the coupon as it is: it belongs to the sale that
    used it first, and one that was cancelled isn't given back by a return."""
    if coupon.state is CouponState.VOID:
        return Told(coupon, CouponRefusal.VOID)
    if coupon.state is CouponState.REDEEMED:
        return Told(coupon, None if coupon.reserved_by == sale_id else CouponRefusal.USED)
    return Told(_moved(coupon, CouponState.REDEEMED, sale_id))


def give_back(coupon: Coupon, rule: CouponRule, sale_id: UUID, on: date) -> Coupon:
    """All it was used on has come back on ``on``: usable again if the rule says so, through its old last day or, if
    that has passed, for ``return_days`` more. Raise ``CouponNotHeld``."""
    if coupon.reserved_by == sale_id and coupon.state is CouponState.RETURNED:
        return coupon
    if coupon.reserved_by != sale_id or coupon.state is not CouponState.REDEEMED:
        raise CouponNotHeld
    if not rule.comes_back:
        return coupon
    kept = on <= coupon.valid_to or not rule.return_days
    valid_to = coupon.valid_to if kept else days_later(on, rule.return_days)
    return replace(_moved(coupon, CouponState.RETURNED, sale_id), valid_to=valid_to)


def void(coupon: Coupon) -> Coupon:
    """Cancel it, even if a sale holds it. Raise ``CouponRefused`` for one that was used."""
    if coupon.state is CouponState.VOID:
        return coupon
    if coupon.state is CouponState.REDEEMED:
        raise CouponRefused(CouponRefusal.USED)
    return _moved(coupon, CouponState.VOID, None)


def _moved(coupon: Coupon, state: CouponState, sale_id: UUID | None) -> Coupon:
    return replace(coupon, state=state, reserved_by=sale_id, version=coupon.version + 1)


__all__ = [
    "CouponChanged",
    "CouponNotHeld",
    "CouponRefused",
    "Told",
    "give_back",
    "redeem",
    "release",
    "reserve",
    "told",
    "uses_left",
    "void",
]
