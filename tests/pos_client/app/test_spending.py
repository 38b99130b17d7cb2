"""Escrow, budgets, allowances and the end of leases, at real tills with a real server."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from pos_client.app.refusals import RedeemingStale
from pos_client.app.views import RedeemView
from pos_client.store.database import DiskFull
from shared_models.domain.leases import NotLent
from shared_models.domain.points import TooManyPoints
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.taxes import UnknownTaxCode
from shared_models.orm import server as tables
from sync_server import lending, setup
from tests.pos_client.world import MILK, RICE, TillAtWork, World, import_member
from tests.sync_server.tables import rows

DAY_MS = 24 * 3_600_000
DEAL: dict[str, Any] = {
    "id": "spring", "names": {"en": "Spring days"}, "valid_from": "2026-01-01",
    "terms": {
        "kind": "spend", "goods": {"everything": True},
        "steps": [{"threshold": 1000, "benefit": {"kind": "amount_off", "amount_minor": 200}}],
    },
    "limits": {"total": {"times": 4}},
}  # fmt: skip


def publish(world: World, **more: Any) -> None:
    plain = to_plain(default_programme(2, date(2026, 1, 1))) | {"format": 3} | more
    setup.publish_programme(world.server, plain)


@pytest.fixture
def member(world: World) -> UUID:
    return import_member(world, 1, "李小龙", "13800138001")


def open_tills(world: World, *names: str) -> list[TillAtWork]:
    tills = [world.open(name) for name in names]
    for till in tills:
        till.sync()
        till.start_day()
    return tills


def earn(till: TillAtWork, member: UUID, times: int = 5) -> int:
    """Buy a lot; the points there are then, of which all tills hear."""
    for _ in range(times):
        till.sell(RICE.codes[0], member=member)
    till.sync()
    return till.balance(member)


def attach(till: TillAtWork, member: UUID, *codes: str) -> RedeemView:
    for code in codes or (RICE.codes[0],):
        till.till.enter(code)
    till.till.attach_member(member)
    found = till.till.start_payment().points
    assert found is not None
    return found


def lease_rows(world: World) -> list[tuple[Any, ...]]:
    return sorted(rows(world.server, tables.lease, "kind", "amount", "used", "state"))


def alerts(world: World) -> list[str]:
    return [row[0] for row in rows(world.server, tables.alert, "kind")]


ESCROW = {"points": {"mode": "escrow"}}


def test_the_lane_that_served_the_member_online_spends_offline_to_the_last_point(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW)
    one, two = open_tills(world, "one", "two")
    there = earn(one, member)
    two.sync()
    assert there > 500
    nothing = attach(two, member)
    assert (nothing.max_points, nothing.why.code if nothing.why else "") == (0, "limit_not_lent")

    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    lent = one.parts.journal.leases.held()[0]
    assert lent.held.left == there
    one.wire.cut = two.wire.cut = True
    due = one.till.start_payment()
    assert due.points is not None
    most = due.points.max_points
    assert most > 500
    due = one.till.redeem_points(most)
    one.pay(due.due_minor)
    assert one.parts.journal.leases.held()[0].held.left == there - most
    with pytest.raises(TooManyPoints):
        two.till.redeem_points(100)

    one.wire.cut = two.wire.cut = False
    one.sync()
    assert lease_rows(world) == [("points", there, most, "open")]
    assert alerts(world) == []


def test_a_member_who_shows_up_elsewhere_calls_the_points_back(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW)
    one, two = open_tills(world, "one", "two")
    there = earn(one, member)
    one.till.enter(MILK.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.till.void_sale()
    two.sync()

    elsewhere = attach(two, member)
    assert (elsewhere.max_points, elsewhere.why.code if elsewhere.why else "") == (0, "limit_lent_elsewhere")
    two.sync()
    assert two.parts.journal.leases.held() == []
    one.sync()
    assert one.parts.journal.leases.held() == []
    world.clock.ms += 61_000
    two.sync()
    assert two.parts.journal.leases.held()[0].held.left == there
    found = two.till.tender().points
    assert found is not None
    assert found.max_points > 500


def test_what_the_sale_in_hand_uses_is_not_given_back(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW)
    one, two = open_tills(world, "one", "two")
    earn(one, member)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.till.start_payment()
    due = one.till.redeem_points(100)
    two.sync()
    attach(two, member)
    two.sync()
    one.sync()
    assert len(one.parts.journal.leases.held()) == 1
    one.pay(due.due_minor)
    one.sync()
    assert one.parts.journal.leases.held() == []
    assert [row[2:] for row in lease_rows(world)] == [(100, "returned")]
    assert alerts(world) == []


def test_a_lost_answer_lends_once(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW)
    (one,) = open_tills(world, "one")
    there = earn(one, member)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    asked = one.parts.counter.lending.asked()
    assert one.parts.cycle is not None
    one.parts.cycle._client.hello()
    one.parts.cycle._client.lease(asked[0].id, "points", str(member), asked[0].amount)
    one.sync()
    one.sync()
    assert lease_rows(world) == [("points", there, 0, "open")]
    assert one.parts.journal.leases.held()[0].held.left == there


def test_what_a_late_request_was_lent_after_a_refusal_is_found(world: World, member: UUID) -> None:
    """A request that was refused comes a second time when the other till has given back: the server lends, and the till
    doesn't hear of it. It asks under the same id the next time, or nobody could spend that at this till any more."""
    publish(world, spending=ESCROW)
    one, two = open_tills(world, "one", "two")
    there = earn(one, member)
    one.till.enter(MILK.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.till.void_sale()
    two.sync()
    attach(two, member)
    asked = two.parts.counter.lending.asked()[0]
    two.sync()
    one.sync()
    assert two.parts.cycle is not None
    two.parts.cycle._client.lease(asked.id, "points", str(member), asked.amount)
    world.clock.ms += 61_000
    two.sync()
    assert [(each.id, each.held.left) for each in two.parts.journal.leases.held()] == [(asked.id, there)]


def test_by_refuse_only_what_was_lent_for_this_sale_is_spent(world: World, member: UUID) -> None:
    publish(world, spending={"points": {"mode": "refuse"}})
    (one,) = open_tills(world, "one")
    earn(one, member)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.till.start_payment()
    due = one.till.redeem_points(200)
    one.pay(due.due_minor)
    assert attach(one, member).max_points == 0
    one.till.back_to_sale()
    one.till.void_sale()
    one.sync()
    assert [row[2:] for row in lease_rows(world)] == [(200, "returned")]


def test_a_power_cut_or_a_full_disk_leaves_lease_and_sale_together(
    world: World, member: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(world, spending=ESCROW)
    (one,) = open_tills(world, "one")
    there = earn(one, member)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.till.start_payment()
    due = one.till.redeem_points(100)
    sales = one.parts.journal.head.number

    def full(*_: object) -> None:
        raise DiskFull

    monkeypatch.setattr(one.parts.journal.print_queue, "queue", full)
    with pytest.raises(DiskFull):
        one.pay(due.due_minor)
    monkeypatch.undo()
    assert (one.parts.journal.leases.held()[0].held.left, one.parts.journal.head.number) == (there, sales)
    one.close()
    again = world.open("one").start_day()
    again.pay(due.due_minor)
    assert again.parts.journal.leases.held()[0].held.left == there - 100


def test_after_days_without_the_server_nothing_is_spent_and_an_idle_lease_goes_back(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW, deals=[DEAL])
    (one,) = open_tills(world, "one")
    earn(one, member)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    world.clock.ms += 15 * DAY_MS
    one.till.start_payment()
    with pytest.raises(RedeemingStale):
        one.till.redeem_points(100)
    one.till.back_to_sale()
    one.till.void_sale()
    one.till.enter(RICE.codes[0])
    assert one.till.sale().saved_minor == 0
    one.till.void_sale()
    one.sync()
    assert [each.resource.kind for each in one.parts.journal.leases.held()] == ["budget"]


def test_a_till_sells_out_of_the_budget_it_borrowed_and_no_more(world: World) -> None:
    publish(world, deals=[DEAL])
    one, two = open_tills(world, "one", "two")
    one.sync()
    assert one.sell(RICE.codes[0]).total_minor == 298_00
    one.wire.cut = True
    with pytest.raises(Exception, match="reached"):
        one.sync()
    one.till.enter(RICE.codes[0])
    sale = one.till.sale()
    assert sale.total_minor == 300_00
    assert [(each.code, each.values) for each in sale.held_back] == [("offer_not_lent", {"offer": "Spring days"})]
    one.till.void_sale()
    one.wire.cut = False
    sold = 1
    for till in (one, two) * 4:
        world.clock.ms += 61_000
        till.sync()
        sold += till.sell(RICE.codes[0]).total_minor == 298_00
        till.sync()
    assert sold == 4
    two.parts.surroundings.link(online=True, problem=None)
    two.till.enter(RICE.codes[0])
    assert [each.code for each in two.till.sale().held_back] == ["offer_balance"]
    assert sum(used for _, _, used, _ in lease_rows(world)) == 4
    assert alerts(world) == []


def test_the_stores_allowance_of_the_day_bounds_all_tills_together(world: World, member: UUID) -> None:
    publish(world, spending={"points": {"per_day": 2_000}})
    one, two = open_tills(world, "one", "two")
    earn(one, member)
    one.sync()
    two.sync()
    found = attach(one, member)
    assert (found.max_points, found.why.code if found.why else "") == (100, "limit_day")
    due = one.till.redeem_points(100)
    one.pay(due.due_minor)
    assert attach(one, member).max_points == 0
    one.sync()
    assert sorted(row[2:] for row in lease_rows(world)) == [(0, "open")] * 4 + [(100, "returned")]


def test_a_restored_server_is_shown_the_leases_before_it_lends(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW)
    one, two = open_tills(world, "one", "two")
    there = earn(one, member)
    two.sync()
    backup = world.backup()
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.till.start_payment()
    due = one.till.redeem_points(300)
    one.pay(due.due_minor)
    one.sync()

    world.restore(backup, one.wire, two.wire)
    with world.server.acting() as act:
        act.connection.execute(tables.meta.update().where(tables.meta.c.key == "epoch").values(value=b"2"))
    attach(two, member)
    two.sync()
    assert two.parts.journal.leases.held() == []
    one.sync()
    assert lease_rows(world) == [("points", there, 300, "open")]
    assert alerts(world) == []
    world.clock.ms += 61_000
    two.sync()
    one.sync()
    for _ in range(2):
        world.clock.ms += 61_000
        two.sync()
    assert sum(each.held.left for each in two.parts.journal.leases.held()) == two.balance(member)


def test_a_written_off_till_is_heard_and_disputed(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW)
    one, two = open_tills(world, "one", "two")
    there = earn(one, member)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.wire.cut = True
    one.till.start_payment()
    due = one.till.redeem_points(500)
    one.pay(due.due_minor)
    lending.write_off(world.server, one.parts.journal.identity.incarnation)
    two.sync()
    attach(two, member)
    two.sync()
    assert two.parts.journal.leases.held()[0].held.left == there
    one.wire.cut = False
    with pytest.raises(Exception, match="revoked"):
        one.sync()
    assert "lease-exceeded" in alerts(world)
    assert ("points", there, 500, "written_off") in lease_rows(world)


def test_more_than_the_leases_hold_is_never_confirmed(world: World, member: UUID) -> None:
    publish(world, spending=ESCROW)
    (one,) = open_tills(world, "one")
    earn(one, member)
    one.till.enter(RICE.codes[0])
    one.till.attach_member(member)
    one.sync()
    one.till.start_payment()
    due = one.till.redeem_points(500)
    before = one.parts.journal.head.number
    with one.parts.journal.database.transaction():
        one.parts.journal.database.run("UPDATE lease SET \"left\" = 10, lots = ? WHERE state = 'held'", (b"[]",))
    with pytest.raises((TooManyPoints, NotLent)):
        one.pay(due.due_minor)
    assert one.parts.journal.head.number == before


def test_a_sale_that_can_not_be_priced_any_more_does_not_stop_syncing(world: World) -> None:
    publish(world, deals=[DEAL])
    (one,) = open_tills(world, "one")
    one.sync()
    one.till.enter(RICE.codes[0])
    taxes = to_plain(default_programme(3)) | {"taxes": {"reduced": "0.09"}}
    setup.publish_programme(world.server, taxes)
    one.sync()
    one.parts.counter.price_again()
    one.sync()
    with pytest.raises(UnknownTaxCode):
        one.till.sale()
    assert one.parts.journal.leases.held() == []


def test_by_refuse_a_limited_offer_is_lent_for_the_sale_in_hand(world: World) -> None:
    publish(world, deals=[DEAL], spending={"budgets": {"mode": "refuse"}})
    (one,) = open_tills(world, "one")
    one.sync()
    assert one.parts.journal.leases.held() == []
    one.till.enter(RICE.codes[0])
    assert one.till.sale().total_minor == 300_00
    one.sync()
    assert one.till.sale().total_minor == 298_00
    one.till.void_sale()
    one.sync()
    assert one.parts.journal.leases.held() == []
    assert [row[2:] for row in lease_rows(world)] == [(0, "returned")]
