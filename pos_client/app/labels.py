"""Goods as their shelf labels show them: in the store's language, with the price that a tier's members pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pos_client.app.counter import Counter
from shared_models.domain.catalogue import Product, name_in
from shared_models.domain.money import scaled
from shared_models.domain.receipt import Language
from shared_models.domain.tier_rules import Tier


@dataclass(frozen=True, slots=True)
class LabelGoods:
    """``price_minor`` is for one ``unit``. ``member_minor`` is ``None`` if members pay the same, ``tier_name`` whose
    price it is. ``code`` is empty for goods that have none."""

    name: str
    code: str
    price_minor: int
    unit: str
    currency: str
    language: Language
    day: date
    member_minor: int | None = None
    tier_name: str = ""


def first_tier(tiers: Sequence[Tier]) -> Tier | None:
    """Whose price an offer shows if nobody says: the first that has one."""
    return next((tier for tier in tiers if tier.member_price < 1), None)


def on_label(
    product: Product, code: str, tier: Tier | None, currency: str, language: Language, day: date
) -> LabelGoods:
    """``code`` is the one on the label."""
    member_minor = None
    if tier is not None and product.member_price and tier.member_price < 1:
        member_minor = scaled(*tier.member_price.as_integer_ratio())(product.price_minor)
    return LabelGoods(
        product.name_in(language), code, product.price_minor, product.unit, currency, language, day, member_minor,
        name_in(tier.names, language) if tier is not None and member_minor is not None else "",
    )  # fmt: skip


class LabelDesk:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def of(self, products: Sequence[Product], typed: str) -> tuple[LabelGoods, ...]:
        """With the code that was ``typed``, if it is one of theirs, else their first."""
        counter = self._counter
        tier, day = first_tier(counter.programme.tiers), counter.now().date()
        return tuple(
            on_label(
                product, typed if typed in product.codes else next(iter(product.codes), ""), tier,
                counter.store.currency, counter.receipt_language, day,
            )
            for product in products
        )  # fmt: skip
