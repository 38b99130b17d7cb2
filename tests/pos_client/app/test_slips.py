"""Gift receipts and coupons' slips at a till: what is queued, and what their codes are good for."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from pos_client.app.refusals import (
    NoReturnInHand,
    SlipOnlyIfPersonal,
    TooManyGiftReceipts,
    UnknownCoupon,
    UnknownReceipt,
)
from pos_client.app.views import EnteredKind
from shared_models.domain import coupon_reference
from shared_models.domain.coupon import CouponRefusal
from shared_models.domain.coupon_life import CouponRefused
from shared_models.domain.receipt import Document, Pair, Qr
from shared_models.domain.receipt_code import BadReceiptCode
from shared_models.domain.returns import NothingToReturn
from sync_server import setup, value_desk
from tests.pos_client.app.test_returning import bring_back
from tests.pos_client.app.test_valuables import issue
from tests.pos_client.world import BREAD, MILK, RICE, TillAtWork, World, import_member
from tests.sync_server import valuables


@pytest.fixture
def lei(world: World, counter: TillAtWork) -> UUID:
    setup.publish_programme(world.server, valuables.programme())
    member = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    return member


def queued(till: TillAtWork) -> list[Document]:
    """What waits for the printer, in order; nothing waits then."""
    queue, found = till.parts.journal.print_queue, []
    while (job := queue.take()) is not None:
        found.append(job.document)
    return found


def goods(document: Document) -> list[tuple[str, str]]:
    return [(block.left, block.right) for block in document.blocks if isinstance(block, Pair)][1:]


def square(document: Document) -> str:
    (code,) = [block.data for block in document.blocks if isinstance(block, Qr)]
    return code


def test_as_many_as_are_asked_for_and_a_return_begins_by_their_code(counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0], MILK.codes[0], BREAD.codes[0])
    queued(counter)
    counter.till.print_gift_receipts(sold.receipt_code.lower(), 3)
    first, *others = queued(counter)
    assert [each == first for each in others] == [True, True]
    assert (first.kind, first.opens_drawer) == ("gift_receipt", False)
    assert [much for _, much in goods(first)] in (["× 2", "× 1"], ["× 1", "× 1", "× 1"])
    done = bring_back(counter, square(first))
    assert done.total_minor == sold.total_minor


def test_the_last_receipt_stays_the_sales(counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0])
    counter.till.print_gift_receipts(sold.receipt_code)
    queued(counter)
    counter.till.print_again()
    assert [each.kind for each in queued(counter)] == ["receipt_copy"]


def test_one_in_doubt_is_printed_again_without_a_mark(counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0])
    queued(counter)
    counter.till.print_gift_receipts(sold.receipt_code)
    assert [each.kind for each in queued(counter)] == ["gift_receipt"]
    counter.parts.journal.print_queue.doubt_interrupted()
    counter.till.print_again()
    assert "gift_receipt" in [each.kind for each in queued(counter)]


def test_of_an_earlier_receipt_what_is_chosen_or_all_that_is_left(counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0], BREAD.codes[0], RICE.codes[0])
    bring_back(counter, sold.receipt_code, (2, 1_000))
    queued(counter)
    counter.till.begin_return(sold.receipt_code)
    counter.till.print_gift_receipts_of_chosen()
    counter.till.choose_to_return(3, 1_000)
    counter.till.print_gift_receipts_of_chosen(2)
    whole, part, again = queued(counter)
    assert (len(goods(whole)), len(goods(part)), part == again) == (2, 1, True)
    assert counter.till.return_in_hand().lines[2].left_milli == 1_000
    assert len(counter.parts.journal.print_queue.counts()) <= 1


def test_what_cant_be_printed_is_refused_and_nothing_waits(counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0])
    bring_back(counter, sold.receipt_code)
    queued(counter)
    till = counter.till
    for code, count, refusal in (
        (sold.receipt_code, 1, NothingToReturn),
        (sold.receipt_code, 0, TooManyGiftReceipts),
        (sold.receipt_code, 21, TooManyGiftReceipts),
        (sold.receipt_code[:-1] + ("0" if sold.receipt_code[-1] != "0" else "1"), 1, BadReceiptCode),
        ("00000000000000000", 1, UnknownReceipt),
    ):
        with pytest.raises(refusal):
            till.print_gift_receipts(code, count)
    with pytest.raises(NoReturnInHand):
        till.print_gift_receipts_of_chosen()
    assert queued(counter) == []


def test_a_coupons_slip_is_scanned_back_by_its_owner_alone(world: World, counter: TillAtWork, lei: UUID) -> None:
    (coupon_id,) = issue(world, counter)
    queued(counter)
    counter.till.print_coupon(coupon_id)
    (slip,) = queued(counter)
    assert slip.kind == "coupon_slip"
    code = square(slip)
    counter.till.enter(RICE.codes[0])
    with pytest.raises(CouponRefused) as refused:
        counter.till.enter(code)
    assert refused.value.code == CouponRefused(CouponRefusal.NOT_OWNER).code
    counter.till.attach_member(lei)
    before = counter.till.sale().total_minor
    assert counter.till.enter(code.lower()).kind is EnteredKind.COUPON
    assert counter.till.sale().total_minor == before - 5_00
    counter.till.start_payment()
    counter.pay(counter.till.tender().due_minor)
    with pytest.raises(CouponRefused):
        counter.till.print_coupon(coupon_id)


def test_a_code_that_names_no_personal_coupon_is_no_coupon(world: World, counter: TillAtWork, lei: UUID) -> None:
    (printed,) = value_desk.issue_coupons(world.server, UUID(int=9), valuables.LEAFLET, by="li")
    leaflet = printed.coupon
    counter.sync()
    queued(counter)
    for coupon_id in (leaflet.id, uuid4()):
        with pytest.raises(UnknownCoupon):
            counter.till.enter(coupon_reference.make(coupon_id))
    with pytest.raises(SlipOnlyIfPersonal):
        counter.till.print_coupon(leaflet.id)
    with pytest.raises(UnknownCoupon):
        counter.till.print_coupon(uuid4())
    assert queued(counter) == []
