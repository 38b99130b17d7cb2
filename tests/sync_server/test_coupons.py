"""Coupons from facts: issued once, used once, and every use beyond that booked and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from shared_models.domain import coupon_code, coupon_token
from shared_models.domain.coupon import CouponState
from shared_models.domain.coupon_facts import code_digest
from shared_models.domain.coupon_life import CouponRefused
from shared_models.orm import server as tables
from sync_server import setup, value_desk
from sync_server.errors import BadInput
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.ports import StillClock
from tests.sync_server.tables import counts, rows
from tests.sync_server.till import Till

BATCH = UUID(int=77)


@pytest.fixture(autouse=True)
def _programme(server: Server) -> None:
    setup.publish_programme(server, valuables.programme())


def alerts(server: Server) -> list[str]:
    return [kind for (kind,) in rows(server, tables.alert, "kind")]


def issued(server: Server, number: str = "M1", batch: UUID = BATCH, store_id: str = "", count: int = 1) -> list[UUID]:
    made = value_desk.issue_coupons(
        server, batch, valuables.FIVE_OFF, by="li", member_number=number, count=count, store_id=store_id
    )
    return [each.coupon.id for each in made]


def test_a_coupon_is_issued_once_however_often_it_is_said(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    first = issued(server, count=2)
    before = counts(server)
    assert issued(server, count=2) == first
    assert counts(server) == before
    docs = valuables.coupons(till)
    assert set(docs) == set(first)
    assert {(doc.member_id, doc.rule, doc.state) for doc in docs.values()} == {(member_id, "five-off", "issued")}
    assert {(doc.valid_to - doc.valid_from).days for doc in docs.values()} == {29}


def test_what_the_rule_does_not_allow_is_not_issued(server: Server, till: Till) -> None:
    valuables.member(till)
    before = counts(server)
    for wrong in (
        lambda: issued(server, count=4),
        lambda: issued(server, number=""),
        lambda: issued(server, store_id="Z"),
        lambda: value_desk.issue_coupons(server, BATCH, "no-such", by="li"),
        lambda: value_desk.issue_coupons(server, BATCH, valuables.LEAFLET, by="li", count=1_001),
    ):
        with pytest.raises(BadInput):
            wrong()
    assert counts(server) == before


def test_leaflets_have_codes_that_tills_find_by_their_digest(server: Server, till: Till) -> None:
    made = value_desk.issue_coupons(server, BATCH, valuables.LEAFLET, by="li", count=3)
    more = value_desk.issue_coupons(server, UUID(int=78), valuables.LEAFLET, by="li", count=2)
    assert value_desk.issue_coupons(server, BATCH, valuables.LEAFLET, by="li", count=3) == made
    codes = [coupon_code.read(each.code) for each in (*made, *more)]
    assert [(code.number, code.serial) for code in codes] == [(7, serial) for serial in range(5)]
    docs = valuables.coupons(till)
    for each, code in zip((*made, *more), codes, strict=True):
        assert code.coupon_id == each.coupon.id
        assert docs[each.coupon.id].code_hash == code_digest(each.code.lower().replace("-", " "))
        assert coupon_token.read(each.token, _verifier(server)) == each.coupon


def _verifier(server: Server) -> Callable[[bytes, bytes], bool]:
    def verify(message: bytes, signature: bytes) -> bool:
        server.identity.signing_key.public_key().verify(signature, message)
        return True

    return verify


def test_a_sale_uses_a_coupon_up(server: Server, enrol: Callable[..., Till]) -> None:
    here, elsewhere = enrol("A", 1), enrol("B", 1)
    member_id = valuables.member(here)
    (coupon_id,) = issued(server)
    sale = valuables.with_coupon(acts.sale(here, 1, 1_000, member_id), coupon_id)
    here.append(sale)
    here.pushed()
    here.pushed()
    for till, counted in ((here, 2), (elsewhere, 0)):
        row = till.rows("coupon")[str(coupon_id)]
        assert row.counted == counted
        doc = valuables.coupons(till)[coupon_id]
        assert (doc.state, doc.sale_id) == (CouponState.REDEEMED, sale.sale_id)
    assert rows(server, tables.coupon_use, "off_minor", "disputed") == [(5_00, "")]
    assert alerts(server) == []


def test_used_at_two_tills_apart_it_is_booked_twice_and_both_are_named(
    server: Server, enrol: Callable[..., Till]
) -> None:
    one, two = enrol("A", 1), enrol("B", 2)
    member_id = valuables.member(one)
    (coupon_id,) = issued(server)
    first = valuables.with_coupon(acts.sale(one, 1, 1_000, member_id), coupon_id)
    second = valuables.with_coupon(acts.sale(two, 1, 1_000, member_id), coupon_id)
    one.append(first)
    two.append(second)
    one.pushed()
    two.pushed()
    two.pushed()
    assert rows(server, tables.coupon_use, "sale_id", "disputed") == sorted(
        [(first.sale_id, ""), (second.sale_id, "used")], key=repr
    )
    doc = valuables.coupons(one)[coupon_id]
    assert (doc.state, doc.sale_id) == (CouponState.REDEEMED, first.sale_id)
    assert two.rows("coupon")[str(coupon_id)].counted == 1, "the loser's row counts its fact too"
    assert rows(server, tables.alert, "kind", "message") == [
        (
            "coupon-twice",
            f"Coupon {coupon_id} (five-off) was used twice: by receipt 1-1 of store A on 2026-11-24,"
            " and by receipt 2-1 of store B on 2026-11-24.",
        )
    ]
    assert len(rows(server, tables.sale)) == 2, "both sales stand"


def test_cancelled_while_a_till_was_away(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    first, second = issued(server, count=2)
    assert value_desk.void_coupons(server, [first], reason="mistake", by="li") == 1
    assert value_desk.void_coupons(server, [first], reason="mistake", by="li") == 0
    till.append(valuables.with_coupon(acts.sale(till, 1, 1_000, member_id), first))
    till.append(valuables.with_coupon(acts.sale(till, 2, 1_000, member_id), second))
    till.pushed()
    assert valuables.coupons(till)[first].state is CouponState.VOID
    assert [disputed for (disputed,) in rows(server, tables.coupon_use, "disputed")] == ["", "void"]
    assert alerts(server) == ["coupon-void"]
    with pytest.raises(CouponRefused):
        value_desk.void_coupons(server, [second], reason="x", by="li")
    with pytest.raises(BadInput, match="There is no coupon"):
        value_desk.void_coupons(server, [UUID(int=5)], reason="x", by="li")


def test_a_coupon_that_nobody_issued_is_used_up_and_keeps_that_when_its_issue_is_told(
    server: Server, till: Till
) -> None:
    """As after a restore, which forgot the issue: the same batch is issued again."""
    member_id = valuables.member(till)
    backup = issued(server)
    coupon_id = backup[0]
    with server.acting() as act:
        act.connection.execute(tables.coupon.delete())
    sale = valuables.with_coupon(acts.sale(till, 1, 1_000, member_id), coupon_id)
    till.append(sale)
    till.pushed()
    assert alerts(server) == ["coupon-unknown"]
    assert issued(server) == backup
    doc = valuables.coupons(till)[coupon_id]
    assert (doc.state, doc.sale_id, doc.member_id) == (CouponState.REDEEMED, sale.sale_id, member_id)


def test_somebody_elses_coupon_or_one_out_of_its_days_is_told(server: Server, till: Till) -> None:
    valuables.member(till, "M1")
    other = valuables.member(till, "M2")
    first, second = issued(server, count=2)
    till.append(valuables.with_coupon(acts.sale(till, 1, 1_000, other), first))
    late = replace(acts.sale(till, 2, 1_000, None), business_date=acts.DAY + timedelta(days=40))
    till.append(valuables.with_coupon(late, second))
    till.pushed()
    assert sorted(alerts(server)) == ["clock", "coupon-days", "coupon-owner", "coupon-owner"]


def test_a_coupon_of_one_store_goes_to_its_tills_only(server: Server, enrol: Callable[..., Till]) -> None:
    here, elsewhere = enrol("A", 1), enrol("B", 1)
    valuables.member(here)
    (coupon_id,) = issued(server, store_id="A")
    assert valuables.coupons(here)[coupon_id].store_id == "A"
    assert valuables.coupons(elsewhere) == {}


def test_coupons_that_are_long_over_leave_the_tills(server: Server, till: Till, clock: StillClock) -> None:
    member_id = valuables.member(till)
    old, spare = issued(server, count=2)
    cursor = till.pulled().cursor
    clock.ms += 61 * 24 * 3_600_000
    (new,) = issued(server, batch=UUID(int=78))
    gone = {key: row.deleted for key, row in till.rows("coupon", cursor).items()}
    assert gone == {str(old): True, str(spare): True, str(new): False}
    till.append(valuables.with_coupon(acts.sale(till, 1, 1_000, member_id), old))
    till.pushed()
    assert valuables.coupons(till)[old].state is CouponState.REDEEMED, "one that comes late is shown again"


def test_training_uses_nothing_up(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    (coupon_id,) = issued(server)
    till.append(replace(valuables.with_coupon(acts.sale(till, 1, 1_000, member_id), coupon_id), training=True))
    till.pushed()
    assert valuables.coupons(till)[coupon_id].state is CouponState.ISSUED
