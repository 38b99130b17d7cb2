"""What facts say about coupons (CPN-1): issued and cancelled by head office, used up by sales."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_code import tidy

_DIGEST_DOMAIN = b"tillpoint.coupon.digest.1\0"


@dataclass(frozen=True, slots=True)
class IssuedCoupon:
    """``member_id`` is its owner, ``None`` for a generic one; ``store_id`` the only store that takes it, empty for all.

    ``serial`` is the number in its short code, ``None`` if it has none, and ``code_hash`` the code's ``code_digest``.
    """

    id: UUID
    valid_from: date
    valid_to: date
    member_id: UUID | None = None
    store_id: str = ""
    serial: int | None = None
    code_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class CouponIssued:
    """Kind ``coupon.issued``, of the server: coupons of one rule, made at once under ``batch_id``."""

    batch_id: UUID
    rule: str
    issued_on: date
    by: str
    coupons: tuple[IssuedCoupon, ...]


@dataclass(frozen=True, slots=True)
class CouponVoided:
    """Kind ``coupon.voided``, of the server. ``by`` says who did it, ``reason`` why."""

    coupon_ids: tuple[UUID, ...]
    reason: str
    by: str


def coupon_of(issued: IssuedCoupon, rule: str) -> Coupon:
    """The coupon as it is before anything happens to it."""
    return Coupon(issued.id, rule, issued.valid_from, issued.valid_to, issued.member_id)


def code_digest(code: str) -> bytes:
    """What stands for a short code (``coupon_code``) in rows: a till finds the coupon by it, and can make no codes of
    it."""
    return hashlib.sha256(_DIGEST_DOMAIN + tidy(code).encode()).digest()
