"""A personal coupon's long code, for the QR on its owner's phone or receipt: the coupon, signed (decision 0009).

Only the server can sign; whoever has its public key can check, offline. The letters are base 32 (RFC 4648), because a
QR code holds capitals densely and scanners that type like keyboards don't mix them up.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Callable
from datetime import date
from typing import TypeAlias
from uuid import UUID

from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_code import ForgedCoupon
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

Sign: TypeAlias = Callable[[bytes], bytes]
Verify: TypeAlias = Callable[[bytes, bytes], bool]
"""Message and signature: whether the server signed it."""

SIGNATURE_BYTES = 64
MAX_RULE_BYTES = 800

_DOMAIN = b"tillpoint.coupon.token.1\0"
_MARK = "TPCOUPON1"
_HEAD_BYTES = 1 + 16 + 4 + 4
_MAX_CHARACTERS = 2_000
_OWNED, _ISSUED_BY = 1, 2


class BadCouponToken(DomainError):
    """Cut short, misread or of a newer version."""

    code = "bad_coupon_token"
    template = N_("This coupon's square code can't be read. Scan it again.")


def write(coupon: Coupon, sign: Sign) -> str:
    """The token of ``coupon`` as it is issued; its state isn't in it."""
    body = _body(coupon)
    signature = sign(_DOMAIN + body)
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError(f"a signature has {SIGNATURE_BYTES} bytes, not {len(signature)}")
    return _MARK + _letters(body + signature)


def is_token(text: str) -> bool:
    """Whether this claims to be a coupon's token."""
    return text.strip().upper().startswith(_MARK)


def read(text: str, verify: Verify) -> Coupon:
    """The coupon, issued and untouched as far as its token knows. Raise ``BadCouponToken``, or ``ForgedCoupon`` if
    ``verify`` says no."""
    packed = _packed(text)
    body, signature = packed[:-SIGNATURE_BYTES], packed[-SIGNATURE_BYTES:]
    if not verify(_DOMAIN + body, signature):
        raise ForgedCoupon
    try:
        coupon = _coupon(body)
    except (ValueError, OverflowError) as error:
        raise BadCouponToken from error
    if _body(coupon) != body:
        raise BadCouponToken
    return coupon


def _packed(text: str) -> bytes:
    letters = text.strip().upper()
    if len(letters) > _MAX_CHARACTERS or not is_token(letters):
        raise BadCouponToken
    letters = letters.removeprefix(_MARK)
    try:
        packed = b32decode(letters + "=" * (-len(letters) % 8))
    except (Error, ValueError) as error:
        raise BadCouponToken from error
    if len(packed) < _HEAD_BYTES + SIGNATURE_BYTES or _letters(packed) != letters:
        raise BadCouponToken
    return packed


def _body(coupon: Coupon) -> bytes:
    rule = coupon.rule.encode()
    if len(rule) > MAX_RULE_BYTES:
        raise ValueError(f"a rule's name of {len(rule)} bytes doesn't fit a token")
    parts = [
        bytes([_OWNED * (coupon.member_id is not None) | _ISSUED_BY * (coupon.issued_by is not None)]),
        coupon.id.bytes,
        coupon.valid_from.toordinal().to_bytes(4),
        coupon.valid_to.toordinal().to_bytes(4),
        coupon.member_id.bytes if coupon.member_id else b"",
        coupon.issued_by.bytes if coupon.issued_by else b"",
        rule,
    ]
    return b"".join(parts)


def _coupon(body: bytes) -> Coupon:
    flags, rest = body[0], body[_HEAD_BYTES:]
    ids: list[UUID | None] = []
    for flag in (_OWNED, _ISSUED_BY):
        ids.append(UUID(bytes=rest[:16]) if flags & flag else None)
        rest = rest[16:] if flags & flag else rest
    return Coupon(
        id=UUID(bytes=body[1:17]),
        rule=rest.decode(),
        valid_from=date.fromordinal(int.from_bytes(body[17:21])),
        valid_to=date.fromordinal(int.from_bytes(body[21:25])),
        member_id=ids[0],
        issued_by=ids[1],
    )


def _letters(packed: bytes) -> str:
    return b32encode(packed).decode().rstrip("=")
