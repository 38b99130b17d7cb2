"""Goods sold by weight. The data know only what each piece cost, so weights are worked back from that."""

from __future__ import annotations

from typing import Any

from shared_models.domain.barcode import label
from shared_models.domain.money import round_ratio
from shared_models.domain.programme import default_programme
from tillpoint.completejourney.sizes import is_case

USUAL_WEIGHT_G = 500
"""The weight we give the piece of median price of each weighed product: its price per kilogram is twice that median."""

FIRST_ITEM = 10_001
LAST_ITEM = 99_999
PRICE_PREFIX, WEIGHT_PREFIX = "20", "25"
FRESH_DEPARTMENTS = ("PRODUCE", "MEAT", "DELI", "SEAFOOD")
_PRICE_LABELLED = frozenset({"meat", "deli", "seafood"})
_MIN_LINES = 8
_MAX_SAME_PERCENT = 20
_MAX_WEIGHT_G = 50_000


def weighed_products(singles: Any, products: Any) -> Any:
    """The ids of goods sold by weight: fresh, loose, and no price at which more than a fifth of the pieces went.

    ``singles`` are sold lines of quantity 1; at least eight of them are needed to tell.
    """
    fresh = products[products.department.isin(FRESH_DEPARTMENTS)]
    loose = fresh.index[[not size or is_case(size) for size in fresh.package_size]]
    pieces = singles[singles["product"].isin(loose)]
    same = pieces.groupby(["product", "shelf_cents"]).size().groupby("product").agg(["sum", "max"])
    return same.index[(same["sum"] >= _MIN_LINES) & (same["max"] * 100 <= same["sum"] * _MAX_SAME_PERCENT)]


def kilogram_price_minor(piece_minor: int) -> int:
    return round_ratio(piece_minor * 1_000, USUAL_WEIGHT_G)


def scale_label(item: str, category: str, amount_minor: int, kilogram_minor: int) -> str:
    """The label a scale would have printed for a piece of ``amount_minor``: with the price in it at the meat, fish and
    deli counters, elsewhere with the weight. Raise ``ValueError`` if no label can carry it."""
    weight_g = round_ratio(amount_minor * 1_000, kilogram_minor)
    if not 0 < weight_g <= _MAX_WEIGHT_G:
        raise ValueError(f"a piece of {weight_g} g fits no label")
    rules = {rule.prefix: rule for rule in default_programme().in_store}
    if category in _PRICE_LABELLED:
        return label(rules[PRICE_PREFIX], item, amount_minor)
    return label(rules[WEIGHT_PREFIX], item, weight_g)
