from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import expiry, points
from shared_models.domain.earn_rules import EarnRule, Expiry, Lasting
from shared_models.domain.member import Account, Effect, Lot
from shared_models.domain.points import Expiring
from tests.domain.shop import MEMBER, TODAY

SILENT_90 = EarnRule(expiry=Expiry(Lasting.INACTIVITY, 90))


def rule(lasting: Lasting, count: int = 0, years: int = 1) -> EarnRule:
    return EarnRule(years=years, expiry=Expiry(lasting, count))


@pytest.mark.parametrize(
    ("on", "lasts", "expires_on"),
    [
        (date(2026, 1, 1), EarnRule(), date(2027, 12, 31)),
        (date(2026, 12, 31), EarnRule(), date(2027, 12, 31)),
        (date(2026, 12, 31), EarnRule(years=0), date(2026, 12, 31)),
        (date(2026, 1, 31), rule(Lasting.MONTH_END, 1), date(2026, 2, 28)),
        (date(2027, 12, 1), rule(Lasting.MONTH_END, 2), date(2028, 2, 29)),
        (date(2026, 11, 24), rule(Lasting.MONTH_END), date(2026, 11, 30)),
        (date(2026, 11, 24), rule(Lasting.MONTH_END, 13), date(2027, 12, 31)),
        (date(2028, 2, 28), rule(Lasting.DAYS, 2), date(2028, 3, 1)),
        (TODAY, rule(Lasting.NEVER), date.max),
        (TODAY, SILENT_90, date.max),
        (date.max, EarnRule(), date.max),
        (date(9998, 1, 1), EarnRule(years=100), date.max),
        (date(9999, 12, 1), rule(Lasting.MONTH_END, 1), date.max),
        (date(9999, 11, 1), rule(Lasting.MONTH_END, 1), date.max),
        (date(9999, 12, 1), rule(Lasting.DAYS, 36_525), date.max),
        (date.min, EarnRule(years=0), date(1, 12, 31)),
    ],
)
def test_how_long_points_last(on: date, lasts: EarnRule, expires_on: date) -> None:
    assert expiry.expires_on(on, lasts) == expires_on


rules = st.builds(
    EarnRule,
    years=st.integers(0, 100),
    pending_days=st.integers(0, 36_525),
    expiry=st.builds(Expiry, st.sampled_from(Lasting), st.integers(0, 1_200)),
)


@given(st.dates(), rules)
def test_a_lot_is_good_at_least_as_long_as_promised(on: date, lasts: EarnRule) -> None:
    """On any day of the calendar, the last one too."""
    lot = expiry.lot(UUID(int=1), 5, on, lasts)
    if lasts.expiry.lasting is Lasting.INACTIVITY:
        assert lot.expires_on == date.max
    else:
        shortest = expiry.shortest_validity(lasts)
        assert lot.expires_on >= expiry.days_later(on, shortest)
        assert lasts.pending_days > shortest or lot.available_on is None or lot.available_on <= lot.expires_on
    assert (lot.available_on is None) == (lasts.pending_days == 0)


@pytest.mark.parametrize(
    ("lasts", "days"),
    [
        (EarnRule(), 365),
        (EarnRule(years=0), 0),
        (EarnRule(years=3), 1_095),
        (rule(Lasting.MONTH_END), 0),
        (rule(Lasting.MONTH_END, 1), 28),
        (rule(Lasting.MONTH_END, 12), 365),
        (rule(Lasting.DAYS, 7), 7),
        (SILENT_90, 90),
    ],
)
def test_the_shortest_life(lasts: EarnRule, days: int) -> None:
    assert expiry.shortest_validity(lasts) == days


def test_points_die_by_inactivity() -> None:
    account = Account((Lot(UUID(int=1), 60, date(2027, 1, 1)), Lot(UUID(int=2), 100, date.max)), 5)
    last = date(2027, 1, 10)
    shown = expiry.projected(account, SILENT_90, last)
    assert shown.lots[1].expires_on == date(2027, 4, 10)
    assert (points.balance(shown, date(2027, 4, 10)), points.balance(shown, date(2027, 4, 11))) == (95, -5)
    assert points.expiring(shown, date(2027, 3, 1), 60) == Expiring(100, date(2027, 4, 10))
    assert expiry.projected(account, SILENT_90, None) == account
    assert expiry.projected(account, EarnRule(), last) == account


def test_what_has_died_stays_dead() -> None:
    account = Account((Lot(UUID(int=2), 100, date.max),))
    assert expiry.lapsed(account, SILENT_90, TODAY, TODAY + timedelta(days=90)) is account
    late = TODAY + timedelta(days=91)
    dead = expiry.lapsed(account, SILENT_90, TODAY, late)
    assert expiry.lapsed(dead, SILENT_90, late, late) is dead
    after = points.apply(dead, Effect(MEMBER, late, Lot(UUID(int=3), 10, date.max), redeemed_points=5))
    assert after == Account((Lot(UUID(int=2), 100, date(2027, 2, 22)), Lot(UUID(int=3), 5, date.max)))
    assert expiry.lapsed(account, EarnRule(), TODAY, late) is account
    assert expiry.lapsed(account, SILENT_90, None, late) is account


@given(st.lists(st.integers(0, 200), max_size=8), st.integers(0, 300))
def test_inactivity_is_the_first_gap_between_purchases(gaps: list[int], later: int) -> None:
    """Each purchase earns 10: what is left was earned after the last silence that was too long."""
    account, last, alive = Account(), None, 0
    on = TODAY
    for number, gap in enumerate(gaps):
        on += timedelta(days=gap)
        account = expiry.lapsed(account, SILENT_90, last, on)
        account = points.apply(account, Effect(MEMBER, on, Lot(UUID(int=number), 10, date.max)))
        alive = 10 if last is not None and gap > 90 else alive + 10
        last = on
    shown = expiry.projected(account, SILENT_90, last)
    assert points.balance(shown, on + timedelta(days=later)) == (alive if later <= 90 else 0)
