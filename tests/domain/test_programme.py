from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.barcode import InStoreRule, LabelValue
from shared_models.domain.money import Rounding
from shared_models.domain.offer import AmountOff, FixedPrice, Goods, Offer, PercentOff, Window
from shared_models.domain.programme import BadProgramme, Programme, default_programme, from_plain, to_plain
from shared_models.domain.tier_rules import Condition, Downgrade, Evaluation, Figure, JudgedAt
from tests.domain.shop import benefits, goods

FULL = replace(
    default_programme(),
    offers=(
        Offer(
            "milk-week",
            {"en": "Milk week", "zh_Hans": "牛奶周"},
            PercentOff(Decimal("12.5")),
            Goods(products=("milk",), brands=("moo",)),
            date(2026, 11, 23),
            date(2026, 11, 29),
            Window((1, 7), time(8), time(10, 30)),
            3,
        ),
        Offer("fruit", {"en": "Fruit"}, AmountOff(50), Goods(categories=("fruit",)), date(2026, 1, 1)),
        Offer("all", {"en": "All"}, FixedPrice(9_99), Goods(everything=True), date(2026, 1, 1)),
    ),
)


def test_the_defaults_are_those_of_the_scheme() -> None:
    rules = default_programme()
    assert [(tier.code, tier.gates) for tier in rules.tiers] == [
        ("basic", ((),)),
        ("silver", ((Condition(Figure.GROWTH, 500),),)),
        ("gold", ((Condition(Figure.GROWTH, 1_500), Condition(Figure.SPEND, 200_00)),)),
        ("diamond", ((Condition(Figure.GROWTH, 3_000), Condition(Figure.REFERRALS, 1)),)),
    ]
    assert rules.evaluation == Evaluation(JudgedAt.CALENDAR, 12, Downgrade.BY_ONE, 30)
    assert [(str(tier.member_price), str(tier.earn_multiplier)) for tier in rules.tiers] == [
        ("0.95", "1"),
        ("0.90", "1.2"),
        ("0.85", "1.5"),
        ("0.80", "2"),
    ]
    assert (rules.redeem.points, rules.redeem.worth_minor, rules.redeem.minimum_points) == (100, 1_00, 100)
    assert rules.redeem.excluded_categories == ("tobacco", "baby_formula", "gift_card")
    assert (rules.floor_points, rules.currency, rules.day_cut_off) == (500, "CNY", time(0))


def test_labels_of_18_digits_stand_beside_those_of_13_and_need_format_3() -> None:
    long = InStoreRule("26", 5, LabelValue.PRICE_AND_WEIGHT, 5, weight_digits=5)
    plain = to_plain(replace(FULL, in_store=(*FULL.in_store, long)))
    assert (to_plain(FULL)["format"], plain["format"]) == (1, 3)
    assert from_plain(plain, strict=True).in_store[-1] == long
    plain["in_store"].append(plain["in_store"][-1])
    with pytest.raises(BadProgramme) as refused:
        from_plain(plain)
    assert refused.value.values["field"] == "in_store[11]"


def test_a_document_reads_back_through_json() -> None:
    text = json.dumps(to_plain(FULL))
    assert from_plain(json.loads(text), strict=True) == FULL
    assert json.dumps(to_plain(from_plain(json.loads(text)))) == text


offers = st.builds(
    Offer,
    id=st.just("o"),
    names=st.dictionaries(st.sampled_from(["en", "zh_Hans"]), st.just("Name")),
    benefit=benefits,
    goods=goods,
    valid_from=st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    valid_to=st.none() | st.dates(date(2030, 1, 1), date(2099, 12, 31)),
    window=st.builds(
        Window,
        st.lists(st.integers(1, 7), unique=True).map(tuple),
        st.times().map(lambda each: each.replace(second=0, microsecond=0)),
        st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    ),
    priority=st.integers(-100, 100),
)


@given(offers)
def test_any_offer_reads_back(made: Offer) -> None:
    rules = replace(default_programme(), offers=(made,))
    assert from_plain(json.loads(json.dumps(to_plain(rules))), strict=True) == rules


@pytest.mark.parametrize("rounding", Rounding)
def test_how_cash_is_rounded_is_written_only_if_it_is_unusual(rounding: Rounding) -> None:
    rules = replace(default_programme(), cash_rounding=rounding)
    plain = to_plain(rules)
    assert from_plain(plain, strict=True) == rules
    assert (plain.get("cash_rounding", "half_up"), plain["format"] == 3) == (rounding, "cash_rounding" in plain)
    assert ("cash_rounding" in plain) == (rounding is not Rounding.HALF_UP)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda doc: doc.pop("version"), "version"),
        (lambda doc: doc.update(version=0), "version"),
        (lambda doc: doc.update(version=True), "version"),
        (lambda doc: doc.update(format=4), "format"),
        (lambda doc: doc.update(valid_from="2026-02-30"), "valid_from"),
        (lambda doc: doc.pop("valid_from"), "valid_from"),
        (lambda doc: doc.update(currency="XXX"), "currency"),
        (lambda doc: doc.update(prices_include_tax="yes"), "prices_include_tax"),
        (lambda doc: doc["taxes"].update(standard="1.3"), "taxes.standard"),
        (lambda doc: doc["taxes"].update(standard=0.13), "taxes.standard"),
        (lambda doc: doc["taxes"].update(standard="NaN"), "taxes.standard"),
        (lambda doc: doc["taxes"].update({"": "0.1"}), "taxes"),
        (lambda doc: doc.update(taxes=[]), "taxes"),
        (lambda doc: doc.update(tiers=[]), "tiers"),
        (lambda doc: doc.pop("tiers"), "tiers"),
        (lambda doc: doc["tiers"][0].update(growth=5), "tiers[0]"),
        (lambda doc: doc["tiers"][2].update(code="silver"), "tiers[2]"),
        (lambda doc: doc["tiers"][1].update(member_price="-0.1"), "tiers[1].member_price"),
        (lambda doc: doc["tiers"][1].update(code=" "), "tiers[1].code"),
        (lambda doc: doc["tiers"][1].update(growth=-1), "tiers[1].growth"),
        (lambda doc: doc["redeem"].update(points=0), "redeem.points"),
        (lambda doc: doc["redeem"].update(step_points=0), "redeem.step_points"),
        (lambda doc: doc["redeem"].update(share="1.01"), "redeem.share"),
        (lambda doc: doc["redeem"].update(excluded_categories=["a", "a"]), "redeem.excluded_categories"),
        (lambda doc: doc["earn"].update(excluded_categories=[5]), "earn.excluded_categories"),
        (lambda doc: doc.update(cash_rounding_minor=0), "cash_rounding_minor"),
        (lambda doc: doc.update(cash_rounding="floor"), "cash_rounding"),
        (lambda doc: doc.update(day_cut_off="24:00"), "day_cut_off"),
        (lambda doc: doc["in_store"][0].update(prefix="19"), "in_store[0].prefix"),
        (lambda doc: doc["in_store"][0].update(value_digits=4), "in_store[0]"),
        (lambda doc: doc["in_store"][1].update(prefix="20"), "in_store[1]"),
        (lambda doc: doc["in_store"][1].update(weight_digits=5), "in_store[1]"),
        (lambda doc: doc["offers"][0]["benefit"].update(percent="101"), "offers[0].benefit.percent"),
        (lambda doc: doc["offers"][0]["benefit"].update(percent="0"), "offers[0].benefit.percent"),
        (lambda doc: doc["offers"][0]["benefit"].update(kind="free"), "offers[0].benefit.kind"),
        (lambda doc: doc["offers"][1]["benefit"].update(amount_minor=-5), "offers[1].benefit.amount_minor"),
        (lambda doc: doc["offers"][1]["benefit"].update(amount_minor=10**12), "offers[1].benefit.amount_minor"),
        (lambda doc: doc["offers"][1].update(goods={}), "offers[1].goods"),
        (lambda doc: doc["offers"][1].update(id="all"), "offers[2].id"),
        (lambda doc: doc["offers"][0].update(valid_to="2026-11-22"), "offers[0].valid_to"),
        (lambda doc: doc["offers"][0]["window"].update(weekdays=[0]), "offers[0].window.weekdays"),
        (lambda doc: doc["offers"][0]["window"].update(start="8"), "offers[0].window.start"),
        (lambda doc: doc.update(offers=[5]), "offers[0]"),
        (lambda doc: doc.update(offers=[{}] * 10_001), "offers"),
    ],
)
def test_an_error_names_its_field(change: Change, field: str) -> None:
    document = json.loads(json.dumps(to_plain(FULL)))
    change(document)
    with pytest.raises(BadProgramme) as caught:
        from_plain(document)
    assert caught.value.values["field"] == field
    assert field in caught.value.sentence(str)
    assert "{" not in caught.value.sentence(str), "every value stands in the sentence"


@pytest.mark.parametrize("plain", [None, [], "programme", 5])
def test_what_is_no_document(plain: object) -> None:
    with pytest.raises(BadProgramme):
        from_plain(plain)


def test_an_error_is_told_in_the_users_language() -> None:
    document = to_plain(FULL) | {"version": -1}
    chinese = {
        "The programme can't be used. {field}: {problem}.": "会员方案不能使用。{field}：{problem}。",
        "it must be a whole number from {low} to {high}": "必须是 {low} 到 {high} 的整数",
    }
    with pytest.raises(BadProgramme) as caught:
        from_plain(document)
    assert (
        caught.value.sentence(chinese.__getitem__) == "会员方案不能使用。version：必须是 1 到 9007199254740992 的整数。"
    )


def test_fields_nobody_knows() -> None:
    document = to_plain(FULL)
    document["tiers"][1]["colour"] = "silver"
    assert from_plain(document) == FULL, "a till skips the fields of a newer version"
    with pytest.raises(BadProgramme) as caught:
        from_plain(document, strict=True)
    assert caught.value.values["field"] == "tiers[1].colour"


def test_tiers_by_code() -> None:
    rules: Programme = default_programme()
    assert [rules.rank(code) for code in ("basic", "diamond", "unheard of")] == [0, 3, 0]
    assert rules.tier("gold").names["en"] == "Gold"
