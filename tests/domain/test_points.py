from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import points
from shared_models.domain.earn_rules import Period, TierTerms
from shared_models.domain.member import Account, Effect, Lot
from shared_models.domain.points import Expiring, Limit, RedeemLimit, TooManyPoints, WrongStep
from shared_models.domain.programme import RedeemRule
from tests.domain.shop import MEMBER, PROGRAMME, TODAY

RULE = PROGRAMME.redeem


def lot(id: int, count: int, expires_on: date = date(2027, 12, 31)) -> Lot:
    return Lot(UUID(int=id), count, expires_on)


def effect(
    on: date = TODAY,
    *,
    earned: Lot | None = None,
    redeemed: int = 0,
    taken_back: int = 0,
    given_back: tuple[Lot, ...] = (),
) -> Effect:
    return Effect(MEMBER, on, earned, redeemed, taken_back=taken_back, given_back=given_back)


def test_a_balance_is_valid_lots_less_debt() -> None:
    account = Account((lot(1, 60, date(2026, 12, 31)), lot(2, 100)), 10)
    assert points.balance(account, date(2026, 12, 31)) == 150, "valid through the last day"
    assert points.balance(account, date(2027, 1, 1)) == 90
    assert points.balance(account, date(2028, 1, 1)) == -10


def test_what_expires_first() -> None:
    account = Account((lot(1, 60, date(2026, 12, 31)), lot(2, 5, date(2026, 12, 31)), lot(3, 100)))
    assert points.expiring(account, TODAY, 90) == Expiring(65, date(2026, 12, 31))
    assert points.expiring(account, TODAY, 30) is None
    assert points.expiring(account, date(2027, 1, 1), 90) is None, "what has expired expires no more"


def test_soonest_expiry_is_spent_first() -> None:
    account = Account((lot(1, 60, date(2026, 12, 31)), lot(2, 100)))
    after = points.apply(account, effect(redeemed=100))
    assert after == Account((lot(2, 60),))


def test_expired_lots_are_not_spent() -> None:
    account = Account((lot(1, 60, date(2025, 12, 31)), lot(2, 50)))
    after = points.apply(account, effect(redeemed=100))
    assert after == Account((lot(1, 60, date(2025, 12, 31)),), debt=50)


def test_debt_is_paid_first() -> None:
    owing = points.apply(Account(), effect(redeemed=100))
    assert owing == Account((), 100)
    part = points.apply(owing, effect(earned=lot(1, 40)))
    assert part == Account((), 60)
    assert points.apply(part, effect(earned=lot(2, 100))) == Account((lot(2, 40),))


def test_lots_stand_in_order_of_expiry() -> None:
    account = Account((lot(5, 10),))
    after = points.apply(account, effect(earned=lot(9, 7, date(2026, 12, 31))))
    assert [each.id.int for each in after.lots] == [9, 5]


def test_pending_points_are_no_balance_yet() -> None:
    account = Account((lot(1, 60), Lot(UUID(int=2), 100, date(2027, 12, 31), date(2026, 12, 1))), 10)
    assert (points.balance(account, date(2026, 11, 30)), points.pending(account, date(2026, 11, 30))) == (50, 100)
    assert (points.balance(account, date(2026, 12, 1)), points.pending(account, date(2026, 12, 1))) == (150, 0)
    assert (points.balance(account, date(2028, 1, 1)), points.pending(account, date(2028, 1, 1))) == (-10, 0)


def test_pending_points_are_spent_last_and_before_there_is_debt() -> None:
    soon = Lot(UUID(int=2), 100, date(2026, 12, 31), date(2026, 12, 1))
    assert points.apply(Account((soon, lot(1, 60))), effect(redeemed=100)).lots == (replace(soon, points=60),)
    assert points.apply(Account((soon,)), effect(redeemed=150)) == Account((), 50)


def test_what_comes_back_is_taken_from_what_lasts_longest() -> None:
    """Else buying and returning would turn points that lapse tomorrow into points that lapse next year."""
    account = Account((lot(1, 60, date(2026, 12, 31)), lot(2, 100), lot(3, 100)))
    after = points.apply(account, effect(taken_back=120))
    assert after == Account((lot(1, 60, date(2026, 12, 31)), lot(2, 80)))


def test_points_that_are_spent_and_come_back_are_owed() -> None:
    account = Account((lot(1, 30, date(2025, 12, 31)), lot(2, 40)))
    after = points.apply(account, effect(taken_back=100))
    assert after == Account((), 30), "also from lots that have lapsed, before there is debt"
    assert points.apply(after, effect(earned=lot(3, 50))) == Account((lot(3, 20),))


def test_points_given_back_pay_debt_first() -> None:
    account = Account((), 30)
    back = (lot(7, 20, date(2026, 12, 31)), lot(8, 100))
    assert points.apply(account, effect(given_back=back)) == Account((lot(8, 90),))


def test_a_notice_names_each_day() -> None:
    account = Account((lot(1, 60, date(2026, 12, 31)), lot(2, 100), lot(3, 5, date.max)))
    assert points.all_expiring(account, TODAY, 500) == (
        Expiring(60, date(2026, 12, 31)),
        Expiring(100, date(2027, 12, 31)),
    )
    assert points.all_expiring(account, date(9999, 12, 1), 500) == (), "points for ever are never announced as lost"
    assert points.expiring(account, date(9999, 12, 1), 10**9) is None


@pytest.mark.parametrize(
    ("balance", "bill_minor", "floor", "most", "why"),
    [
        (1_860, 168_20, None, 1_800, Limit.BALANCE),
        (99, 168_20, None, 0, Limit.MINIMUM),
        (100, 168_20, None, 100, Limit.BALANCE),
        (10_000, 168_20, None, 8_400, Limit.BILL_SHARE),  # half of 168.20 is 84.10
        (10_000, 1_99, None, 0, Limit.BILL_SHARE),
        (10_000, 2_00, None, 100, Limit.BILL_SHARE),
        (10_000, 0, None, 0, Limit.BILL_SHARE),
        (10_000, 168_20, 500, 500, Limit.OFFLINE),
        (10_000, 168_20, 499, 400, Limit.OFFLINE),
        (10_000, 168_20, 0, 0, Limit.OFFLINE),
        (300, 168_20, 500, 300, Limit.BALANCE),
        (-50, 168_20, None, 0, Limit.MINIMUM),
    ],
)
def test_how_much_can_be_redeemed(balance: int, bill_minor: int, floor: int | None, most: int, why: Limit) -> None:
    assert points.redeemable(balance, bill_minor, RULE, floor) == RedeemLimit(most, why, most)


@given(st.integers(-100, 10**6), st.integers(0, 10**8), st.none() | st.integers(0, 2_000))
def test_a_limit_never_passes_any_bound(balance: int, bill_minor: int, floor: int | None) -> None:
    limit = points.redeemable(balance, bill_minor, RULE, floor)
    assert 0 <= limit.max_points <= max(0, balance)
    assert limit.worth_minor * 2 <= bill_minor
    assert floor is None or limit.max_points <= floor
    if limit.max_points:
        assert points.check_redeem(limit.max_points, limit, RULE) == limit.max_points
    with pytest.raises(TooManyPoints):
        points.check_redeem(limit.max_points + 100, limit, RULE)


@pytest.mark.parametrize("count", [0, -100, 50, 150])
def test_points_go_in_steps(count: int) -> None:
    limit = points.redeemable(1_000, 168_20, RULE)
    with pytest.raises(WrongStep, match="from 100 in steps of 100"):
        points.check_redeem(count, limit, RULE)


def test_another_rate() -> None:
    rule = RedeemRule(points=50, worth_minor=200, minimum_points=200, step_points=50, share=Decimal(1))
    assert points.redeemable(430, 10_00, rule) == RedeemLimit(250, Limit.BILL_SHARE, 10_00)
    assert points.redeemable(430, 7_99, rule) == RedeemLimit(0, Limit.BILL_SHARE, 0)


def test_the_offline_allowance_shrinks_with_own_debits() -> None:
    assert [points.floor_left(PROGRAMME, own) for own in (0, 200, 500, 900)] == [500, 300, 0, 0]
    assert points.floor_left(replace(PROGRAMME, floor_points=0), 0) == 0


def test_shares_by_category_and_tier() -> None:
    rule = replace(
        RULE,
        by_category={"meat": Decimal("0.1"), "fruit": Decimal(1)},
        by_tier={"gold": TierTerms(share=Decimal("0.8")), "diamond": TierTerms(worth_minor=200)},
    )
    bill = {"meat": 30_00, "dairy": 10_00, "fruit": 4_00, "tobacco": 100_00}
    assert points.redeemable(9_999, bill, rule).max_points == 1_000, "3 + 5 + 2: a category's share never raises it"
    assert points.redeemable(9_999, bill, rule.for_tier("basic")).max_points == 1_000
    assert points.redeemable(9_999, bill, rule.for_tier("gold")) == RedeemLimit(1_400, Limit.BILL_SHARE, 14_00)
    assert points.redeemable(9_999, bill, rule.for_tier("diamond")) == RedeemLimit(500, Limit.BILL_SHARE, 10_00)
    assert rule.for_tier(None) is rule


@given(st.integers(0, 10**6), st.dictionaries(st.sampled_from(["dairy", "fruit", "tobacco"]), st.integers(0, 10**7)))
def test_a_bill_by_category_is_the_bill_without_excluded_goods(balance: int, bill: dict[str, int]) -> None:
    whole = sum(minor for category, minor in bill.items() if category not in RULE.excluded_categories)
    assert points.redeemable(balance, bill, RULE) == points.redeemable(balance, whole, RULE)


def test_redemptions_are_counted() -> None:
    rule = replace(RULE, most_times=2, per=Period.WEEK)
    assert [points.redeemable(1_000, 168_20, rule, times=done).max_points for done in (0, 1, 2, 9)] == [
        1_000,
        1_000,
        0,
        0,
    ]
    assert points.redeemable(1_000, 168_20, rule, times=2).why is Limit.TIMES
    with pytest.raises(TooManyPoints):
        points.check_redeem(100, points.redeemable(1_000, 168_20, rule, times=2), rule)
