"""Stored value, coupons and gift stock as the server lends them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared_models.domain.leases import LeaseReturned, LeaseUse
from shared_models.domain.retold import FactRetold
from shared_models.domain.spending_rules import Resource, ResourceKind, stored_value_of, uses_of
from shared_models.domain.stored_value_facts import account_id
from shared_models.domain.stored_value_ledger import BonusLot
from shared_models.orm import server as tables
from shared_models.wire import leases as wire_leases
from shared_models.wire import messages as wire
from shared_models.wire.messages import DeclareAnswer, DeclareRequest, LeaseAnswer, LeaseRequest, SignedLease
from shared_models.wire.state import LentDoc
from sync_server import lending, setup, value_desk
from sync_server.copies import take_copies
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.tables import rows
from tests.sync_server.till import Till, problem, read


@pytest.fixture(autouse=True)
def _programme(server: Server) -> None:
    setup.publish_programme(server, valuables.programme())


def ask(till: Till, resource: Resource, amount: int) -> Any:
    request = LeaseRequest(id=till.new_id(), kind=resource.kind, key=resource.key, amount=amount)
    return till.send("/v1/lease", wire.encode(request))


def lent(till: Till, resource: Resource, amount: int) -> LeaseAnswer:
    return read(ask(till, resource, amount), LeaseAnswer)


def refused(till: Till, resource: Resource, amount: int = 1) -> str:
    said = problem(ask(till, resource, amount))
    assert said.code == "not-lendable"
    return said.detail


def alerts(server: Server) -> list[str]:
    return [kind for (kind,) in rows(server, tables.alert, "kind")]


def lease_rows(server: Server) -> list[tuple[Any, ...]]:
    return sorted(rows(server, tables.lease, "kind", "amount", "used", "state"))


def member_with(till: Till, minor: int, bonus: int = 0) -> UUID:
    member_id = valuables.member(till)
    till.append(valuables.load(till, member_id, minor, bonus))
    till.pushed()
    return member_id


def a_coupon(server: Server) -> UUID:
    made = value_desk.issue_coupons(server, UUID(int=77), valuables.FIVE_OFF, by="li", member_number="M1")
    return made[0].coupon.id


@pytest.mark.parametrize(
    ("order", "lots"),
    [
        ("pro_rata", [(date.max, 60_00), (date.max, 40_00), (acts.EXPIRY, 10_00)]),
        ("principal_first", [(date.max, 60_00), (date.max, 40_00), (acts.EXPIRY, 10_00)]),
        ("bonus_first", [(acts.EXPIRY, 10_00), (date.max, 50_00), (date.max, 50_00)]),
    ],
)
def test_stored_value_is_lent_by_lots_in_the_order_of_spending(
    server: Server, enrol: Callable[..., Till], order: str, lots: list[tuple[date, int]]
) -> None:
    setup.publish_programme(server, valuables.programme(3, stored_value={"bonus_days": 365, "spend_order": order}))
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = member_with(one, 100_00, 10_00)
    lease = wire_leases.decode(lent(one, stored_value_of(member_id), 60_00).lease)
    rest = wire_leases.decode(lent(two, stored_value_of(member_id), 60_00).lease)
    assert (lease.amount, rest.amount) == (60_00, 50_00)
    assert [(lot.expires_on, lot.amount) for lot in (*lease.lots, *rest.lots)] == lots
    assert {lot.id for lot in (*lease.lots, *rest.lots) if lot.expires_on == date.max} == {account_id(member_id)}
    shown = sorted(valuables.account(two, member_id)[0].lent, key=lambda each: each.left)
    assert shown == [LentDoc(rest.id, 50_00), LentDoc(lease.id, 60_00)]
    assert one.pushed([], []).recall == [lease.id]


def test_a_purchase_lowers_the_lease_and_what_others_see(server: Server, till: Till) -> None:
    member_id = member_with(till, 100_00)
    lease = wire_leases.decode(lent(till, stored_value_of(member_id), 100_00).lease)
    sale = valuables.purchase(till, 1, member_id, 30_00)
    till.append(replace(sale, leases=(LeaseUse(lease.id, 30_00),)))
    till.pushed()
    doc, _ = valuables.account(till, member_id)
    assert (doc.principal_minor, doc.lent) == (70_00, [LentDoc(lease.id, 70_00)])
    till.append(LeaseReturned(lease.id, 70_00))
    till.pushed()
    assert valuables.account(till, member_id)[0].lent == []
    assert (lease_rows(server), alerts(server)) == ([("stored_value", 100_00, 30_00, "returned")], [])


def test_what_was_spent_without_a_lease_is_told_of(server: Server, till: Till) -> None:
    member_id = member_with(till, 100_00)
    coupon_id = a_coupon(server)
    stale, knowing = (
        valuables.with_coupon(valuables.purchase(till, number, member_id, 10_00), coupon_id) for number in (1, 2)
    )
    stale, knowing = (
        replace(sale, inputs=replace(sale.inputs, programme_version=version))
        for sale, version in ((stale, 1), (knowing, 2))
    )
    till.append(stale)
    till.append(knowing)
    till.pushed()
    assert sorted(alerts(server)) == ["coupon-twice", "lease-exceeded"], "a coupon is by floor"
    assert valuables.account(till, member_id)[0].principal_minor == 80_00


def test_what_is_owed_calls_all_leases_back(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = member_with(one, 100_00)
    lease = wire_leases.decode(lent(two, stored_value_of(member_id), 60_00).lease)
    one.append(valuables.purchase(one, 1, member_id, 120_00))
    one.pushed()
    assert two.pushed([], []).recall == [lease.id]
    assert "stored-value-overspent" in alerts(server)


def test_neither_frozen_nor_unknown_nor_by_floor(server: Server, till: Till) -> None:
    member_id = member_with(till, 100_00)
    assert refused(till, stored_value_of(UUID(int=5))) == "This member has no stored value."
    assert refused(till, Resource(ResourceKind.STORED_VALUE, "x")) == "The key is no id."
    assert refused(till, uses_of(UUID(int=5))) == "There is no such coupon."
    value_desk.freeze_stored_value(server, UUID(int=1), "M1", frozen=True, reason="lost", by="li")
    assert refused(till, stored_value_of(member_id)) == "This stored value is frozen."
    setup.publish_programme(server, valuables.programme(3, spending=valuables.BY_FLOOR))
    assert "without asking" in refused(till, stored_value_of(member_id))


def test_a_coupon_is_lent_once_and_seen(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = valuables.member(one)
    coupon_id = a_coupon(server)
    lease = wire_leases.decode(lent(one, uses_of(coupon_id), 1).lease)
    assert (lease.amount, lease.lots) == (1, ())
    assert refused(two, uses_of(coupon_id)) == "Nothing of it is free now."
    assert valuables.coupons(two)[coupon_id].lent == [LentDoc(lease.id, 1)]
    sale = valuables.with_coupon(acts.sale(one, 1, 20_00, member_id), coupon_id)
    one.append(replace(sale, leases=(LeaseUse(lease.id, 1),)))
    one.append(LeaseReturned(lease.id, 0))
    one.pushed()
    doc = valuables.coupons(two)[coupon_id]
    assert (doc.state, doc.lent) == ("redeemed", [])
    assert refused(two, uses_of(coupon_id)) == "Nothing of it is free now."
    assert (lease_rows(server), alerts(server)) == ([("coupon", 1, 1, "returned")], [])


def test_a_coupon_bound_to_a_store_is_lent_there_alone(server: Server, enrol: Callable[..., Till]) -> None:
    here, there = enrol("A", 1), enrol("B", 1)
    valuables.member(here)
    made = value_desk.issue_coupons(server, UUID(int=7), valuables.FIVE_OFF, by="li", member_number="M1", store_id="B")
    coupon_id = made[0].coupon.id
    assert refused(here, uses_of(coupon_id)) == "There is no such coupon."
    assert wire_leases.decode(lent(there, uses_of(coupon_id), 1).lease).amount == 1


# what a till took in itself


def test_a_load_stays_with_its_till_until_it_is_given_back(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = valuables.member(one)
    kept = replace(valuables.load(one, member_id, 100_00, 10_00), lease=one.new_id())
    assert kept.lease is not None
    one.append(kept)
    one.append(replace(valuables.purchase(one, 1, member_id, 40_00), leases=(LeaseUse(kept.lease, 40_00),)))
    one.pushed()
    one.pushed()
    doc, _ = valuables.account(two, member_id)
    assert doc.lent == [LentDoc(kept.lease, 70_00)]
    assert refused(two, stored_value_of(member_id)) == "Nothing of it is free now."
    assert one.pushed([], []).recall == [kept.lease]
    one.append(LeaseReturned(kept.lease, 70_00))
    one.pushed()
    assert wire_leases.decode(lent(two, stored_value_of(member_id), 100_00).lease).amount == 70_00
    assert alerts(server) == []


def test_a_load_told_again_is_lent_once_to_the_device_that_took_it(server: Server, enrol: Callable[..., Till]) -> None:
    old = enrol(lane=1)
    member_id = valuables.member(old)
    kept = replace(valuables.load(old, member_id, 100_00), lease=old.new_id())
    assert kept.lease is not None
    told = [
        old.append(kept),
        old.append(replace(valuables.purchase(old, 1, member_id, 40_00), leases=(LeaseUse(kept.lease, 40_00),))),
    ]
    new = enrol(lane=1)
    for one in told:
        new.append(FactRetold.of(one))
    new.pushed()
    take_copies(server, old.incarnation, told, [])
    assert rows(server, tables.lease, "incarnation", "amount", "used") == [(old.incarnation, 100_00, 40_00)]
    assert valuables.account(new, member_id)[0].principal_minor == 60_00
    assert lending.write_off(server, old.incarnation) == {ResourceKind.STORED_VALUE: 60_00}
    assert wire_leases.decode(lent(new, stored_value_of(member_id), 100_00).lease).amount == 60_00


def test_a_restored_server_is_shown_leases_of_stored_value(server: Server, till: Till) -> None:
    member_id = member_with(till, 100_00)
    held = lent(till, stored_value_of(member_id), 100_00)
    with server.acting() as act:
        act.connection.execute(tables.lease.delete())
        act.connection.execute(tables.meta.update().where(tables.meta.c.key == "epoch").values(value=b"2"))
    request = DeclareRequest(epoch=2, leases=[SignedLease(held.lease, held.signature)], more=False)
    assert read(till.send("/v1/lease/declare", wire.encode(request)), DeclareAnswer).epoch == 2
    lease_id = wire_leases.decode(held.lease).id
    assert valuables.account(till, member_id)[0].lent == [LentDoc(lease_id, 100_00)]


def test_a_load_without_more_is_free(till: Till) -> None:
    """As those of a version that knew no leases of stored value."""
    member_id = member_with(till, 100_00)
    assert valuables.account(till, member_id)[0].lent == []


def test_a_bonus_that_expired_is_neither_lent_nor_counted(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    load = replace(valuables.load(till, member_id, 100_00), bonus=(BonusLot(UUID(int=5), 10_00, date(2026, 11, 1)),))
    till.append(load)
    till.pushed()
    lease = wire_leases.decode(lent(till, stored_value_of(member_id), 200_00).lease)
    assert [(lot.id, lot.amount) for lot in lease.lots] == [(account_id(member_id), 100_00)]
