"""A coupon in somebody's hands: its life from issue to use (CPN-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from shared_models.domain.coupon_rules import CouponRule


class CouponState(StrEnum):
    """issued → reserved → redeemed → returned (usable again); issued | reserved | returned → void. Expiry follows from
    the date and is no state that is stored."""

    ISSUED = "issued"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RETURNED = "returned"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Coupon:
    """One coupon of the rule ``rule``, valid from ``valid_from`` through ``valid_to`` (store's calendar).

    ``member_id`` is its owner, ``None`` for a generic one. ``issued_by`` is the sale that issued it, which
    can't use it. ``reserved_by`` is the sale that holds or used it.
    """

    id: UUID
    rule: str
    valid_from: date
    valid_to: date
    member_id: UUID | None = None
    state: CouponState = CouponState.ISSUED
    issued_by: UUID | None = None
    reserved_by: UUID | None = None


class CouponRefusal(StrEnum):
    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    NOT_OWNER = "not_owner"
    NOT_HERE_AND_NOW = "not_here_and_now"
    LIMIT = "limit"
    TOO_MANY = "too_many"
    EXCLUDED = "excluded"
    FULL_PRICE_ONLY = "full_price_only"
    NO_GOODS = "no_goods"
    THRESHOLD = "threshold"
    BEATEN = "beaten"


def usable(
    coupon: Coupon, rule: CouponRule | None, member_id: UUID | None, sale_id: UUID | None, on: date
) -> CouponRefusal | None:
    """Why the coupon can't be used by this buyer in this sale on ``on``."""
    if rule is None:
        return CouponRefusal.UNKNOWN
    if on < coupon.valid_from or (sale_id is not None and sale_id == coupon.issued_by):
        return CouponRefusal.NOT_YET
    if on > coupon.valid_to:
        return CouponRefusal.EXPIRED
    return CouponRefusal.NOT_OWNER if rule.personal and coupon.member_id != member_id else None
