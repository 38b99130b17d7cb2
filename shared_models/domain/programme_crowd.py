"""How many rules may concern one product: a till must not crawl on a programme that was accepted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from shared_models.domain.deal import Deal, parts_of
from shared_models.domain.document_fields import BadProgramme
from shared_models.domain.offer import Goods, Offer
from shared_models.domain.text import N_

MAX_OFFERS = 500
MAX_DEALS = 200
MAX_GROUPS = 50


def check_crowd(offers: Sequence[Offer], deals: Sequence[Deal]) -> None:
    """Raise ``BadProgramme`` if more rules could concern one product than a till can weigh against each other in time.

    Such a product is of the category, brand and supplier that most rules name, and has every tag.
    """
    parts = [(deal, parts_of(deal.terms)) for deal in deals]
    for field, found, high in (
        ("offers", _on_one([(offer.id, (offer.goods,)) for offer in offers]), MAX_OFFERS),
        ("deals", _on_one([(deal.id, goods) for deal, goods in parts]), MAX_DEALS),
        ("deals", _on_one([(deal.group, goods) for deal, goods in parts]), MAX_GROUPS),
    ):
        if found > high:
            problem = N_("{found} could concern one product, {high} at most; name fewer goods or remove old ones")
            if high == MAX_GROUPS:
                problem = N_("{found} groups could concern one product, {high} at most; put deals into one group")
            raise BadProgramme(field=field, problem=problem, found=found, high=high)


def _on_one(named: Iterable[tuple[str, Sequence[Goods]]]) -> int:
    """The most names that could concern one product."""
    anyhow: set[str] = set()
    tables: tuple[dict[str, set[str]], ...] = tuple(defaultdict(set) for _ in range(4))
    for name, parts in named:
        for goods in parts:
            if goods.everything or goods.tags:
                anyhow.add(name)
            kinds = (goods.products, goods.categories, goods.brands, goods.suppliers)
            for table, words in zip(tables, kinds, strict=True):
                for word in words:
                    table[word].add(name)
    return len(anyhow) + sum(max((len(found - anyhow) for found in table.values()), default=0) for table in tables)
