"""Pricing a basket, against a hand-written loop that does the same look-ups and sums and explains nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shared_models.domain.pricing import price
from shared_models.domain.programme import default_programme
from tillpoint.bench import price_deals, shop
from tillpoint.bench.bare_price import AT, MEMBER, bare_of, bare_pricer
from tillpoint.bench.measure import Budget, Place, Result, Size, alternately, p99

LINES = 50
OFFERS = 200
_MOST_MS = 5
_BASKETS = 20
_GOODS = 1_000


def measure(size: Size, place: Place) -> Iterator[Result]:  # noqa: ARG001 - the common signature
    yield _one(size, "price", "offers as a shop has them", crowded=False)
    yield _one(size, "price-crowded", "every offer on every line", crowded=True)
    yield from price_deals.measure(size)


def _one(size: Size, name: str, kind: str, *, crowded: bool) -> Result:
    programme = replace(default_programme(), offers=shop.offers(OFFERS, _GOODS, crowded=crowded))
    baskets = [shop.basket(number, LINES, _GOODS) for number in range(_BASKETS)]
    bare = [bare_of(basket) for basket in baskets]
    loop = bare_pricer(programme)
    for basket, lines in zip(baskets, bare, strict=True):
        priced = price(basket, programme, MEMBER, AT)
        tax = sum(each.tax_minor for each in priced.taxes)
        assert (priced.total_minor, tax) == loop(lines), "the bare loop does other work"
    ours, limit = alternately(
        size.rounds,
        lambda round_: price(baskets[round_ % _BASKETS], programme, MEMBER, AT),
        lambda round_: loop(bare[round_ % _BASKETS]),
    )
    scale = f"{LINES} lines, {OFFERS} offers"
    return Result(name, f"price a basket, p99, {kind}", scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))
