"""The code on the slip of a personal coupon: ``K``, its id, a check character, in seven groups of four.

It names the coupon and proves nothing: unlike a coupon's own codes it can be made by any till, and so is good only in
its owner's hands.
"""

from __future__ import annotations

from uuid import UUID

from shared_models.domain.base32 import ALPHABET, VALUES, check_value
from shared_models.domain.coupon_code import tidy
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

CODE_CHARACTERS = 28

_MARK = "K"
_BITS = 130  # of an id's 128, in 26 characters


class BadCouponReference(DomainError):
    """It was misread or mistyped."""

    code = "bad_coupon_reference"
    template = N_("This is not the code of a coupon's slip. Scan it again.")


def make(coupon_id: UUID) -> str:
    values = [VALUES[_MARK], *(coupon_id.int >> shift & 31 for shift in range(_BITS - 5, -1, -5))]
    return "".join(ALPHABET[value] for value in (*values, check_value(values)))


def is_reference(text: str) -> bool:
    """Whether this has the shape of one, right or wrong; no other code of ours has."""
    code = tidy(text)
    return len(code) == CODE_CHARACTERS and code.startswith(_MARK) and all(each in VALUES for each in code)


def read(text: str) -> UUID:
    """As scanned or typed: any case, with blanks and dashes. Raise ``BadCouponReference``."""
    if not is_reference(text):
        raise BadCouponReference
    values = [VALUES[each] for each in tidy(text)]
    number = 0
    for value in values[1:-1]:
        number = number << 5 | value
    if check_value(values[:-1]) != values[-1] or number >> 128:
        raise BadCouponReference
    return UUID(int=number)
