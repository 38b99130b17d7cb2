from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import tier
from shared_models.domain.member import Effect, Standing
from tests.domain.shop import MEMBER, PROGRAMME, TODAY


def effect(growth: int = 0, spend_minor: int = 0, on: date = TODAY) -> Effect:
    return Effect(MEMBER, on, growth=growth, spend_minor=spend_minor)


@pytest.mark.parametrize(
    ("growth", "month_spend_minor", "referrals", "earned"),
    [
        (0, 0, 0, "basic"),
        (499, 999_00, 9, "basic"),
        (500, 0, 0, "silver"),
        (1_500, 199_99, 0, "silver"),
        (1_500, 200_00, 0, "gold"),
        (3_000, 200_00, 0, "gold"),
        (3_000, 0, 1, "diamond"),
        (2_999, 200_00, 5, "gold"),
    ],
)
def test_gates(growth: int, month_spend_minor: int, referrals: int, earned: str) -> None:
    standing = Standing("basic", growth, "2026-11", month_spend_minor, referrals)
    assert tier.earned_tier(standing, PROGRAMME) == earned


def test_an_upgrade_comes_at_once() -> None:
    standing = Standing("silver", 1_450, "2026-11", 150_00)
    assert tier.apply(standing, effect(50, 50_00), PROGRAMME) == Standing("gold", 1_500, "2026-11", 200_00)


def test_spend_counts_for_its_calendar_month() -> None:
    standing = Standing("silver", 1_450, "2026-10", 190_00)
    november = tier.apply(standing, effect(60, 60_00), PROGRAMME)
    assert november == Standing("silver", 1_510, "2026-11", 60_00)
    late = tier.apply(november, effect(20, 20_00, date(2026, 10, 30)), PROGRAMME)
    assert late == Standing("silver", 1_530, "2026-11", 60_00), "a late fact of October adds growth only"


def test_a_year_of_three_digits_is_long_gone() -> None:
    this_month = Standing("basic", spend_month="2026-11", spend_month_minor=500)
    after = tier.apply(this_month, Effect(MEMBER, date(999, 1, 1), spend_minor=700), PROGRAMME)
    assert (after.spend_month, after.spend_month_minor) == ("2026-11", 500)


def test_a_tier_is_not_lost_here() -> None:
    standing = Standing("gold", 1_600, "2026-10", 300_00)
    assert tier.apply(standing, effect(5, 5_00), PROGRAMME).tier == "gold"


def test_an_unknown_tier_counts_as_the_lowest() -> None:
    assert tier.apply(Standing("platinum"), effect(500, 1_00), PROGRAMME).tier == "silver"


def test_joining_and_what_comes_next() -> None:
    joined = tier.first(PROGRAMME)
    assert joined == Standing("basic")
    following = tier.next_tier(joined, PROGRAMME)
    assert following is not None
    assert following.code == "silver"
    assert tier.next_tier(replace(joined, tier="diamond"), PROGRAMME) is None


effects = st.lists(
    st.builds(
        effect,
        st.integers(0, 1_000),
        st.integers(0, 500_00),
        st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    ),
    max_size=20,
)


@given(effects, st.integers(0, 2))
def test_a_member_only_rises(history: list[Effect], referrals: int) -> None:
    standing = replace(tier.first(PROGRAMME), referrals=referrals)
    for each in history:
        after = tier.apply(standing, each, PROGRAMME)
        assert PROGRAMME.rank(after.tier) >= PROGRAMME.rank(standing.tier)
        assert PROGRAMME.rank(after.tier) >= PROGRAMME.rank(tier.earned_tier(after, PROGRAMME))
        standing = after
    assert standing.growth == sum(each.growth for each in history)


@given(st.integers(0, 5_000), st.integers(0, 500_00), st.integers(0, 3), st.integers(0, 500), st.integers(0, 100_00))
def test_more_never_earns_less(growth: int, spend: int, referrals: int, more: int, more_spend: int) -> None:
    less_standing = Standing("basic", growth, "2026-11", spend, referrals)
    more_standing = Standing("basic", growth + more, "2026-11", spend + more_spend, referrals + 1)
    ranks = [PROGRAMME.rank(tier.earned_tier(each, PROGRAMME)) for each in (less_standing, more_standing)]
    assert ranks[0] <= ranks[1]


@given(effects)
def test_growth_and_month_do_not_depend_on_the_order(history: list[Effect]) -> None:
    ends = []
    for order in (history, list(reversed(history))):
        standing = tier.first(PROGRAMME)
        for each in order:
            standing = tier.apply(standing, each, PROGRAMME)
        ends.append((standing.growth, standing.spend_month, standing.spend_month_minor))
    assert ends[0] == ends[1]


@given(st.lists(st.builds(effect, st.integers(0, 1_000), st.integers(0, 150_00)), max_size=12), st.integers(0, 1))
def test_within_a_month_the_tier_does_not_depend_on_the_order(history: list[Effect], referrals: int) -> None:
    ends = []
    for order in (history, list(reversed(history))):
        standing = replace(tier.first(PROGRAMME), referrals=referrals)
        for each in order:
            standing = tier.apply(standing, each, PROGRAMME)
        ends.append(standing)
    assert ends[0] == ends[1]
    assert ends[0].tier == tier.earned_tier(ends[0], PROGRAMME)
