"""Deals as documents: read back as they were, and refused with the field and the remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from shared_models.domain.audience import Audience
from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Part, Spend, Step
from shared_models.domain.offer import AmountOff, FixedPrice, Goods, PercentOff
from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from shared_models.domain.stored_value_rules import LoadStep, SpendOrder, StoredValueRule
from tests.domain.shop import offer
from tests.domain.test_deals_oracle import crowds

ALL = Goods(everything=True)
FOLDER = Path(__file__).parents[2] / "docs" / "programme"
SINCE = date(2026, 1, 1)
FULL = replace(
    default_programme(),
    offers=(offer("line", PercentOff(Decimal(5)), ALL),),
    deals=(
        Deal(
            "steps", {"en": "Save"},
            Spend(ALL, (Step(100_00, AmountOff(10_00)), Step(200_00, PercentOff(Decimal(15))))),
            SINCE, most_minor=50_00, audience=Audience(tiers=("gold",)), full_price_only=True, group="sale",
        ),
        Deal("get", {}, Get(ALL, 2, 1, PercentOff(Decimal(100)), same=True), SINCE, most_times=3, excludes=("bundle",)),
        Deal("gift", {}, Get(ALL, 1, 1, FixedPrice(1), rewards=Goods(brands=("moo",))), SINCE),
        Deal("bundle", {}, Bundle((Part(ALL, 2), Part(Goods(categories=("fruit",)), 1)), 9_99), SINCE),
        Deal("every", {}, Spend(ALL, (Step(100_00, AmountOff(20_00)),), every=True), SINCE, date(2026, 12, 31)),
        Deal("two of each", {}, Each(Goods(products=("rice",)), FixedPrice(19_90)), SINCE, most_times=2),
        Deal(
            "choose", {}, Gift(ALL, 100_00, Goods(products=("cup", "bowl")), 1, PercentOff(Decimal(100)), every=True),
            SINCE, most_times=5,
        ),
    ),
    stored_value=StoredValueRule(
        (LoadStep(100_00, 10_00), LoadStep(500_00, 80_00)), SpendOrder.PRO_RATA, 365, 1_000_00, 5_000_00
    ),
)  # fmt: skip

Change = Callable[[dict[str, Any]], object]


def test_every_kind_reads_back() -> None:
    assert from_plain(json.loads(json.dumps(to_plain(FULL))), strict=True) == FULL


@given(crowds())
def test_any_deals_of_rising_steps_read_back(crowd: tuple[object, tuple[Deal, ...]]) -> None:
    rules = replace(default_programme(), deals=tuple(deal for deal in crowd[1] if rising(deal) and not odd(deal)))
    kept = {deal.id for deal in rules.deals}
    rules = replace(rules, deals=tuple(replace(deal, excludes=()) for deal in rules.deals if deal.id in kept))
    assert from_plain(json.loads(json.dumps(to_plain(rules))), strict=True) == rules


def rising(deal: Deal) -> bool:
    match deal.terms:
        case Spend(steps=steps):
            thresholds = [step.threshold for step in steps]
            return thresholds == sorted(set(thresholds))
    return True


def odd(deal: Deal) -> bool:
    match deal.terms:
        case Get(same=same, rewards=rewards):
            return same and rewards is not None
        case Gift(goods=goods, rewards=rewards):
            return rewards in (goods, ALL)
    return False


def test_a_programme_without_deals_is_one_that_older_tills_can_read() -> None:
    plain = to_plain(default_programme())
    assert plain["format"] == 1
    assert "deals" not in plain
    first_kinds = tuple(deal for deal in FULL.deals if not isinstance(deal.terms, Each | Gift))
    assert to_plain(replace(FULL, deals=first_kinds, stored_value=None))["format"] == 2
    assert to_plain(FULL)["format"] == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda doc: doc.update(format=1), "format"),
        (lambda doc: doc.update(format=4), "format"),
        (lambda doc: doc["deals"][0].update(id="line"), "deals[0].id"),
        (lambda doc: doc["deals"][0].update(id="get"), "deals[1].id"),
        (lambda doc: doc["deals"][0].update(tiers=["platinum"]), "deals[0].tiers[0]"),
        (lambda doc: doc["deals"][0].update(most_minor=0), "deals[0].most_minor"),
        (lambda doc: doc["deals"][0].update(most_minor=10**12), "deals[0].most_minor"),
        (lambda doc: doc["deals"][0].update(group=5), "deals[0].group"),
        (lambda doc: doc["deals"][0].update(colour="red"), "deals[0].colour"),
        (lambda doc: doc["deals"][0]["terms"].update(kind="free"), "deals[0].terms.kind"),
        (lambda doc: doc["deals"][0]["terms"].update(steps=[]), "deals[0].terms.steps"),
        (lambda doc: doc["deals"][0]["terms"].update(every=True), "deals[0].terms.steps[1].benefit"),
        (
            lambda doc: doc["deals"][0]["terms"]["steps"][1].update(threshold=100_00),
            "deals[0].terms.steps[1].threshold",
        ),
        (lambda doc: doc["deals"][0]["terms"]["steps"][0].update(threshold=-1), "deals[0].terms.steps[0].threshold"),
        (
            lambda doc: doc["deals"][0]["terms"]["steps"][1]["benefit"].update(percent="101"),
            "deals[0].terms.steps[1].benefit.percent",
        ),
        (
            lambda doc: doc["deals"][0]["terms"]["steps"][0].update(benefit={"kind": "fixed_price", "price_minor": 5}),
            "deals[0].terms.steps[0].benefit.kind",
        ),
        (lambda doc: doc["deals"][1].update(excludes=["get"]), "deals[1].excludes[0]"),
        (lambda doc: doc["deals"][1].update(excludes=["nobody"]), "deals[1].excludes[0]"),
        (lambda doc: doc["deals"][1].update(most_times=0), "deals[1].most_times"),
        (lambda doc: doc["deals"][1]["terms"].update(buy=0), "deals[1].terms.buy"),
        (lambda doc: doc["deals"][1]["terms"].update(buy=99, get=2), "deals[1].terms.get"),
        (lambda doc: doc["deals"][1]["terms"].update(goods={}), "deals[1].terms.goods"),
        (lambda doc: doc["deals"][2]["terms"].update(same=True), "deals[2].terms.same"),
        (lambda doc: doc["deals"][2]["terms"].update(rewards={}), "deals[2].terms.rewards"),
        (lambda doc: doc["deals"][3]["terms"].update(parts=[]), "deals[3].terms.parts"),
        (lambda doc: doc["deals"][3]["terms"]["parts"][0].update(count=100), "deals[3].terms.parts"),
        (lambda doc: doc["deals"][3]["terms"].update(price_minor=-1), "deals[3].terms.price_minor"),
        (lambda doc: doc["deals"][5]["terms"].update(goods={}), "deals[5].terms.goods"),
        (lambda doc: doc["deals"][5]["terms"]["benefit"].update(price_minor=-1), "deals[5].terms.benefit.price_minor"),
        (lambda doc: doc["deals"][6]["terms"].update(threshold=0), "deals[6].terms.threshold"),
        (lambda doc: doc["deals"][6]["terms"].update(count=0), "deals[6].terms.count"),
        (lambda doc: doc["deals"][6]["terms"].update(rewards=None), "deals[6].terms.rewards"),
        (lambda doc: doc["deals"][6]["terms"].update(rewards={"everything": True}), "deals[6].terms.rewards"),
        (
            lambda doc: doc["deals"][6]["terms"].update(goods=doc["deals"][6]["terms"]["rewards"]),
            "deals[6].terms.rewards",
        ),
        (lambda doc: doc["deals"][4].update(valid_to="2025-01-01"), "deals[4].valid_to"),
        (lambda doc: doc["deals"][4]["terms"]["steps"][0].update(threshold=0), "deals[4].terms.steps[0].threshold"),
    ],
)
def test_an_error_names_its_field(change: Change, field: str) -> None:
    document = json.loads(json.dumps(to_plain(FULL)))
    change(document)
    with pytest.raises(BadProgramme) as caught:
        from_plain(document, strict=True)
    assert caught.value.values["field"] == field
    assert "{" not in caught.value.sentence(str)


@pytest.mark.parametrize("name", ["stacked-tens", "buy-three-get-one", "mix-and-match", "just-missed"])
def test_a_document_of_format_2_is_written_as_it_was(name: str) -> None:
    """Byte for byte: it is hashed, and older tills read it."""
    written = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["programme"]
    assert written["format"] == 2
    assert json.dumps(to_plain(from_plain(written))) == json.dumps(written)
