"""A sale from the first scan to the second till's screen."""

from __future__ import annotations

from pos_client.app.views import EnteredKind, Source
from tests.pos_client.world import BREAD, MILK, TillAtWork, World, import_member


def test_a_member_buys_offline_and_another_till_shows_the_points(world: World, counter: TillAtWork) -> None:
    lei = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    counter.wire.cut = True
    till = counter.till
    assert till.enter(MILK.codes[0], Source.SCAN).kind is EnteredKind.PRODUCT
    assert till.enter("*2").kind is EnteredKind.QUANTITY
    till.enter(BREAD.codes[0], Source.SCAN)
    assert till.enter("8042").kind is EnteredKind.MEMBER
    sale = till.sale()
    assert [line.amount_minor for line in sale.lines] == [23_75, 7_60]
    assert sale.member is not None
    assert sale.member.id == lei
    due = till.start_payment()
    assert due.due_minor == 31_35
    done = counter.pay(50_00)
    assert (done.receipt_number, done.change_minor, done.points_earned, done.points_balance) == (1, 18_65, 31, 31)
    assert till.find_members("8042")[0].balance == 31

    counter.wire.cut = False
    counter.sync()
    assert till.status().unsent == 0
    assert till.find_members("8042")[0].balance == 31

    second = world.open("two")
    second.sync()
    second.start_day()
    hit = second.till.find_members("13800138042")[0]
    assert (hit.id, hit.balance) == (lei, 31)
    second.close()
