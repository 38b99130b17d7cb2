"""A coupon in somebody's hands: its life from issue to use (CPN-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from shared_models.domain.text import N_

if TYPE_CHECKING:
    from shared_models.domain.coupon_rules import CouponRule


class CouponState(StrEnum):
    """issued → reserved → redeemed → returned (usable again); reserved → issued; issued | reserved | returned → void.
    Expiry follows from the date and is no state that is stored. The transitions are those of ``coupon_life``."""

    ISSUED = "issued"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RETURNED = "returned"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Coupon:
    """One coupon of the rule ``rule``, valid from ``valid_from`` through ``valid_to`` (store's calendar).

    ``member_id`` is its owner, ``None`` for a generic one. ``issued_by`` is the sale that issued it, which
    can't use it. ``reserved_by`` is the sale that holds it, used it or gave it back. ``version`` counts what has
    happened to it, so that a packet that comes late is known for what it is.
    """

    id: UUID
    rule: str
    valid_from: date
    valid_to: date
    member_id: UUID | None = None
    state: CouponState = CouponState.ISSUED
    issued_by: UUID | None = None
    reserved_by: UUID | None = None
    version: int = 0


class CouponRefusal(StrEnum):
    """``RESERVED`` and ``USED`` by another sale; ``FROM_THIS_SALE``: it is for a later purchase."""

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
    RESERVED = "reserved"
    USED = "used"
    VOID = "void"
    FROM_THIS_SALE = "from_this_sale"


REFUSAL_TEXTS: dict[CouponRefusal, str] = {
    CouponRefusal.UNKNOWN: N_("The programme doesn't know this coupon. Let the till sync and try again."),
    CouponRefusal.NOT_YET: N_("This coupon isn't valid yet. Keep it for later."),
    CouponRefusal.EXPIRED: N_("This coupon has expired."),
    CouponRefusal.NOT_OWNER: N_("This coupon is another member's. Ask for its owner's membership."),
    CouponRefusal.NOT_HERE_AND_NOW: N_("This coupon isn't for this store, hour or customer."),
    CouponRefusal.LIMIT: N_("No more coupons of this kind can be used for now."),
    CouponRefusal.TOO_MANY: N_("This sale takes no more such coupons. Keep it for the next one."),
    CouponRefusal.EXCLUDED: N_("This coupon doesn't count beside another offer of this sale."),
    CouponRefusal.FULL_PRICE_ONLY: N_("This coupon is for goods at full price only."),
    CouponRefusal.NO_GOODS: N_("None of these goods is what this coupon is for."),
    CouponRefusal.THRESHOLD: N_("The goods this coupon is for don't reach its threshold. Add some."),
    CouponRefusal.BEATEN: N_("This sale is no cheaper with this coupon. Keep it for later."),
    CouponRefusal.RESERVED: N_("Another sale holds this coupon. Finish or cancel that sale first."),
    CouponRefusal.USED: N_("This coupon has been used."),
    CouponRefusal.VOID: N_("This coupon was cancelled."),
    CouponRefusal.FROM_THIS_SALE: N_("This coupon is for the next purchase. Keep it for later."),
}


def usable(
    coupon: Coupon, rule: CouponRule | None, member_id: UUID | None, sale_id: UUID | None, on: date
) -> CouponRefusal | None:
    """Why the coupon can't be used by this buyer in this sale on ``on`` (store's calendar). Days don't matter to the
    sale that holds or used it: what was promised before midnight is kept after it."""
    if rule is None:
        return CouponRefusal.UNKNOWN
    taken = _taken(coupon, sale_id)
    if taken is not None:
        return taken
    if coupon.state not in (CouponState.RESERVED, CouponState.REDEEMED):
        if sale_id is not None and sale_id == coupon.issued_by:
            return CouponRefusal.FROM_THIS_SALE
        if on < coupon.valid_from:
            return CouponRefusal.NOT_YET
        if on > coupon.valid_to:
            return CouponRefusal.EXPIRED
    return CouponRefusal.NOT_OWNER if rule.personal and (member_id is None or coupon.member_id != member_id) else None


def _taken(coupon: Coupon, sale_id: UUID | None) -> CouponRefusal | None:
    own = sale_id is not None and coupon.reserved_by == sale_id
    match coupon.state:
        case CouponState.VOID:
            return CouponRefusal.VOID
        case CouponState.RESERVED:
            return None if own else CouponRefusal.RESERVED
        case CouponState.REDEEMED:
            return None if own else CouponRefusal.USED
    return None
