"""Rewards for points: two tills, apart or not, with a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from drivers.printer.encoder import encode
from drivers.printer.paper import decode_text
from drivers.printer.profiles import PROFILES
from pos_client.app.refusals import NoMemberForReward, NoRewardInHand, PointsNotHere, RedeemingStale, RewardNotHere
from pos_client.app.views import RewardsView, RewardView
from pos_client.store.database import DiskFull
from pos_client.sync.client import Refused, Unreachable
from shared_models.domain.errors import DomainError
from shared_models.domain.leases import NotLent
from shared_models.domain.rewards import RewardNotNow, TooFewPoints
from shared_models.orm import server as tables
from shared_models.wire.state import StoreDoc
from sync_server import gift_desk, lending, setup
from sync_server.errors import BadInput
from tests.pos_client.world import COLA, PIN, RICE, TillAtWork, World, import_member
from tests.sync_server import valuables
from tests.sync_server.tables import rows

DAY_MS = 24 * 3_600_000
RETRY_MS = 61_000
ESCROW = {"points": {"mode": "escrow"}}


def reward(id: str, points: int, kind: str = "goods", what: str = "mug-1", **more: Any) -> dict[str, Any]:
    names = {"en": id.capitalize(), "zh_Hans": "礼品"}
    return {
        "id": id, "names": names, "kind": kind, "what": what, "points": points, "valid_from": "2026-01-01", **more,
    }  # fmt: skip


MUG, BAG, WRAP = reward("mug", 300), reward("bag", 2_000), reward("wrap", 100, "service", "wrapping")
SERVICE = {"id": "wrapping", "names": {"en": "Wrapping"}, "valid_from": "2026-01-01"}


def publish(world: World, version: int = 2, *rewards: dict[str, Any], **more: Any) -> None:
    plain = valuables.programme(version, rewards=list(rewards or (MUG, BAG, WRAP)), services=[SERVICE], **more)
    setup.publish_programme(world.server, plain)


def stock(world: World, id: str, units: int, entry: int, store_id: str = "A") -> gift_desk.GiftStock:
    return gift_desk.stock_gifts(world.server, UUID(int=entry), store_id, id, units, reason="delivered", by="li")


@pytest.fixture
def lei(world: World) -> UUID:
    setup.create_store(world.server, StoreDoc(id="B", names={"en": "B"}, address=[], currency="CNY", timezone="UTC"))
    publish(world)
    return import_member(world, 42, "李雷", "13800138042")


@pytest.fixture
def tills(world: World, lei: UUID) -> list[TillAtWork]:
    """Two tills of store A that know of a member with 1,320 points."""
    found = [world.open("one"), world.open("two")]
    for till in found:
        till.parts.counter.surroundings.online = True
        till.sync()
        till.start_day()
    for _ in range(4):
        found[0].sell(RICE.codes[0], member=lei)
    for till in found:
        till.sync()
    assert found[1].balance(lei) == POINTS
    return found


POINTS = 1_320


def serve(till: TillAtWork, member: UUID) -> None:
    till.till.attach_member(member)
    till.sync()


def cut(*tills: TillAtWork, off: bool = True) -> None:
    for till in tills:
        till.wire.cut = off
        till.parts.counter.surroundings.online = not off


def settle(*tills: TillAtWork) -> None:
    """All have heard what there is, and asked for their portion."""
    for _ in range(3):
        for till in tills:
            till.sync()


def choose(till: TillAtWork, id: str, units: int = 1) -> RewardsView:
    """Chosen, with whatever the server lends for it."""
    till.till.choose_reward(id, units)
    try:
        till.sync()
    except Unreachable:
        assert till.wire.cut
    return till.till.rewards()


def one_of(view: RewardsView, id: str) -> RewardView:
    return next(each for each in view.rewards if each.id == id)


def sentence(error: type[DomainError], work: Callable[[], object]) -> str:
    with pytest.raises(error) as refused:
        work()
    return refused.value.sentence(str)


def stocks(world: World) -> list[tuple[Any, ...]]:
    return rows(world.server, tables.gift_stock, "store_id", "reward", "units")


def lease_rows(world: World, kind: str = "gift") -> list[tuple[Any, ...]]:
    found = rows(world.server, tables.lease, "kind", "amount", "used", "state")
    return sorted(row[1:] for row in found if row[0] == kind)


def alerts(world: World) -> list[str]:
    return [kind for (kind,) in rows(world.server, tables.alert, "kind")]


def test_a_gift_takes_points_and_stock_offline_and_the_server_counts_the_same(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    stock(world, "mug", 10, 1)
    one.sync()
    serve(one, lei)
    cut(one)
    view = one.till.rewards()
    assert [(each.id, each.points, each.stock, each.missing) for each in view.rewards] == [
        ("wrap", 100, None, 0), ("mug", 300, 10, 0), ("bag", 2_000, 0, 680),
    ]  # fmt: skip
    before = one.parts.journal.head
    chosen = choose(one, "mug").chosen
    assert chosen is not None
    assert (chosen.units, chosen.points, chosen.balance_after, chosen.why) == (1, 300, POINTS - 300, None)
    done = one.till.confirm_reward()
    assert (done.units, done.points, done.balance_before, done.balance_after) == (1, 300, POINTS, POINTS - 300)
    assert (one.parts.journal.head.number, one.parts.journal.head.receipt_number) == (
        before.number + 1, before.receipt_number + 1,
    )  # fmt: skip
    view = one.till.rewards()
    assert (view.balance, view.chosen, one_of(view, "mug").stock) == (POINTS - 300, None, 9)
    cut(one, off=False)
    for till in (one, two, one):
        till.sync()
        assert till.balance(lei) == POINTS - 300
        assert till.parts.counter.books.valuables.gifts()["mug"].units == 9
    assert stocks(world) == [("A", "mug", 9)]
    assert rows(world.server, tables.reward_redemption, "reward", "units", "points") == [("mug", 1, 300)]
    assert one.parts.journal.database.one("SELECT count(*) FROM value_effect") == (0,)
    one.sell(COLA.codes[0])
    one.sync()
    assert alerts(world) == []


def test_the_last_one_is_handed_over_once_by_tills_apart(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, two = tills
    stock(world, "mug", 1, 1)
    settle(one)
    settle(two)
    assert lease_rows(world) == [(1, 0, "open")]
    cut(one, two)
    for till in tills:
        till.till.attach_member(lei)
    choose(one, "mug")
    choose(two, "mug")
    said = sentence(RewardNotHere, two.till.confirm_reward)
    assert said == (
        "Mug: this till was lent 0, and without the server it gets no more. Offer another reward, or ask at another"
        " till."
    )
    one.till.confirm_reward()
    said = sentence(RewardNotHere, lambda: (one.till.choose_reward("mug"), one.till.confirm_reward()))
    assert said == "Mug: only 0 left in this store. Offer another reward."
    cut(one, two, off=False)
    one.sync()
    two.sync()
    assert stocks(world) == [("A", "mug", 0)]
    assert alerts(world) == []


def test_who_asks_for_the_last_one_gets_it_from_the_till_that_holds_it(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    stock(world, "mug", 1, 1)
    settle(one)
    settle(two)
    assert lease_rows(world) == [(1, 0, "open")]
    two.till.attach_member(lei)
    assert one_of(two.till.rewards(), "mug").why is None
    chosen = choose(two, "mug").chosen
    assert chosen is not None
    assert chosen.why is not None
    assert chosen.why.template.startswith("{name}: other tills hold the rest")
    one.sync()
    world.clock.ms += RETRY_MS
    two.sync()
    assert lease_rows(world) == [(1, 0, "open"), (1, 0, "returned")]
    two.till.confirm_reward()
    for till in (two, one, two):
        till.sync()
    assert lease_rows(world) == [(1, 0, "returned"), (1, 1, "returned")]
    assert alerts(world) == []


def test_the_last_ones_dont_wander_while_nobody_wants_them(world: World, tills: list[TillAtWork]) -> None:
    stock(world, "mug", 1, 1)
    settle(*tills)
    for _ in range(5):
        world.clock.ms += RETRY_MS
        settle(tills[0])
        settle(tills[1])
    assert lease_rows(world) == [(1, 0, "open")]


def test_more_points_than_the_floor_are_lent_for_that_reward_alone(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    stock(world, "mug", 50, 1)
    for till in tills:
        till.sync()
    serve(one, lei)
    cut(one)
    choose(one, "mug", 3)
    said = sentence(PointsNotHere, one.till.confirm_reward)
    assert said == (
        "Mug costs 900 points. Without the server only 500 can be redeemed here; try again when there is a connection."
    )
    cut(one, off=False)
    chosen = choose(one, "mug", 3).chosen
    assert chosen is not None
    assert chosen.why is None
    assert lease_rows(world, "points") == [(900, 0, "open")]
    two.sync()
    two.till.attach_member(lei)
    assert two.till.rewards().balance == POINTS
    one.till.confirm_reward()
    one.sync()
    assert lease_rows(world, "points") == [(900, 900, "returned")]
    assert (one.balance(lei), alerts(world)) == (POINTS - 900, [])


def test_points_lent_for_a_reward_go_back_if_it_is_given_up(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    stock(world, "mug", 50, 1)
    one.sync()
    serve(one, lei)
    choose(one, "mug", 3)
    one.sync()
    assert lease_rows(world, "points") == [(900, 0, "open")]
    one.till.drop_reward()
    one.sync()
    assert lease_rows(world, "points") == [(900, 0, "returned")]
    assert sentence(NoRewardInHand, one.till.confirm_reward) == "Choose the reward first."


def test_points_in_escrow_are_spent_where_the_member_was_served(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    publish(world, 3, spending=ESCROW)
    stock(world, "mug", 50, 1)
    settle(*tills)
    serve(one, lei)
    cut(one, two)
    choose(one, "mug", 2)
    one.till.confirm_reward()
    two.till.attach_member(lei)
    choose(two, "mug")
    said = sentence(PointsNotHere, two.till.confirm_reward)
    assert said == "Mug costs 300 points. This till was lent 0, and without the server it gets no more."
    cut(one, two, off=False)
    for till in (one, two):
        till.sync()
    assert lease_rows(world, "points") == [(POINTS, 600, "open")]
    assert (two.balance(lei), alerts(world)) == (POINTS - 600, [])


def test_by_refuse_gifts_are_lent_for_the_reward_in_hand(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    by_refuse = {"gifts": {"mode": "refuse"}, "budgets": {"mode": "refuse"}}
    publish(world, 3, {**MUG, "limits": {"member": {"times": 2}}}, spending=by_refuse)
    stock(world, "mug", 5, 1)
    one.sync()
    assert lease_rows(world) == []
    serve(one, lei)
    choose(one, "mug")
    assert lease_rows(world) == [(1, 0, "open")]
    one.till.confirm_reward()
    one.sync()
    one.sync()
    assert lease_rows(world) == [(1, 1, "returned")]
    assert lease_rows(world, "budget") == [(2, 1, "returned")]
    assert alerts(world) == []


def test_limits_hold_for_a_member_wherever_they_come(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, two = tills
    publish(world, 3, {**MUG, "limits": {"member": {"times": 1}}})
    stock(world, "mug", 50, 1)
    for till in tills:
        till.sync()
    serve(one, lei)
    choose(one, "mug")
    one.till.confirm_reward()
    one.sync()
    two.sync()
    serve(two, lei)
    view = choose(two, "mug")
    assert view.chosen is not None
    said = sentence(RewardNotHere, two.till.confirm_reward)
    assert said.startswith("Mug: ")
    assert stocks(world) == [("A", "mug", 49)]
    assert alerts(world) == []


def test_a_service_needs_points_and_no_stock(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    cut(one)
    one.till.attach_member(lei)
    choose(one, "wrap", 2)
    assert one.till.confirm_reward().balance_after == POINTS - 200
    cut(one, off=False)
    one.sync()
    assert (stocks(world), alerts(world)) == ([], [])
    assert rows(world.server, tables.reward_redemption, "kind", "what", "units") == [("service", "wrapping", 2)]


def test_a_refusal_takes_nothing(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    stock(world, "mug", 50, 1)
    stock(world, "bag", 5, 2)
    one.sync()
    assert sentence(NoMemberForReward, one.till.rewards).startswith("Rewards are for members.")
    serve(one, lei)
    before = one.parts.journal.head
    sentence(RewardNotNow, lambda: one.till.choose_reward("none"))
    choose(one, "bag")
    assert sentence(TooFewPoints, one.till.confirm_reward) == "680 points are missing for Bag."
    choose(one, "mug")
    with one.full_disk(), pytest.raises(DiskFull):
        one.till.confirm_reward()
    assert (one.parts.journal.head, one.balance(lei)) == (before, POINTS)
    one.till.confirm_reward()
    assert one.balance(lei) == POINTS - 300


def test_a_till_that_was_away_too_long_hands_nothing_over(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    stock(world, "mug", 50, 1)
    one.sync()
    serve(one, lei)
    choose(one, "mug")
    cut(one)
    world.clock.ms += 15 * DAY_MS
    why = one_of(one.till.rewards(), "mug").why
    assert why is not None
    assert why.code == "redeeming_stale"
    with pytest.raises(RedeemingStale):
        one.till.confirm_reward()


def test_what_was_called_back_while_it_was_chosen_stays_until_it_is_done(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    stock(world, "mug", 1, 1)
    one.sync()
    serve(one, lei)
    choose(one, "mug")
    two.sync()
    serve(two, lei)
    choose(two, "mug")
    one.sync()
    assert lease_rows(world) == [(1, 0, "open")]
    one.till.confirm_reward()
    with pytest.raises((RewardNotHere, NotLent)):
        two.till.confirm_reward()


def test_what_is_told_twice_counts_once(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    stock(world, "mug", 10, 1)
    one.sync()
    serve(one, lei)
    choose(one, "mug")
    one.till.confirm_reward()
    one.wire.lose_answers = 1
    with pytest.raises(Unreachable):
        one.sync()
    one.sync()
    assert (stocks(world), one.balance(lei)) == ([("A", "mug", 9)], POINTS - 300)
    assert alerts(world) == []


def test_a_till_set_up_anew_tells_its_rewards_again_once(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    stock(world, "mug", 10, 1)
    one.sync()
    serve(one, lei)
    choose(one, "mug")
    cut(one)
    one.till.confirm_reward()
    cut(one, off=False)
    till, _ = world.renew(one)
    till.till.sign_in("c1", PIN)
    assert till.balance(lei) == POINTS - 300
    till.sync()
    till.sync()
    assert (stocks(world), till.balance(lei)) == ([("A", "mug", 9)], POINTS - 300)
    assert till.parts.counter.books.valuables.gifts()["mug"].units == 9


def test_a_written_off_till_overspends_what_it_was_lent_at_most(
    world: World, tills: list[TillAtWork], lei: UUID
) -> None:
    one, two = tills
    stock(world, "mug", 1, 1)
    one.sync()
    serve(one, lei)
    choose(one, "mug")
    cut(one)
    one.till.confirm_reward()
    lending.write_off(world.server, one.parts.journal.identity.incarnation)
    two.sync()
    two.till.attach_member(lei)
    choose(two, "mug")
    two.till.confirm_reward()
    two.sync()
    cut(one, off=False)
    with pytest.raises(Refused):
        one.sync()
    assert stocks(world) == [("A", "mug", -1)]
    assert "gift-short" in alerts(world)
    two.sync()
    assert one_of(two.till.rewards(), "mug").stock == 0


def test_another_stores_stock_is_its_own(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    stock(world, "mug", 5, 1, "B")
    for till in tills:
        till.sync()
    assert tills[0].parts.counter.books.valuables.gifts() == {}


def test_stock_that_tills_hold_is_called_back_before_it_is_taken(world: World, tills: list[TillAtWork]) -> None:
    one, two = tills
    assert stock(world, "mug", 40, 1).units == stock(world, "mug", 40, 1).units == 40
    settle(one)
    assert lease_rows(world) == [(2, 0, "open")]
    assert stock(world, "mug", -38, 2) == gift_desk.GiftStock("A", "mug", 2, 2)
    with pytest.raises(BadInput, match="Tills hold 2 of it"):
        stock(world, "mug", -1, 3)
    one.sync()
    assert stock(world, "mug", -1, 3) == gift_desk.GiftStock("A", "mug", 1, 0)
    with pytest.raises(BadInput, match="Only 1 of mug are in stock in store A"):
        stock(world, "mug", -2, 4)
    with pytest.raises(BadInput, match="It has: mug, bag"):
        stock(world, "wrap", 1, 5)
    with pytest.raises(BadInput, match="There is no store C"):
        stock(world, "mug", 1, 6, "C")
    two.sync()


def paper(till: TillAtWork, width: str) -> str:
    """The last slip as it comes out of a printer."""
    document = till.parts.journal.print_queue.last_receipt()
    assert document is not None
    profile = PROFILES[f"{width}-gb18030"]
    return decode_text(encode(document, profile), "gb18030", profile.width_dots)


def test_the_slip(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    one.till.attach_member(lei)
    choose(one, "wrap", 2)
    one.till.confirm_reward()
    assert paper(one, "58mm") == SLIP


def test_the_slip_in_chinese(world: World, tills: list[TillAtWork], lei: UUID) -> None:
    one, _ = tills
    doc = StoreDoc(
        id="A", names={"zh_Hans": "甲店"}, address=["春风里 12 号"], currency="CNY", timezone="Asia/Shanghai",
        language="zh_Hans",
    )  # fmt: skip
    setup.create_store(world.server, doc)
    one.sync()
    one.till.attach_member(lei)
    choose(one, "wrap")
    one.till.confirm_reward()
    assert paper(one, "80mm") == SLIP_IN_CHINESE


SLIP = """\
Store A
1 Market Street
REWARD
Receipt 1-5     2026-11-24 08:00
Cashier 王芳
────────────────────────────────
Wrap                         × 2
────────────────────────────────
Points before               1320
Points used                  200
Points balance              1120
────────────────────────────────\
"""
SLIP_IN_CHINESE = """\
甲店
春风里 12 号
积分兑换
小票 1-5                        2026-11-24 08:00
收银员 王芳
────────────────────────────────────────────────
礼品                                         × 1
────────────────────────────────────────────────
兑换前积分                                  1320
使用积分                                     100
积分余额                                    1220
────────────────────────────────────────────────
[cut]\
"""
