"""Rewards that members had, and gifts in stock: booked once, whatever they rest on, with an alert for what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared_models.domain.leases import LeaseReturned, LeaseUse
from shared_models.domain.member import Lot
from shared_models.domain.reward_facts import GiftStocked, RewardRedeemed, stock_id
from shared_models.domain.rewards import RewardKind
from shared_models.domain.spending_rules import Resource, gifts_of, points_of
from shared_models.orm import server as tables
from shared_models.wire import leases as wire_leases
from shared_models.wire import messages as wire
from shared_models.wire.messages import LeaseAnswer, LeaseRequest
from shared_models.wire.state import GiftDoc, LentDoc, MemberDoc
from sync_server import gift_desk, setup
from sync_server.jobs import watch
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till, problem, read

MUGS = gifts_of(stock_id("A", "mug"))
MUG = {
    "id": "mug", "names": {"en": "A mug"}, "kind": "goods", "what": "P1", "points": 300, "valid_from": "2026-01-01",
}  # fmt: skip

VERSION = 2


@pytest.fixture(autouse=True)
def _programme(server: Server) -> None:
    setup.publish_programme(server, valuables.programme(VERSION, rewards=[MUG]))


@pytest.fixture
def two(enrol: Callable[..., Till]) -> tuple[Till, Till]:
    return enrol(lane=1), enrol(lane=2)


def member_with(till: Till, points: int) -> UUID:
    """Registered, with points of one purchase; receipt 1."""
    member_id = valuables.member(till)
    till.append(acts.sale(till, 1, 20_00, member_id, earned=points))
    till.pushed()
    return member_id


def redeemed(till: Till, receipt: int, member_id: UUID, units: int = 1, **more: Any) -> RewardRedeemed:
    one = RewardRedeemed(
        redemption_id=till.new_id(), member_id=member_id, reward="mug", kind=RewardKind.GOODS, what="P1", units=units,
        points=300 * units, store_id=till.identity.store_id, lane=till.identity.lane, shift_id=UUID(int=1),
        cashier_id="ann", receipt_number=receipt, business_date=acts.DAY, programme_version=VERSION,
    )  # fmt: skip
    return replace(one, **more)


def stock(server: Server, units: int, entry: int = 1, store_id: str = "A") -> None:
    gift_desk.stock_gifts(server, UUID(int=entry), store_id, "mug", units, reason="delivered", by="li")


def ask(till: Till, resource: Resource, amount: int, *, spare: bool = False) -> Any:
    request = LeaseRequest(id=till.new_id(), kind=resource.kind, key=resource.key, amount=amount, spare=spare)
    return till.send("/v1/lease", wire.encode(request))


def lent(till: Till, resource: Resource, amount: int) -> LeaseUse:
    """As a use of all that was lent."""
    lease = wire_leases.decode(read(ask(till, resource, amount), LeaseAnswer).lease)
    return LeaseUse(lease.id, lease.amount)


def shown(till: Till) -> tuple[GiftDoc, int]:
    """The stock as the till gets it, and what its row counts of the till."""
    row = till.rows("gift")[MUGS.key]
    return msgspec.json.decode(row.doc, type=GiftDoc), row.counted


def balance(till: Till, member_id: UUID) -> int:
    doc = msgspec.json.decode(till.rows("member")[str(member_id)].doc, type=MemberDoc)
    return sum(lot.points for lot in doc.lots) - doc.debt


def alerts(server: Server) -> list[str]:
    return sorted(kind for (kind,) in rows(server, tables.alert, "kind"))


def test_gift_stock_is_lent_in_halves_and_counted_by_facts(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    stock(server, 10)
    member_id = member_with(one, 1_000)
    first = lent(one, MUGS, 8)
    assert first.amount == 5
    assert lent(other, MUGS, 8).amount == 3
    one.append(redeemed(one, 2, member_id, 2, leases=(LeaseUse(first.lease, 2),)))
    one.append(LeaseReturned(first.lease, 3))
    one.pushed()
    assert shown(one)[0].units == 8
    assert lent(other, MUGS, 8).amount == 3, "half of 8 less 3 lent"
    assert problem(ask(one, gifts_of(stock_id("A", "cup")), 1)).detail == "This store has no stock of such a gift."
    assert alerts(server) == []


def test_another_stores_till_is_lent_nothing(server: Server, till: Till, enrol: Callable[..., Till]) -> None:
    stock(server, 10)
    elsewhere = enrol("B")
    assert problem(ask(elsewhere, MUGS, 1)).code == "not-lendable"
    assert elsewhere.rows("gift") == {}
    assert set(till.rows("gift")) == {MUGS.key}


def test_what_nobody_waits_for_is_called_back_from_nobody(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    stock(server, 1)
    held = lent(one, MUGS, 1)
    assert problem(ask(other, MUGS, 1, spare=True)).code == "not-lendable"
    assert one.pushed().recall == []
    assert problem(ask(other, MUGS, 1)).code == "not-lendable"
    assert one.pushed().recall == [held.lease]


def test_points_beyond_the_floor_are_lent_beside_it(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    stock(server, 10)
    member_id = member_with(one, 1_000)
    gift, points = lent(one, MUGS, 2), lent(one, points_of(member_id), 600)
    doc = msgspec.json.decode(other.rows("member")[str(member_id)].doc, type=MemberDoc)
    assert doc.lent == [LentDoc(points.lease, 600)]
    one.append(redeemed(one, 2, member_id, 2, leases=(gift, points)))
    one.pushed()
    assert (balance(one, member_id), alerts(server)) == (400, [])


def test_a_reward_is_booked_with_its_points_its_gift_and_its_row(server: Server, till: Till) -> None:
    stock(server, 10)
    member_id = member_with(till, 1_000)
    use = lent(till, MUGS, 1)
    told = redeemed(till, 2, member_id, spent=(Lot(till.new_id(), 300, acts.EXPIRY),), leases=(use,))
    till.append(told)
    till.pushed()
    doc, counts = shown(till)
    assert (doc, counts) == (GiftDoc(id=stock_id("A", "mug"), reward="mug", units=9), till.facts[-1].number)
    assert balance(till, member_id) == 700
    found = rows(server, tables.points_entry, "kind", "points")
    assert sorted(found) == [("earned", 1_000), ("redeemed", -300)]
    assert rows(server, tables.reward_redemption, "redemption_id", "member_id", "points", "receipt_number") == [
        (told.redemption_id, member_id, 300, 2)
    ]
    assert rows(server, tables.gift_entry, "kind", "units", "note") == [
        ("handed_over", -1, ""), ("stocked", 10, "delivered (li)"),
    ]  # fmt: skip
    assert alerts(server) == []


def test_without_a_lease_and_without_stock_it_is_booked_all_the_same(server: Server, till: Till) -> None:
    member_id = member_with(till, 200)
    till.append(redeemed(till, 2, member_id, 2))
    till.pushed()
    assert alerts(server) == ["gift-short", "lease-exceeded", "overspent"]
    assert (balance(till, member_id), shown(till)[0].units) == (-400, -2)
    stock(server, 3)
    assert shown(till)[0].units == 1


def test_two_tills_apart_that_hand_over_the_same_one(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    stock(server, 1)
    member_id = member_with(one, 1_000)
    use = lent(one, MUGS, 1)
    one.append(redeemed(one, 2, member_id, leases=(use,)))
    other.append(redeemed(other, 1, member_id))
    other.pushed()
    one.pushed()
    assert alerts(server) == ["gift-short", "lease-exceeded"]
    assert (balance(one, member_id), shown(one)[0].units, count(server, tables.reward_redemption)) == (400, -1, 2)


def test_one_id_is_booked_once(server: Server, till: Till, enrol: Callable[..., Till]) -> None:
    stock(server, 10)
    member_id = member_with(till, 1_000)
    told = redeemed(till, 2, member_id, leases=(lent(till, MUGS, 1),))
    till.append(told)
    till.append(replace(told, receipt_number=3))
    till.pushed()
    till.append(replace(told, receipt_number=4))
    till.pushed()
    assert (shown(till)[0].units, shown(till)[1], balance(till, member_id)) == (9, till.facts[-1].number, 700)
    assert count(server, tables.reward_redemption) == 1
    assert alerts(server) == ["reward-repeated", "reward-repeated"]


@pytest.mark.parametrize(
    ("change", "alert"),
    [
        ({"points": 299}, "reward-points"),
        ({"reward": "cup"}, "reward-unknown"),
        ({"what": "P2"}, "reward-unknown"),
        ({"receipt_number": 7}, "receipt-number"),
        ({"lane": 9}, "foreign-lane"),
    ],
)
def test_what_breaks_a_rule_leads_to_an_alert(server: Server, till: Till, change: dict[str, Any], alert: str) -> None:
    stock(server, 10)
    member_id = member_with(till, 1_000)
    till.append(redeemed(till, 2, member_id, leases=(lent(till, MUGS, 1),), **change))
    till.pushed()
    assert alert in alerts(server)
    assert count(server, tables.reward_redemption) == 1


def test_an_older_programme_is_nothing_to_look_at(server: Server, till: Till) -> None:
    stock(server, 10)
    member_id = member_with(till, 1_000)
    till.append(redeemed(till, 2, member_id, leases=(lent(till, MUGS, 1),), points=250, programme_version=1))
    till.pushed()
    assert (alerts(server), balance(till, member_id)) == ([], 750)


def test_a_member_nobody_registered_owes_the_points(server: Server, till: Till) -> None:
    stock(server, 10)
    till.append(redeemed(till, 1, UUID(int=77), leases=(lent(till, MUGS, 1),)))
    till.pushed()
    assert alerts(server) == ["overspent", "unknown-member"]
    assert balance(till, UUID(int=77)) == -300


@pytest.mark.parametrize(
    "change",
    [
        {"units": 0}, {"units": -1}, {"points": -1}, {"points": 10**14},
        {"leases": (LeaseUse(UUID(int=1), -1),)}, {"spent": (Lot(UUID(int=1), -5, acts.EXPIRY),)},
    ],
)  # fmt: skip
def test_what_gives_instead_of_taking_is_kept_aside(server: Server, till: Till, change: dict[str, Any]) -> None:
    member_id = member_with(till, 1_000)
    till.append(redeemed(till, 2, member_id, **change))
    assert till.pushed().quarantined == [till.facts[-1].number]
    assert (count(server, tables.reward_redemption), balance(till, member_id)) == (0, 1_000)


def test_a_till_cant_bring_gifts_into_stock(server: Server, till: Till) -> None:
    till.append(GiftStocked(till.new_id(), "A", "mug", 50, acts.DAY, "mine", "ann"))
    till.pushed()
    assert (count(server, tables.gift_stock), alerts(server)) == (0, ["not-for-tills"])


def test_many_points_for_rewards_are_suspicious_like_those_for_bills(server: Server, till: Till) -> None:
    rule = {"id": "many", "act": "redemption", "per": "member", "days": 1, "amount": 500}
    setup.publish_programme(server, valuables.programme(3, rewards=[MUG], risk=[rule]))
    stock(server, 10)
    member_id = member_with(till, 1_000)
    till.append(redeemed(till, 2, member_id, 2, leases=(lent(till, MUGS, 2),)))
    till.pushed()
    assert watch.run(server) == 1
    assert alerts(server) == ["risk-redemption"]
