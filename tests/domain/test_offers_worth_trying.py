"""Which offers of a group a line is tried with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.audience import Audience, PricingMember, Visit
from shared_models.domain.catalogue import EACH, Product
from shared_models.domain.offer import (
    AmountOff,
    Benefit,
    FixedPrice,
    Goods,
    Offer,
    OfferIndex,
    PercentOff,
    Window,
    worth_trying,
)
from shared_models.domain.pricing import price
from tests.domain.shop import ZONE, programme, scan_all

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


clocks = st.sampled_from([time(0), time(8), time(8, 30), time(22, 15)]) | st.times()
windows = st.builds(Window, st.sampled_from([(), (1, 2), (6, 7)]), clocks, clocks, st.sampled_from([(), (8, 18)]))
audiences = st.builds(
    Audience,
    members_only=st.booleans(),
    tiers=st.sampled_from([(), ("gold",)]),
    stores=st.sampled_from([(), ("s1",)]),
    channels=st.sampled_from([(), ("online",)]),
    first_purchase=st.booleans(),
)
moments = st.tuples(
    st.builds(datetime.combine, st.dates(date(2025, 12, 30), date(2026, 1, 20)), clocks, st.just(ZONE)),
    st.none() | st.builds(PricingMember, st.sampled_from(["basic", "gold"]), first_purchase=st.booleans()),
    st.builds(Visit, store=st.sampled_from(["s1", "s2"]), channel=st.sampled_from(["till", "online"])),
)


@given(
    st.lists(st.tuples(st.sampled_from([5, 10, 20]), windows, audiences), min_size=1, max_size=4),
    st.lists(moments, min_size=2, max_size=6),
)
def test_what_ran_before_changes_nothing(
    rules: list[tuple[int, Window, Audience]], moments: list[tuple[datetime, PricingMember | None, Visit]]
) -> None:
    live = tuple(
        replace(_offer(f"o{number}", PercentOff(Decimal(percent))), window=window, audience=audience)
        for number, (percent, window, audience) in enumerate(rules)
    )
    used = programme(*live)
    for at, member, visit in (*moments, *moments):
        once = price(scan_all([(_MILK, 1_000)]), programme(*live), member, at, visit)
        assert price(scan_all([(_MILK, 1_000)]), used, member, at, visit) == once
