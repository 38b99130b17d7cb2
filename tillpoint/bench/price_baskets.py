"""Pricing the real baskets of the demonstration data under a shop's promotions, in two processes: a rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing import get_context

from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import EACH, Product
from shared_models.domain.money import round_ratio
from shared_models.domain.pricing import price
from shared_models.domain.programme import default_programme
from shared_models.domain.quantity import ONE_MILLI
from shared_models.wire.state import ProductDoc
from tillpoint.bench import promotions
from tillpoint.bench.bare_price import AT, MEMBER, bare_looker, bare_of
from tillpoint.bench.measure import Budget, Place, Result, Size
from tillpoint.completejourney.catalogue import build_catalogue
from tillpoint.completejourney.journey import Journey, read_journey
from tillpoint.completejourney.treatment import Treatment, treatments

PROCESSES = 2
OFFERS = 140
_LEAST = 1_000


def measure(size: Size, place: Place) -> Iterator[Result]:  # noqa: ARG001 - the common signature
    docs, baskets = _baskets(read_journey(), size.members)
    names = promotions.Names(
        [doc.id for doc in docs[:1_000]],
        sorted({doc.category for doc in docs}),
        sorted({doc.brand for doc in docs if doc.brand}),
    )
    deals = promotions.of_a_shop(names)
    programme = replace(default_programme(), offers=promotions.line_offers(names, OFFERS), deals=deals)
    look = bare_looker(programme)
    ours = _rate(baskets, lambda basket: price(basket, programme, MEMBER, AT))
    limit = _rate(baskets, lambda basket: look(bare_of(basket)))
    lines = sum(len(basket.lines) for basket in baskets)
    scale = f"{len(baskets):,} baskets, {lines:,} lines, {PROCESSES} processes, {OFFERS} offers, {len(deals)} deals"
    yield Result("price-baskets", "price real baskets", scale, ours, limit, "baskets/s", Budget(least=_LEAST))


def _rate(baskets: Sequence[Basket], work: Callable[[Basket], object]) -> float:
    """Baskets a second. Each process takes every second basket, with no memory of before."""
    context = get_context("fork")
    processes = [
        context.Process(target=lambda mine: [work(each) for each in mine], args=(baskets[start::PROCESSES],))
        for start in range(PROCESSES)
    ]
    before = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0, "a process failed"
    return len(baskets) / (time.perf_counter() - before)


def _baskets(journey: Journey, most: int) -> tuple[Sequence[ProductDoc], list[Basket]]:
    """Products, the most sold first, and the first ``most`` baskets; weighed goods at the weight they must have had."""
    lines = journey.lines
    lines = lines[lines.basket.isin(lines.basket.unique()[:most])]
    lines = lines[treatments(Journey(lines, journey.products, journey.demographics)) == Treatment.SOLD.value]
    products = journey.products[journey.products.index.isin(lines["product"].unique())]
    docs = build_catalogue(Journey(lines, products, journey.demographics)).docs
    known = {doc.id: _product(doc) for doc in docs}
    baskets: dict[int, Basket] = {}
    for row in lines[["basket", "product", "quantity", "shelf_cents"]].itertuples(index=False):
        product = known[str(row.product)]
        quantity_milli = int(row.quantity) * ONE_MILLI
        if product.unit != EACH:
            quantity_milli = max(1, round_ratio(int(row.shelf_cents) * ONE_MILLI, product.price_minor))
        baskets[row.basket] = baskets.get(row.basket, Basket()).add(product, "", quantity_milli)
    return docs, list(baskets.values())


def _product(doc: ProductDoc) -> Product:
    return Product(
        id=doc.id, codes=(), names=doc.names, price_minor=doc.price_minor, unit=doc.unit, tax_code=doc.tax,
        category=doc.category, brand=doc.brand, member_price=doc.member_price,
    )  # fmt: skip
