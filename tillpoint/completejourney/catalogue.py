"""Products of the data as products of a shop: codes that scan, names, prices, units, ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from shared_models.domain.barcode import check_digit
from shared_models.domain.catalogue import EACH, KILOGRAM
from shared_models.wire.state import ProductDoc
from shared_models.wire.terms import name_terms
from tillpoint.completejourney.brands import brand_of
from tillpoint.completejourney.glossary import LANGUAGES, Meaning, meaning
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.sizes import is_case, is_fluid, metric
from tillpoint.completejourney.taxes import has_member_price, tax_code
from tillpoint.completejourney.treatment import Treatment, is_goods, is_uneven, treatments
from tillpoint.completejourney.weighing import (
    FIRST_ITEM,
    FRESH_DEPARTMENTS,
    LAST_ITEM,
    kilogram_price_minor,
    weighed_products,
)

CODE_PREFIX = "04"
"""GS1 keeps EAN-13 numbers 040 to 049 for use inside a company: no maker has them, and no price is in them."""

_UNBRANDED_DEPARTMENTS = frozenset({"PRODUCE", "MEAT", "DELI", "SEAFOOD", "PASTRY", "SALAD BAR", "FLORAL"})
_PRICE_STEPS = (["department", "product_category", "product_type"], ["department", "product_category"], ["department"])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``docs`` the most sold first. ``items``: the scale item number by product id. ``priced_by`` counts where prices
    come from: ``own_lines``, ``type``, ``category``, ``department`` or ``all`` (the median there)."""

    docs: tuple[ProductDoc, ...]
    items: Mapping[str, str]
    priced_by: Mapping[str, int]


def ean13(product_id: int) -> str:
    """The product's code: prefix, its number in ten digits, check digit. Raise ``ValueError`` if it has more digits."""
    body = f"{CODE_PREFIX}{product_id:010d}"
    if len(body) != 12:
        raise ValueError(f"product number {product_id} has more than ten digits")
    return body + check_digit(body)


def build_catalogue(journey: Journey, store: int | None = None) -> Catalogue:
    """All goods, or those that ``store`` ever sold, ranked by its sales. Prices and codes are the same everywhere."""
    lines = journey.lines[treatments(journey) == Treatment.SOLD.value]
    goods = journey.products[is_goods(journey.products)]
    weighed = weighed_products(lines[lines.quantity == 1], goods)
    items = {str(product): str(item) for item, product in enumerate(sorted(weighed), FIRST_ITEM)}
    assert len(items) <= LAST_ITEM - FIRST_ITEM + 1, "scale item numbers have five digits"
    priced = _prices(lines, goods)
    counted = (lines if store is None else lines[lines.store == store])["product"].value_counts()
    chosen = priced if store is None else priced[priced.index.isin(counted.index)]
    chosen = chosen.assign(sold=counted.reindex(chosen.index).fillna(0), number=chosen.index)
    chosen = chosen.sort_values(["sold", "number"], ascending=[False, True])
    namer = _Namer()
    docs = tuple(_document(row, rank, items.get(str(row.Index)), namer) for rank, row in enumerate(chosen.itertuples()))
    kept = {doc.id for doc in docs}
    return Catalogue(
        docs, {product: item for product, item in items.items() if product in kept}, dict(Counter(chosen.priced_by))
    )


def _prices(lines: Any, goods: Any) -> Any:
    """``goods`` with ``price_cents`` and ``priced_by``.

    The price is the median of what one piece cost on the shelf (before card discounts, which are ours to give) over the
    product's lines, those whose price divides into whole cents if there are any; rounded half up. What was never sold
    costs the median of its like.
    """
    even = lines[~is_uneven(lines)]
    own = _median_cents(even).combine_first(_median_cents(lines))
    priced = goods.assign(price_cents=own.reindex(goods.index).fillna(0).astype("int64"))
    priced["priced_by"] = "own_lines"
    for keys, step in zip(_PRICE_STEPS, ("type", "category", "department"), strict=True):
        known = priced[(priced.price_cents > 0) & (priced.priced_by == "own_lines")]
        medians = (known.groupby(keys).price_cents.median() + 0.5).astype("int64").rename("median_cents")
        missing = priced.index[priced.price_cents <= 0]
        found = priced.loc[missing, keys].merge(medians, left_on=keys, right_index=True, how="left").median_cents
        priced.loc[missing, "price_cents"] = found.reindex(missing).fillna(0).astype("int64")
        priced.loc[missing, "priced_by"] = step
    missing = priced.index[priced.price_cents <= 0]
    priced.loc[missing, "price_cents"] = int(own.median())
    priced.loc[missing, "priced_by"] = "all"
    return priced


def _median_cents(lines: Any) -> Any:
    """By product, above zero; in ten-thousandths of a cent on the way, so that no binary fraction decides."""
    each = lines.assign(parts=lines.shelf_cents * 10_000 // lines.quantity)
    medians = each.groupby("product").parts.median().astype("int64")
    cents = (medians + 5_000) // 10_000
    return cents[cents > 0]


def _document(row: Any, rank: int, item: str | None, namer: _Namer) -> ProductDoc:
    means = meaning(row.department, row.product_category, row.product_type)
    branded = row.department not in _UNBRANDED_DEPARTMENTS
    brand = brand_of(row.brand, int(row.manufacturer_id)) if branded else dict.fromkeys(LANGUAGES, "")
    price_minor = int(row.price_cents)
    return ProductDoc(
        id=str(row.Index),
        codes=[ean13(int(row.Index)), *([item] if item else [])],
        names=namer.names(means, brand, _size(row, means.category)),
        price_minor=kilogram_price_minor(price_minor) if item else price_minor,
        unit=KILOGRAM if item else EACH,
        tax=tax_code(means.category, row.department, row.product_category),
        category=means.category,
        brand=brand["zh_Hans"],
        member_price=has_member_price(means.category),
        rank=rank,
        terms=_terms(brand["zh_Hans"] + means.names["zh_Hans"]),
        supplier=f"m{int(row.manufacturer_id)}",
    )


def _size(row: Any, category: str) -> dict[str, str]:
    loose = row.department in FRESH_DEPARTMENTS and is_case(row.package_size)
    return metric("" if loose else row.package_size, fluid=is_fluid(category, row.product_category))


class _Namer:
    """Names by language; of products called the same, all but the most sold get a number."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def names(self, means: Meaning, brand: Mapping[str, str], size: Mapping[str, str]) -> dict[str, str]:
        names = {
            "zh_Hans": f"{brand['zh_Hans']}{means.names['zh_Hans']} {size['zh_Hans']}".strip(),
            "zh_Hant": f"{brand['zh_Hant']}{means.names['zh_Hant']} {size['zh_Hant']}".strip(),
            "en": " ".join(part for part in (brand["en"], means.names["en"], size["en"]) if part),
        }
        self._used[names["zh_Hans"]] += 1
        number = self._used[names["zh_Hans"]]
        return names if number == 1 else {language: f"{name} #{number}" for language, name in names.items()}


@cache
def _terms(name: str) -> str:
    return name_terms(name)
