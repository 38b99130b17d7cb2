"""Stored value and coupons that the server lends: two tills, apart, with a real server."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from pos_client.app.refusals import CouponNotHere, NotThatMuchHere
from pos_client.app.views import StoredValueTender
from pos_client.store.database import DiskFull
from pos_client.sync.client import Refused
from shared_models.domain.coupon_life import CouponRefused
from shared_models.domain.leases import NotLent
from shared_models.domain.spending_rules import ResourceKind
from shared_models.domain.stored_value_facts import account_id
from shared_models.orm import server as tables
from shared_models.wire.state import StoreDoc
from sync_server import lending, people, setup, value_desk
from sync_server.errors import BadInput
from tests.pos_client.world import COLA, MILK, RICE, TillAtWork, World, import_member
from tests.sync_server import valuables
from tests.sync_server.tables import rows

NUMBER = "00000042"
RETRY_MS = 61_000


@pytest.fixture
def lei(world: World) -> UUID:
    """A member of store A, in a shop with a store B."""
    setup.create_store(world.server, StoreDoc(id="B", names={"en": "B"}, address=[], currency="CNY", timezone="UTC"))
    setup.publish_programme(world.server, valuables.programme())
    return import_member(world, 42, "李雷", "13800138042")


@pytest.fixture
def tills(world: World, lei: UUID) -> list[TillAtWork]:
    found = [world.open("one"), world.open("two")]
    for till in found:
        till.sync()
        till.start_day()
    return found


def publish(world: World, **spending: Any) -> None:
    setup.publish_programme(world.server, valuables.programme(3, spending=spending))


def pay_in(world: World, minor: int) -> None:
    """At head office: at no till."""
    value_desk.correct_stored_value(world.server, UUID(int=minor), NUMBER, minor, reason="gift card", by="li")


def serve(till: TillAtWork, member: UUID, code: str = RICE.codes[0]) -> None:
    """Goods and the member, online: what the till is lent is there then."""
    till.till.enter(code)
    till.till.attach_member(member)
    till.sync()


def offered(till: TillAtWork) -> StoredValueTender:
    found = till.till.start_payment().stored_value
    assert found is not None
    return found


def pay(till: TillAtWork, minor: int) -> None:
    till.pay(till.till.pay_stored_value(minor).due_minor)


def sentence(till: TillAtWork, work: Callable[[], object]) -> str:
    with pytest.raises((NotThatMuchHere, CouponNotHere)) as refused:
        work()
    return refused.value.sentence(str, lambda minor: f"{int(minor) / 100:.2f}")


def lease_rows(world: World) -> list[tuple[Any, ...]]:
    return sorted(rows(world.server, tables.lease, "kind", "amount", "used", "state"))


def at_server(world: World, member: UUID) -> int:
    found = rows(world.server, tables.stored_value_entry, "account_id", "principal_minor", "bonus_minor")
    return sum(principal + bonus for account, principal, bonus in found if account == account_id(member))


def alerts(world: World) -> list[str]:
    return [kind for (kind,) in rows(world.server, tables.alert, "kind")]


def issue(world: World, *tills: TillAtWork, batch: int = 1) -> UUID:
    made = value_desk.issue_coupons(
        world.server, UUID(int=batch), valuables.FIVE_OFF, by="li", member_number=NUMBER, count=1
    )
    for till in tills:
        till.sync()
    return made[0].coupon.id


# stored value


def test_two_tills_apart_never_overspend_what_one_of_them_was_lent(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    pay_in(world, 400_00)
    for till in tills:
        till.sync()
    serve(one, lei)
    two.sync()
    one.wire.cut = two.wire.cut = True
    found = offered(one)
    assert (found.max_minor, found.balance_minor, found.why) == (300_00, 400_00, None)
    pay(one, 300_00)
    two.till.enter(RICE.codes[0])
    two.till.attach_member(lei)
    found = offered(two)
    assert (found.max_minor, found.balance_minor) == (0, 400_00)
    said = sentence(two, lambda: two.till.pay_stored_value(1))
    assert said.startswith("Stored value: another till holds it, here 0.00 can be spent.")
    two.pay(300_00)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(lei)
    assert offered(one).max_minor == 100_00
    pay(one, 100_00)
    one.wire.cut = two.wire.cut = False
    for till in (one, two, one):
        till.sync()
    assert at_server(world, lei) == 0
    assert lease_rows(world) == [("stored_value", 400_00, 400_00, "returned")]
    assert alerts(world) == []


def test_without_a_lease_nothing_is_spent_and_the_cashier_is_told_what_to_do(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, _ = tills
    pay_in(world, 100_00)
    one.sync()
    one.wire.cut = True
    one.till.enter(MILK.codes[0])
    one.till.attach_member(lei)
    found = offered(one)
    assert found.max_minor == 0
    assert found.why is not None
    said = "Stored value: this till was lent 0.00, and without the server it gets no more. Take the rest in cash."
    assert sentence(one, lambda: one.till.pay_stored_value(1)) == said
    assert found.why.template != ""


def test_a_member_who_shows_up_elsewhere_calls_it_back(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, two = tills
    pay_in(world, 100_00)
    for till in tills:
        till.sync()
    serve(one, lei)
    one.till.void_sale()
    two.sync()
    serve(two, lei)
    assert two.parts.journal.leases.held() == []
    one.sync()
    assert one.parts.journal.leases.held() == []
    world.clock.ms += RETRY_MS
    two.sync()
    assert offered(two).max_minor == 100_00
    pay(two, 100_00)
    two.sync()
    assert (at_server(world, lei), alerts(world)) == (0, [])


def test_while_the_member_is_there_it_is_asked_for_again_soon_and_then_ever_less(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    pay_in(world, 100_00)
    for till in tills:
        till.sync()
    serve(one, lei)
    one.wire.cut = True
    two.sync()
    serve(two, lei)
    asked = []
    for second in range(5, 200, 5):
        world.clock.ms += 5_000
        if two.parts.counter.lending.wants_anything():
            asked.append(second)
        two.sync()
    assert asked == [5, 10, 15, 25, 45, 80, 140]
    one.till.void_sale()
    one.wire.cut = False
    one.sync()
    world.clock.ms += RETRY_MS
    two.sync()
    assert offered(two).max_minor == 100_00


def test_what_pays_for_the_sale_in_hand_is_not_given_back(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, two = tills
    pay_in(world, 100_00)
    for till in tills:
        till.sync()
    serve(one, lei)
    one.till.start_payment()
    due = one.till.pay_stored_value(100_00)
    serve(two, lei)
    one.sync()
    assert len(one.parts.journal.leases.held()) == 1
    one.pay(due.due_minor)
    one.sync()
    assert lease_rows(world) == [("stored_value", 100_00, 100_00, "returned")]
    assert (at_server(world, lei), alerts(world)) == (0, [])


def test_what_was_paid_in_at_a_till_is_its_own_until_another_needs_it(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    for till in tills:
        till.wire.cut = True
        till.till.attach_member(lei)
        till.till.load_stored_value(100_00, 100_00)
    one.till.enter(RICE.codes[0])
    assert offered(one).max_minor == 110_00
    pay(one, 60_00)
    for till in tills:
        till.wire.cut = False
        till.sync()
    assert lease_rows(world) == [("stored_value", 110_00, 0, "open"), ("stored_value", 110_00, 60_00, "open")]
    one.sync()
    one.till.enter(RICE.codes[0])
    one.till.attach_member(lei)
    found = offered(one)
    assert (found.max_minor, found.balance_minor) == (50_00, 160_00), "the rest is at the other till"
    one.sync()
    two.till.void_sale()
    two.sync()
    world.clock.ms += RETRY_MS
    one.sync()
    assert one.till.tender().stored_value is not None
    pay(one, 160_00)
    one.sync()
    assert (at_server(world, lei), alerts(world)) == (0, [])


def test_a_lost_till_is_written_off_and_heard_when_it_comes_back(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    lost, other = tills
    pay_in(world, 300_00)
    for till in tills:
        till.sync()
    serve(lost, lei)
    lost.wire.cut = True
    lost.till.start_payment()
    pay(lost, 300_00)
    other.sync()
    serve(other, lei)
    assert offered(other).max_minor == 0
    exposed = lending.write_off(world.server, lost.parts.journal.identity.incarnation)
    assert exposed == {ResourceKind.STORED_VALUE: 300_00}
    world.clock.ms += RETRY_MS
    other.sync()
    assert other.till.tender().stored_value is not None
    pay(other, 300_00)
    other.sync()
    assert at_server(world, lei) == 0
    lost.wire.cut = False
    with pytest.raises(Refused):
        lost.sync()
    assert at_server(world, lei) == -exposed[ResourceKind.STORED_VALUE], "never more than was written off"
    assert {"lease-written-off", "lease-exceeded", "stored-value-overspent"} <= set(alerts(world))


def test_a_restored_server_hears_of_a_load_before_it_lends_of_it(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    backup = world.backup()
    one.till.attach_member(lei)
    one.till.load_stored_value(100_00, 100_00)
    one.sync()
    before = lease_rows(world)
    world.restore(backup, one.wire, two.wire)
    assert lease_rows(world) == []
    one.sync()
    two.sync()
    assert lease_rows(world) == before == [("stored_value", 110_00, 0, "open")]
    serve(two, lei)
    assert two.parts.journal.leases.held() == []


def test_a_full_disk_leaves_lease_and_sale_together(
    world: World, tills: list[TillAtWork], lei: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = tills
    pay_in(world, 100_00)
    one.sync()
    serve(one, lei)
    one.till.start_payment()
    due = one.till.pay_stored_value(100_00)
    queue, head = one.parts.journal.print_queue, one.parts.journal.head

    def full(*_: object) -> None:
        raise DiskFull

    with monkeypatch.context() as broken:
        broken.setattr(type(queue), "queue", full)
        with pytest.raises(DiskFull):
            one.till.pay_cash(due.due_minor)
    (held,) = one.parts.journal.leases.held()
    assert (held.held.left, one.parts.journal.head) == (100_00, head)
    one.pay(due.due_minor)
    assert [each.held.left for each in one.parts.journal.leases.held()] == [0]


def test_the_stores_allowance_of_the_day_bounds_all_members_together(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, _ = tills
    publish(world, stored_value={"mode": "floor", "floor": 200_00, "per_day": 1_000_00})
    pay_in(world, 500_00)
    one.sync()
    one.sync()
    one.wire.cut = True
    one.till.enter(RICE.codes[0])
    one.till.attach_member(lei)
    found = offered(one)
    assert found.max_minor == 50_00, "a twentieth of it"
    assert sentence(one, lambda: one.till.pay_stored_value(50_01)).startswith("Stored value: without the server")
    pay(one, 50_00)
    one.wire.cut = False
    one.sync()
    assert ("allowance", 50_00, 50_00, "returned") in lease_rows(world)
    assert alerts(world) == []


def test_by_refuse_it_takes_the_server_each_time(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    publish(world, stored_value={"mode": "refuse"})
    pay_in(world, 100_00)
    one.sync()
    serve(one, lei)
    assert offered(one).max_minor == 100_00
    pay(one, 60_00)
    one.wire.cut = True
    one.till.enter(RICE.codes[0])
    one.till.attach_member(lei)
    assert offered(one).max_minor == 0
    one.till.back_to_sale()
    one.till.load_stored_value(10_00, 10_00)
    assert offered(one).max_minor == 0
    one.till.back_to_sale()
    one.till.void_sale()
    one.wire.cut = False
    one.sync()
    assert [row[3] for row in lease_rows(world)] == ["returned"]


def test_head_office_takes_nothing_that_tills_hold(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    pay_in(world, 100_00)
    one.sync()
    serve(one, lei)
    one.till.void_sale()
    with pytest.raises(BadInput, match="called back"):
        value_desk.correct_stored_value(world.server, UUID(int=9), NUMBER, -1_00, reason="x", by="li")
    one.sync()
    held = value_desk.correct_stored_value(world.server, UUID(int=9), NUMBER, -1_00, reason="x", by="li")
    assert held.principal_minor == 99_00


# coupons


def presented(till: TillAtWork, member: UUID, coupon_id: UUID) -> int:
    till.till.enter(MILK.codes[0])
    till.till.attach_member(member)
    till.till.present_coupon(coupon_id)
    return till.till.sale().total_minor


def test_away_from_home_a_coupon_is_lent_for_the_sale_in_hand(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    home, _ = tills
    away = world.open("three", store_id="B")
    coupon_id = issue(world, home, away)
    setup.save_staff(world.server, "c9", "B", "Han", "cashier", "2468")
    away.sync()
    away.till.sign_in("c9", "2468")
    away.till.open_shift(0)
    away.wire.cut = True
    with pytest.raises(CouponNotHere):
        presented(away, lei, coupon_id)
    said = sentence(away, lambda: away.till.present_coupon(coupon_id))
    assert said.startswith("Here this coupon can be used only once the server has lent it to this till.")
    away.wire.cut = False
    away.sync()
    away.till.present_coupon(coupon_id)
    assert away.till.sale().total_minor == 7_50
    home.sync()
    home.wire.cut = True
    said = sentence(home, lambda: presented(home, lei, coupon_id))
    assert said.startswith("Another till holds this coupon.")
    home.till.void_sale()
    away.till.start_payment()
    away.pay(7_50)
    home.wire.cut = False
    away.sync()
    home.sync()
    assert lease_rows(world) == [("coupon", 1, 1, "returned")]
    with pytest.raises(CouponRefused):
        presented(home, lei, coupon_id)
    assert alerts(world) == []


def test_a_coupon_that_was_not_used_comes_back(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    home, _ = tills
    away = world.open("three", store_id="B")
    coupon_id = issue(world, home, away)
    setup.save_staff(world.server, "c9", "B", "Han", "cashier", "2468")
    away.sync()
    away.till.sign_in("c9", "2468")
    away.till.open_shift(0)
    serve(away, lei)
    assert [each.resource.kind for each in away.parts.journal.leases.held()] == [
        ResourceKind.STORED_VALUE, ResourceKind.COUPON,
    ][1:]  # fmt: skip
    away.till.void_sale()
    away.sync()
    home.sync()
    assert lease_rows(world) == [("coupon", 1, 0, "returned")]
    assert presented(home, lei, coupon_id) == 7_50


def test_in_escrow_a_coupon_and_a_leaflet_are_at_one_till(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, two = tills
    publish(world, coupons={"mode": "escrow"})
    coupon_id = issue(world, one, two)
    leaflet = value_desk.issue_coupons(world.server, UUID(int=9), valuables.LEAFLET, by="li")[0]
    for till in tills:
        till.sync()
    serve(one, lei, MILK.codes[0])
    with pytest.raises(CouponNotHere):
        one.till.enter(leaflet.code)
    one.sync()
    two.sync()
    one.wire.cut = two.wire.cut = True
    one.till.present_coupon(coupon_id)
    two.till.enter(MILK.codes[0])
    for code in (coupon_id, leaflet.coupon.id):
        two.till.attach_member(lei)
        assert sentence(two, partial(two.till.present_coupon, code)).startswith("Another till holds")
    one.till.start_payment()
    one.pay(7_50)
    one.till.enter(MILK.codes[0])
    one.till.enter(leaflet.code)
    one.till.start_payment()
    one.pay(10_50)
    one.wire.cut = two.wire.cut = False
    one.sync()
    two.sync()
    assert lease_rows(world) == [("coupon", 1, 1, "returned")] * 2
    assert alerts(world) == []


def test_a_coupon_is_not_confirmed_once_its_lease_is_gone(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    publish(world, coupons={"mode": "escrow"})
    coupon_id = issue(world, one)
    serve(one, lei, MILK.codes[0])
    one.till.present_coupon(coupon_id)
    one.till.start_payment()
    leases, head = one.parts.journal.leases, one.parts.journal.head
    with one.parts.journal.database.transaction():
        leases.end(leases.held()[0].id, head.number)
    with pytest.raises((CouponNotHere, NotLent)):
        one.till.pay_cash(7_50)
    assert one.parts.journal.head == head
    one.till.back_to_sale()
    one.till.take_back_coupon(coupon_id)
    one.till.start_payment()
    one.pay(12_50)


def test_a_till_of_an_older_programme_keeps_to_it_and_gives_back_what_the_new_one_does_not_lend(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, _ = tills
    pay_in(world, 100_00)
    one.sync()
    serve(one, lei, COLA.codes[0])
    publish(world, **valuables.BY_FLOOR)
    one.sync()
    one.sync()
    assert lease_rows(world) == [("stored_value", 100_00, 0, "returned")]
    assert offered(one).max_minor == 3_00
    pay(one, 3_00)
    one.sync()
    assert (at_server(world, lei), alerts(world)) == (97_00, [])


# members who are one person


def test_joined_members_spend_what_both_have_with_either_card(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, other = tills
    mei = import_member(world, 43, "李梅", "13800138043")
    pay_in(world, 100_00)
    other.sync()
    other.wire.cut = True
    other.till.attach_member(mei)
    other.till.load_stored_value(50_00, 50_00)
    other.till.detach_member()
    people.join(world.server, lei, mei, "ann")
    one.sync()
    serve(one, mei)
    assert offered(one).balance_minor == 100_00
    pay(one, 20_00)
    one.sync()
    other.wire.cut = False
    other.sync()
    other.sync()
    shown = other.parts.counter.books.valuables.stored_value(lei)
    assert (shown.held.principal_minor, shown.own) == (130_00, ()), "once, though it was paid in under the other name"
    assert other.parts.journal.database.all("SELECT * FROM value_effect") == []
    one.sync()
    serve(one, mei)
    other.sync()
    world.clock.ms += RETRY_MS
    one.sync()
    found = offered(one)
    assert (found.max_minor, found.balance_minor) == (130_00, 130_00)
    pay(one, 130_00)
    people.part(world.server, lei, mei, "ann")
    one.sync()
    one.sync()
    assert [at_server(world, each) for each in (lei, mei)] == [-50_00, 50_00]
    balances = [one.parts.counter.books.valuables.stored_value(each).held.principal_minor for each in (lei, mei)]
    assert balances == [-50_00, 50_00]
    assert alerts(world) == []


def test_a_coupon_of_either_is_taken_with_either_card(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    mei = import_member(world, 43, "李梅", "13800138043")
    coupon = issue(world)
    people.join(world.server, mei, lei, "ann")
    one.sync()
    serve(one, lei)
    member = one.till.sale().member
    assert member is not None
    assert [each.id for each in member.coupons] == [coupon]
    one.till.present_coupon(coupon)
    confirmed = one.pay(one.till.start_payment().due_minor)
    assert confirmed.total_minor == 300_00 - 5_00
    one.sync()
    assert alerts(world) == []


# a restored server


def test_a_lease_used_up_before_the_restore_was_noticed_is_shown(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    pay_in(world, 100_00)
    for till in tills:
        till.sync()
    backup = world.backup()
    serve(one, lei)
    one.wire.cut = True
    assert offered(one).max_minor == 100_00
    pay(one, 100_00)
    world.restore(backup, one.wire, two.wire)
    one.wire.cut = False
    one.sync()
    one.sync()
    assert lease_rows(world) == [("stored_value", 100_00, 100_00, "returned")]
    assert at_server(world, lei) == 0
    two.sync()
    serve(two, lei)
    assert offered(two).balance_minor == 0
