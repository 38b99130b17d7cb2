"""Stored value and coupons at tills that reach the server only now and then."""

from __future__ import annotations

from uuid import UUID

import pytest

from pos_client.app import spending
from pos_client.app.refusals import (
    BadAmount,
    NoMemberToPay,
    NotThatMuchHere,
    SpendingStale,
    SpendingStopped,
    StoredValueClosed,
    UnknownCoupon,
    UnknownMember,
)
from pos_client.app.views import EnteredKind, MemberView, Source
from pos_client.sync.client import Unreachable
from shared_models.domain import coupon_code
from shared_models.domain.coupon import CouponRefusal, CouponState
from shared_models.domain.coupon_code import ForgedCoupon
from shared_models.domain.coupon_life import CouponRefused
from shared_models.domain.coupon_token import BadCouponToken
from shared_models.domain.receipt import Pair
from shared_models.domain.sale import SaleConfirmed, TenderKind
from shared_models.domain.spending import Why
from shared_models.domain.stored_value_facts import account_id
from shared_models.domain.stored_value_refused import (
    BalanceTooLarge,
    LoadTooLarge,
    NotEnoughStoredValue,
    StoredValueFrozen,
)
from shared_models.domain.tender import NothingDue, TenderTooLarge, TenderTooSmall
from shared_models.orm import server as tables
from shared_models.wire.facts import decode
from shared_models.wire.state import StoreDoc
from sync_server import setup, value_desk
from tests.pos_client.world import BREAD, CASHIER, COLA, MILK, PIN, RICE, TillAtWork, World, import_member
from tests.sync_server import valuables
from tests.sync_server.tables import rows

DAY_MS = 24 * 3_600_000
NUMBER = "00000042"


@pytest.fixture
def lei(world: World, counter: TillAtWork) -> UUID:
    """A member of this store, and a programme with stored value and coupons."""
    setup.publish_programme(world.server, valuables.programme())
    member = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    return member


@pytest.fixture
def other(world: World, counter: TillAtWork) -> TillAtWork:
    """Another till of the store."""
    till = world.open("two")
    till.sync()
    return till.start_day()


@pytest.fixture
def by_floor(world: World, counter: TillAtWork, lei: UUID) -> None:
    """Stored value up to ¥200 per member and till, none lent."""
    setup.publish_programme(world.server, valuables.programme(3, spending=valuables.BY_FLOOR))
    counter.sync()


def load(till: TillAtWork, member: UUID, minor: int) -> None:
    till.till.attach_member(member)
    till.till.load_stored_value(minor, minor)
    till.till.void_sale()


def buy(till: TillAtWork, member: UUID, *codes: str, minor: int | None = None) -> SaleConfirmed:
    """Paid with stored value, the rest in cash."""
    for code in codes:
        till.till.enter(code)
    till.till.attach_member(member)
    till.till.start_payment()
    due = till.till.pay_stored_value(minor)
    till.pay(due.due_minor)
    return last_sale(till)


def last_sale(till: TillAtWork) -> SaleConfirmed:
    facts = till.parts.outbox.batch(till.parts.journal.head.number - 1, 1, 10**6).facts
    found = decode(facts[0])
    assert isinstance(found, SaleConfirmed)
    return found


def shown(till: TillAtWork, member: UUID) -> MemberView:
    counter = till.parts.counter
    known = counter.books.shop.member(member)
    assert known is not None
    return till.till._members.view(known)


def balance(till: TillAtWork, member: UUID) -> int:
    view = shown(till, member).stored_value
    assert view is not None
    return view.balance_minor


def at_server(world: World, member: UUID) -> int:
    """The sum of all entries."""
    found = rows(world.server, tables.stored_value_entry, "account_id", "principal_minor", "bonus_minor")
    return sum(principal + bonus for account, principal, bonus in found if account == account_id(member))


def alerts(world: World) -> list[str]:
    return [kind for (kind,) in rows(world.server, tables.alert, "kind")]


def issue(world: World, *tills: TillAtWork, count: int = 1, batch: int = 1, store_id: str = "") -> list[UUID]:
    made = value_desk.issue_coupons(
        world.server, UUID(int=batch), valuables.FIVE_OFF, by="li", member_number=NUMBER, count=count, store_id=store_id
    )
    for till in tills:
        till.sync()
    return [each.coupon.id for each in made]


# stored value


def test_what_is_paid_in_offline_can_be_spent_at_once_and_is_counted_once(
    world: World, counter: TillAtWork, lei: UUID
) -> None:
    counter.wire.cut = True
    counter.till.attach_member(lei)
    shift = counter.till.shift()
    assert shift is not None
    cash_before = shift.cash_minor
    done = counter.till.load_stored_value(500_00, 600_00)
    assert (done.amount_minor, done.bonus_minor, done.balance_minor, done.change_minor) == (
        500_00, 10_00, 510_00, 100_00,
    )  # fmt: skip
    shift = counter.till.shift()
    assert shift is not None
    assert (shift.cash_minor - cash_before, shift.sales, shift.takings_minor) == (500_00, 0, 0)
    sold = buy(counter, lei, RICE.codes[0], BREAD.codes[0])
    (payment,) = sold.payments
    assert (payment.kind, payment.amount_minor, payment.bonus_minor) == (TenderKind.STORED_VALUE, 308_00, 6_04)
    assert sum(lot.minor for lot in payment.lots) == 6_04
    assert balance(counter, lei) == 202_00
    counter.wire.cut = False
    for _ in range(2):
        counter.sync()
        assert balance(counter, lei) == at_server(world, lei) == 202_00
    assert counter.parts.journal.database.all("SELECT * FROM value_effect") == []
    assert alerts(world) == []
    assert counter.till.close_shift(shift.cash_minor).over_short_minor == 0


def test_split_with_points_and_cash_and_chosen_again(counter: TillAtWork, lei: UUID) -> None:
    load(counter, lei, 10_00)
    counter.till.enter(MILK.codes[0])
    counter.till.attach_member(lei)
    due = counter.till.start_payment()
    assert due.stored_value is not None
    assert (due.stored_value.max_minor, due.stored_value.balance_minor, due.stored_value.why) == (10_00, 10_00, None)
    assert counter.till.pay_stored_value(4_00).due_minor == 8_50
    assert counter.till.pay_stored_value().due_minor == 2_50
    with pytest.raises(NotEnoughStoredValue):
        counter.till.pay_stored_value(10_01)
    with pytest.raises(TenderTooLarge):
        counter.till.pay_stored_value(12_51)
    assert [each.amount_minor for each in counter.till.tender().paid] == [10_00]
    counter.pay(2_50)
    document = counter.parts.journal.print_queue.last_receipt()
    assert document is not None
    assert {("Stored value", "10.00"), ("Stored value left", "0.00")} <= {
        (block.left, block.right) for block in document.blocks if isinstance(block, Pair)
    }


def test_who_and_what_cannot_pay(world: World, counter: TillAtWork, lei: UUID) -> None:
    counter.till.enter(MILK.codes[0])
    counter.till.start_payment()
    with pytest.raises(NoMemberToPay):
        counter.till.pay_stored_value(1)
    counter.till.back_to_sale()
    counter.till.attach_member(lei)
    due = counter.till.start_payment()
    assert due.stored_value is not None
    assert due.stored_value.why is not None
    assert due.stored_value.why.code == "not_enough_stored_value"
    with pytest.raises(NotEnoughStoredValue):
        counter.till.pay_stored_value()
    counter.till.back_to_sale()
    counter.till.load_stored_value(100_00, 100_00)
    counter.till.start_payment()
    counter.till.pay_stored_value()
    with pytest.raises(NothingDue):
        counter.till.pay_cash(1)
    counter.pay(0)
    value_desk.freeze_stored_value(world.server, UUID(int=1), NUMBER, frozen=True, reason="lost", by="li")
    counter.sync()
    counter.till.enter(COLA.codes[0])
    counter.till.attach_member(lei)
    due = counter.till.start_payment()
    assert due.stored_value is not None
    assert due.stored_value.why is not None
    assert due.stored_value.why.code == "stored_value_frozen"
    with pytest.raises(StoredValueFrozen):
        counter.till.pay_stored_value(1)
    world.clock.ms += 15 * DAY_MS
    with pytest.raises((SpendingStale, StoredValueFrozen)):
        counter.till.pay_stored_value(1)


@pytest.mark.parametrize(("key", "value"), [("unread", "1"), ("standing", "frozen"), ("standing", "retired")])
def test_a_till_that_is_out_of_line_takes_none(counter: TillAtWork, lei: UUID, key: str, value: str) -> None:
    """The server can't read a fact of it, or there is another journal or device in its place."""
    load(counter, lei, 100_00)
    with counter.parts.journal.database.transaction():
        counter.parts.journal.meta.put(key, value)
    counter.till.enter(MILK.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    with pytest.raises(SpendingStopped):
        counter.till.pay_stored_value(1)
    assert balance(counter, lei) == 110_00, "what was paid in, and its bonus"


def test_loading_is_refused_and_changes_nothing(world: World, counter: TillAtWork, lei: UUID) -> None:
    head = counter.parts.journal.head
    with pytest.raises(UnknownMember):
        counter.till.load_stored_value(10_00, 10_00)
    counter.till.attach_member(lei)
    for wrong, error in (((10_00, 9_99), TenderTooSmall), ((10_000_01, 10_000_01), LoadTooLarge)):
        with pytest.raises(error):
            counter.till.load_stored_value(*wrong)
    document = {**valuables.programme(3), "cash_rounding_minor": 5}
    document["stored_value"] = {"most_balance_minor": 50_00}
    setup.publish_programme(world.server, document)
    counter.sync()
    with pytest.raises(BadAmount):
        counter.till.load_stored_value(10_02, 20_00)
    with pytest.raises(BalanceTooLarge):
        counter.till.load_stored_value(50_05, 50_05)
    document = valuables.programme(4)
    del document["stored_value"]
    setup.publish_programme(world.server, document)
    counter.sync()
    with pytest.raises(StoredValueClosed):
        counter.till.load_stored_value(10_00, 10_00)
    assert counter.parts.journal.head == head


@pytest.mark.usefixtures("by_floor")
def test_two_tills_offline_overspend_by_no_more_than_the_floor(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    load(counter, lei, 300_00)
    counter.sync()
    other.sync()
    counter.wire.cut = other.wire.cut = True
    for till in (counter, other):
        assert balance(till, lei) == 310_00
        till.till.enter(RICE.codes[0])
        till.till.attach_member(lei)
        due = till.till.start_payment()
        assert due.stored_value is not None
        assert due.stored_value.max_minor == 200_00
        assert due.stored_value.why is not None
        with pytest.raises(NotThatMuchHere):
            till.till.pay_stored_value(200_01)
        till.pay(till.till.pay_stored_value().due_minor)
        assert balance(till, lei) == 110_00
        till.till.enter(COLA.codes[0])
        till.till.attach_member(lei)
        till.till.start_payment()
        with pytest.raises(NotThatMuchHere):
            till.till.pay_stored_value(1)
        till.pay(3_00)
    counter.wire.cut = other.wire.cut = False
    for till in (counter, other, counter):
        till.sync()
    assert balance(counter, lei) == balance(other, lei) == at_server(world, lei) == -90_00
    assert alerts(world) == ["stored-value-overspent"]


@pytest.mark.usefixtures("by_floor")
def test_a_sync_that_tells_of_a_purchase_elsewhere_stops_the_payment(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    load(counter, lei, 100_00)
    counter.sync()
    other.sync()
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    due = counter.till.pay_stored_value(100_00)
    buy(other, lei, MILK.codes[0])
    other.sync()
    counter.sync()
    head = counter.parts.journal.head
    with pytest.raises(NotEnoughStoredValue):
        counter.till.pay_cash(due.due_minor)
    assert counter.parts.journal.head == head
    assert counter.till.pay_stored_value().due_minor == 300_00 - 97_50


def test_lost_answers_and_a_restored_server_count_everything_once(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    load(counter, lei, 100_00)
    counter.sync()
    backup = world.backup()
    (coupon_id,) = issue(world, counter, other)
    buy(counter, lei, MILK.codes[0])
    counter.wire.lose_answers = 1
    with pytest.raises(Unreachable):
        counter.sync()
    counter.sync()
    counter.till.attach_member(lei)
    counter.till.present_coupon(coupon_id)
    counter.sell(RICE.codes[0], member=lei)
    counter.sync()
    other.sync()
    assert balance(counter, lei) == balance(other, lei) == 97_50
    world.restore(backup, counter.wire, other.wire)
    for till in (counter, other, counter, other):
        till.sync()
    assert balance(counter, lei) == balance(other, lei) == at_server(world, lei) == 97_50
    told = [kind for kind in alerts(world) if kind != "epoch-raised"]
    assert told == ["coupon-unknown"], "the server's own fact is gone, the till's use isn't"
    known = counter.parts.counter.books.valuables.coupon(coupon_id)
    assert known is not None
    assert known.coupon.state is CouponState.REDEEMED


# coupons


def presented(till: TillAtWork, member: UUID, coupon_id: UUID) -> int:
    """The total with the coupon, on milk."""
    till.till.enter(MILK.codes[0])
    till.till.attach_member(member)
    till.till.present_coupon(coupon_id)
    return till.till.sale().total_minor


def test_a_members_coupon_is_chosen_used_and_gone_from_the_list(world: World, counter: TillAtWork, lei: UUID) -> None:
    first, second = issue(world, counter, count=2)
    assert presented(counter, lei, first) == 7_50
    view = counter.till.sale()
    assert [(each.id, each.off_minor, each.why) for each in view.coupons] == [(first, 5_00, None)]
    assert view.member is not None
    assert {each.id: each.in_sale for each in view.member.coupons} == {first: True, second: False}
    assert {each.name for each in view.coupons} == {"¥5 off"}
    counter.till.take_back_coupon(first)
    assert counter.till.sale().total_minor == 12_50
    counter.till.present_coupon(first)
    counter.till.present_coupon(first)
    counter.till.start_payment()
    counter.pay(7_50)
    assert [(each.id, each.off_minor) for each in last_sale(counter).coupons] == [(first, 5_00)]
    counter.till.attach_member(lei)
    with pytest.raises(CouponRefused) as refused:
        counter.till.present_coupon(first)
    assert refused.value.why is CouponRefusal.USED
    for _ in range(2):
        assert [each.id for each in shown(counter, lei).coupons] == [second]
        counter.sync()
    assert alerts(world) == []


def test_coupons_that_do_not_count_say_why(world: World, counter: TillAtWork, lei: UUID) -> None:
    first, second = issue(world, counter, count=2)
    assert presented(counter, lei, first) == 7_50
    counter.till.present_coupon(second)
    assert {each.why.code if each.why else "" for each in counter.till.sale().coupons} == {"", "too_many"}
    counter.till.detach_member()
    assert {each.why.code if each.why else "" for each in counter.till.sale().coupons} == {"not_owner"}
    assert counter.till.sale().total_minor == 12_50
    with pytest.raises(UnknownCoupon):
        counter.till.present_coupon(UUID(int=5))


def test_used_at_two_tills_offline_it_counts_twice_with_an_alert(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    (coupon_id,) = issue(world, counter, other)
    counter.wire.cut = other.wire.cut = True
    for till in (counter, other):
        assert presented(till, lei, coupon_id) == 7_50
        till.till.start_payment()
        till.pay(7_50)
    counter.wire.cut = other.wire.cut = False
    for till in (counter, other, counter):
        till.sync()
    assert alerts(world) == ["coupon-twice"]
    assert [disputed for (disputed,) in rows(world.server, tables.coupon_use, "disputed")] == ["", "used"]
    for till in (counter, other):
        assert shown(till, lei).coupons == ()
        assert till.parts.journal.database.all("SELECT * FROM value_effect") == []


def test_what_a_sync_takes_away_counts_until_it_is_confirmed(world: World, counter: TillAtWork, lei: UUID) -> None:
    first, second = issue(world, counter, count=2)
    presented(counter, lei, first)
    value_desk.void_coupons(world.server, [first], reason="x", by="li")
    counter.sync()
    assert counter.till.start_payment().total_minor == 12_50
    counter.till.back_to_sale()
    counter.till.take_back_coupon(first)
    counter.till.present_coupon(second)
    assert counter.till.start_payment().total_minor == 7_50
    value_desk.void_coupons(world.server, [second], reason="x", by="li")
    counter.sync()
    head = counter.parts.journal.head
    with pytest.raises(CouponRefused) as refused:
        counter.till.pay_cash(7_50)
    assert (refused.value.why, counter.parts.journal.head) == (CouponRefusal.VOID, head)
    counter.till.back_to_sale()
    assert [each.why.code for each in counter.till.sale().coupons if each.why] == ["void"]
    assert counter.till.start_payment().total_minor == 12_50
    counter.pay(12_50)
    counter.sync()
    assert alerts(world) == []


def test_typed_and_scanned_codes(world: World, counter: TillAtWork, lei: UUID) -> None:
    leaflet, second = value_desk.issue_coupons(world.server, UUID(int=9), valuables.LEAFLET, by="li", count=2)
    counter.till.enter(MILK.codes[0])
    with pytest.raises(UnknownCoupon):
        counter.till.enter(leaflet.code)
    assert counter.till.enter(second.token, Source.SCAN).kind is EnteredKind.COUPON, "signed, so known before its row"
    counter.till.take_back_coupon(second.coupon.id)
    counter.sync()
    entered = counter.till.enter(leaflet.code.lower().replace("-", " "))
    assert (entered.kind, entered.coupon_id) == (EnteredKind.COUPON, leaflet.coupon.id)
    assert counter.till.sale().total_minor == 10_50
    with pytest.raises(UnknownCoupon):
        counter.till.enter(coupon_code.make(bytes(32), 7, 1))
    with pytest.raises(BadCouponToken):
        counter.till.enter(second.token[:-4], Source.SCAN)
    last = "A" if second.token[-20] != "A" else "B"
    with pytest.raises((ForgedCoupon, BadCouponToken)):
        counter.till.enter(second.token[:-20] + last + second.token[-19:], Source.SCAN)
    counter.till.start_payment()
    counter.pay(10_50)
    counter.till.enter(MILK.codes[0])
    with pytest.raises(CouponRefused):
        counter.till.enter(leaflet.token, Source.SCAN)
    counter.sync()
    assert alerts(world) == []


def test_where_a_coupon_is_taken(world: World, counter: TillAtWork, lei: UUID) -> None:
    """In its owner's usual store, in the one it is bound to, and a leaflet anywhere."""
    setup.create_store(world.server, StoreDoc(id="B", names={"en": "B"}, address=[], currency="CNY", timezone="UTC"))
    (personal,) = issue(world)
    (bound,) = issue(world, batch=2, store_id="B")
    leaflet = value_desk.issue_coupons(world.server, UUID(int=9), valuables.LEAFLET, by="li")[0]
    away = world.open("three", store_id="B")
    away.sync()
    books = away.parts.counter.books
    member = books.shop.member(lei)
    assert member is not None
    found = [books.valuables.coupon(each) for each in (personal, bound, leaflet.coupon.id)]
    there = [spending.coupon(away.parts.counter, each) for each in found if each is not None]
    assert [(each.amount, each.why) for each in there] == [(0, Why.NOT_LENT), (1, Why.FLOOR), (1, Why.FLOOR)]
    counter.sync()
    assert counter.parts.counter.books.valuables.coupon(bound) is None, "it is for the tills of its store"


def test_a_till_without_the_server_for_weeks_takes_none(world: World, counter: TillAtWork, lei: UUID) -> None:
    (coupon_id,) = issue(world, counter)
    world.clock.ms += 15 * DAY_MS
    counter.till.sign_in(CASHIER, PIN)
    counter.till.attach_member(lei)
    with pytest.raises(SpendingStale):
        counter.till.present_coupon(coupon_id)


def test_an_open_sale_with_a_coupon_survives_a_restart(world: World, counter: TillAtWork, lei: UUID) -> None:
    (coupon_id,) = issue(world, counter)
    presented(counter, lei, coupon_id)
    counter.close()
    again = world.open("one")
    again.till.sign_in(CASHIER, PIN)
    assert [each.off_minor for each in again.till.sale().coupons] == [5_00]
    counter.parts = again.parts
