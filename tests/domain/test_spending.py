from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import leases
from shared_models.domain.budgets import budgets, left_of, read_budget
from shared_models.domain.leases import Held, Lease, LeaseUse, LentLot, Loan, LoanState, NotLent
from shared_models.domain.limits import Cap, Limits
from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from shared_models.domain.spending import (
    Seen,
    Spendable,
    Why,
    allowance,
    coupon_bound,
    escrow_bound,
    floor_bound,
    read_allowance,
    spendable,
)
from shared_models.domain.spending_rules import DEFAULT_SPENDING, Mode, Policy, Resource, ResourceKind, Spending

DAY = date(2026, 11, 24)
TILL = UUID(int=1)
MEMBER = UUID(int=9)
POINTS = Resource(ResourceKind.POINTS, str(MEMBER))
LOTS = (LentLot(UUID(int=21), 300, DAY), LentLot(UUID(int=22), 200, date(2027, 1, 31)))
LEASE = Lease(UUID(int=5), TILL, POINTS, 500, LOTS)
FLOOR = Policy(Mode.FLOOR, floor=500)
ESCROW = Policy(Mode.ESCROW)


@pytest.mark.parametrize(
    ("policy", "seen", "expected"),
    [
        (FLOOR, Seen(1_000), Spendable(500, Why.FLOOR)),
        (FLOOR, Seen(1_000, own_uncounted=200), Spendable(300, Why.FLOOR)),
        (FLOOR, Seen(1_000, own_uncounted=700), Spendable(0, Why.FLOOR)),
        (FLOOR, Seen(120), Spendable(120, Why.BALANCE)),
        (FLOOR, Seen(-5), Spendable(0, Why.BALANCE)),
        (FLOOR, Seen(1_000, lent_elsewhere=900), Spendable(100, Why.LENT_ELSEWHERE)),
        (FLOOR, Seen(1_000, day_left=40), Spendable(40, Why.DAY)),
        (replace(FLOOR, usual_store=True), Seen(1_000, usual_store=False), Spendable(0, Why.NOT_LENT)),
        (replace(FLOOR, usual_store=True), Seen(1_000, usual_store=False, leased=7), Spendable(7, Why.NOT_LENT)),
        (ESCROW, Seen(1_000), Spendable(0, Why.NOT_LENT)),
        (ESCROW, Seen(1_000, asking=True), Spendable(0, Why.ASKING)),
        (ESCROW, Seen(1_000, lent_elsewhere=1_000), Spendable(0, Why.LENT_ELSEWHERE)),
        (ESCROW, Seen(1_000, leased=400), Spendable(400, Why.NOT_LENT)),
        (ESCROW, Seen(300, leased=400), Spendable(300, Why.BALANCE)),
        (ESCROW, Seen(None, leased=2), Spendable(2, Why.NOT_LENT)),
    ],
)
def test_what_may_be_spent_and_why_not_more(policy: Policy, seen: Seen, expected: Spendable) -> None:
    assert spendable(policy, seen) == expected


def test_a_lease_is_spent_soonest_expiry_first_and_not_after_it() -> None:
    held = leases.received(LEASE)
    after = leases.take(held, 350, DAY)
    assert (after.left, after.lots) == (150, (replace(LOTS[1], amount=150),))
    late = date(2026, 12, 1)
    assert (held.usable(late), held.left) == (200, 500)
    assert leases.take(held, 200, late) == Held(LEASE, 300, (LOTS[0],))
    with pytest.raises(NotLent):
        leases.take(held, 201, late)
    with pytest.raises(NotLent):
        leases.take(held, 0, DAY)


def test_several_leases_pay_together_in_their_order() -> None:
    one, two = leases.received(LEASE), leases.received(replace(LEASE, id=UUID(int=6), amount=50, lots=()))
    assert leases.split([one, two], 520, DAY) == (LeaseUse(LEASE.id, 500), LeaseUse(UUID(int=6), 20))
    with pytest.raises(NotLent):
        leases.split([one, two], 551, DAY)


def test_a_loan_counts_what_facts_say_and_disputes_what_was_not_lent() -> None:
    loan, disputed = leases.use(Loan(500), 450)
    assert (loan, disputed, loan.left) == (Loan(500, 450), 0, 50)
    assert leases.use(loan, 80) == (Loan(500, 530), 30)
    ended, as_told = leases.end(loan, 50)
    assert (ended, as_told, ended.left) == (Loan(500, 450, LoanState.RETURNED), True, 0)
    assert leases.use(ended, 10) == (Loan(500, 460, LoanState.RETURNED), 10)
    assert leases.end(loan, 60) == (ended, False)
    assert leases.end(loan, None)[1]
    assert leases.write_off(loan) == (Loan(500, 450, LoanState.WRITTEN_OFF), 50)
    assert leases.write_off(ended) == (ended, 0)
    assert leases.end(leases.write_off(loan)[0], 50) == (leases.write_off(loan)[0], True)


def test_a_lease_that_is_shown_after_a_restore_keeps_what_facts_used_of_it() -> None:
    unknown, disputed = leases.use(leases.NO_LOAN, 30)
    assert (disputed, unknown.left) == (30, 0)
    assert leases.declare(unknown, LEASE) == Loan(500, 30)
    assert leases.declare(None, LEASE) == Loan(500)
    assert leases.declare(Loan(500, 20, LoanState.RETURNED), LEASE) == Loan(500, 20, LoanState.RETURNED)


def test_of_what_is_shared_half_is_lent_at_most() -> None:
    assert [leases.portion(10, there, shared=True) for there in (-1, 0, 1, 9, 40)] == [0, 0, 1, 5, 10]
    assert leases.portion(10, 9, shared=False) == 9
    assert leases.portion(0, 9, shared=False) == 0


def test_free_and_lent_and_spent_are_what_was_funded() -> None:
    loans = [Loan(10, 4), Loan(10, 3, LoanState.RETURNED), Loan(5, 2, LoanState.WRITTEN_OFF)]
    assert leases.free(100, loans) == 100 - 10 - 3 - 2
    assert leases.balance_free(91, loans) == 91 - 6


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40)), max_size=60))
def test_device_and_server_agree_on_every_lease(acts: list[tuple[int, int]]) -> None:
    """Told in their order the facts leave the server with what the device has."""
    held, loan, funded = Held(LEASE, 500, LOTS), Loan(500), 500
    for act, amount in acts:
        if act < 2 and amount <= held.usable(DAY):
            held = leases.take(held, amount, DAY)
            loan, disputed = leases.use(loan, amount)
            assert disputed == 0
        assert held.left == loan.left == sum(lot.amount for lot in held.lots)
        assert leases.free(funded, [loan]) == 0
    assert leases.end(loan, held.left)[1]


def test_bounds() -> None:
    assert (escrow_bound([], 0), escrow_bound([300, 40], 25)) == (0, 365)
    assert floor_bound(500, [1_000, 1_000, 200], 1_000) == 200
    assert floor_bound(500, [1_000], 1_000) == 0
    assert floor_bound(500, [-20, 600], 0) == 500
    assert (coupon_bound(3), coupon_bound(0)) == (2, 0)


LIMITS = Limits(member=Cap(3), member_day=Cap(1, 500), day=Cap(minor=40_000), total=Cap(1_000, 99_900))


def test_each_cap_is_a_counter_of_its_own() -> None:
    found = budgets("spring/sale", LIMITS, DAY, MEMBER)
    assert [(each.scope, each.unit, each.cap) for each in found] == [
        ("member", "times", 3), ("member_day", "times", 1), ("member_day", "minor", 500), ("day", "minor", 40_000),
        ("total", "times", 1_000), ("total", "minor", 99_900),
    ]  # fmt: skip
    assert found[1].resource.key == f"member_day/times/2026-11-24/{MEMBER}/spring/sale"
    assert [each.asked for each in found] == [3, 1, 500, 2_000, 50, 4_995]
    for each in found:
        assert read_budget(each.resource.key, {"spring/sale": LIMITS}) == each
    assert {each.scope for each in budgets("spring/sale", LIMITS, DAY, None)} == {"day", "total"}


@pytest.mark.parametrize(
    "key",
    [
        "", "total/times///other", "total/times//", "total/times/2026-11-24//spring/sale", "day/times///spring/sale",
        "day/minor/tomorrow//spring/sale", "member/times//nobody/spring/sale", "total/uses///spring/sale",
        "day/minor///spring/sale", "member/times///spring/sale",
    ],
)  # fmt: skip
def test_a_key_that_nothing_funds_is_none(key: str) -> None:
    assert read_budget(key, {"spring/sale": LIMITS}) is None


def test_the_least_of_all_counters_is_left() -> None:
    found = budgets("spring", LIMITS, DAY, MEMBER)
    left = {each.resource: each.cap for each in found}
    assert left_of(found, left.__getitem__).times == 1
    assert left_of(found, left.__getitem__).minor == 500
    left[found[4].resource] = 0
    assert left_of(found, lambda resource: left.get(resource, 0)).times == 0


def test_an_allowance_says_whose_and_of_which_day() -> None:
    resource = allowance(ResourceKind.POINTS, "S/1", DAY)
    assert resource == Resource(ResourceKind.ALLOWANCE, "points/2026-11-24/S/1")
    assert read_allowance(resource.key) == (ResourceKind.POINTS, DAY, "S/1")
    assert read_allowance("points/yesterday/S1") is None
    assert read_allowance("pints/2026-11-24/S1") is None


def test_the_policies_are_written_only_where_they_differ() -> None:
    programme = default_programme()
    assert "spending" not in to_plain(programme)
    assert programme.policy(ResourceKind.POINTS) == Policy(Mode.FLOOR, floor=500)
    spending = Spending(points=Policy(Mode.ESCROW, most=2_000), coupons=Policy(Mode.REFUSE), idle_days=7)
    plain = to_plain(replace(programme, spending=spending))
    assert plain["spending"] == {
        "points": {"mode": "escrow", "most": 2_000},
        "coupons": {"mode": "refuse", "floor": 0, "usual_store": False},
        "idle_days": 7,
    }
    assert plain["format"] == 3
    assert from_plain(plain, strict=True).spending == spending
    assert from_plain({**plain, "spending": {}}, strict=True).spending == DEFAULT_SPENDING


@pytest.mark.parametrize("name", ["budgets", "gifts"])
def test_nobody_can_let_tills_exceed_a_budget(name: str) -> None:
    plain = to_plain(default_programme()) | {"format": 3, "spending": {name: {"mode": "floor"}}}
    with pytest.raises(BadProgramme, match=rf"spending\.{name}\.mode"):
        from_plain(plain)
