"""Returns as facts that tills tell, each alone and beside others of the same sale."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from shared_models.domain.return_record import Refund, ReturnedLine, SaleReturned
from shared_models.domain.sale import TenderKind, UsedCoupon
from shared_models.orm import server as tables
from shared_models.wire.facts import encode
from shared_models.wire.state import MemberDoc, ReceiptDoc
from sync_server import setup, value_desk
from sync_server.api.endpoints import Api
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till


@pytest.fixture
def second(server: Server, till: Till) -> Till:
    """Another till of the store."""
    return Till.enrolled(Api(server), setup.new_enrolment_code(server, "A", 2), seed=22)


def receipt(till: Till, sale_id: UUID) -> ReceiptDoc:
    return msgspec.json.decode(till.rows("receipt")[str(sale_id)].doc, type=ReceiptDoc)


def member(till: Till, member_id: UUID) -> MemberDoc:
    return msgspec.json.decode(till.rows("member")[str(member_id)].doc, type=MemberDoc)


def alerts(server: Server) -> list[str]:
    return sorted(kind for (kind,) in rows(server, tables.alert, "kind"))


def registered(till: Till) -> UUID:
    one = acts.member(till)
    till.register(one, acts.profile())
    return one.member_id


def test_tills_of_the_store_get_the_receipt_and_what_came_back(server: Server, till: Till, second: Till) -> None:
    sold = acts.sale(till, 1, 10_000, registered(till), earned=100)
    till.append(sold)
    till.pushed()
    assert receipt(second, sold.sale_id) == ReceiptDoc(code="R1", sale=sold)
    back = acts.returned(second, sold, 1)
    second.append(back)
    second.pushed()
    assert receipt(till, sold.sale_id) == ReceiptDoc(code="R1", sale=sold, returns=[back])
    assert sold.member is not None
    shown = member(till, sold.member.id)
    assert (shown.lots, shown.growth, shown.basis) == ([], 0, None)
    assert alerts(server) == []


@pytest.mark.parametrize("depth", [1, 450])
def test_what_nobody_knows_of_a_sale_makes_no_receipt_unreadable(till: Till, second: Till, depth: int) -> None:
    sold = acts.sale(till, 1, 10_000)
    kind, schema, payload = encode(sold)
    till.append_raw(kind, schema, payload[:-1] + b',"new":' + b"[" * depth + b"]" * depth + b"}")
    till.pushed()
    assert receipt(second, sold.sale_id) == ReceiptDoc(code="R1", sale=sold)
    assert (b'"new"' in second.rows("receipt")[str(sold.sale_id)].doc) == (depth == 1)


def test_two_sales_under_one_id_have_a_receipt_each(server: Server, till: Till, second: Till) -> None:
    one = acts.sale(till, 1, 10_000)
    other = replace(one, lane=2, receipt_code="R9")
    till.append(one)
    till.pushed()
    second.append(other)
    second.pushed()
    shown = {row.key: msgspec.json.decode(row.doc, type=ReceiptDoc) for row in till.rows("receipt").values()}
    assert sorted((each.code, key == str(each.sale.sale_id)) for key, each in shown.items()) == [
        ("R1", True),
        ("R9", True),
    ]
    assert len(shown) == count(server, tables.sale) == 2


def test_the_same_goods_at_two_tills_are_booked_twice_and_taken_back_once(
    server: Server, till: Till, second: Till
) -> None:
    sold = acts.sale(till, 1, 10_000, registered(till), earned=100, redeemed=50)
    till.append(sold)
    one, other = acts.returned(till, sold, 2), acts.returned(second, sold, 1)
    till.append(one)
    till.pushed()
    second.append(other)
    second.pushed()
    assert count(server, tables.sale_return) == 2
    assert alerts(server) == ["overspent", "return-credit", "returned-twice"]
    assert sold.member is not None
    shown = member(till, sold.member.id)
    assert (sum(lot.points for lot in shown.lots) - shown.debt, shown.growth) == (0, 0)
    assert receipt(till, sold.sale_id).returns == [one, other]


def test_a_return_is_booked_once_however_often_it_is_told(server: Server, till: Till, second: Till) -> None:
    sold = acts.sale(till, 1, 10_000)
    till.append(sold)
    back = acts.returned(till, sold, 2)
    till.append(back)
    till.pushed()
    till.pushed(till.facts)
    assert count(server, tables.sale_return) == 1
    second.append(replace(back, lane=2, receipt_number=1))
    second.pushed()
    assert alerts(server) == ["return-repeated"]
    assert receipt(till, sold.sale_id).returns == [back]


def test_a_return_waits_for_its_sale(server: Server, till: Till, second: Till) -> None:
    buyer = registered(till)
    till.pushed()
    sold = acts.sale(till, 1, 10_000, buyer, earned=100)
    second.append(acts.returned(second, sold, 1))
    second.pushed()
    assert rows(server, tables.sale_return, "state") == [("waiting",)]
    assert member(second, buyer).growth == 0
    till.append(sold)
    till.pushed()
    assert rows(server, tables.sale_return, "state") == [("booked",)]
    shown = till.rows("member")[str(buyer)]
    assert msgspec.json.decode(shown.doc, type=MemberDoc).lots == []
    assert second.rows("member")[str(buyer)].counted == 1
    assert alerts(server) == ["return-booked", "return-waiting"]


def test_a_coupon_comes_back_and_can_be_used_again(server: Server, till: Till) -> None:
    setup.publish_programme(server, valuables.programme())
    member_id = valuables.member(till)
    (issued,) = value_desk.issue_coupons(server, UUID(int=9), valuables.FIVE_OFF, by="li", member_number="M1", count=1)
    used = UsedCoupon(issued.coupon.id, valuables.FIVE_OFF, 500)
    sold = replace(acts.sale(till, 1, 10_000, member_id), coupons=(used,))
    till.append(sold)
    till.append(replace(acts.returned(till, sold, 2), coupons=(used.id,)))
    till.append(replace(acts.returned(till, sold, 3), coupons=(UUID(int=4),)))
    till.pushed()
    assert {state for id_, state in rows(server, tables.coupon, "id", "state") if id_ == used.id} == {"returned"}
    assert "coupon-not-returned" in alerts(server)


def test_what_gives_less_than_nothing_is_kept_unread(server: Server, till: Till) -> None:
    sold = acts.sale(till, 1, 10_000)
    till.append(sold)
    good = acts.returned(till, sold, 2)
    bad: list[SaleReturned] = [
        replace(good, total_minor=-1),
        replace(good, refunds=(Refund(TenderKind.CASH, sold.payments[0].id, -5),)),
        replace(good, refunds=(Refund(TenderKind.POINTS, sold.payments[0].id, 5, 5),)),
        replace(good, refunds=(Refund(TenderKind.STORED_VALUE, sold.payments[0].id, 5, bonus_minor=5),)),
        replace(good, lines=(replace(good.lines[0], quantity_milli=-1),)),
        replace(good, total_minor=10**14),
    ]
    for each in bad:
        till.append(each)
    assert till.pushed().quarantined == list(range(2, 2 + len(bad)))
    assert count(server, tables.sale_return) == 0


def test_what_names_other_lines_and_payments_takes_nothing_along(server: Server, till: Till) -> None:
    """A till of somebody else's tells nonsense about a sale: it is kept, said, and does nothing to the member."""
    sold = acts.sale(till, 1, 10_000, registered(till), earned=100)
    till.append(sold)
    back = acts.returned(till, sold, 2)
    line = ReturnedLine(7, "P9", "?", "each", 5_000, 100, "standard", 0)
    till.append(replace(back, lines=(line,), refunds=(Refund(TenderKind.CASH, UUID(int=3), 10_000),), member=None))
    till.pushed()
    assert alerts(server) == ["returned-twice", "sums"]
    assert sold.member is not None
    assert sum(lot.points for lot in member(till, sold.member.id).lots) == 100


def test_old_receipts_are_taken_back_from_tills(server: Server, till: Till) -> None:
    today = server.today()
    old, new = acts.sale(till, 1), acts.sale(till, 2)
    till.append(replace(old, business_date=today - timedelta(days=31)))
    till.append(replace(new, business_date=today - timedelta(days=30)))
    till.pushed()
    assert list(till.rows("receipt")) == [str(new.sale_id)]
    with server.acting() as act:
        day = (today - timedelta(days=31)).isoformat()
        sale = tables.sale
        act.connection.execute(sale.update().where(sale.c.sale_id == new.sale_id).values(business_date=day))
    cursor = till.pulled().cursor
    till.append(replace(acts.sale(till, 3), business_date=today))
    till.pushed()
    gone = [row for row in till.pulled(cursor).rows if row.deleted]
    assert [(row.kind, row.key) for row in gone] == [("receipt", str(new.sale_id))]
    with server.acting() as act:
        day = (today - timedelta(days=121)).isoformat()
        sale = tables.sale
        act.connection.execute(sale.update().where(sale.c.sale_id == new.sale_id).values(business_date=day))
        day = (today - timedelta(days=31)).isoformat()
        act.connection.execute(sale.update().where(sale.c.shown).values(business_date=day))
    till.append(replace(acts.sale(till, 4), business_date=today))
    till.pushed()
    assert str(new.sale_id) not in {row.key for row in till.pulled().rows}
    with server.reading() as connection:
        assert connection.scalar(select(tables.sale.c.shown).where(tables.sale.c.sale_id == new.sale_id)) is False
