"""Where goods and prices come from: what a till holds of its store, or the server's catalogue on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tillpoint.commands.parts import shop_in
from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from shared_models.domain.barcode import InStoreRule
    from shared_models.domain.catalogue import Product


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``language`` is that of the store's receipts, ``day`` the one whose prices these are."""

    store_id: str
    language: str
    currency: str
    day: date
    products: Sequence[Product]
    in_store: Sequence[InStoreRule]


def of_till(home: Path) -> Catalogue:
    """As the till in ``home`` had it at its last sync. Raise ``CommandError``."""
    with shop_in(home) as shop:
        store = shop.store()
        if store is None:
            raise CommandError("This till knows no goods yet. Let it sync with the server first.")
        today = datetime.now(store.zone).date()
        in_store = shop.programme().in_store
        return Catalogue(store.id, store.language, store.currency, today, list(shop.products()), in_store)


def of_server(home: Path, database: str | None, store_id: str, day: date | None) -> Catalogue:
    """The catalogue of the server in ``home`` on ``day``, today if none is given. Raise ``ServerError``."""
    from pos_client.store.shop import product_of
    from sync_server.dated_goods import goods_on
    from sync_server.main import open_home

    server = open_home(home, database)
    try:
        found = goods_on(server, store_id, day)
    finally:
        server.engine.dispose()
    products = [product_of(doc) for doc in found.docs]
    dated = [
        replace(product, price_minor=found.other_prices.get(product.id, product.price_minor)) for product in products
    ]
    store = found.store
    return Catalogue(store_id, store.language, store.currency, found.day, dated, found.programme.in_store)
