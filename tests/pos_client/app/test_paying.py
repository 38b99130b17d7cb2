"""Tender, points, and the one transaction that confirms."""

from __future__ import annotations

from uuid import UUID

import pytest

from pos_client.app.refusals import (
    NoMemberToRedeem,
    NothingToPay,
    NotPaying,
    PaymentUnknown,
    RedeemingStale,
)
from pos_client.store.database import DiskFull
from pos_client.store.print_queue import JobState
from shared_models.domain.barcode import InStoreRule, LabelValue, label
from shared_models.domain.points import TooManyPoints, WrongStep
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.receipt import Text
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.taxes import UnknownTaxCode
from shared_models.domain.tender import TenderNotPositive, TenderTooLarge, TenderTooSmall
from shared_models.wire.facts import decode
from sync_server.setup import publish_programme
from tests.pos_client.world import BREAD, CASHIER, MILK, PIN, RICE, TillAtWork, World, import_member

DAY_MS = 24 * 3_600 * 1_000


@pytest.fixture
def lei(world: World, counter: TillAtWork) -> UUID:
    """A silver member (10 % off) with 1,218 points, earned and counted."""
    member = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    for _ in range(4):
        counter.sell(RICE.codes[0], member=member)
    counter.sync()
    return member


def last_sale(counter: TillAtWork) -> SaleConfirmed:
    outbox = counter.parts.outbox
    facts = outbox.batch(counter.parts.journal.head.number - 1, 1, 10**6).facts
    found = decode(facts[0])
    assert isinstance(found, SaleConfirmed)
    return found


@pytest.mark.parametrize(
    ("tendered", "error"),
    [(12_49, TenderTooSmall), (0, TenderNotPositive), (-5, TenderNotPositive), (6_900_000_000_018, TenderTooLarge)],
)
def test_a_sum_that_cannot_be_taken_confirms_nothing(
    counter: TillAtWork, tendered: int, error: type[Exception]
) -> None:
    counter.till.enter(MILK.codes[0])
    counter.till.start_payment()
    head, sale = counter.parts.journal.head, counter.parts.counter.sale
    with pytest.raises(error):
        counter.till.pay_cash(tendered)
    assert (counter.parts.journal.head, counter.parts.counter.sale) == (head, sale)
    assert counter.till.tender().due_minor == 12_50
    assert counter.pay(12_50).change_minor == 0


def test_paying_comes_after_scanning(counter: TillAtWork) -> None:
    with pytest.raises(NothingToPay):
        counter.till.start_payment()
    with pytest.raises(NotPaying):
        counter.till.pay_cash(10_00)
    with pytest.raises(NotPaying):
        counter.till.tender()


def test_a_confirmed_sale_says_how_it_was_made(counter: TillAtWork, lei: UUID) -> None:
    done = counter.sell(RICE.codes[0], member=lei, points=300)
    sale = last_sale(counter)
    assert (sale.receipt_number, sale.total_minor) == (5, 270_00)
    assert (done.points_redeemed, done.points_earned, done.points_balance) == (300, 320, 1_218 - 300 + 320)
    assert [(payment.kind, payment.amount_minor) for payment in sale.payments] == [("points", 3_00), ("cash", 267_00)]
    assert sale.inputs.points_seen == 1_218
    assert sale.inputs.catalogue_version == counter.parts.counter.books.shop.catalogue_version()
    assert sale.inputs.points_left == 500
    assert sale.inputs.priced_ms == counter.parts.counter.machine.clock.now_ms()
    assert {line.category for line in sale.lines} == {RICE.category}
    assert sale.shift_id == counter.parts.counter.shift().id
    assert len(sale.receipt_code) == 17


def test_a_sale_names_what_it_was_priced_with(world: World, counter: TillAtWork) -> None:
    """While the customer looks for money, a sync brings a higher tier and a new programme: the sum asked stays."""
    member = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    other = world.open("two")
    other.sync()
    other.start_day()
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(member)
    asked = counter.till.start_payment().due_minor
    for _ in range(4):
        other.sell(RICE.codes[0], member=member)
    other.sync()
    other.close()
    publish_programme(world.server, to_plain(default_programme()) | {"version": 2})
    counter.sync()
    assert counter.till.sale().points_to_earn == 285
    counter.pay(asked)
    sale = last_sale(counter)
    assert sale.member is not None
    assert sale.member.earned is not None
    assert (sale.total_minor, sale.inputs.tier, sale.inputs.programme_version) == (asked, "basic", 1)
    assert (sale.lines[0].adjustments[0].rule, sale.member.earned.points) == ("tier:basic", 285)
    counter.sell(RICE.codes[0], member=member)
    again = last_sale(counter)
    assert (again.inputs.tier, again.inputs.programme_version) == ("silver", 2)


def test_points_within_the_floor_and_no_further_until_counted(counter: TillAtWork, lei: UUID) -> None:
    """500 points per member and till, whatever the network does; a sync frees them again."""
    counter.wire.cut = True
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    view = counter.till.start_payment().points
    assert view is not None
    assert (view.max_points, view.offline_left, view.balance) == (500, 500, 1_218)
    assert view.why is not None
    assert view.why.code == "limit_offline"
    for wrong, error in ((150, WrongStep), (0, WrongStep), (-100, WrongStep), (600, TooManyPoints)):
        with pytest.raises(error):
            counter.till.redeem_points(wrong)
    assert counter.till.redeem_points(500).due_minor == 265_00
    assert counter.till.redeem_points(300).due_minor == 267_00
    counter.pay(267_00)
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    view = counter.till.start_payment().points
    assert view is not None
    assert (view.max_points, view.offline_left) == (200, 200)
    counter.till.redeem_points(200)
    counter.pay(268_00)
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    view = counter.till.start_payment().points
    assert view is not None
    assert (view.max_points, view.offline_left) == (0, 0)
    with pytest.raises(TooManyPoints):
        counter.till.redeem_points(100)
    counter.wire.cut = False
    counter.sync()
    view = counter.till.tender().points
    assert view is not None
    assert (view.max_points, view.offline_left) == (500, 500)


def test_a_payment_can_be_taken_back(counter: TillAtWork, lei: UUID) -> None:
    counter.till.enter(RICE.codes[0])
    counter.till.start_payment()
    with pytest.raises(NoMemberToRedeem):
        counter.till.redeem_points(100)
    counter.till.back_to_sale()
    counter.till.attach_member(lei)
    counter.till.start_payment()
    paid = counter.till.redeem_points(100).paid
    assert [payment.points for payment in paid] == [100]
    assert counter.till.remove_payment(paid[0].id).due_minor == 270_00
    with pytest.raises(PaymentUnknown):
        counter.till.remove_payment(paid[0].id)
    counter.till.redeem_points(100)
    counter.till.back_to_sale()
    assert counter.parts.counter.sale.payments == ()


def test_points_that_went_meanwhile_cannot_pay(world: World, counter: TillAtWork, lei: UUID) -> None:
    """Between choosing the points and paying, a sync brings what another till redeemed."""
    other = world.open("two")
    other.sync()
    other.start_day()
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    counter.till.redeem_points(500)
    for _ in range(2):
        other.sell(MILK.codes[0], member=lei, points=500)
        other.sync()
    other.close()
    counter.sync()
    head, sale = counter.parts.journal.head, counter.parts.counter.sale
    assert counter.balance(lei) == 1_218 - 2 * (500 - 7)
    with pytest.raises(TooManyPoints):
        counter.till.pay_cash(265_00)
    assert (counter.parts.journal.head, counter.parts.counter.sale) == (head, sale)
    counter.till.redeem_points(200)
    counter.pay(268_00)
    assert counter.balance(lei) == 232 - 200 + 321


def test_a_till_long_out_of_contact_redeems_nothing(world: World, counter: TillAtWork, lei: UUID) -> None:
    world.clock.ms += 14 * DAY_MS
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    counter.till.redeem_points(100)
    world.clock.ms += 1
    with pytest.raises(RedeemingStale):
        counter.till.redeem_points(100)
    with pytest.raises(RedeemingStale):
        counter.till.pay_cash(269_00)
    counter.till.back_to_sale()
    counter.till.start_payment()
    counter.pay(270_00)
    assert [notice.code for notice in counter.till.status().limits] == ["redeeming_stale"]
    world.clock.ms -= 10 * DAY_MS
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    with pytest.raises(RedeemingStale):
        counter.till.redeem_points(100)
    counter.sync()
    world.clock.ms += 10 * DAY_MS
    counter.sync()
    counter.till.redeem_points(100)


def test_a_contact_ends_the_silence_though_the_clock_was_far_ahead(
    world: World, counter: TillAtWork, lei: UUID
) -> None:
    """Something is sold while the clock is a month ahead; it is set right, and the server is spoken with."""
    world.clock.ms += 30 * DAY_MS
    counter.sell(MILK.codes[0])
    world.clock.ms -= 30 * DAY_MS
    counter.till.enter(RICE.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    with pytest.raises(RedeemingStale):
        counter.till.redeem_points(100)
    counter.sync()
    counter.till.redeem_points(100)
    counter.pay(269_00)
    world.clock.ms += 14 * DAY_MS
    assert "redeeming_stale" not in [notice.code for notice in counter.till.status().limits]
    world.clock.ms += 1
    assert [notice.code for notice in counter.till.status().limits] == ["redeeming_stale"]


def test_a_full_disk_while_confirming_keeps_the_sale(counter: TillAtWork) -> None:
    database = counter.parts.journal.database
    for grams in range(100, 150):
        counter.till.enter(label(InStoreRule("25", 5, LabelValue.WEIGHT, 5), "00003", grams))
    due = counter.till.start_payment().due_minor
    head, sale = counter.parts.journal.head, counter.parts.counter.sale
    jobs = database.all("SELECT * FROM print_job")
    with counter.full_disk(), pytest.raises(DiskFull):
        counter.till.pay_cash(counter.till.tender().due_minor)
    assert (counter.parts.journal.head, counter.parts.counter.sale) == (head, sale)
    assert database.all("SELECT * FROM print_job") == jobs
    assert counter.pay(due).receipt_number == 1
    assert database.all("SELECT * FROM open_sale") == []


@pytest.mark.parametrize("paying", [False, True])
def test_a_sale_survives_switching_the_till_off(world: World, counter: TillAtWork, lei: UUID, paying: bool) -> None:
    counter.till.enter(RICE.codes[0])
    counter.till.enter("*2")
    counter.till.attach_member(lei)
    if paying:
        counter.till.start_payment()
        counter.till.redeem_points(200)
    before, view = counter.parts.counter.sale, counter.till.sale()
    copy = world.copy_of(counter, "copy")
    assert copy.exists()
    again = world.open("copy")
    assert again.parts.counter.sale == before
    assert again.till.sale() == view
    again.till.sign_in(CASHIER, PIN)
    if not paying:
        again.till.start_payment()
    done = again.pay(again.till.tender().due_minor)
    assert (done.total_minor, done.points_redeemed) == (540_00, 200 if paying else 0)
    again.close()


def test_a_receipt_waits_for_the_printer_and_a_copy_says_so(counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    queue = counter.parts.journal.print_queue
    assert counter.till.status().printer.waiting == 1
    receipt = queue.take()
    assert receipt is not None
    assert receipt.document.opens_drawer
    queue.record(receipt.number, JobState.PRINTED)
    counter.till.print_again()
    copy = queue.take()
    assert copy is not None
    assert not copy.document.opens_drawer
    assert any(isinstance(block, Text) and block.text == "COPY" for block in copy.document.blocks)
    assert counter.parts.journal.head.number == 2


def test_a_shift_is_counted(counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    counter.sell(BREAD.codes[0])
    shift = counter.till.shift()
    assert shift is not None
    assert (shift.sales, shift.takings_minor, shift.cash_minor) == (2, 20_50, 220_50)
    closed = counter.till.close_shift(220_00)
    assert (closed.z_number, closed.sales, closed.expected_cash_minor, closed.over_short_minor) == (1, 2, 220_50, -50)
    assert counter.till.shift() is None
    counter.till.open_shift(0)
    assert counter.till.close_shift(0).z_number == 2


def test_a_restart_sets_a_sale_aside_that_the_programme_of_today_cannot_price(
    world: World, counter: TillAtWork
) -> None:
    counter.till.enter(MILK.codes[0])
    without_a_rate = {**to_plain(default_programme(2)), "taxes": {"other": "0.1"}}
    publish_programme(world.server, without_a_rate)
    counter.sync()
    with pytest.raises(UnknownTaxCode):
        counter.till.enter(BREAD.codes[0])
    assert [line.product_id for line in counter.till.sale().lines] == [MILK.id], "a refusal changes nothing"
    counter.close()
    again = world.open("one")
    again.start_day()
    assert again.till.sale().lines == ()
    publish_programme(world.server, to_plain(default_programme(3)))
    again.sync()
    assert again.sell(BREAD.codes[0]).total_minor == BREAD.price_minor
    again.close()
