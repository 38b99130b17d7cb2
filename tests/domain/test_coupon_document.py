"""Kinds of coupon as documents: read back as they were, and refused with the field and the remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.domain.audience import Audience
from shared_models.domain.coupon_rules import CouponRule, Issue, IssuedBy
from shared_models.domain.deal import Bundle, Deal, Get, Part, Spend, Step
from shared_models.domain.limits import Cap, Limits
from shared_models.domain.offer import AmountOff, Goods, PercentOff
from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from tests.domain.test_deal_document import FULL as DEALS

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
ALL = Goods(everything=True)
SAVE = CouponRule(
    Deal("fifty-off", {"en": "¥50 off ¥200", "zh_Hans": "满200减50"}, Spend(ALL, (Step(200_00, AmountOff(50_00)),)),
         SINCE, excludes=("steps", "line", "birthday")),
    issue=Issue(IssuedBy.SALE, 300_00, start_days=1, valid_days=14, quantity=10_000, per_member=3),
)  # fmt: skip
BIRTHDAY = CouponRule(
    Deal("birthday", {"en": "Birthday: 20 % off", "zh_Hans": "生日8折券"},
         Spend(ALL, (Step(0, PercentOff(Decimal(20))),)), SINCE,
         most_minor=100_00, full_price_only=True, limits=Limits(day=Cap(times=500))),
    issue=Issue(valid_days=7, per_member=1),
)  # fmt: skip
DELIVERY = CouponRule(
    Deal("free-delivery", {"en": "Free delivery", "zh_Hans": "免邮券"},
         Bundle((Part(Goods(products=("delivery",)), 1),), 0), SINCE, most_times=1, audience=Audience(tiers=("gold",))),
    comes_back=False,
)  # fmt: skip
FIVE = CouponRule(
    Deal("five-off", {"en": "¥5 off", "zh_Hans": "5元无门槛券"}, Spend(ALL, (Step(0, AmountOff(5_00)),)), SINCE, UNTIL),
    personal=False,
    most_per_sale=2,
    issue=Issue(quantity=2_000),
)
GIFT = CouponRule(
    Deal("mug", {"en": "A mug as a gift", "zh_Hans": "赠品券"},
         Get(Goods(categories=("dairy",)), 1, 1, PercentOff(Decimal(100)), rewards=Goods(products=("mug",))),
         SINCE, most_times=1),
)  # fmt: skip
PRODUCT = CouponRule(
    Deal("milk", {"en": "One milk", "zh_Hans": "牛奶兑换券"}, Bundle((Part(Goods(products=("milk",)), 1),), 0), SINCE,
         most_times=1),
)  # fmt: skip
FULL = replace(DEALS, coupons=(SAVE, BIRTHDAY, DELIVERY, FIVE, GIFT, PRODUCT))

Change = Callable[[dict[str, Any]], object]


def test_every_kind_reads_back() -> None:
    plain = json.loads(json.dumps(to_plain(FULL)))
    assert plain["format"] == 3
    assert from_plain(plain, strict=True) == FULL


def test_a_programme_without_coupons_says_nothing_of_them() -> None:
    assert "coupons" not in to_plain(DEALS)


def test_what_is_left_out_is_the_default() -> None:
    plain = json.loads(json.dumps(to_plain(replace(DEALS, coupons=(PRODUCT,)))))
    for name in ("personal", "most_per_sale", "comes_back", "issue"):
        del plain["coupons"][0][name]
    assert from_plain(plain, strict=True).coupons == (PRODUCT,)


def test_what_came_later_is_written_only_if_it_is_said() -> None:
    plain = to_plain(FULL)["coupons"][3]
    assert "return_days" not in plain
    assert "number" not in plain
    rules = replace(FULL, coupons=(replace(FIVE, return_days=0, number=0), replace(GIFT, personal=False, number=1)))
    rules = replace(rules, deals=(), offers=())
    rules = replace(rules, coupons=tuple(replace(each, deal=replace(each.deal, excludes=())) for each in rules.coupons))
    assert from_plain(json.loads(json.dumps(to_plain(rules))), strict=True) == rules


def test_a_deal_may_exclude_a_coupon() -> None:
    deals = (replace(DEALS.deals[0], excludes=("mug", "line")), *DEALS.deals[1:])
    rules = replace(FULL, deals=deals)
    assert from_plain(json.loads(json.dumps(to_plain(rules))), strict=True) == rules


@settings(max_examples=50)
@given(
    rule=st.sampled_from(FULL.coupons),
    by=st.sampled_from(IssuedBy),
    numbers=st.lists(st.integers(1, 300), min_size=6, max_size=6),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_any_issue_reads_back(rule: CouponRule, by: IssuedBy, numbers: list[int], flags: tuple[bool, ...]) -> None:
    amount, start, days, quantity, member, per_sale = numbers
    issue = Issue(
        by, amount if by is IssuedBy.SALE else 0, start, days, max(quantity, member) if flags[0] else None, member
    )
    made = replace(rule, deal=replace(rule.deal, excludes=()), most_per_sale=per_sale % 20 + 1, personal=flags[1],
                   comes_back=flags[2], issue=issue)  # fmt: skip
    rules = replace(default_programme(), coupons=(made,))
    assert from_plain(json.loads(json.dumps(to_plain(rules))), strict=True) == rules


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda doc: doc.update(format=2), "format"),
        (lambda doc: doc["coupons"][0].update(id="line"), "coupons[0].id"),
        (lambda doc: doc["coupons"][0].update(id="get"), "coupons[0].id"),
        (lambda doc: doc["coupons"][0].update(id="mug"), "coupons[4].id"),
        (lambda doc: doc["coupons"][0].update(excludes=["nobody"]), "coupons[0].excludes[0]"),
        (lambda doc: doc["coupons"][0].update(excludes=["mug", "fifty-off"]), "coupons[0].excludes[1]"),
        (lambda doc: doc["coupons"][2].update(tiers=["platinum"]), "coupons[2].tiers[0]"),
        (lambda doc: doc["coupons"][3].update(valid_to="2025-12-31"), "coupons[3].valid_to"),
        (lambda doc: doc["coupons"][3]["issue"].update(start_days=365), "coupons[3].issue.start_days"),
        (lambda doc: doc["coupons"][0].update(most_per_sale=0), "coupons[0].most_per_sale"),
        (lambda doc: doc["coupons"][0].update(most_per_sale=21), "coupons[0].most_per_sale"),
        (lambda doc: doc["coupons"][0].update(personal="yes"), "coupons[0].personal"),
        (lambda doc: doc["coupons"][0].update(return_days=-1), "coupons[0].return_days"),
        (lambda doc: doc["coupons"][0].update(return_days=3_661), "coupons[0].return_days"),
        (lambda doc: doc["coupons"][0].update(number=7), "coupons[0].number"),
        (lambda doc: doc["coupons"][3].update(number=32_768), "coupons[3].number"),
        (lambda doc: doc["coupons"][3].update(number=-1), "coupons[3].number"),
        (lambda doc: [doc["coupons"][each].update(number=7, personal=False) for each in (3, 5)], "coupons[5].number"),
        (lambda doc: doc["coupons"][0].update(comes_back=1), "coupons[0].comes_back"),
        (lambda doc: doc["coupons"][0].update(colour="red"), "coupons[0].colour"),
        (lambda doc: doc["coupons"][0]["issue"].update(by="mail"), "coupons[0].issue.by"),
        (lambda doc: doc["coupons"][0]["issue"].update(by="hand"), "coupons[0].issue.from_minor"),
        (lambda doc: doc["coupons"][0]["issue"].update(from_minor=-1), "coupons[0].issue.from_minor"),
        (lambda doc: doc["coupons"][0]["issue"].update(valid_days=0), "coupons[0].issue.valid_days"),
        (lambda doc: doc["coupons"][0]["issue"].update(quantity=0), "coupons[0].issue.quantity"),
        (lambda doc: doc["coupons"][0]["issue"].update(quantity=2), "coupons[0].issue.per_member"),
        (lambda doc: doc["coupons"][0]["issue"].update(days=2), "coupons[0].issue.days"),
        (lambda doc: doc["coupons"][0]["terms"].update(steps=[]), "coupons[0].terms.steps"),
        (lambda doc: doc.update(coupons=[{}] * 2_001), "coupons"),
    ],
)  # fmt: skip
def test_an_error_names_its_field(change: Change, field: str) -> None:
    document = json.loads(json.dumps(to_plain(FULL)))
    change(document)
    with pytest.raises(BadProgramme) as caught:
        from_plain(document, strict=True)
    assert caught.value.values["field"] == field
    assert "{" not in caught.value.sentence(str)


def test_the_last_day_to_begin_is_one_to_begin() -> None:
    document = json.loads(json.dumps(to_plain(FULL)))
    document["coupons"][3]["issue"]["start_days"] = 364
    assert from_plain(document, strict=True).coupons[3].issue.start_days == 364
