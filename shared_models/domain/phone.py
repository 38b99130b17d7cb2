"""Phone numbers as a member's identity: one normal form, a mask, a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

HASH_BYTES = 16

_SEPARATORS = re.compile(r"[\s().\-/‐-―]")
_CHINA = "86"
_CHINA_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_KEEPS_LEADING_ZERO = frozenset({"39"})
_SHORTEST, _LONGEST = 8, 15
_MAX_TYPED = 40


class BadPhone(DomainError):
    code = "bad_phone"
    template = N_("This is not a mobile number. Type all of its digits.")


def normalise(text: str, country: str = _CHINA) -> str:
    """The digits of a number with its country code first, without ``+`` or zeros (E.164).

    ``country`` is the calling code taken for numbers without one. Full-width digits and the usual separators are
    accepted. Chinese numbers must be mobile numbers. Raise ``BadPhone``.
    """
    if len(text) > _MAX_TYPED:
        raise BadPhone
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    international = typed.startswith(("+", "00"))
    digits = typed.removeprefix("+") if typed.startswith("+") else typed.removeprefix("00")
    if not (digits.isascii() and digits.isdigit()):
        raise BadPhone
    if not international and not _has_country(digits, country):
        digits = country + (digits if country in _KEEPS_LEADING_ZERO else digits.removeprefix("0"))
    if not _SHORTEST <= len(digits) <= _LONGEST or digits.startswith("0"):
        raise BadPhone
    if digits.startswith(_CHINA) and not _CHINA_MOBILE.fullmatch(digits[2:]):
        raise BadPhone
    return digits


def last4(phone: str) -> str:
    """The last four digits, which a cashier may see."""
    return phone[-4:]


def mask(name: str) -> str:
    """A name that its owner recognises and nobody else learns: ``李**``, ``A** S**``. The length isn't shown."""
    words = name.split()
    if not words:
        return ""
    if not words[0].isascii():
        words = words[:1]
    return " ".join(f"{word[0]}**" for word in words[:2])


def keyed_hash(phone: str, key: bytes) -> bytes:
    """HMAC-SHA256 of a normalised number, its first 16 bytes: finds a member, tells nothing without the key."""
    return hmac.new(key, phone.encode(), hashlib.sha256).digest()[:HASH_BYTES]


def _has_country(digits: str, country: str) -> bool:
    """Whether a number typed without ``+`` begins with its country code all the same. Only China's form can tell."""
    return country == _CHINA and digits.startswith(_CHINA) and bool(_CHINA_MOBILE.fullmatch(digits[2:]))
