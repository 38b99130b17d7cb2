"""Which offers of a group a line is tried with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shared_models.domain.catalogue import EACH, Product
from shared_models.domain.offer import (
    AmountOff,
    Benefit,
    FixedPrice,
    Goods,
    Offer,
    OfferIndex,
    PercentOff,
    worth_trying,
)

_MILK = Product("milk", (), {"en": "Milk"}, 1_290, EACH, "standard", "dairy")
_ALL = Goods(everything=True)


def _offer(id: str, benefit: Benefit, priority: int = 0) -> Offer:
    return Offer(id, {}, benefit, _ALL, date(2026, 1, 1), priority=priority)


def _tried(*offers: Offer, but: str = "") -> set[str]:
    (group,) = OfferIndex(offers).on(_MILK)
    return {prepared.offer.id for kind in worth_trying(group, lambda offer: offer.id != but) for prepared in kind}


def test_of_one_kind_the_strongest() -> None:
    ten, twenty = _offer("a", PercentOff(Decimal(10))), _offer("b", PercentOff(Decimal(20)))
    cheap, dear = _offer("e", FixedPrice(100)), _offer("c", FixedPrice(200))

    assert _tried(ten, twenty, cheap) == {"a", "b", "e"}
    assert _tried(_offer("z", PercentOff(Decimal(10))), twenty, cheap, dear) == {"b", "c", "e"}
    assert _tried(twenty, _offer("y", PercentOff(Decimal(20)))) == {"b"}


def test_a_weaker_one_stays_where_it_would_be_taken_of_equals() -> None:
    strong, weak = _offer("a", AmountOff(50)), _offer("b", AmountOff(20), priority=1)

    assert _tried(strong, weak) == {"a", "b"}
    assert _tried(strong, _offer("b", AmountOff(20))) == {"a"}


def test_one_that_does_not_run_beats_none() -> None:
    strong, weak = _offer("a", AmountOff(50)), _offer("b", AmountOff(20))

    assert _tried(strong, weak, but="a") == {"b"}


def test_one_that_names_a_product_twice_is_tried_once() -> None:
    twice = Offer("a", {}, AmountOff(10), Goods(products=("milk", "milk")), date(2026, 1, 1))

    assert _tried(twice) == {"a"}
