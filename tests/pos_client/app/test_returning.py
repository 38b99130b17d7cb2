"""Goods of a receipt come back at tills that reach the server only now and then."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from pos_client.app.refusals import (
    NoReturnInHand,
    NotThatManyHere,
    ReturnNeedsApproval,
    ReturnsStale,
    ReturnsStopped,
    SaleIsPaying,
    UnknownReason,
    UnknownReceipt,
    WrongPin,
)
from pos_client.app.views import RefundView, Returned
from pos_client.store.database import DiskFull
from pos_client.store.outbox import Standing
from pos_client.sync.client import Unreachable
from shared_models.domain.barcode import InStoreRule, LabelValue, label
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.quantity import QuantityNotWhole
from shared_models.domain.receipt import Qr
from shared_models.domain.receipt_code import BadReceiptCode, grouped
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.returns import MoreThanLeft, NothingToReturn, NothingWasSold, NotOnReceipt
from shared_models.domain.sale import TenderKind
from shared_models.domain.spending_rules import Mode, Policy, Spending
from shared_models.orm import server as tables
from shared_models.wire.facts import decode
from sync_server import setup
from tests.pos_client.world import (
    APPLES,
    BREAD,
    COLA,
    MANAGER,
    MILK,
    OTHER,
    PIN,
    RICE,
    TillAtWork,
    World,
    import_member,
)
from tests.sync_server import valuables
from tests.sync_server.tables import rows

DAY_MS = 24 * 3_600_000


@pytest.fixture
def other(world: World, counter: TillAtWork) -> TillAtWork:
    """Another till of the store."""
    till = world.open("two")
    till.sync()
    return till.start_day()


@pytest.fixture
def lei(world: World, counter: TillAtWork) -> UUID:
    setup.publish_programme(world.server, valuables.programme())
    member = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    return member


def bring_back(till: TillAtWork, code: str, *goods: tuple[int, int]) -> Returned:
    """``goods`` as line and thousandths; all of it if none are named."""
    till.till.begin_return(code)
    for number, milli in goods:
        till.till.choose_to_return(number, milli)
    if not goods:
        till.till.choose_all_to_return()
    return till.till.confirm_return("unwanted", MANAGER, PIN)


def last_return(till: TillAtWork) -> SaleReturned:
    journal = till.parts.journal
    fact = till.parts.outbox.batch(journal.head.number - 1, 1, 1 << 20).facts[0]
    payload = decode(fact)
    assert isinstance(payload, SaleReturned)
    return payload


def alerts(world: World, kind: str) -> list[str]:
    with world.server.reading() as connection:
        return list(connection.scalars(select(tables.alert.c.message).where(tables.alert.c.kind == kind)))


def booked(world: World) -> list[tuple[str, int, int]]:
    """State, lane and total of each return that the server has."""
    columns = tables.sale_return.c
    with world.server.reading() as connection:
        found = connection.execute(select(columns.state, columns.lane, columns.total_minor).order_by(columns.lane))
        return [tuple(row) for row in found]


def member_view(till: TillAtWork, member: UUID) -> tuple[int, int]:
    """Points that can be spent, and growth, as this till shows them."""
    found = till.parts.counter.books.shop.member(member)
    assert found is not None
    return till.balance(member), found.view.standing.growth


def test_a_sale_of_this_morning_comes_back_at_the_same_till_without_a_network(counter: TillAtWork) -> None:
    counter.wire.cut = True
    sold = counter.sell(MILK.codes[0], MILK.codes[0], BREAD.codes[0])
    view = counter.till.begin_return(grouped(sold.receipt_code).lower())
    assert [(line.name, line.sold_milli, line.left_milli, line.may_milli) for line in view.lines] == [
        ("Fresh milk 1 l", 2_000, 2_000, 2_000), ("Bread", 1_000, 1_000, 1_000),
    ]  # fmt: skip
    view = counter.till.choose_to_return(1, 1_000)
    assert (view.total_minor, view.refunds) == (12_50, (RefundView(TenderKind.CASH, 12_50),))
    done = counter.till.confirm_return("defective", MANAGER, PIN)
    assert (done.total_minor, done.receipt_number) == (12_50, sold.receipt_number + 1)
    shift = counter.till.shift()
    assert shift is not None
    assert (shift.returns, shift.refunds_minor, shift.cash_minor) == (1, 12_50, 200_00 + 33_00 - 12_50)
    record = last_return(counter)
    assert (record.approver_id, record.reason, record.cashier_id) == (MANAGER, "defective", "c1")
    view = counter.till.begin_return(sold.receipt_code)
    assert [line.left_milli for line in view.lines] == [1_000, 1_000]
    assert view.returns_before == 1
    assert counter.sell(COLA.codes[0]).receipt_number == done.receipt_number + 1
    closed = counter.till.close_shift(200_00 + 33_00 - 12_50 + 3_00)
    assert (closed.over_short_minor, closed.returns, closed.refunds_minor) == (0, 1, 12_50)


def test_the_receipt_prints_and_the_drawer_opens_in_the_same_transaction(counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0])
    done = bring_back(counter, sold.receipt_code)
    job = counter.parts.journal.print_queue.last_receipt()
    assert job is not None
    assert (job.kind, job.opens_drawer) == ("return_receipt", True)
    assert Qr(done.receipt_code) in job.blocks


def test_the_other_till_knows_it_once_both_have_synced(counter: TillAtWork, other: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0], MILK.codes[0])
    with pytest.raises(UnknownReceipt):
        other.till.begin_return(sold.receipt_code)
    counter.sync()
    other.sync()
    bring_back(other, sold.receipt_code, (1, 1_000))
    other.sync()
    counter.sync()
    view = counter.till.begin_return(sold.receipt_code)
    assert [line.left_milli for line in view.lines] == [1_000]
    bring_back(counter, sold.receipt_code)
    counter.sync()
    other.sync()
    with pytest.raises(NothingToReturn):
        bring_back(other, sold.receipt_code)


def test_two_tills_apart_take_the_same_units_back(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    """Both paid out. Nothing of it is dropped, somebody is told, and the member loses what the sale gave once."""
    other.sync()
    sold = counter.sell(RICE.codes[0], member=lei)
    counter.sync()
    other.sync()
    before = member_view(other, lei)
    assert before == (sold.points_earned, 300)
    counter.wire.cut = other.wire.cut = True
    first, second = bring_back(counter, sold.receipt_code), bring_back(other, sold.receipt_code)
    assert first.total_minor == second.total_minor == sold.total_minor
    counter.wire.cut = other.wire.cut = False
    for till in (counter, other, counter, other):
        till.sync()
    assert member_view(counter, lei) == member_view(other, lei) == (0, 0)
    assert booked(world) == [("booked", 1, sold.total_minor), ("booked", 2, sold.total_minor)]
    (message,) = alerts(world, "returned-twice")
    for part in ("1 of line 1", "receipt 1-1 of store A", "return 1-2 ", "return 2-1 "):
        assert part in message
    assert alerts(world, "overspent") == alerts(world, "receipt-number") == alerts(world, "sums") == []
    for till in (counter, other):
        assert [line.left_milli for line in till.till.begin_return(sold.receipt_code).lines] == [0]
        month = till.parts.counter.books.shop.member(lei)
        assert month is not None
        assert month.view.standing.months == ()


def test_partial_returns_at_two_tills_come_to_what_one_full_return_gives(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    load(counter, lei, 100_00)
    counter.till.enter(f"3*{MILK.codes[0]}")
    counter.till.enter(BREAD.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    counter.till.pay_stored_value(20_01)
    sold = counter.pay(counter.till.tender().due_minor)
    counter.sync()
    other.sync()
    refunds = [bring_back(counter, sold.receipt_code, (1, 1_000))]
    counter.sync()
    other.sync()
    refunds.append(bring_back(other, sold.receipt_code, (1, 1_000), (2, 1_000)))
    other.sync()
    counter.sync()
    refunds.append(bring_back(counter, sold.receipt_code))
    counter.sync()
    other.sync()
    assert sum(each.total_minor for each in refunds) == sold.total_minor
    by_kind = Counter[TenderKind]()
    for each in refunds:
        by_kind.update({one.kind: one.amount_minor for one in each.refunds})
    assert by_kind == {TenderKind.STORED_VALUE: 20_01, TenderKind.CASH: sold.total_minor - 20_01}
    for till in (counter, other):
        assert member_view(till, lei) == (0, 0)
        held = till.parts.counter.books.valuables.stored_value(lei)
        assert held.held.balance_minor(till.parts.counter.business_date()) == 110_00
    assert alerts(world, "returned-twice") == alerts(world, "return-credit") == []


def load(till: TillAtWork, member: UUID, minor: int) -> None:
    till.till.attach_member(member)
    till.till.load_stored_value(minor, minor)
    till.till.void_sale()


def test_stored_value_given_back_twice_waits_for_somebody(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    load(counter, lei, 100_00)
    counter.till.enter(BREAD.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    counter.till.pay_stored_value()
    sold = counter.pay(0)
    counter.sync()
    other.sync()
    bring_back(counter, sold.receipt_code)
    bring_back(other, sold.receipt_code)
    for till in (counter, other, counter, other):
        till.sync()
    for till in (counter, other):
        held = till.parts.counter.books.valuables.stored_value(lei)
        assert held.held.balance_minor(till.parts.counter.business_date()) == 110_00
    assert len(alerts(world, "return-credit")) == len(alerts(world, "returned-twice")) == 1


def test_points_that_paid_come_back_with_their_expiry(world: World, counter: TillAtWork, lei: UUID) -> None:
    counter.sell(RICE.codes[0], RICE.codes[0], member=lei)
    counter.sync()
    earned, growth = member_view(counter, lei)
    lots = counter.parts.counter.books.shop.member(lei)
    assert lots is not None
    sold = counter.sell(BREAD.codes[0], member=lei, points=200)
    done = bring_back(counter, sold.receipt_code)
    assert {each.kind: each.points for each in done.refunds}[TenderKind.POINTS] == 200
    assert member_view(counter, lei) == (earned, growth)
    counter.sync()
    assert member_view(counter, lei) == (earned, growth)
    after = counter.parts.counter.books.shop.member(lei)
    assert after is not None
    assert {lot.expires_on for lot in after.account.lots} == {lot.expires_on for lot in lots.account.lots}


def test_what_is_told_twice_comes_back_once(world: World, counter: TillAtWork, lei: UUID) -> None:
    sold = counter.sell(RICE.codes[0], member=lei)
    bring_back(counter, sold.receipt_code)
    counter.wire.lose_answers = 1
    with pytest.raises(Unreachable):
        counter.sync()
    counter.sync()
    counter.sync()
    assert len(rows(world.server, tables.sale_return)) == 1
    assert member_view(counter, lei) == (0, 0)
    assert rows(world.server, tables.alert) == []


def test_a_till_set_up_anew_tells_its_returns_again_once(world: World, counter: TillAtWork, lei: UUID) -> None:
    sold = counter.sell(RICE.codes[0], RICE.codes[0], member=lei)
    counter.sync()
    before = member_view(counter, lei)
    counter.wire.cut = True
    bring_back(counter, sold.receipt_code, (1, 1_000))
    counter.wire.cut = False
    till, _ = world.renew(counter)
    till.till.sign_in("c1", PIN)
    assert [line.left_milli for line in till.till.begin_return(sold.receipt_code).lines] == [1_000]
    till.sync()
    shown = member_view(till, lei)
    assert 0 < shown[0] < before[0]
    assert 0 < shown[1] < before[1]
    till.sync()
    assert member_view(till, lei) == shown
    assert [row[0] for row in booked(world)] == ["booked"]


def test_a_return_that_comes_before_its_sale_waits_for_it(
    world: World, counter: TillAtWork, other: TillAtWork, lei: UUID
) -> None:
    """The server was restored from a backup, and the till that sold is the last to tell it again."""
    backup = world.backup()
    sold = counter.sell(RICE.codes[0], member=lei)
    counter.sync()
    other.sync()
    bring_back(other, sold.receipt_code)
    world.restore(backup, counter.wire, other.wire)
    other.sync()
    assert booked(world) == [("waiting", 2, 300_00)]
    assert len(alerts(world, "return-waiting")) == 1
    counter.sync()
    assert booked(world) == [("booked", 2, 300_00)]
    other.sync()
    counter.sync()
    assert member_view(counter, lei) == member_view(other, lei) == (0, 0)


def test_receipts_go_after_thirty_days(world: World, counter: TillAtWork, other: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0])
    counter.sync()
    other.sync()
    other.till.begin_return(sold.receipt_code)
    for _ in range(33):
        world.clock.ms += DAY_MS
        counter.sync()
        other.sync()
    counter.sell(COLA.codes[0])
    counter.sync()
    other.sync()
    for till in (counter, other):
        with pytest.raises(UnknownReceipt):
            till.till.begin_return(sold.receipt_code)


def test_only_this_stores_receipts_go_to_a_till(world: World, counter: TillAtWork) -> None:
    from shared_models.wire.state import StoreDoc

    setup.create_store(
        world.server,
        StoreDoc(id="B", names={"en": "B"}, address=[], currency="CNY", timezone="Asia/Shanghai", language="en"),
    )
    sold = counter.sell(MILK.codes[0])
    counter.sync()
    elsewhere = world.open("b", store_id="B")
    elsewhere.sync()
    found = elsewhere.parts.journal.database.one("SELECT count(*) FROM replica.receipt")
    assert found == (0,)
    assert sold.receipt_code


def test_what_cant_come_back_is_refused_and_nothing_changed(world: World, counter: TillAtWork) -> None:
    till = counter.till
    sold = counter.sell(MILK.codes[0], "3*" + BREAD.codes[0])
    head = counter.parts.journal.head
    with pytest.raises(NoReturnInHand):
        till.return_in_hand()
    with pytest.raises(BadReceiptCode):
        till.begin_return(sold.receipt_code[:-1] + ("0" if sold.receipt_code[-1] != "0" else "1"))
    till.begin_return(sold.receipt_code)
    with pytest.raises(NotOnReceipt):
        till.choose_to_return(9, 1_000)
    with pytest.raises(MoreThanLeft):
        till.choose_to_return(1, 2_000)
    with pytest.raises(QuantityNotWhole):
        till.choose_to_return(1, 500)
    with pytest.raises(NothingToReturn):
        till.confirm_return("unwanted", MANAGER, PIN)
    till.choose_to_return(1, 1_000)
    with pytest.raises(UnknownReason):
        till.confirm_return("because", MANAGER, PIN)
    with pytest.raises(ReturnNeedsApproval):
        till.confirm_return("unwanted")
    with pytest.raises(ReturnNeedsApproval):
        till.confirm_return("unwanted", OTHER, PIN)
    with pytest.raises(WrongPin):
        till.confirm_return("unwanted", MANAGER, "0000")
    assert counter.parts.journal.head == head
    till.enter(COLA.codes[0])
    till.start_payment()
    with pytest.raises(SaleIsPaying):
        till.begin_return(sold.receipt_code)


def test_a_till_that_is_shut_out_or_long_alone_takes_nothing_back(world: World, counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0])
    counter.sync()
    counter.till.begin_return(sold.receipt_code)
    counter.till.choose_all_to_return()
    counter.parts.outbox.note(Standing.FROZEN)
    with pytest.raises(ReturnsStopped):
        counter.till.confirm_return("unwanted", MANAGER, PIN)
    counter.parts.outbox.note(Standing.GOOD)
    world.clock.ms += 15 * DAY_MS
    with pytest.raises(ReturnsStale):
        counter.till.begin_return(sold.receipt_code)


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.ESCROW])
def test_what_has_to_be_lent_never_comes_back_twice(
    world: World, counter: TillAtWork, other: TillAtWork, mode: Mode
) -> None:
    """Without the server nothing comes back; with it the units of a line are at one till at a time."""
    rules = replace(default_programme(), version=9, spending=Spending(returns=Policy(mode)))
    setup.publish_programme(world.server, to_plain(rules))
    counter.sync()
    other.sync()
    sold = counter.sell(MILK.codes[0], MILK.codes[0], BREAD.codes[0])
    counter.sync()
    other.sync()
    counter.wire.cut = True
    view = counter.till.begin_return(sold.receipt_code)
    assert [(line.left_milli, line.may_milli, line.why is None) for line in view.lines] == [
        (2_000, 0, False), (1_000, 0, False),
    ]  # fmt: skip
    with pytest.raises(NotThatManyHere):
        counter.till.choose_to_return(1, 1_000)
    with pytest.raises(NotThatManyHere):
        counter.till.choose_all_to_return()
    counter.wire.cut = False
    counter.sync()
    assert [line.may_milli for line in counter.till.return_in_hand().lines] == [2_000, 1_000]
    other.till.begin_return(sold.receipt_code)
    other.sync()
    assert [line.may_milli for line in other.till.return_in_hand().lines] == [0, 0]
    counter.wire.cut = True
    counter.till.choose_to_return(1, 1_000)
    counter.till.confirm_return("unwanted", MANAGER, PIN)
    assert [use.amount for use in last_return(counter).leases] == [1_000]
    counter.wire.cut = False
    for _ in range(3):
        world.clock.ms += 61_000
        counter.sync()
        other.sync()
    assert [line.may_milli for line in other.till.return_in_hand().lines] == [1_000, 1_000]
    other.till.choose_all_to_return()
    other.till.confirm_return("unwanted", MANAGER, PIN)
    other.sync()
    counter.sync()
    assert alerts(world, "returned-twice") == alerts(world, "lease-exceeded") == []
    with world.server.reading() as connection:
        assert connection.scalars(select(tables.lease.c.used).where(tables.lease.c.state == "open")).all() == []


def test_a_floor_bounds_what_one_till_takes_back_of_a_line(world: World, counter: TillAtWork) -> None:
    rules = replace(default_programme(), version=9, spending=Spending(returns=Policy(Mode.FLOOR, floor=1_000)))
    setup.publish_programme(world.server, to_plain(rules))
    counter.sync()
    sold = counter.sell(MILK.codes[0], MILK.codes[0])
    bring_back(counter, sold.receipt_code, (1, 1_000))
    counter.till.begin_return(sold.receipt_code)
    with pytest.raises(NotThatManyHere):
        counter.till.choose_to_return(1, 1_000)
    counter.till.drop_return()
    counter.sync()
    bring_back(counter, sold.receipt_code, (1, 1_000))


def test_weighed_goods_come_back_by_weight(counter: TillAtWork) -> None:
    counter.till.enter(APPLES.codes[0])
    counter.till.enter("*0.5")
    sold = counter.sell()
    done = bring_back(counter, sold.receipt_code, (1, 200))
    assert done.total_minor == sold.total_minor * 200 // 500
    rest = bring_back(counter, sold.receipt_code)
    assert done.total_minor + rest.total_minor == sold.total_minor


def test_a_training_sale_gives_nothing_back(world: World, counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0])
    counter.sync()
    sale = counter.parts.counter.books.receipts.by_code(sold.receipt_code)
    assert sale is not None
    training = replace(
        sale.sale, sale_id=UUID(int=9), receipt_code="208H44RM2MB1E60SB", training=True, receipt_number=2
    )
    counter.parts.journal.append(training)
    with pytest.raises(NothingWasSold):
        counter.till.begin_return("208H-44RM-2MB1-E60S-B")


def test_a_full_disk_gives_nothing_back_and_keeps_the_return_in_hand(counter: TillAtWork) -> None:
    """The receipt is long, so that the fact doesn't fit into what is left of the last pages."""
    labels = [label(InStoreRule("25", 5, LabelValue.WEIGHT, 5), "00003", grams) for grams in range(100, 150)]
    sold = counter.sell(*labels)
    counter.till.begin_return(sold.receipt_code)
    view = counter.till.choose_all_to_return()
    head, shift = counter.parts.journal.head, counter.till.shift()
    jobs = counter.parts.journal.database.all("SELECT * FROM print_job")
    with counter.full_disk(), pytest.raises(DiskFull):
        counter.till.confirm_return("unwanted", MANAGER, PIN)
    assert (counter.parts.journal.head, counter.till.shift()) == (head, shift)
    assert counter.parts.journal.database.all("SELECT * FROM print_job") == jobs
    assert counter.till.return_in_hand() == view
    done = counter.till.confirm_return("unwanted", MANAGER, PIN)
    assert (done.total_minor, done.receipt_number) == (view.total_minor, sold.receipt_number + 1)
