"""A coupon's life: used by at most one sale, whatever comes twice, late, out of order or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from shared_models.domain.coupon import REFUSAL_TEXTS, Coupon, CouponRefusal, CouponState, usable
from shared_models.domain.coupon_life import (
    CouponChanged,
    CouponNotHeld,
    CouponRefused,
    Told,
    give_back,
    redeem,
    release,
    reserve,
    told,
    void,
)
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.errors import DomainError
from tests.domain.shop import MEMBER, TODAY
from tests.domain.test_coupon_document import FIVE, PRODUCT

OWN, OTHER, ISSUER = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST, LAST = date(2026, 11, 20), date(2026, 11, 30)
ISSUED = Coupon(UUID(int=9), PRODUCT.id, FIRST, LAST, MEMBER, issued_by=ISSUER)
RESERVED = replace(ISSUED, state=CouponState.RESERVED, reserved_by=OWN, version=1)
REDEEMED = replace(RESERVED, state=CouponState.REDEEMED, version=2)
RETURNED = replace(REDEEMED, state=CouponState.RETURNED, version=3)
VOID = replace(ISSUED, state=CouponState.VOID, version=1)


def held(coupon: Coupon, sale_id: UUID = OWN, seen: int = 0) -> Coupon:
    return reserve(coupon, PRODUCT, sale_id, seen, MEMBER, TODAY)


@pytest.mark.parametrize("why", CouponRefusal)
def test_each_refusal_has_a_sentence(why: CouponRefusal) -> None:
    assert REFUSAL_TEXTS[why].endswith(".")
    assert CouponRefused(why).sentence(str) == REFUSAL_TEXTS[why]


@pytest.mark.parametrize(
    ("coupon", "kind", "member", "sale", "on", "why"),
    [
        (ISSUED, PRODUCT, MEMBER, OWN, FIRST, None),
        (ISSUED, PRODUCT, MEMBER, None, LAST, None),
        (ISSUED, None, MEMBER, OWN, TODAY, CouponRefusal.UNKNOWN),
        (ISSUED, PRODUCT, MEMBER, OWN, date(2026, 11, 19), CouponRefusal.NOT_YET),
        (ISSUED, PRODUCT, MEMBER, OWN, date(2026, 12, 1), CouponRefusal.EXPIRED),
        (ISSUED, PRODUCT, MEMBER, ISSUER, TODAY, CouponRefusal.FROM_THIS_SALE),
        (ISSUED, PRODUCT, OTHER, OWN, TODAY, CouponRefusal.NOT_OWNER),
        (ISSUED, PRODUCT, None, OWN, TODAY, CouponRefusal.NOT_OWNER),
        (replace(ISSUED, member_id=None), PRODUCT, None, OWN, TODAY, CouponRefusal.NOT_OWNER),
        (ISSUED, FIVE, OTHER, OWN, TODAY, None),
        (replace(ISSUED, member_id=None, issued_by=None), FIVE, None, None, TODAY, None),
        (RESERVED, PRODUCT, MEMBER, OWN, TODAY, None),
        (RESERVED, PRODUCT, MEMBER, OTHER, TODAY, CouponRefusal.RESERVED),
        (RESERVED, PRODUCT, MEMBER, None, TODAY, CouponRefusal.RESERVED),
        (REDEEMED, PRODUCT, MEMBER, OWN, TODAY, None),
        (REDEEMED, PRODUCT, MEMBER, OTHER, TODAY, CouponRefusal.USED),
        (RETURNED, PRODUCT, MEMBER, OTHER, TODAY, None),
        (VOID, PRODUCT, MEMBER, OWN, TODAY, CouponRefusal.VOID),
    ],
)
def test_who_may_use_it_when(
    coupon: Coupon, kind: CouponRule | None, member: UUID | None, sale: UUID | None, on: date, why: CouponRefusal | None
) -> None:
    assert usable(coupon, kind, member, sale, on) is why


def test_from_issue_to_use_and_back() -> None:
    assert held(ISSUED) == RESERVED
    assert redeem(RESERVED, OWN) == REDEEMED
    assert give_back(REDEEMED, PRODUCT, OWN, LAST) == RETURNED
    assert held(RETURNED, OTHER, 3) == replace(RETURNED, state=CouponState.RESERVED, reserved_by=OTHER, version=4)
    assert release(RESERVED, OWN, 0) == replace(ISSUED, version=2)


def test_what_comes_twice_is_done() -> None:
    assert held(RESERVED) == RESERVED
    assert held(REDEEMED) == REDEEMED
    assert held(RETURNED, seen=3) == RETURNED, "a sale that gave it back is over"
    assert redeem(REDEEMED, OWN) == REDEEMED
    assert redeem(RETURNED, OWN) == RETURNED
    assert give_back(RETURNED, PRODUCT, OWN, LAST) == RETURNED
    assert void(VOID) == VOID
    free = release(RESERVED, OWN, 0)
    assert release(free, OWN, 0) == free


@pytest.mark.parametrize(
    ("on", "valid_to"),
    [(LAST, LAST), (date(2026, 12, 1), date(2026, 12, 8)), (date(9999, 12, 30), date.max)],
)
def test_a_coupon_that_has_expired_meanwhile_comes_back_for_a_week(on: date, valid_to: date) -> None:
    assert give_back(REDEEMED, PRODUCT, OWN, on) == replace(RETURNED, valid_to=valid_to)


@pytest.mark.parametrize(("days", "valid_to"), [(0, LAST), (1, date(2026, 12, 3)), (30, date(2027, 1, 1))])
def test_the_rule_says_for_how_long_it_comes_back(days: int, valid_to: date) -> None:
    kind = replace(PRODUCT, return_days=days)
    assert give_back(REDEEMED, kind, OWN, date(2026, 12, 2)).valid_to == valid_to
    assert give_back(REDEEMED, kind, OWN, LAST).valid_to == LAST


def test_one_that_does_not_come_back_stays_used() -> None:
    assert give_back(REDEEMED, replace(PRODUCT, comes_back=False), OWN, LAST) == REDEEMED


def test_a_reservation_that_comes_after_its_release_does_nothing() -> None:
    with pytest.raises(CouponChanged):
        held(release(ISSUED, OWN, 0))
    with pytest.raises(CouponChanged):
        held(release(RESERVED, OWN, 0))


def test_a_sale_that_asks_again_holds_it_by_the_later_request() -> None:
    again = held(RESERVED, seen=1)
    assert again == replace(RESERVED, version=2)
    assert release(again, OWN, 0) == again, "the release of the first request comes late"
    with pytest.raises(CouponChanged):
        held(again, seen=0)


def test_a_late_release_does_not_touch_a_later_reservation() -> None:
    again = held(release(RESERVED, OWN, 0), seen=2)
    assert release(again, OWN, 0) == again
    assert release(again, OTHER, 2) == again
    assert release(REDEEMED, OWN, 0) == REDEEMED


@pytest.mark.parametrize("coupon", [ISSUED, RESERVED, RETURNED])
def test_all_that_is_not_used_can_be_cancelled(coupon: Coupon) -> None:
    gone = void(coupon)
    assert gone == replace(coupon, state=CouponState.VOID, reserved_by=None, version=coupon.version + 1)
    assert release(gone, OWN, 0) == gone
    with pytest.raises(CouponRefused) as refused:
        redeem(gone, OWN)
    assert refused.value.why is CouponRefusal.VOID


def test_what_is_refused() -> None:
    with pytest.raises(CouponRefused) as refused:
        held(RESERVED, OTHER)
    assert refused.value.why is CouponRefusal.RESERVED
    with pytest.raises(CouponRefused) as refused:
        void(REDEEMED)
    assert refused.value.why is CouponRefusal.USED
    for coupon in (ISSUED, RESERVED, REDEEMED):
        with pytest.raises(CouponNotHeld):
            redeem(coupon, OTHER)
        with pytest.raises(CouponNotHeld):
            give_back(coupon, PRODUCT, OTHER, TODAY)


class Sales(RuleBasedStateMachine):
    """Tills that want one coupon, and a server that gets their packets in any order, twice or late.

    A till confirms a sale only after the server said that it holds the coupon, and lets go only of a sale that it
    won't confirm. What it has decided it tells until the server has answered, crash or not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.coupon = replace(ISSUED, issued_by=None)
        self.packets: list[tuple[str, UUID, int]] = []
        """All that was ever sent: each may arrive any number of times."""
        self.arrived: set[int] = set()
        self.open: dict[UUID, int] = {}
        """Sales that asked for the coupon, by the version they saw."""
        self.sure: set[UUID] = set()
        self.confirmed: set[UUID] = set()
        self.given_back: set[UUID] = set()
        self.sales = 0

    @rule()
    def ask(self) -> None:
        self.sales += 1
        sale_id = UUID(int=100 + self.sales)
        self.open[sale_id] = self.coupon.version
        self._send("reserve", sale_id, self.coupon.version)

    @precondition(lambda self: any(seen < self.coupon.version for seen in self.open.values()))
    @rule(data=st.data())
    def ask_again_in_the_same_sale(self, data: st.DataObject) -> None:
        """The cashier takes the coupon out of the sale and puts it in again."""
        sale_id = data.draw(
            st.sampled_from(sorted(each for each, seen in self.open.items() if seen < self.coupon.version))
        )
        self._send("release", sale_id, self.open[sale_id])
        self.sure.discard(sale_id)
        self.open[sale_id] = self.coupon.version
        self._send("reserve", sale_id, self.coupon.version)

    @precondition(lambda self: self.packets)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        self._arrive(data.draw(st.integers(0, len(self.packets) - 1)))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        """The payment fails, the sale is cancelled, or the till comes up after a crash and finds it unconfirmed."""
        sale_id = data.draw(st.sampled_from(sorted(self.open)))
        self._send("release", sale_id, self.open.pop(sale_id))
        self.sure.discard(sale_id)

    @precondition(lambda self: self.sure)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        sale_id = data.draw(st.sampled_from(sorted(self.sure)))
        self.sure.discard(sale_id)
        del self.open[sale_id]
        self.confirmed.add(sale_id)
        self._send("redeem", sale_id, 0)

    @precondition(lambda self: self.confirmed - self.given_back and not self._under_way())
    @rule()
    def take_back(self) -> None:
        """The goods come back, once the server knows of the sale."""
        (sale_id,) = self.confirmed - self.given_back
        self.given_back.add(sale_id)
        self._send("give_back", sale_id, 0)

    @invariant()
    def no_two_sales_have_it(self) -> None:
        assert len(self.confirmed - self.given_back) <= 1
        assert not (self.confirmed - self.given_back and self.sure)

    @invariant()
    def only_a_confirmed_sale_uses_it_up(self) -> None:
        if self.coupon.state is CouponState.REDEEMED:
            assert self.coupon.reserved_by in self.confirmed

    @invariant()
    def once_all_is_told_it_is_used_if_and_only_if_one_sale_has_it(self) -> None:
        if self._under_way():
            return
        assert (self.coupon.state is CouponState.REDEEMED) == (len(self.confirmed - self.given_back) == 1)
        if not self.open:
            assert self.coupon.state is not CouponState.RESERVED, "nobody is left who would let it go"

    def teardown(self) -> None:
        """Everything arrives in the end: again, and the last first."""
        for sale_id, seen in self.open.items():
            self._send("release", sale_id, seen)
        self.open.clear()
        self.sure.clear()
        for _ in range(2):
            for place in reversed(range(len(self.packets))):
                self._arrive(place)
        self.once_all_is_told_it_is_used_if_and_only_if_one_sale_has_it()

    def _send(self, what: str, sale_id: UUID, seen: int) -> None:
        self.packets.append((what, sale_id, seen))

    def _under_way(self) -> bool:
        return len(self.arrived) < len(self.packets)

    def _arrive(self, place: int) -> None:
        what, sale_id, seen = self.packets[place]
        self.arrived.add(place)
        before = self.coupon
        try:
            match what:
                case "reserve":
                    self.coupon = reserve(before, PRODUCT, sale_id, seen, MEMBER, TODAY)
                    if self.open.get(sale_id) == seen:
                        self.sure.add(sale_id)
                case "release":
                    self.coupon = release(before, sale_id, seen)
                case "redeem":
                    self.coupon = redeem(before, sale_id)
                case _:
                    self.coupon = give_back(before, PRODUCT, sale_id, TODAY)
        except DomainError:
            assert self.coupon is before


def test_it_is_used_if_and_only_if_one_confirmed_sale_has_it() -> None:
    run_state_machine_as_test(Sales, settings=settings(max_examples=100, stateful_step_count=30, deadline=None))


@pytest.mark.parametrize(
    ("coupon", "after", "disputed"),
    [
        (ISSUED, replace(REDEEMED, version=1), None),
        (RESERVED, REDEEMED, None),
        (replace(RESERVED, reserved_by=OTHER), REDEEMED, None),
        (RETURNED, replace(REDEEMED, version=4), None),
        (REDEEMED, REDEEMED, None),
        (replace(REDEEMED, reserved_by=OTHER), replace(REDEEMED, reserved_by=OTHER), CouponRefusal.USED),
        (VOID, VOID, CouponRefusal.VOID),
    ],
)
def test_a_use_that_nobody_could_reserve_is_booked_whatever_became_of_the_coupon(
    coupon: Coupon, after: Coupon, disputed: CouponRefusal | None
) -> None:
    assert told(coupon, OWN) == Told(after, disputed)
    assert told(told(coupon, OWN).coupon, OWN) == Told(after, disputed), "and once more changes nothing"
