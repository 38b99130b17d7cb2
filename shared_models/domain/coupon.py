"""A coupon in somebody's hands: its life from issue to use (CPN-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


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
