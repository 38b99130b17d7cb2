"""A coupon's short code, to print and to type: ``C123-…`` in five groups of four (decision 0009).

A ``C``, three characters of the rule's number, five of the serial number, ten of proof and a check character. The proof
is an HMAC-SHA256 under the rule's key, cut to 50 bits; a till that has the key checks it offline.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID, uuid5

from shared_models.domain.base32 import ALPHABET, VALUES, check_value
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

CODE_CHARACTERS = 20
PROOF_BITS = 50
MAX_NUMBER = (1 << 15) - 1
MAX_SERIAL = (1 << 25) - 1
KEY_BYTES = 32

_KEY_DOMAIN = b"tillpoint.coupon.key.1\0"
_CODE_DOMAIN = b"tillpoint.coupon.code.1\0"
_SPACE = UUID("5d1f0d9e-8f1c-5c0a-9a57-6c6f3b1d7e42")
_MARK = "C"
_GROUP = 4
_MAX_TYPED = 64
_GAPS = re.compile(r"[\s\-‐-―−]+")


class BadCouponCode(DomainError):
    """It was misread or mistyped."""

    code = "bad_coupon_code"
    template = N_("This is not the code of a coupon. Type its 20 characters again.")


class ForgedCoupon(DomainError):
    """Well written, but not issued by this shop."""

    code = "forged_coupon"
    template = N_("This coupon was not issued by us. Don't take it.")


@dataclass(frozen=True, slots=True)
class CouponCode:
    """What a code says: the ``number`` of its rule, its ``serial`` number under it, and the ``proof`` of both."""

    number: int
    serial: int
    proof: int

    @property
    def coupon_id(self) -> UUID:
        """The id of this coupon, the same wherever its code is read."""
        return uuid5(_SPACE, f"{self.number}/{self.serial}")

    def check(self, key: bytes) -> None:
        """Raise ``ForgedCoupon`` unless the code was made with the rule's ``key``."""
        wanted = _proof(key, self.number, self.serial)
        if not hmac.compare_digest(wanted.to_bytes(8), self.proof.to_bytes(8)):
            raise ForgedCoupon


def rule_key(master: bytes, number: int) -> bytes:
    """The key of one rule: it tells nothing about the keys of others, nor about ``master``, which stays at the
    server."""
    _check_size(master, number, 0)
    return hmac.digest(master, _KEY_DOMAIN + number.to_bytes(2), hashlib.sha256)


def make(key: bytes, number: int, serial: int) -> str:
    """The code of coupon ``serial`` of rule ``number``, as it is printed."""
    _check_size(key, number, serial)
    body = number << 75 | serial << PROOF_BITS | _proof(key, number, serial)
    values = [VALUES[_MARK], *(body >> shift & 31 for shift in range(85, -1, -5))]
    code = "".join(ALPHABET[value] for value in (*values, check_value(values)))
    return "-".join(code[start : start + _GROUP] for start in range(0, CODE_CHARACTERS, _GROUP))


def is_code(text: str) -> bool:
    """Whether this has the shape of a coupon's code, right or wrong; no receipt code, member number or EAN has."""
    code = tidy(text)
    return len(code) == CODE_CHARACTERS and code.startswith(_MARK) and all(each in VALUES for each in code)


def read(text: str) -> CouponCode:
    """A code as scanned or typed: any case, full-width, with blanks and dashes. Raise ``BadCouponCode``."""
    if not is_code(text):
        raise BadCouponCode
    values = [VALUES[each] for each in tidy(text)]
    if check_value(values[:-1]) != values[-1]:
        raise BadCouponCode
    body = 0
    for value in values[1:-1]:
        body = body << 5 | value
    return CouponCode(body >> 75, body >> PROOF_BITS & MAX_SERIAL, body & ((1 << PROOF_BITS) - 1))


def tidy(text: str) -> str:
    """The code's letters alone, in capitals. Empty if it is too long or has other letters than ours."""
    if len(text) > _MAX_TYPED:
        return ""
    typed = _GAPS.sub("", unicodedata.normalize("NFKC", text))
    return typed.upper() if typed.isascii() else ""


def _proof(key: bytes, number: int, serial: int) -> int:
    message = _CODE_DOMAIN + number.to_bytes(2) + serial.to_bytes(4)
    return int.from_bytes(hmac.digest(key, message, hashlib.sha256)[:8]) >> 64 - PROOF_BITS


def _check_size(key: bytes, number: int, serial: int) -> None:
    if len(key) < KEY_BYTES or not 0 <= number <= MAX_NUMBER or not 0 <= serial <= MAX_SERIAL:
        raise ValueError(f"a key of {len(key)} bytes, rule {number} or serial {serial} doesn't fit a code")
