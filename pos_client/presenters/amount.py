"""Sums of money as a cashier types them."""

from __future__ import annotations

import re
import unicodedata

from shared_models.domain.errors import DomainError
from shared_models.domain.money import check_amount, currency_of
from shared_models.domain.text import N_

_SHAPE = re.compile(r"(\d{0,12})(?:[.,](\d*))?", re.ASCII)


class NotAnAmount(DomainError):
    code = "not_an_amount"
    template = N_("“{text}” is not an amount. Type it in digits, such as {example}.")


def parse_amount(text: str, currency: str) -> int:
    """The minor units of ``100``, ``12.5`` or ``,50``; raise ``NotAnAmount`` or ``AmountTooLarge``."""
    exponent = currency_of(currency).exponent
    typed = unicodedata.normalize("NFKC", text).strip()
    found = _SHAPE.fullmatch(typed)
    if found is None or not (found[1] or found[2]) or len(found[2] or "") > exponent:
        raise NotAnAmount(text=typed[:24], example="20" if exponent == 0 else "20.50")
    return check_amount(int(found[1] or "0") * 10**exponent + int((found[2] or "").ljust(exponent, "0") or "0"))
