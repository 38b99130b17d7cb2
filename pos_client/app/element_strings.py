"""A GS1 symbol's text taken apart into application identifiers and values, by ``biip``."""

from __future__ import annotations

from typing import Final

from shared_models.domain.barcode import check_digit
from shared_models.domain.goods_code import FNC1, BadElementString

MOST_CHARACTERS: Final = 512
"""A GS1-128 holds 48, a DataBar 74; the two-dimensional ones more than any label needs."""
_GTIN_END: Final = 16


def looks_like_one(text: str) -> bool:
    """Whether ``text``, of a scanner that doesn't name symbologies, can be element strings: it begins with a GTIN that
    checks, or there is a separator."""
    digits = text[2:_GTIN_END]
    is_gtin = text.startswith("01") and len(digits) == _GTIN_END - 2 and digits.isascii() and digits.isdigit()
    return FNC1 in text or (is_gtin and check_digit(digits[:-1]) == digits[-1])


def split(text: str) -> list[tuple[str, str]]:
    """AI and value of each element string. Raise ``BadElementString`` for what isn't made of known AIs throughout."""
    from biip import ParseConfig, ParseError  # takes a fifth of a second to load, and many tills never need it
    from biip.gs1_messages import GS1Message

    plain = text.replace(FNC1, "")
    if not plain or len(text) > MOST_CHARACTERS or not (plain.isascii() and plain.isprintable()):
        raise BadElementString
    try:
        message = GS1Message.parse(text.strip(FNC1), config=ParseConfig(gs1_element_strings_verify_date=False))
    except ParseError:
        raise BadElementString from None
    return [(element.ai.ai, element.value) for element in message.element_strings]
