"""A programme on which a till would crawl is refused where it is entered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared_models.domain.deal import Deal, Spend, Step
from shared_models.domain.offer import AmountOff, Goods
from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from shared_models.domain.programme_crowd import MAX_DEALS, MAX_GROUPS, MAX_OFFERS
from tests.domain.shop import offer

ALL = Goods(everything=True)
MILK, DAIRY, MOO = Goods(products=("milk",)), Goods(categories=("dairy",)), Goods(brands=("moo",))
SUPPLIED, FRESH = Goods(suppliers=("farm",)), Goods(tags=("fresh",))


def deals(count: int, *goods: Goods, groups: int = 1) -> tuple[Deal, ...]:
    """So many deals, whose goods take turns."""
    return tuple(
        Deal(
            f"d{number}", {}, Spend(goods[number % len(goods)], (Step(1, AmountOff(1)),)), date(2026, 1, 1),
            group=f"g{number % groups}",
        )
        for number in range(count)
    )  # fmt: skip


@pytest.mark.parametrize("goods", [(ALL,), (MILK,), (ALL, MILK, DAIRY, MOO, SUPPLIED, FRESH), (DAIRY, MOO)])
def test_so_many_deals_on_one_product_and_no_more(goods: tuple[Goods, ...]) -> None:
    rules = replace(default_programme(), deals=deals(MAX_DEALS, *goods))
    assert from_plain(to_plain(rules), strict=True) == rules
    crowded = replace(rules, deals=deals(MAX_DEALS + 1, *goods))
    with pytest.raises(BadProgramme, match="201 could concern one product, 200 at most") as caught:
        from_plain(to_plain(crowded), strict=True)
    assert caught.value.values["field"] == "deals"
    assert from_plain(to_plain(crowded)) == crowded  # a till takes what head office gave it


def test_deals_on_different_goods_are_no_crowd() -> None:
    apart = tuple(Goods(products=(f"p{number}",)) for number in range(1_000))
    rules = replace(default_programme(), deals=deals(1_000, *apart))
    assert from_plain(to_plain(rules), strict=True) == rules


def test_so_many_groups_on_one_product() -> None:
    rules = replace(default_programme(), deals=deals(MAX_GROUPS, ALL, DAIRY, groups=MAX_GROUPS))
    assert from_plain(to_plain(rules), strict=True) == rules
    rules = replace(rules, deals=deals(MAX_GROUPS + 1, ALL, DAIRY, groups=MAX_GROUPS + 1))
    with pytest.raises(BadProgramme, match="51 groups could concern one product"):
        from_plain(to_plain(rules), strict=True)


def test_so_many_line_offers_on_one_product() -> None:
    many = tuple(offer(f"o{number}", AmountOff(1), ALL) for number in range(MAX_OFFERS + 1))
    rules = replace(default_programme(), offers=many[1:])
    assert from_plain(to_plain(rules), strict=True) == rules
    with pytest.raises(BadProgramme, match="501 could concern one product") as caught:
        from_plain(to_plain(replace(rules, offers=many)), strict=True)
    assert caught.value.values["field"] == "offers"
