"""The tax of a sale, by rate, shared to its lines to the cent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from shared_models.domain.catalogue import Product
from shared_models.domain.errors import DomainError
from shared_models.domain.money import round_ratio, share
from shared_models.domain.sale import TaxTotal
from shared_models.domain.text import N_


class UnknownTaxCode(DomainError):
    code = "unknown_tax_code"
    template = N_("{name} has the tax code {tax_code}, which has no rate. Ask head office to set one.")


class TaxRounding(StrEnum):
    """Where tax is rounded half up: once for each rate of the whole document, or on each line."""

    DOCUMENT = "document"
    LINE = "line"


def taxes_of(
    lines: Sequence[tuple[Product, int]],
    rates: Mapping[str, Decimal],
    included: bool,
    rounding: TaxRounding = TaxRounding.DOCUMENT,
) -> tuple[tuple[TaxTotal, ...], list[int]]:
    """The sums by tax code and each line's part, ``included`` in the nets or on top of them. ``lines`` are products and
    what they cost after all discounts, minor units; tenders change nothing.

    By document, a line's part is its largest-remainder share of the rate's sum. Raise ``UnknownTaxCode``.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, (product, _) in enumerate(lines):
        groups[product.tax_code].append(place)
    totals, parts = [], [0] * len(lines)
    for code in sorted(groups):
        places = groups[code]
        rate = rates.get(code)
        if rate is None:
            raise UnknownTaxCode(name=lines[places[0]][0].name_in(""), tax_code=code)
        nets = [lines[place][1] for place in places]
        if rounding is TaxRounding.LINE:
            shares = [_tax(net, rate, included) for net in nets]
            total = sum(shares)
        else:
            total = _tax(sum(nets), rate, included)
            shares = share(total, nets)
        totals.append(TaxTotal(code, rate, sum(nets) - total if included else sum(nets), total))
        for place, part in zip(places, shares, strict=True):
            parts[place] = part
    return tuple(totals), parts


def _tax(amount_minor: int, rate: Decimal, included: bool) -> int:
    numerator, denominator = rate.as_integer_ratio()
    return round_ratio(amount_minor * numerator, denominator + numerator if included else denominator)
