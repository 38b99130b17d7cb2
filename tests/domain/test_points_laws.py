"""An account against a model in which each point is one tuple: obviously right, and slow."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import points
from shared_models.domain.member import Account, Effect, Lot
from shared_models.domain.points_back import given_back_lots, spent_lots
from tests.domain.shop import MEMBER, TODAY

Point = tuple[date, UUID, date | None]


@dataclass
class Model:
    """Points one by one, and how many are owed."""

    held: list[Point] = field(default_factory=list)
    debt: int = 0

    def apply(self, effect: Effect) -> None:
        for _ in range(effect.redeemed_points):
            valid = [each for each in self.held if each[0] >= effect.on]
            ready = [each for each in valid if each[2] is None or each[2] <= effect.on]
            self._lose(min(ready or valid, key=lambda each: each[:2], default=None))
        for _ in range(effect.taken_back):
            self._lose(max(self.held, key=lambda each: each[:2], default=None))
        for lot in (*effect.given_back, *([effect.earned] if effect.earned else [])):
            for _ in range(lot.points):
                if self.debt:
                    self.debt -= 1
                else:
                    self.held.append((lot.expires_on, lot.id, lot.available_on))

    def _lose(self, point: Point | None) -> None:
        if point is None:
            self.debt += 1
        else:
            self.held.remove(point)

    def balance(self, on: date) -> int:
        return sum(each[0] >= on and (each[2] is None or each[2] <= on) for each in self.held) - self.debt


days = st.integers(-40, 40).map(lambda days: TODAY + timedelta(days=days))


@st.composite
def histories(draw: st.DrawFn) -> list[Effect]:
    ids = itertools.count(1)

    def lot(on: date) -> Lot:
        expires_on = on + timedelta(days=draw(st.integers(0, 30)))
        available_on = draw(st.none() | st.just(on + timedelta(days=draw(st.integers(0, 10)))))
        return Lot(UUID(int=next(ids)), draw(st.integers(1, 12)), expires_on, available_on)

    made = []
    for _ in range(draw(st.integers(0, 12))):
        on = draw(days)
        match draw(st.integers(0, 3)):
            case 0:
                made.append(Effect(MEMBER, on, lot(on)))
            case 1:
                made.append(Effect(MEMBER, on, redeemed_points=draw(st.integers(0, 15))))
            case 2:
                back = tuple(lot(on) for _ in range(draw(st.integers(0, 2))))
                made.append(Effect(MEMBER, on, taken_back=draw(st.integers(0, 15)), given_back=back))
            case _:
                made.append(Effect(MEMBER, on, lot(on), draw(st.integers(0, 9)), taken_back=draw(st.integers(0, 9))))
    return made


def net(effect: Effect) -> int:
    earned = effect.earned.points if effect.earned else 0
    given = sum(lot.points for lot in effect.given_back)
    return earned - effect.redeemed_points - effect.taken_back + given


@given(histories(), days)
def test_an_account_is_its_points_one_by_one(history: list[Effect], on: date) -> None:
    account, model = Account(), Model()
    for effect in history:
        account = points.apply(account, effect)
        model.apply(effect)
        held = {(lot.expires_on, lot.id, lot.available_on): lot.points for lot in account.lots}
        assert held == Counter(model.held)
        assert account.debt == model.debt
        assert points.balance(account, on) == model.balance(on)
        assert points.pending(account, on) + points.balance(account, on) + account.debt == sum(
            lot.points for lot in account.lots if lot.expires_on >= on
        )


@given(histories())
def test_points_are_conserved(history: list[Effect]) -> None:
    """The days lie anyhow, as tills report in any order."""
    account = Account()
    for done, effect in enumerate(history, 1):
        account = points.apply(account, effect)
        assert sum(lot.points for lot in account.lots) - account.debt == sum(map(net, history[:done]))
        assert account.debt >= 0
        assert all(lot.points > 0 for lot in account.lots)
        assert list(account.lots) == sorted(account.lots, key=lambda lot: (lot.expires_on, lot.id))


@given(histories())
def test_nobody_who_owes_holds_points_that_could_pay(history: list[Effect]) -> None:
    """If facts come in the order of their days, there is debt only where no lot is good on the last of them."""
    account = Account()
    for effect in sorted(history, key=lambda each: each.on):
        account = points.apply(account, effect)
        assert not account.debt or all(lot.expires_on < effect.on for lot in account.lots)


@given(histories(), st.integers(0, 200), days)
def test_what_a_redemption_takes_is_told_before(history: list[Effect], count: int, on: date) -> None:
    account = Account()
    for effect in history:
        account = points.apply(account, effect)
    spent = spent_lots(account, count, on)
    after = points.apply(account, Effect(MEMBER, on, redeemed_points=count))
    assert sum(lot.points for lot in spent) + after.debt - account.debt == count
    left = {lot.id: lot.points for lot in after.lots}
    took = {lot.id: lot.points for lot in spent}
    assert all(lot.points == left.get(lot.id, 0) + took.get(lot.id, 0) for lot in account.lots)


@st.composite
def redemptions(draw: st.DrawFn) -> tuple[tuple[Lot, ...], int]:
    """The lots that were spent, and how many points in all."""
    spent = tuple(
        Lot(UUID(int=number), draw(st.integers(1, 50)), TODAY + timedelta(days=draw(st.integers(-20, 40))))
        for number in range(draw(st.integers(0, 4)))
    )
    return spent, sum(lot.points for lot in spent) + draw(st.integers(0, 20))


def by_day(lots: tuple[Lot, ...]) -> Counter[date]:
    found: Counter[date] = Counter()
    for lot in lots:
        found[lot.expires_on] += lot.points
    return found


@given(redemptions(), st.lists(st.integers(0, 60), max_size=5))
def test_many_small_returns_give_back_what_one_large_one_does(
    redemption: tuple[tuple[Lot, ...], int], parts: list[int]
) -> None:
    spent, redeemed = redemption
    ids = [UUID(int=100 + number) for number in range(9)]
    pieces: Counter[date] = Counter()
    before = 0
    for back in parts:
        pieces += by_day(given_back_lots(spent, redeemed, before, back, TODAY, ids))
        before += back
    whole = given_back_lots(spent, redeemed, 0, before, TODAY, ids)
    assert pieces == by_day(whole)
    assert sum(pieces.values()) == min(before, redeemed), "never more than was redeemed"
    assert all(lot.points > 0 and lot.expires_on >= TODAY for lot in whole)
    assert len({lot.id for lot in whole}) == len(whole) <= len(spent) + 1


def test_points_come_back_as_they_were() -> None:
    ids = [UUID(int=100 + number) for number in range(4)]
    old, new = Lot(UUID(int=1), 50, date(2026, 11, 23)), Lot(UUID(int=2), 30, date(2027, 12, 31))
    assert given_back_lots((old, new), 80, 0, 80, TODAY, ids) == (
        Lot(ids[0], 30, date(2027, 12, 31)),
        Lot(ids[1], 50, date(2026, 12, 24)),
    )
    assert given_back_lots((old, new), 80, 20, 20, TODAY, ids) == (
        Lot(ids[0], 10, date(2027, 12, 31)),
        Lot(ids[1], 10, date(2026, 12, 24)),
    )
    assert given_back_lots((), 80, 0, 80, date(9999, 12, 20), ids) == (Lot(ids[0], 80, date.max),)


@given(histories(), st.integers(1, 100), st.lists(st.integers(1, 60), max_size=4))
def test_redeeming_and_giving_back_all_restores_the_account(
    history: list[Effect], count: int, parts: list[int]
) -> None:
    """By day of expiry, whatever had been in the lots or became debt; nothing else happened in between."""
    account = Account()
    for effect in sorted(history, key=lambda each: each.on):
        account = points.apply(account, effect)
    on = max((effect.on for effect in history), default=TODAY)
    spent = spent_lots(account, count, on)
    after = points.apply(account, Effect(MEMBER, on, redeemed_points=count))
    ids = iter(UUID(int=1_000 + number) for number in range(1_000))
    before = 0
    for back in (*parts, count):
        lots = given_back_lots(spent, count, before, min(back, count - before), on, ids)
        after = points.apply(after, Effect(MEMBER, on, given_back=lots))
        before += min(back, count - before)
    assert (by_day(after.lots), after.debt) == (by_day(account.lots), account.debt)


def test_many_lots() -> None:
    lots = tuple(Lot(UUID(int=number), 1, date(2027, 1, 1) + timedelta(days=number % 700)) for number in range(5_000))
    account = points.apply(Account(), Effect(MEMBER, TODAY, given_back=lots))
    assert points.balance(account, TODAY) == 5_000
    after = points.apply(account, Effect(MEMBER, TODAY, redeemed_points=4_999))
    assert after == Account((replace(account.lots[-1], points=1),))
