"""Services, reserved goods and rewards: who may have them, and who is refused why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from shared_models.domain.audience import Audience, Birthday, PricingMember, Setting, Visit
from shared_models.domain.benefits import GoodsNotForBuyer, Reserved, Service, check_buyer, entitlements
from shared_models.domain.limits import Allowance, Cap, Limits
from shared_models.domain.offer import Goods
from shared_models.domain.rewards import (
    Reward,
    RewardKind,
    RewardNotNow,
    RewardsUsedUp,
    TooFewPoints,
    claim,
)
from tests.domain.shop import AT, ZONE, basket, product

SINCE = date(2026, 1, 1)
GOLD = Setting(AT, "gold", PricingMember("gold"))
BASIC = Setting(AT, "basic", PricingMember("basic"))
NOBODY = Setting(AT)
DELIVERY = Service("delivery", {"en": "Delivery"}, SINCE, None, Audience(tiers=("gold", "diamond")), 100_00, 2)
TEA = product("tea", category="tea")
EARLY = Reserved(
    "launch", {"en": "Early access"}, Goods(categories=("tea",)), Audience(tiers=("gold",)), SINCE, date(2026, 11, 24)
)
MUG = Reward("mug", {"en": "Mug"}, RewardKind.GOODS, "p-mug", 800, SINCE, limits=Limits(total=Cap(times=3)))


@pytest.mark.parametrize(
    ("setting", "bill_minor", "claimed", "left"),
    [
        (GOLD, 100_00, 0, [2]),
        (GOLD, 100_00, 1, [1]),
        (GOLD, 100_00, 2, []),
        (GOLD, 99_99, 0, []),
        (BASIC, 100_00, 0, []),
        (NOBODY, 100_00, 0, []),
    ],
)
def test_a_service_is_for_its_tiers_from_its_bill_and_so_many_times(
    setting: Setting, bill_minor: int, claimed: int, left: list[int]
) -> None:
    found = entitlements([DELIVERY], setting, bill_minor, {"delivery": claimed})
    assert [each.left for each in found] == left


def test_a_service_without_a_count_has_no_end() -> None:
    (found,) = entitlements([replace(DELIVERY, per_month=None)], GOLD, 100_00, {"delivery": 999})
    assert found.left is None


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [
        (GOLD, True),
        (BASIC, False),
        (NOBODY, False),
        (replace(BASIC, at=datetime(2026, 11, 25, 0, 0, tzinfo=ZONE)), True),  # the launch is over
        (replace(BASIC, at=datetime(2025, 12, 31, 23, 59, tzinfo=ZONE)), True),  # it has not begun
    ],
)
def test_reserved_goods_are_sold_to_their_buyers_only(setting: Setting, allowed: bool) -> None:
    goods = basket(product("milk"), TEA)
    if allowed:
        check_buyer([EARLY], goods, setting)
    else:
        with pytest.raises(GoodsNotForBuyer, match="Tea is sold only to those it is reserved for: Early access"):
            check_buyer([EARLY], goods, setting)


def test_other_goods_are_nobodys_own() -> None:
    check_buyer([EARLY], basket(product("milk")), NOBODY)


def test_a_reward_costs_its_points_for_each() -> None:
    assert claim(MUG, 2, 1_600, Allowance(times=3), BASIC, "Mug") == 1_600


@pytest.mark.parametrize(
    ("times", "balance", "left", "setting", "refusal"),
    [
        (2, 1_599, Allowance(times=3), BASIC, TooFewPoints),
        (4, 9_999, Allowance(times=3), BASIC, RewardsUsedUp),
        (1, 9_999, None, BASIC, RewardsUsedUp),  # nobody could count
        (1, 9_999, Allowance(times=3), NOBODY, RewardNotNow),
        (1, 9_999, Allowance(times=3), replace(BASIC, at=datetime(2025, 6, 1, tzinfo=ZONE)), RewardNotNow),
    ],
)
def test_a_reward_is_refused_with_a_reason(
    times: int, balance: int, left: Allowance | None, setting: Setting, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal, match="Mug"):
        claim(MUG, times, balance, left, setting, "Mug")


def test_what_is_missing_is_said() -> None:
    with pytest.raises(TooFewPoints) as refused:
        claim(replace(MUG, limits=Limits()), 1, 750, None, BASIC, "Mug")
    assert refused.value.values["missing"] == "50"


@pytest.mark.parametrize(
    ("audience", "member", "visit", "included"),
    [
        (Audience(), None, Visit(), True),
        (Audience(members_only=True), None, Visit(), False),
        (Audience(members_only=True), PricingMember("basic"), Visit(), True),
        (Audience(tiers=("gold",)), PricingMember("gold"), Visit(), True),
        (Audience(tiers=("gold",)), PricingMember("basic"), Visit(), False),
        (Audience(segments=("parents", "sleepers")), PricingMember("basic", segments=("sleepers",)), Visit(), True),
        (Audience(segments=("parents",)), PricingMember("basic", segments=("sleepers",)), Visit(), False),
        (Audience(stores=("s1",)), None, Visit(store="s1"), True),
        (Audience(stores=("s1",)), None, Visit(store="s2"), False),
        (Audience(channels=("online",)), None, Visit(), False),
        (Audience(channels=("online",)), None, Visit(channel="online"), True),
        (Audience(first_purchase=True), PricingMember("basic", first_purchase=True), Visit(), True),
        (Audience(first_purchase=True), PricingMember("basic"), Visit(), False),
        (Audience(first_purchase=True), None, Visit(), False),
    ],
)
def test_an_audience(audience: Audience, member: PricingMember | None, visit: Visit, included: bool) -> None:
    setting = Setting(AT, member.tier if member else None, member, visit)
    assert audience.includes(setting, AT.date()) is included


@pytest.mark.parametrize(
    ("when", "birthday", "day", "celebrates"),
    [
        ("day", "11-24", date(2026, 11, 24), True),
        ("day", "11-24", date(2026, 11, 25), False),
        ("month", "11-01", date(2026, 11, 30), True),
        ("month", "12-01", date(2026, 11, 30), False),
        ("day", "02-29", date(2026, 2, 28), True),
        ("day", "02-29", date(2028, 2, 28), False),
        ("day", "02-29", date(2028, 2, 29), True),
        ("day", "02-29", date(2100, 2, 28), True),  # no leap year
        ("month", "02-29", date(2026, 2, 1), True),
        ("day", "", date(2026, 11, 24), False),
        ("month", "", date(2026, 11, 24), False),
    ],
)
def test_birthdays(when: str, birthday: str, day: date, celebrates: bool) -> None:
    audience = Audience(birthday=Birthday(when))
    setting = Setting(AT, "basic", PricingMember("basic", birthday))
    assert audience.includes(setting, day) is celebrates
