"""Rows of stored value and coupons in the replica, with own facts they don't count yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
import pytest

from pos_client.store.valuables import Valuables
from pos_client.store.value_effects import ValueEffects
from shared_models.domain.coupon import CouponState
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TenderKind, UsedCoupon
from shared_models.domain.stored_value_facts import account_id
from shared_models.wire import state
from shared_models.wire.messages import RowMessage
from tests.pos_client.store.books import MEMBER, ON, Books, cursor, sale


@pytest.fixture(autouse=True)
def _attached(books: Books) -> None:
    books.generations.start(1)


ACCOUNT, COUPON, SALE = account_id(MEMBER), UUID(int=5), UUID(int=77)


def account_row(counted: int, principal_minor: int, version: int = 1) -> RowMessage:
    doc = state.StoredValueDoc(id=ACCOUNT, member_id=MEMBER, principal_minor=principal_minor)
    return RowMessage("stored_value", str(ACCOUNT), version, counted, False, state.encode(doc))


def coupon_row(counted: int, version: int = 1, *, deleted: bool = False, **more: object) -> RowMessage:
    doc = state.CouponDoc(id=COUPON, rule="r", valid_from=ON, valid_to=date(2026, 12, 24), member_id=MEMBER)
    body = state.encode(msgspec.structs.replace(doc, **more))
    return RowMessage("coupon", str(COUPON), version, counted, deleted, b"" if deleted else body)


def purchase(books: Books, minor: int) -> SaleConfirmed:
    payment = Payment(UUID(int=minor), TenderKind.STORED_VALUE, PaymentState.CAPTURED, minor)
    confirmed = sale(books, member=MEMBER)
    return replace(confirmed, sale_id=SALE, payments=(payment,), coupons=(UsedCoupon(COUPON, "r", 5),))


def apply(books: Books, *rows: RowMessage) -> None:
    replica = books.generations.open_current()
    replica.apply(rows, cursor(max(row.version for row in rows)))
    replica.close()


def test_own_facts_count_until_the_row_does(books: Books) -> None:
    known = Valuables(books.database)
    apply(books, account_row(0, 100_00), coupon_row(0))
    for minor in (10_00, 20_00, 30_00):
        books.journal.append(purchase(books, minor))
    for counted, principal in ((0, 40_00), (1, 50_00), (2, 70_00), (3, 100_00)):
        apply(books, account_row(counted, 100_00, version=2 + counted))
        found = known.stored_value(MEMBER)
        assert found.held.principal_minor == principal
        assert found.own_net_debit_minor == 100_00 - principal
    assert books.journal.value_effects.prune() == 3, "the account's; the coupon's row counts none"
    assert books.journal.value_effects.prune() == 0
    coupon = known.coupon(COUPON)
    assert coupon is not None
    assert (coupon.coupon.state, coupon.coupon.reserved_by) == (CouponState.REDEEMED, SALE)
    apply(books, coupon_row(3, 9, state=CouponState.REDEEMED, sale_id=UUID(int=1)))
    coupon = known.coupon(COUPON)
    assert coupon is not None
    assert coupon.coupon.reserved_by == UUID(int=1), "the server says that another sale had it"
    assert books.journal.value_effects.prune() == 3


def test_a_row_that_is_taken_back_is_gone_and_the_own_use_is_not(books: Books) -> None:
    known = Valuables(books.database)
    apply(books, coupon_row(0))
    assert [each.coupon.id for each in known.coupons_of(MEMBER, ON)] == [COUPON]
    books.journal.append(purchase(books, 10_00))
    apply(books, coupon_row(1, 2, deleted=True))
    assert known.coupon(COUPON) is None
    assert known.coupons_of(MEMBER, ON) == []
    assert ValueEffects(books.database).used_by(COUPON, 0) == SALE
    token = state.CouponDoc(id=COUPON, rule="r", valid_from=ON, valid_to=ON).coupon()
    assert known.of_token(token).coupon.state is CouponState.REDEEMED


def test_a_document_of_a_later_version_is_kept_and_not_shown(books: Books) -> None:
    later = RowMessage("coupon", str(COUPON), 2, 0, False, b'{"id": 7}')
    apply(books, coupon_row(0))
    apply(books, later)
    assert Valuables(books.database).coupon(COUPON) is None
    assert books.database.all("SELECT doc FROM replica.document WHERE kind = 'coupon'") == [(b'{"id": 7}',)]


def test_rows_that_an_older_version_kept_are_taken_over(books: Books) -> None:
    row = coupon_row(0)
    replica = books.generations.open_current()
    replica._rows._write_documents([row, account_row(0, 70_00)])
    replica.close()
    assert Valuables(books.database).coupon(COUPON) is None
    newer = books.generations.open_current()
    newer.take_up()
    newer.close()
    known = Valuables(books.database)
    assert known.coupon(COUPON) is not None
    assert known.stored_value(MEMBER).held.principal_minor == 70_00
    assert books.database.all("SELECT 1 FROM replica.document") == []
