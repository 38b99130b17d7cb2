"""GS1 element strings taken apart into application identifiers and values, by ``biip``.

They come as a symbol's text; written for people with each AI in brackets, as below a symbol; or as a GS1 Digital Link,
a web address of any domain whose path names the GTIN (GS1 Digital Link Standard: URI Syntax 1.4).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared_models.domain.barcode import check_digit
from shared_models.domain.goods_code import FNC1, BadElementString

if TYPE_CHECKING:
    from biip.gs1_element_strings import GS1ElementStrings

MOST_CHARACTERS: Final = 512
"""A GS1-128 holds 48, a DataBar 74; the two-dimensional ones more than any label needs."""
_GTIN_DIGITS: Final = 14
_WRITTEN: Final = re.compile(r"\(\d{2,4}\)")
_WRITTEN_WHOLE: Final = re.compile(r"(?:\(\d{2,4}\)[^(]+)+")
_LINK: Final = re.compile(r"https?://[^/?#\s]+(?:/[^?#\s]*?)?/01/(\d{8}|\d{12,14})(?![^/?#])", re.ASCII | re.IGNORECASE)
_LAST_SLASH: Final = re.compile(r"/(?=[?#]|$)")


def looks_like_one(text: str) -> bool:
    """Whether ``text``, of a scanner that doesn't name symbologies, can be element strings: it begins with a GTIN that
    checks, or there is a separator."""
    return FNC1 in text or (text.startswith("01") and _checks(text[2 : 2 + _GTIN_DIGITS], _GTIN_DIGITS))


def is_written(text: str) -> bool:
    """Whether ``text`` is in brackets, as people read and type them."""
    return _WRITTEN.match(text) is not None


def is_link(text: str) -> bool:
    """Whether ``text`` is a GS1 Digital Link to goods."""
    found = _LINK.match(text)
    return found is not None and _checks(found[1])


def split(text: str) -> list[tuple[str, str]]:
    """AI and value of each element string. Raise ``BadElementString`` for what isn't made of known AIs throughout; of
    a link's query, what isn't an AI is passed over."""
    plain = text.replace(FNC1, "")
    if not plain or len(text) > MOST_CHARACTERS or not (plain.isascii() and plain.isprintable()):
        raise BadElementString
    from biip import ParseError

    try:
        return [(element.ai.ai, element.value) for element in _parsed(text.strip(FNC1))]
    except ParseError:
        raise BadElementString from None


def load() -> None:
    """Have ``biip`` ready: it takes a fifth of a second to load, and somebody would wait for it at the first scan."""
    split("0100000000000000")


def _parsed(text: str) -> GS1ElementStrings:
    from biip import ParseConfig
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI
    from biip.gs1_messages import GS1Message

    config = ParseConfig(gs1_element_strings_verify_date=False)
    if is_link(text):
        return GS1DigitalLinkURI.parse(_LAST_SLASH.sub("", text, count=1), config=config).element_strings
    if not is_written(text):
        return GS1Message.parse(text, config=config).element_strings
    if not _WRITTEN_WHOLE.fullmatch(text):  # biip would pass over an AI without a value
        raise BadElementString
    return GS1Message.parse_hri(text, config=config).element_strings


def _checks(digits: str, length: int = 0) -> bool:
    whole = digits.isascii() and digits.isdigit() and length in (0, len(digits))
    return whole and check_digit(digits[:-1]) == digits[-1]
