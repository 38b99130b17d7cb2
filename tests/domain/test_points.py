from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import points
from shared_models.domain.member import Account, Effect, Lot
from shared_models.domain.points import Expiring, Limit, RedeemLimit, TooManyPoints, WrongStep
from shared_models.domain.programme import RedeemRule
from tests.domain.shop import MEMBER, PROGRAMME, TODAY

RULE = PROGRAMME.redeem
LOT = UUID(int=1)


def lot(id: int, count: int, expires_on: date = date(2027, 12, 31)) -> Lot:
    return Lot(UUID(int=id), count, expires_on)


def effect(on: date = TODAY, *, earned: Lot | None = None, redeemed: int = 0) -> Effect:
    return Effect(MEMBER, on, earned, redeemed)


@pytest.mark.parametrize(
    ("base_minor", "tier", "count", "multiplier"),
    [
        (12_50, "basic", 12, "1"),
        (12_50, "silver", 15, "1.2"),  # 12.50 × 1.2, rounded down once: not 12 × 1.2 = 14
        (10_99, "gold", 16, "1.5"),
        (10_99, "diamond", 21, "2"),
        (168_20, "gold", 252, "1.5"),
    ],
)
def test_earning(base_minor: int, tier: str, count: int, multiplier: str) -> None:
    earned = points.earn(base_minor, tier, PROGRAMME, TODAY, LOT)
    assert earned is not None
    assert (earned.points, earned.multiplier) == (count, Decimal(multiplier))
    assert (earned.lot_id, earned.base_minor, earned.expires_on) == (LOT, base_minor, date(2027, 12, 31))


def test_less_than_a_point_is_none() -> None:
    assert points.earn(99, "basic", PROGRAMME, TODAY, LOT) is None
    assert points.earn(-5_00, "gold", PROGRAMME, TODAY, LOT) is None


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 12, 31)])
def test_a_lot_lasts_through_the_next_calendar_year(on: date) -> None:
    assert points.expiry(on, 1) == date(2027, 12, 31)


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


@st.composite
def effects(draw: st.DrawFn) -> list[Effect]:
    made = []
    for number in range(draw(st.integers(0, 25))):
        on = TODAY + timedelta(days=draw(st.integers(-400, 900)))
        count = draw(st.integers(0, 500))
        earned = lot(number, count, points.expiry(on, draw(st.integers(0, 2)))) if count else None
        made.append(effect(on, earned=earned, redeemed=draw(st.integers(0, 5)) * 100))
    return made


@given(effects())
def test_points_are_conserved(history: list[Effect]) -> None:
    account = Account()
    earned = redeemed = 0
    for each in history:
        account = points.apply(account, each)
        earned += each.earned.points if each.earned else 0
        redeemed += each.redeemed_points
        assert sum(one.points for one in account.lots) - account.debt == earned - redeemed
        assert all(one.points > 0 for one in account.lots)
        assert list(account.lots) == sorted(account.lots, key=lambda one: (one.expires_on, one.id))


@given(effects())
def test_facts_in_another_order_lose_no_point(history: list[Effect]) -> None:
    """Tills report in any order: what is left of all lots less the debt is the same."""
    accounts = []
    for order in (history, list(reversed(history))):
        account = Account()
        for each in order:
            account = points.apply(account, each)
        accounts.append(sum(one.points for one in account.lots) - account.debt)
    assert accounts[0] == accounts[1]


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
