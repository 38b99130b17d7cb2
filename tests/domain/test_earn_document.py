from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from shared_models.domain.audience import Audience
from shared_models.domain.earn_rules import (
    ActRule,
    EarnBonus,
    EarnRule,
    Expiry,
    Lasting,
    NotEarning,
    Period,
    RedeemRule,
    TierTerms,
)
from shared_models.domain.offer import Goods, Window
from shared_models.domain.points import Limit, RedeemLimit, redeemable
from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from tests.domain.test_programme_schema import SCHEMA, valid

FULL = replace(
    default_programme(),
    earn=EarnRule(
        points=2,
        expiry=Expiry(Lasting.MONTH_END, 13),
        pending_days=14,
        most_per_sale=500,
        most_per_day=1_000,
        most_per_month=1_000,
        most_multiplier=Decimal("7.5"),
        base_excludes=(NotEarning.POINTS, NotEarning.VOUCHER),
        bonuses=(
            EarnBonus(
                "fruit-morning",
                {"en": "Fruit in the morning"},
                Goods(categories=("fruit",), brands=("sun",)),
                date(2026, 1, 1),
                date(2026, 12, 31),
                Decimal("2.25"),
                window=Window(start=time(8), end=time(10)),
                audience=Audience(tiers=("gold", "diamond")),
            ),
            EarnBonus("tea", {}, Goods(products=("tea",)), date(2026, 1, 1), extra=50),
        ),
    ),
    redeem=RedeemRule(
        by_tier={"gold": TierTerms(share=Decimal("0.8")), "diamond": TierTerms(Decimal(1), 120)},
        by_category={"meat": Decimal("0.1")},
        most_times=3,
        per=Period.DAY,
    ),
    acts=(ActRule("sign_in", 1, 5, 1, Period.DAY), ActRule("survey", growth=10)),
)


def document() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(to_plain(FULL)))
    return plain


def test_a_document_reads_back_and_is_valid() -> None:
    plain = document()
    assert from_plain(plain, strict=True) == FULL
    assert to_plain(from_plain(plain)) == plain
    assert valid(plain, SCHEMA)


def test_rules_of_old_are_written_as_of_old() -> None:
    plain = to_plain(replace(default_programme(), acts=()))
    assert plain["earn"] == {"points": 1, "growth": 1, "years": 1, "excluded_categories": []}
    assert list(plain["redeem"]) == [
        "points", "worth_minor", "minimum_points", "step_points", "share", "excluded_categories"
    ]  # fmt: skip
    assert "acts" not in plain
    assert from_plain(plain, strict=True).acts == ()


@pytest.mark.parametrize(
    ("plain", "expiry"),
    [
        ({"kind": "year_end"}, Expiry()),
        ({"kind": "month_end", "months": 0}, Expiry(Lasting.MONTH_END)),
        ({"kind": "days", "days": 365}, Expiry(Lasting.DAYS, 365)),
        ({"kind": "inactivity", "days": 180}, Expiry(Lasting.INACTIVITY, 180)),
        ({"kind": "never"}, Expiry(Lasting.NEVER)),
    ],
)
def test_each_way_to_expire(plain: dict[str, Any], expiry: Expiry) -> None:
    made = document()
    made["earn"].update(expiry=plain, pending_days=0)
    assert valid(made, SCHEMA)
    rules = from_plain(made, strict=True)
    assert rules.earn.expiry == expiry
    assert from_plain(to_plain(rules), strict=True) == rules


def test_nothing_need_be_excluded_from_the_base() -> None:
    made = document()
    made["earn"]["base_excludes"] = []
    assert from_plain(made, strict=True).earn.base_excludes == ()
    del made["earn"]["base_excludes"]
    assert from_plain(made).earn.base_excludes == (NotEarning.POINTS, NotEarning.STORED_VALUE_BONUS)


Change = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda earn, redeem, bonus: earn.update(expiry={"kind": "soon"}), "earn.expiry.kind"),
        (lambda earn, redeem, bonus: earn.update(expiry={"kind": "days", "days": 0}), "earn.expiry.days"),
        (lambda earn, redeem, bonus: earn.update(expiry={"kind": "never", "days": 5}), "earn.expiry.days"),
        (lambda earn, redeem, bonus: earn.update(pending_days=-1), "earn.pending_days"),
        (lambda earn, redeem, bonus: earn.update(expiry={"kind": "days", "days": 13}), "earn.pending_days"),
        (lambda earn, redeem, bonus: earn.update(expiry={"kind": "month_end", "months": 0}), "earn.pending_days"),
        (lambda earn, redeem, bonus: earn.update(expiry=None, years=0), "earn.pending_days"),
        (lambda earn, redeem, bonus: earn.update(most_per_sale=0), "earn.most_per_sale"),
        (lambda earn, redeem, bonus: earn.update(most_per_day=499), "earn.most_per_day"),
        (lambda earn, redeem, bonus: earn.update(most_per_day=None, most_per_month=499), "earn.most_per_month"),
        (lambda earn, redeem, bonus: earn.update(most_multiplier="0.99"), "earn.most_multiplier"),
        (lambda earn, redeem, bonus: earn.update(base_excludes=["points", "cash"]), "earn.base_excludes[1]"),
        (lambda earn, redeem, bonus: earn.update(base_excludes=["points", "points"]), "earn.base_excludes"),
        (lambda earn, redeem, bonus: earn.update(points=0), "earn.bonuses[0].multiplier"),
        (lambda earn, redeem, bonus: earn.update(bonuses=[bonus] * 101), "earn.bonuses"),
        (lambda earn, redeem, bonus: earn.update(bonuses=[bonus, bonus]), "earn.bonuses[1]"),
        (lambda earn, redeem, bonus: bonus.update(multiplier="0"), "earn.bonuses[0].multiplier"),
        (lambda earn, redeem, bonus: bonus.update(multiplier="1000.01"), "earn.bonuses[0].multiplier"),
        (lambda earn, redeem, bonus: bonus.update(multiplier="1.001"), "earn.bonuses[0].multiplier"),
        (lambda earn, redeem, bonus: bonus.update(multiplier="1", extra=0), "earn.bonuses[0]"),
        (lambda earn, redeem, bonus: bonus.update(extra=-1), "earn.bonuses[0].extra"),
        (lambda earn, redeem, bonus: bonus.update(tiers=["platinum"]), "earn.bonuses[0].tiers[0]"),
        (lambda earn, redeem, bonus: bonus.update(valid_to="2025-12-31"), "earn.bonuses[0].valid_to"),
        (lambda earn, redeem, bonus: bonus.update(goods={}), "earn.bonuses[0].goods"),
        (lambda earn, redeem, bonus: bonus.update(colour="red"), "earn.bonuses[0].colour"),
        (lambda earn, redeem, bonus: redeem["by_tier"].update(platinum={"share": "1"}), "redeem.by_tier.platinum"),
        (lambda earn, redeem, bonus: redeem["by_tier"].update(silver={}), "redeem.by_tier.silver"),
        (lambda earn, redeem, bonus: redeem["by_tier"].update(silver={"share": "2"}), "redeem.by_tier.silver.share"),
        (lambda earn, redeem, bonus: redeem["by_tier"].update(silver=5), "redeem.by_tier.silver"),
        (lambda earn, redeem, bonus: redeem["by_category"].update(fish="1.5"), "redeem.by_category.fish"),
        (lambda earn, redeem, bonus: redeem.update(most_times=0), "redeem.most_times"),
        (lambda earn, redeem, bonus: redeem.update(most_times=None), "redeem.most_times"),
        (lambda earn, redeem, bonus: redeem.update(per="year"), "redeem.per"),
        (lambda earn, redeem, bonus: redeem.update(worth_minor=1, minimum_points=0, step_points=99),
         "redeem.worth_minor"),
        (lambda earn, redeem, bonus: redeem.update(minimum_points=0, step_points=1, worth_minor=100,
         by_tier={"gold": {"worth_minor": 99}}), "redeem.by_tier.gold.worth_minor"),
    ],
)  # fmt: skip
def test_silly_rules_are_refused(change: Change, field: str) -> None:
    made = document()
    change(made["earn"], made["redeem"], made["earn"]["bonuses"][0])
    with pytest.raises(BadProgramme) as caught:
        from_plain(made, strict=True)
    assert caught.value.values["field"] == field
    assert "{" not in caught.value.sentence(str), "every value stands in the sentence"


@pytest.mark.parametrize(
    ("act", "field"),
    [
        ({"act": "share"}, "acts[0]"),
        ({"act": "", "growth": 5}, "acts[0].act"),
        ({"act": "share", "growth": -5}, "acts[0].growth"),
        ({"act": "share", "growth": 5, "per": "week"}, "acts[0].most"),
        ({"act": "share", "growth": 5, "most": 0}, "acts[0].most"),
        ({"act": "share", "growth": 5, "most": 1, "per": "year"}, "acts[0].per"),
        ({"act": "survey", "growth": 5}, "acts[1]"),
    ],
)
def test_silly_acts_are_refused(act: dict[str, Any], field: str) -> None:
    made = document()
    made["acts"][0] = act
    with pytest.raises(BadProgramme) as caught:
        from_plain(made, strict=True)
    assert caught.value.values["field"] == field


def test_points_that_pay_nothing_stay_readable_where_they_are_in_force() -> None:
    plain = to_plain(default_programme())
    plain["redeem"] |= {"points": 1_000, "worth_minor": 1, "minimum_points": 100}
    with pytest.raises(BadProgramme, match=r"redeem\.worth_minor"):
        from_plain(plain, strict=True)
    rule = from_plain(plain).redeem
    assert redeemable(900, 100_00, rule) == RedeemLimit(0, Limit.MINIMUM, 0)
    assert redeemable(1_000, 100_00, rule) == RedeemLimit(1_000, Limit.BALANCE, 1)
