from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import liability
from shared_models.domain.earn_rules import RedeemRule
from shared_models.domain.liability import Cohort, Owed
from tests.domain.shop import PROGRAMME, TODAY

LAST = date(2027, 12, 31)
AFTER = date(2028, 1, 1)


def test_the_customer_loyalty_programme_of_the_standard() -> None:
    """IFRS 15, illustrative example 52, in whole currency units: 100,000 of goods earn 10,000 points of 1 each, 9,500
    of which are expected to be redeemed; the estimate is then raised to 9,700."""
    one_each = RedeemRule(points=1, worth_minor=1)
    promised = liability.standalone_minor(10_000, one_each, Decimal("0.05"))
    assert promised == 9_500
    assert liability.allocate(100_000, 100_000, promised) == (91_324, 8_676)
    first = Cohort(LAST, 10_000, 4_500, 8_676)
    assert liability.expected(first, Decimal("0.05")) == 9_500
    assert liability.revenue(first, Decimal("0.05"), TODAY) == 4_110
    assert liability.outstanding([first], Decimal("0.05"), TODAY) == (Owed(LAST, 5_500, 4_566),)
    second = replace(first, redeemed=8_500)
    assert liability.revenue(second, Decimal("0.03"), TODAY) - 4_110 == 3_493
    assert liability.outstanding([second], Decimal("0.03"), TODAY) == (Owed(LAST, 1_500, 1_073),)
    assert liability.revenue(second, Decimal("0.03"), LAST) == 7_603, "points are good through their last day"
    assert liability.revenue(second, Decimal("0.03"), AFTER) == 8_676, "what is never redeemed is revenue in the end"
    assert liability.outstanding([second], Decimal("0.03"), AFTER) == ()


def test_a_single_sale() -> None:
    """¥168.20 paid by Gold earns 252 points, worth ¥2.52 less a tenth that will lapse."""
    promised = liability.standalone_minor(252, PROGRAMME.redeem, Decimal("0.1"))
    assert promised == Fraction("226.8")
    assert liability.allocate(168_20, 168_20, promised) == (165_96, 2_24)


@pytest.mark.parametrize(
    ("goods_minor", "points_minor", "parts"),
    [(10_00, Fraction(0), (9_99, 0)), (0, Fraction(5), (0, 9_99)), (0, Fraction(0), (9_99, 0))],
)
def test_a_sale_of_one_thing(goods_minor: int, points_minor: Fraction, parts: tuple[int, int]) -> None:
    assert liability.allocate(9_99, goods_minor, points_minor) == parts


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.fractions(0, 10**9, max_denominator=10**6))
def test_no_cent_is_lost_between_goods_and_points(paid: int, goods: int, promised: Fraction) -> None:
    to_goods, to_points = liability.allocate(paid, goods, promised)
    assert to_goods + to_points == paid
    if goods + promised:
        assert abs(to_points - paid * promised / (goods + promised)) <= Fraction(1, 2)


cohorts = st.builds(
    Cohort,
    expires_on=st.sampled_from([TODAY - timedelta(days=1), TODAY, LAST]),
    granted=st.integers(-100, 10**6),
    redeemed=st.integers(0, 10**6),
    deferred_minor=st.integers(0, 10**9),
)
breakages = st.decimals(0, 1, places=4)


@given(cohorts, breakages)
def test_never_more_than_was_deferred_and_all_of_it_in_the_end(cohort: Cohort, breakage: Decimal) -> None:
    assert 0 <= liability.revenue(cohort, breakage, TODAY) <= cohort.deferred_minor
    assert liability.revenue(cohort, breakage, cohort.expires_on + timedelta(days=1)) == cohort.deferred_minor
    spent = replace(cohort, redeemed=max(0, cohort.granted))
    assert liability.revenue(spent, breakage, cohort.expires_on) == cohort.deferred_minor


@given(st.lists(cohorts, max_size=5), breakages)
def test_what_is_deferred_is_owed_or_earned(made: list[Cohort], breakage: Decimal) -> None:
    owed = liability.outstanding(made, breakage, TODAY)
    earned = sum(liability.revenue(each, breakage, TODAY) for each in made)
    assert sum(each.minor for each in owed) + earned == sum(each.deferred_minor for each in made)
    assert all(each.minor >= 0 and each.points > 0 for each in owed)


@given(cohorts, st.integers(0, 10**5), breakages)
def test_redeeming_never_lowers_revenue(cohort: Cohort, more: int, breakage: Decimal) -> None:
    after = replace(cohort, redeemed=cohort.redeemed + more)
    assert liability.revenue(after, breakage, TODAY) >= liability.revenue(cohort, breakage, TODAY)


def test_breakage_is_observed_on_what_has_expired() -> None:
    gone = [Cohort(date(2025, 12, 31), 900, 600, 0), Cohort(date(2024, 12, 31), 100, 150, 0)]
    alive = Cohort(LAST, 1_000, 0, 0)
    assert liability.observed_breakage([*gone, alive], TODAY) == Fraction(3, 10)
    assert liability.observed_breakage([alive], TODAY) is None
