"""A member's stored value and coupons as head office sees them."""

from __future__ import annotations

from uuid import UUID

from sync_server import setup, value_desk
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.head_office.web import ROOT, Web
from tests.sync_server.till import Till


def test_a_member_with_stored_value_and_coupons(server: Server, till: Till, ann: Web) -> None:
    setup.publish_programme(server, valuables.programme())
    member_id = valuables.member(till)
    page = ann.get(f"{ROOT}/members/{member_id}").text
    assert "Stored value" not in page
    assert "Coupons" not in page
    first, second = (
        each.coupon.id
        for each in value_desk.issue_coupons(
            server, UUID(int=9), valuables.FIVE_OFF, by="li", member_number="M1", count=2
        )
    )
    value_desk.void_coupons(server, [second], reason="x", by="li")
    value_desk.correct_stored_value(server, UUID(int=8), "M1", 5_00, reason="card <17>", by="li")
    till.append(valuables.load(till, member_id, 100_00, 10_00))
    till.append(valuables.purchase(till, 1, member_id, 120_00))
    for receipt in (2, 3):
        sale = acts.sale(till, receipt, 1_000, member_id)
        till.append(valuables.with_coupon(sale, first))
    till.pushed()
    page = ann.get(f"{ROOT}/members/{member_id}").text
    for said in (
        "Paid in", "Spent", "Corrected by hand", "card &lt;17&gt;", "¥15.00 of it owed", "of it bonus", "¥5 off",
        "cancelled", "1 disputed use",
    ):  # fmt: skip
        assert said in page, said
    assert "Coupon used twice" in ann.get(f"{ROOT}/review").text
