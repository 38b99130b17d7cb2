"""What a reward takes of points and gifts, and that gifts in escrow are handed over once, however tills act apart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import leases
from shared_models.domain.leases import Held, Lease, LeaseUse, Loan, NotLent
from shared_models.domain.member import Account, Lot
from shared_models.domain.points import apply, balance
from shared_models.domain.points_back import spent_lots
from shared_models.domain.reward_facts import (
    RewardRedeemed,
    check_redemption,
    effect_of_redemption,
    stock_id,
    taken_from,
)
from shared_models.domain.rewards import RewardKind
from shared_models.domain.spending_rules import gifts_of, points_of
from shared_models.domain.spent import spent

ON = date(2026, 11, 24)
MEMBER = UUID(int=1)
MUGS = gifts_of(stock_id("A", "mug"))


def redeemed(units: int = 1, points: int = 300, kind: RewardKind = RewardKind.GOODS) -> RewardRedeemed:
    return RewardRedeemed(
        UUID(int=9), MEMBER, "mug", kind, "p-mug", units, points, "A", 1, UUID(int=2), "c1", 7, ON, 2
    )  # fmt: skip


def test_goods_take_points_and_gifts_and_services_points_alone() -> None:
    assert spent(redeemed(2, 600)) == {points_of(MEMBER): 600, MUGS: 2}
    assert spent(redeemed(2, 600, RewardKind.SERVICE)) == {points_of(MEMBER): 600}
    effect = effect_of_redemption(redeemed(2, 600))
    assert (effect.member_id, effect.on, effect.redeemed_points) == (MEMBER, ON, 600)
    assert (effect.visits, effect.growth, effect.spend_minor) == (0, 0, 0)


def test_a_stock_is_one_stores_and_one_rewards() -> None:
    ids = {stock_id(*each) for each in (("A", "mug"), ("B", "mug"), ("A", "bag"), ("A m", "ug"), ("A", "m ug"))}
    assert len(ids) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        redeemed(0), redeemed(2, 1), replace(redeemed(), spent=(Lot(UUID(int=3), 301, ON),)),
        replace(redeemed(), leases=(LeaseUse(UUID(int=4), 0),)),
    ],
)  # fmt: skip
def test_what_cant_be_a_redemption_is_our_fault(wrong: RewardRedeemed) -> None:
    check_redemption(redeemed())
    with pytest.raises(AssertionError):
        check_redemption(wrong)


@given(
    lots=st.lists(st.tuples(st.integers(1, 900), st.integers(-5, 400)), max_size=6),
    points=st.integers(1, 3_000),
)
def test_the_lots_named_are_those_that_the_books_take(lots: list[tuple[int, int]], points: int) -> None:
    held = [Lot(UUID(int=n), left, ON + timedelta(days)) for n, (left, days) in enumerate(lots)]
    account = Account(tuple(sorted(held, key=lambda lot: (lot.expires_on, lot.id))))
    taken = spent_lots(account, points, ON)
    after = apply(account, effect_of_redemption(redeemed(1, points)))
    left = {lot.id: lot.points for lot in after.lots}
    for lot in account.lots:
        named = sum(each.points for each in taken if each.id == lot.id)
        assert lot.points - named == left.get(lot.id, 0)
    assert balance(after, ON) == balance(account, ON) - points
    assert after.debt == points - taken_from(taken)


@dataclass
class Stock:
    """A server's books and some tills; what a till does is told later, in its order."""

    units: int = 0
    handed_over: int = 0
    loans: dict[UUID, Loan] = field(default_factory=dict)
    held: list[dict[UUID, Held]] = field(default_factory=lambda: [{}, {}, {}])
    untold: list[list[tuple[UUID, int | None]]] = field(default_factory=lambda: [[], [], []])
    asked: int = 0

    @property
    def free(self) -> int:
        return leases.balance_free(self.units, self.loans.values())

    def lend(self, till: int, wanted: int) -> None:
        amount = leases.portion(wanted, self.free, shared=True)
        self.asked += 1
        if amount:
            id_ = uuid5(MEMBER, str(self.asked))
            self.loans[id_] = Loan(amount)
            self.held[till][id_] = leases.received(Lease(id_, UUID(int=till), MUGS, amount))

    def hand_over(self, till: int, units: int) -> None:
        held = list(self.held[till].values())
        try:
            uses = leases.split(held, units, ON)
        except NotLent:
            assert leases.usable(held, ON) < units
            return
        self.handed_over += units
        for use in uses:
            self.held[till][use.lease] = leases.take(self.held[till][use.lease], use.amount, ON)
            self.untold[till].append((use.lease, use.amount))

    def give_back(self, till: int) -> None:
        for id_ in list(self.held[till]):
            self.untold[till].append((id_, None))
            del self.held[till][id_]

    def tell(self, till: int, count: int) -> None:
        for id_, used in self.untold[till][:count]:
            if used is None:
                self.loans[id_], as_told = leases.end(self.loans[id_], None)
                assert as_told
            else:
                self.loans[id_], disputed = leases.use(self.loans[id_], used)
                assert not disputed
                self.units -= used
        del self.untold[till][:count]


@given(st.lists(st.tuples(st.sampled_from("lhgts"), st.integers(0, 2), st.integers(1, 5)), max_size=60))
def test_gifts_in_escrow_are_never_handed_over_twice(acts: list[tuple[str, int, int]]) -> None:
    stock, stocked = Stock(), 0
    for act, till, amount in acts:
        match act:
            case "l":
                stock.lend(till, amount)
            case "h":
                stock.hand_over(till, amount)
            case "g":
                stock.give_back(till)
            case "t":
                stock.tell(till, amount)
            case _:
                stocked += amount
                stock.units += amount
        assert stock.handed_over <= stocked
        assert stock.free >= 0
    for till in range(3):
        stock.give_back(till)
        stock.tell(till, len(stock.untold[till]))
    assert stock.free == stock.units == stocked - stock.handed_over
