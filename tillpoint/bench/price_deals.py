"""Pricing with deals: a shop's, after one more line, and the worst that a programme may say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from shared_models.domain.basket import Basket
from shared_models.domain.deal import Deal
from shared_models.domain.pricing import price
from shared_models.domain.programme import Programme, default_programme
from tillpoint.bench import promotions, shop
from tillpoint.bench.bare_price import AT, MEMBER, bare_looker, bare_of
from tillpoint.bench.measure import Budget, Result, Size, alternately, median, p99

LINES = 50
OFFERS = 140
_MOST_MS, _MOST_ADD_MS, _MOST_WORST_MS = 5, 2, 50
_BASKETS = 100
_BEFORE = 500
_WORST_ROUNDS = 5
_GOODS = 1_000


def measure(size: Size) -> Iterator[Result]:
    deals = promotions.of_a_shop(promotions.shop_names(_GOODS))
    programme = replace(default_programme(), offers=shop.offers(OFFERS, _GOODS), deals=deals)
    scale = f"{LINES} lines, {OFFERS} offers, {len(deals)} deals of which {promotions.COMPETING} compete"
    baskets = [shop.basket(number, LINES, _GOODS) for number in range(_BASKETS)]
    yield _different(size, programme, scale)
    yield _one_more(size, programme, baskets, scale)
    yield _worst(
        baskets, min(_WORST_ROUNDS, max(1, size.rounds // 200)), every=1 if size.rounds >= _WORST_ROUNDS else 8
    )


def _different(size: Size, programme: Programme, scale: str) -> Result:
    """No basket is measured twice, and none is like another one in the goods that many deals want. As in the course of
    a day at a till, goods that lay alike in one of the hundreds of baskets before are remembered."""
    before = min(_BEFORE, size.rounds)
    baskets = [shop.mixed_basket(number, LINES, _GOODS) for number in range(before + size.rounds)]
    for basket in baskets[:before]:
        price(basket, programme, MEMBER, AT)
    today = baskets[before:]
    look, bare = bare_looker(programme), [bare_of(basket) for basket in today]
    ours, limit = alternately(
        size.rounds,
        lambda round_: price(today[round_], programme, MEMBER, AT),
        lambda round_: look(bare[round_]),
    )
    what = "price a basket with deals, p99"
    return Result("price-deals", what, scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))


def _one_more(size: Size, programme: Programme, baskets: Sequence[Basket], scale: str) -> Result:
    """The basket without its last line was priced just before, as at a till."""
    look, bare = bare_looker(programme), [bare_of(basket) for basket in baskets]
    before = [basket.remove(basket.lines[-1].line_id) for basket in baskets]
    ours, limit = alternately(
        size.rounds,
        lambda round_: price(baskets[round_ % _BASKETS], programme, MEMBER, AT),
        lambda round_: look(bare[round_ % _BASKETS]),
        after=lambda round_: price(before[(round_ + 1) % _BASKETS], programme, MEMBER, AT),
    )
    what = "price again after one more line, median"
    return Result("price-add-line", what, scale, median(ours), median(limit), "ms", Budget(most=_MOST_ADD_MS))


def _worst(baskets: Sequence[Basket], rounds: int, *, every: int) -> Result:
    """Of each programme the median, of these the highest; of a few rounds only each ``every``-th programme."""
    highest, limit, which = 0.0, 0.0, ""
    for name, deals in islice(promotions.worst(promotions.shop_names(_GOODS)), None, None, every):
        ours, bare = _one_programme(deals, baskets[0], rounds)
        if ours > highest:
            highest, limit, which = ours, bare, name
    scale = f"{LINES} lines, {promotions.CROWD} deals: {which}"
    what = "the worst programme, median"
    return Result("price-worst", what, scale, highest, limit, "ms", Budget(most=_MOST_WORST_MS))


def _one_programme(deals: tuple[Deal, ...], basket: Basket, rounds: int) -> tuple[float, float]:
    """Ours and the limit. Each time the programme is new and remembers nothing."""
    programmes = [replace(default_programme(), deals=deals) for _ in range(rounds + 1)]
    for programme in programmes:
        price(Basket(), programme, MEMBER, AT)
    look, bare = bare_looker(programmes[0]), bare_of(basket)
    ours, bares = alternately(
        rounds,
        lambda round_: price(basket, programmes[round_ + 1], MEMBER, AT),
        lambda _: look(bare),
    )
    return median(ours), median(bares)
