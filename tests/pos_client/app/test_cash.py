"""Cash put into the drawer and taken out of it beside sales, and the drawer opened for nothing (TILL-6)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_client.app.refusals import (
    BadAmount,
    CashOutNeedsApproval,
    NeedsManager,
    NoReason,
    NoShift,
    NotSignedIn,
    WrongPin,
)
from pos_client.store.database import DiskFull
from pos_client.store.print_queue import JobState
from pos_client.sync.client import Unreachable
from shared_models.domain.cash_drawer import CashMoved, DrawerOpened, MovementKind
from shared_models.domain.errors import DomainError
from shared_models.domain.receipt import Document, Pair, Text
from shared_models.domain.shift import ShiftClosed
from shared_models.orm import server as tables
from shared_models.wire.facts import Payload, decode
from tests.pos_client.world import CASHIER, MANAGER, MILK, PIN, TillAtWork, World
from tests.sync_server.tables import rows

PAID_IN, PAID_OUT, DROP = MovementKind
FLOAT = 200_00


def facts(till: TillAtWork) -> list[Payload]:
    return [decode(fact) for fact in till.parts.outbox.batch(0, 500, 10**7).facts]


def cash(till: TillAtWork) -> int:
    shift = till.till.shift()
    assert shift is not None
    return shift.cash_minor


def papers(till: TillAtWork) -> list[Document]:
    queue, found = till.parts.journal.print_queue, []
    while (job := queue.take()) is not None:
        found.append(job.document)
        queue.record(job.number, JobState.PRINTED)
    return found


def said(document: Document) -> list[str]:
    return [
        f"{block.left}: {block.right}" if isinstance(block, Pair) else block.text
        for block in document.blocks
        if isinstance(block, Pair | Text)
    ]


def test_what_is_moved_is_a_fact_with_its_slip_and_changes_what_the_drawer_holds(counter: TillAtWork) -> None:
    moved = counter.till.move_cash(PAID_IN, 50_00, "change")
    assert (moved.kind, moved.amount_minor, cash(counter)) == (PAID_IN, 50_00, FLOAT + 50_00)
    counter.till.move_cash(DROP, 120_00, "  into   the big safe ")
    counter.till.move_cash(PAID_OUT, 30_00, "supplier", MANAGER, PIN)
    assert cash(counter) == 100_00
    told = [one for one in facts(counter) if isinstance(one, CashMoved)]
    assert [(one.kind, one.amount_minor, one.reason, one.cashier_id, one.approver_id) for one in told] == [
        (PAID_IN, 50_00, "change", CASHIER, ""),
        (DROP, 120_00, "into the big safe", CASHIER, ""),
        (PAID_OUT, 30_00, "supplier", CASHIER, MANAGER),
    ]
    into, drop, out = papers(counter)
    assert all(each.opens_drawer for each in (into, drop, out))
    assert "Reason: Change from the safe" in said(into)
    assert "Amount: ¥120.00" in said(drop)
    assert "Approved by Ann" in said(out)
    signatures = [sum("Signature" in line for line in said(each)) for each in (into, drop, out)]
    assert signatures == [0, 2, 2]


def refused(counter: TillAtWork, error: type[DomainError], *act: Any) -> None:
    before = (counter.parts.journal.head, counter.parts.journal.print_queue.counts())
    with pytest.raises(error):
        counter.till.move_cash(*act)
    assert (counter.parts.journal.head, counter.parts.journal.print_queue.counts()) == before


def test_what_is_refused_changes_nothing(counter: TillAtWork) -> None:
    for minor in (0, -1, 1_000_000_01):
        refused(counter, BadAmount, PAID_IN, minor, "change")
    refused(counter, NoReason, PAID_IN, 1, " \t ")
    refused(counter, CashOutNeedsApproval, PAID_OUT, 1, "supplier")
    refused(counter, CashOutNeedsApproval, PAID_OUT, 1, "supplier", CASHIER, PIN)
    refused(counter, WrongPin, PAID_OUT, 1, "supplier", MANAGER, "0000")
    counter.till.close_shift(FLOAT)
    refused(counter, NoShift, PAID_IN, 1, "change")
    counter.till.sign_out()
    refused(counter, NotSignedIn, PAID_IN, 1, "change")


def test_a_manager_pays_out_alone_and_is_named_in_another_ones_shift(counter: TillAtWork) -> None:
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    assert (counter.till.cash_desk().needs_approval, counter.till.cash_desk().approvers) == (False, ())
    counter.till.move_cash(PAID_OUT, 5_00, "expense")
    told = facts(counter)[-1]
    assert isinstance(told, CashMoved)
    assert (told.cashier_id, told.approver_id) == (MANAGER, "")


def test_on_a_full_disk_no_money_is_moved(counter: TillAtWork) -> None:
    """What fits into the last pages is moved, the next is not, nor is its slip there."""
    moved = 0
    with counter.full_disk():
        with suppress(DiskFull):
            while moved < 100:
                counter.till.move_cash(PAID_IN, 1_00, "change")
                moved += 1
        assert moved < 100
    assert cash(counter) == FLOAT + moved * 1_00
    assert len([one for one in facts(counter) if isinstance(one, CashMoved)]) == len(papers(counter)) == moved


def test_after_a_power_cut_the_slip_still_waits(world: World, counter: TillAtWork) -> None:
    counter.till.move_cash(DROP, 100_00, "safe")
    counter.close()
    again = world.open("one")
    assert cash(again) == 100_00
    assert [each.kind for each in papers(again)] == ["cash_slip"]
    again.close()


def test_after_a_power_cut_no_drawer_opens_for_nothing(world: World, counter: TillAtWork) -> None:
    """Nobody stands before it when the till starts: the pulse is given up, the slip comes without it."""
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    counter.parts.surroundings.printer_state = "ready"
    counter.till.open_drawer("count")
    counter.parts.journal.print_queue.paperless = True
    counter.sell(MILK.codes[0])
    counter.close()
    again = world.open("one")
    assert [(each.kind, each.opens_drawer) for each in papers(again)] == [("no_sale_slip", False)]
    again.close()


def test_the_z_report_and_the_close_say_what_was_moved(counter: TillAtWork) -> None:
    sold = counter.sell(MILK.codes[0]).total_minor
    counter.till.move_cash(PAID_IN, 50_00, "change")
    counter.till.move_cash(PAID_OUT, 7_50, "expense", MANAGER, PIN)
    counter.till.move_cash(DROP, 100_00, "safe")
    with pytest.raises(NeedsManager):
        counter.till.print_x_report()
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    counter.parts.surroundings.printer_state = "ready"
    counter.till.open_drawer("count")
    papers(counter)
    counter.till.print_x_report()
    view = counter.till.close_shift(142_50 + sold)
    told = facts(counter)[-1]
    assert isinstance(told, ShiftClosed)
    moved = (told.paid_in_minor, told.paid_out_minor, told.dropped_minor, told.openings)
    assert moved == (view.paid_in_minor, view.paid_out_minor, view.dropped_minor, view.openings)
    assert moved == (50_00, 7_50, 100_00, 1)
    assert (told.expected_cash_minor, told.over_short_minor) == (142_50 + sold, 0)
    x, z = papers(counter)
    drawer = [
        "Cash paid in: 50.00",
        "Cash paid out: -7.50",
        "Cash dropped: -100.00",
        "Drawer opened without a sale: 1",
    ]
    assert (x.kind, z.kind) == ("x_report", "z_report")
    assert said(x)[-4:] == drawer
    assert said(z)[-8:-4] == drawer
    assert f"Cash expected: {(142_50 + sold) / 100:.2f}" in said(z)
    assert not any("expected" in line for line in said(x)), "the count stays blind"


def test_an_opening_is_a_fact_of_whoever_did_it(counter: TillAtWork) -> None:
    with pytest.raises(NeedsManager):
        counter.till.open_drawer("change")
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    counter.parts.surroundings.printer_state = "ready"
    counter.till.open_drawer("looking for a coin")
    told, shift = facts(counter)[-1], counter.till.shift()
    assert isinstance(told, DrawerOpened)
    assert shift is not None
    assert (told.cashier_id, told.reason, told.shift_id) == (MANAGER, "looking for a coin", shift.id)
    assert cash(counter) == FLOAT


def test_the_server_counts_each_once_however_often_it_is_told(world: World, counter: TillAtWork) -> None:
    counter.till.move_cash(DROP, 100_00, "safe")
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    counter.parts.surroundings.printer_state = "ready"
    counter.till.open_drawer("count")
    counter.wire.lose_answers = 1
    with pytest.raises(Unreachable):
        counter.sync()
    counter.sync()
    assert counter.parts.outbox.unsent() == 0
    columns = ("kind", "amount_minor", "reason", "cashier_id")
    assert rows(world.server, tables.cash_movement, *columns) == [("drop", 100_00, "safe", CASHIER)]
    assert rows(world.server, tables.drawer_opening, "reason", "cashier_id") == [("count", MANAGER)]
    assert rows(world.server, tables.alert, "kind") == []


@given(st.lists(st.tuples(st.sampled_from(MovementKind), st.integers(-1, 300_00)), max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_should_be_in_the_drawer_is_never_told_by_a_refusal(
    counter: TillAtWork, moves: list[tuple[MovementKind, int]]
) -> None:
    """Or a cashier would find the sum by trying, and count to it."""
    held = cash(counter)
    for kind, minor in moves:
        try:
            counter.till.move_cash(kind, minor, "safe", MANAGER, PIN)
        except BadAmount:
            assert minor <= 0
        else:
            held += minor if kind is PAID_IN else -minor
        assert cash(counter) == held


def test_a_drop_with_a_zero_too_many_shows_at_the_close_and_at_head_office(world: World, counter: TillAtWork) -> None:
    counter.till.move_cash(DROP, FLOAT * 10, "safe")
    view = counter.till.close_shift(FLOAT // 2)
    assert (view.expected_cash_minor, view.over_short_minor) == (-9 * FLOAT, FLOAT // 2 + 9 * FLOAT)
    assert "Cash expected: -1800.00" in said(papers(counter)[-1])
    counter.sync()
    (row,) = rows(world.server, tables.shift, "counted_cash_minor", "over_short_minor")
    assert row == (FLOAT // 2, view.over_short_minor)


def test_a_till_set_up_anew_keeps_what_was_moved_and_tells_it_once(world: World, counter: TillAtWork) -> None:
    counter.till.move_cash(PAID_IN, 70_00, "change")
    counter.sync()
    counter.till.move_cash(DROP, 50_00, "safe")
    counter.sell(MILK.codes[0])
    before = cash(counter)
    renewed, _ = world.renew(counter)
    renewed.till.sign_in(CASHIER, PIN)
    assert cash(renewed) == before
    renewed.sync()
    papers(renewed)
    view = renewed.till.close_shift(before)
    assert (view.over_short_minor, view.paid_in_minor, view.dropped_minor) == (0, 70_00, 50_00)
    (report,) = papers(renewed)
    lines = said(report)
    assert {"Cash paid in: 70.00", "Cash dropped: -50.00", f"Cash expected: {before / 100:.2f}"} <= set(lines)
    renewed.sync()
    found = rows(world.server, tables.cash_movement, "kind", "amount_minor")
    assert sorted(found) == [("drop", 50_00), ("paid_in", 70_00)]
    renewed.close()


def test_the_last_receipt_is_the_customers_whatever_the_drawer_was_opened_for(counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    counter.parts.surroundings.printer_state = "ready"
    counter.till.open_drawer("change")
    papers(counter)
    assert counter.till.print_again() == 1
    (copy,) = papers(counter)
    assert (copy.kind, copy.opens_drawer, "DRAWER OPENED WITHOUT A SALE" in said(copy)) == (
        "receipt_copy",
        False,
        False,
    )
    counter.till.move_cash(PAID_IN, 5_00, "change")
    papers(counter)
    counter.till.print_again()
    (copy,) = papers(counter)
    assert (copy.kind, copy.opens_drawer, "PAID IN" in said(copy)) == ("receipt_copy", False, False)
