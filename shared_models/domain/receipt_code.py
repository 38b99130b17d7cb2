"""The code a receipt is found again by: 80 random bits in 16 letters and digits, and one check character.

The alphabet and the check character are those of ``base32``.
"""

from __future__ import annotations

import re

from shared_models.domain.base32 import ALPHABET, VALUES, check_value
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

RANDOM_BYTES = 10
CODE_CHARACTERS = 17

_GROUP = 4
_ADDRESS = re.compile(r"https?://\S*/", re.IGNORECASE)


class BadReceiptCode(DomainError):
    code = "bad_receipt_code"
    template = N_("This is not the code of a receipt. Scan the square code at its end.")


def encode(random: bytes) -> str:
    """The 17 characters for 10 random bytes."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a receipt code is made of {RANDOM_BYTES} bytes, not {len(random)}")
    number = int.from_bytes(random)
    values = [number >> shift & 31 for shift in range(75, -1, -5)]
    return "".join(ALPHABET[value] for value in (*values, check_value(values)))


def decode(text: str) -> bytes:
    """The 10 bytes of a code as scanned or typed (any case, with hyphens or blanks), or of a web address that ends with
    it, as a receipt without paper has. Raise ``BadReceiptCode``."""
    typed = _ADDRESS.sub("", text.strip()).upper().replace("-", "").replace(" ", "").strip()
    values = [VALUES.get(character, -1) for character in typed[: CODE_CHARACTERS + 1]]
    if len(values) != CODE_CHARACTERS or -1 in values or check_value(values[:-1]) != values[-1]:
        raise BadReceiptCode
    number = 0
    for value in values[:-1]:
        number = number << 5 | value
    return number.to_bytes(RANDOM_BYTES)


def normalise(text: str) -> str:
    """The code in its one written form. Raise ``BadReceiptCode``."""
    return encode(decode(text))


def grouped(code: str) -> str:
    """For people to read: ``ABCD-EFGH-JKMN-PQRS-T``."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
