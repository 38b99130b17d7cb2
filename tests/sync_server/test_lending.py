from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import UNSET

from shared_models.domain.budgets import budgets
from shared_models.domain.leases import LeaseReturned, LeaseUse, lease_message
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.retold import FactRetold
from shared_models.domain.spending import allowance
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.orm import server as tables
from shared_models.wire import leases as wire_leases
from shared_models.wire import messages as wire
from shared_models.wire.messages import DeclareAnswer, DeclareRequest, LeaseAnswer, LeaseRequest, SignedLease
from shared_models.wire.state import LentDoc, MemberDoc
from sync_server import lending, setup
from sync_server.copies import take_copies
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import rows
from tests.sync_server.till import Till, problem, read

DEAL: dict[str, Any] = {
    "id": "spring", "names": {"en": "Spring"}, "valid_from": "2026-01-01",
    "terms": {
        "kind": "spend", "goods": {"everything": True},
        "steps": [{"threshold": 100, "benefit": {"kind": "amount_off", "amount_minor": 10}}],
    },
    "limits": {"total": {"times": 10}, "day": {"minor": 500}},
}  # fmt: skip


def publish(server: Server, **more: Any) -> None:
    plain = to_plain(default_programme(2)) | {"format": 3} | more
    setup.publish_programme(server, plain)


@pytest.fixture
def escrow(server: Server) -> None:
    publish(server, spending={"points": {"mode": "escrow"}})


def member_with(till: Till, earned: int) -> UUID:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, member_id=member.member_id, earned=earned))
    till.pushed()
    return member.member_id


def points_of(member_id: UUID) -> Resource:
    return Resource(ResourceKind.POINTS, str(member_id))


def ask(till: Till, resource: Resource, amount: int, id: UUID | None = None) -> Any:
    request = LeaseRequest(id=id or till.new_id(), kind=resource.kind, key=resource.key, amount=amount)
    return till.send("/v1/lease", wire.encode(request))


def lent(till: Till, resource: Resource, amount: int, id: UUID | None = None) -> LeaseAnswer:
    return read(ask(till, resource, amount, id), LeaseAnswer)


def member_row(till: Till, member_id: UUID) -> MemberDoc:
    return msgspec.json.decode(till.rows("member")[str(member_id)].doc, type=MemberDoc)


def alerts(server: Server) -> list[str]:
    return [row[0] for row in rows(server, tables.alert, "kind")]


@pytest.mark.usefixtures("escrow")
def test_a_lease_is_signed_names_lots_and_is_shown_to_others(server: Server, till: Till) -> None:
    member_id = member_with(till, 500)
    answer = lent(till, points_of(member_id), 300)

    lease = wire_leases.decode(answer.lease)
    Ed25519PublicKey.from_public_bytes(till.identity.server_key).verify(answer.signature, lease_message(answer.lease))
    assert (lease.incarnation, lease.resource, lease.amount, lease.epoch) == (
        till.incarnation, points_of(member_id), 300, 1,
    )  # fmt: skip
    assert [(lot.amount, lot.expires_on) for lot in lease.lots] == [(300, acts.EXPIRY)]
    assert member_row(till, member_id).lent == [LentDoc(lease.id, 300)]
    granted = [row for row in rows(server, tables.fact, "incarnation", "kind") if row[1] == "lease.granted"]
    with server.reading() as connection:
        assert granted == [(server.incarnation(connection), "lease.granted")]


@pytest.mark.usefixtures("escrow")
def test_the_same_id_gets_the_same_answer_and_lends_once(server: Server, till: Till) -> None:
    member_id, lease_id = member_with(till, 500), till.new_id()
    first = lent(till, points_of(member_id), 300, lease_id)
    assert lent(till, points_of(member_id), 300, lease_id) == first
    assert rows(server, tables.lease, "amount", "used") == [(300, 0)]
    assert problem(ask(till, Resource(ResourceKind.GIFT, "x"), 300, lease_id)).code == "not-lendable"


@pytest.mark.usefixtures("escrow")
def test_what_one_holds_no_other_is_lent_but_it_is_called_back(enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = member_with(one, 500)
    first = wire_leases.decode(lent(one, points_of(member_id), 400).lease)
    assert wire_leases.decode(lent(two, points_of(member_id), 400).lease).amount == 100
    assert problem(ask(two, points_of(member_id), 1)).code == "not-lendable"
    assert one.pushed([], []).recall == [first.id]
    assert two.pushed([], []).recall == []

    one.append(LeaseReturned(first.id, 400))
    assert one.pushed().recall == []
    assert wire_leases.decode(lent(two, points_of(member_id), 1_000).lease).amount == 400


@pytest.mark.usefixtures("escrow")
def test_a_sale_lowers_its_lease_and_only_that(server: Server, till: Till) -> None:
    member_id = member_with(till, 500)
    lease = wire_leases.decode(lent(till, points_of(member_id), 400).lease)
    sale = acts.sale(till, 2, member_id=member_id, redeemed=150)
    till.append(replace(sale, leases=(LeaseUse(lease.id, 150),)))
    till.pushed()
    till.pushed()
    assert rows(server, tables.lease, "amount", "used", "state") == [(400, 150, "open")]
    row = member_row(till, member_id)
    assert (row.lent, sum(lot.points for lot in row.lots)) == ([LentDoc(lease.id, 250)], 350)
    assert alerts(server) == []


@pytest.mark.usefixtures("escrow")
def test_more_than_was_lent_posts_at_once_as_disputed(server: Server, till: Till) -> None:
    member_id = member_with(till, 500)
    lease = wire_leases.decode(lent(till, points_of(member_id), 100).lease)
    first, second = (acts.sale(till, number, 2_000, member_id=member_id, redeemed=300) for number in (2, 3))
    till.append(replace(first, leases=(LeaseUse(lease.id, 300),)))
    till.append(replace(second, leases=(LeaseUse(UUID(int=77), 300),)))
    till.pushed()
    assert sorted(rows(server, tables.lease, "used", "state")) == [(300, "open"), (300, "undeclared")]
    assert member_row(till, member_id).debt == 100
    assert sorted(alerts(server)) == ["lease-exceeded", "lease-exceeded", "overspent"]


@pytest.mark.usefixtures("escrow")
def test_a_lease_of_another_till_is_left_alone(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = member_with(one, 500)
    lease = wire_leases.decode(lent(one, points_of(member_id), 500).lease)
    two.append(LeaseReturned(lease.id, 500))
    two.pushed()
    assert rows(server, tables.lease, "state") == [("open",)]
    assert alerts(server) == ["lease-exceeded"]


@pytest.mark.usefixtures("escrow")
def test_a_lease_that_never_arrived_goes_back_whole(server: Server, till: Till) -> None:
    member_id = member_with(till, 500)
    lease = wire_leases.decode(lent(till, points_of(member_id), 500).lease)
    till.append(LeaseReturned(lease.id, None))
    till.append(LeaseReturned(UUID(int=1), None))
    till.pushed()
    assert rows(server, tables.lease, "state") == [("returned",)]
    assert (member_row(till, member_id).lent, alerts(server)) == ([], [])


@pytest.mark.usefixtures("escrow")
def test_a_till_that_miscounts_is_told_of(server: Server, till: Till) -> None:
    member_id = member_with(till, 500)
    lease = wire_leases.decode(lent(till, points_of(member_id), 500).lease)
    till.append(LeaseReturned(lease.id, 400))
    till.pushed()
    assert (rows(server, tables.lease, "state"), alerts(server)) == ([("returned",)], ["lease-left"])


@pytest.mark.usefixtures("escrow")
def test_time_gives_nothing_back_and_writing_off_does(server: Server, enrol: Callable[..., Till], clock: Any) -> None:
    lost, other = enrol(lane=1), enrol(lane=2)
    member_id = member_with(lost, 500)
    lease = wire_leases.decode(lent(lost, points_of(member_id), 400).lease)
    sale = acts.sale(lost, 2, 2_000, member_id=member_id, redeemed=400)
    unsent = lost.append(replace(sale, leases=(LeaseUse(lease.id, 400),)))
    clock.ms += 300 * 24 * 3_600_000
    assert wire_leases.decode(lent(other, points_of(member_id), 500).lease).amount == 100

    assert lending.write_off(server, lost.incarnation) == {ResourceKind.POINTS: 400}
    assert lending.write_off(server, lost.incarnation) == {}
    kinds = [row[0] for row in rows(server, tables.fact, "kind")]
    assert (kinds.count("device.written_off"), kinds.count("lease.written_off")) == (1, 1)
    assert "lease-written-off" in alerts(server)
    second = wire_leases.decode(lent(other, points_of(member_id), 400).lease)
    assert second.amount == 400
    spent = acts.sale(other, 1, 2_000, member_id=member_id, redeemed=400)
    other.append(replace(spent, leases=(LeaseUse(second.id, 400),)))
    other.pushed()

    assert lost.pushed([unsent], []).acknowledged == 3
    assert member_row(other, member_id).debt == 300
    assert {"lease-exceeded", "overspent", "after-revocation"} <= set(alerts(server))


def test_a_budget_is_lent_in_halves_and_never_beyond(server: Server, enrol: Callable[..., Till]) -> None:
    publish(server, deals=[DEAL])
    one, two = enrol(lane=1), enrol(lane=2)
    with server.reading() as connection:
        limits = server.programme(connection).limited["spring"]
    times = next(each.resource for each in budgets("spring", limits, acts.DAY, None) if each.unit == "times")
    amounts = []
    for till in (one, two, one, two, one):
        answer = ask(till, times, 8)
        if answer.status == 200:
            amounts.append(wire_leases.decode(read(answer, LeaseAnswer).lease).amount)
    assert amounts == [5, 3, 1, 1]
    assert problem(ask(two, Resource(ResourceKind.BUDGET, "total/times///autumn"), 1)).code == "not-lendable"
    assert len(one.pushed([], []).recall) == 2


def test_by_floor_nothing_is_lent_but_the_stores_allowance_of_the_day(
    server: Server, enrol: Callable[..., Till]
) -> None:
    publish(server, spending={"points": {"per_day": 1_000}})
    till = enrol()
    member_id = member_with(till, 500)
    assert problem(ask(till, points_of(member_id), 100)).code == "not-lendable"
    assert wire_leases.decode(lent(till, allowance(ResourceKind.POINTS, "A", acts.DAY), 400).lease).amount == 400
    assert problem(ask(till, allowance(ResourceKind.POINTS, "B", acts.DAY), 400)).code == "not-lendable"
    late = acts.DAY.replace(month=12)
    assert problem(ask(till, allowance(ResourceKind.POINTS, "A", late), 400)).code == "not-lendable"


def test_returnable_units_are_those_sold(server: Server, till: Till) -> None:
    publish(server, spending={"returns": {"mode": "escrow"}})
    sale = acts.sale(till, 1)
    till.append(sale)
    till.pushed()
    units = Resource(ResourceKind.RETURNS, f"{sale.sale_id}/1")
    assert wire_leases.decode(lent(till, units, 5_000).lease).amount == 1_000
    assert problem(ask(till, Resource(ResourceKind.RETURNS, f"{sale.sale_id}/2"), 1)).code == "not-lendable"
    assert problem(ask(till, Resource(ResourceKind.RETURNS, "nonsense"), 1)).code == "not-lendable"


@pytest.mark.parametrize(
    ("kind", "key", "amount", "code"),
    [
        ("gold", "x", 1, "not-lendable"), ("points", "", 1, "bad-message"), ("points", "x" * 401, 1, "bad-message"),
        ("points", "a\nb", 1, "bad-message"), ("points", str(UUID(int=3)), 0, "bad-message"),
        ("points", str(UUID(int=3)), -5, "bad-message"), ("points", str(UUID(int=3)), 2**63, "bad-message"),
        ("points", "nobody", 5, "not-lendable"), ("points", str(UUID(int=3)), 5, "not-lendable"),
        ("stored_value", str(UUID(int=3)), 5, "not-lendable"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("escrow")
def test_what_is_asked_badly_lends_nothing(
    server: Server, till: Till, kind: str, key: str, amount: int, code: str
) -> None:
    request = LeaseRequest(id=till.new_id(), kind=kind, key=key, amount=amount)
    assert problem(till.send("/v1/lease", wire.encode(request))).code == code
    assert rows(server, tables.lease, "id") == []


# after a restore


def raise_epoch(server: Server) -> None:
    with server.acting() as act:
        act.connection.execute(tables.meta.update().where(tables.meta.c.key == "epoch").values(value=b"2"))


def forget_leases(server: Server) -> None:
    with server.acting() as act:
        act.connection.execute(tables.lease.delete())


def declare(till: Till, epoch: int, *leases: LeaseAnswer, more: bool = False) -> DeclareAnswer:
    shown = [SignedLease(one.lease, one.signature) for one in leases]
    request = DeclareRequest(epoch=epoch, leases=shown, more=more)
    return read(till.send("/v1/lease/declare", wire.encode(request)), DeclareAnswer)


@pytest.mark.usefixtures("escrow")
def test_a_restored_server_lends_nothing_before_all_have_declared(server: Server, enrol: Callable[..., Till]) -> None:
    one, two, gone = enrol(lane=1), enrol(lane=2), enrol(lane=3)
    member_id = member_with(one, 500)
    held = lent(one, points_of(member_id), 400)
    forget_leases(server)
    raise_epoch(server)

    assert problem(ask(two, points_of(member_id), 100)).code == "not-declared"
    assert declare(two, 1).epoch == 2
    assert problem(ask(two, points_of(member_id), 100)).code == "not-declared"
    assert declare(two, 2).epoch == 2
    assert declare(one, 2, held, more=True).epoch == 2
    assert problem(ask(two, points_of(member_id), 100)).code == "not-declared"
    assert declare(one, 2, held).epoch == 2
    assert problem(ask(two, points_of(member_id), 100)).code == "not-declared"
    lending.write_off(server, gone.incarnation)

    assert wire_leases.decode(lent(two, points_of(member_id), 400).lease).amount == 100
    assert member_row(one, member_id).lent[0] == LentDoc(wire_leases.decode(held.lease).id, 400)
    fresh = enrol(lane=4)
    assert problem(ask(fresh, points_of(member_id), 1)).code == "not-lendable"
    assert alerts(server) == []


@pytest.mark.usefixtures("escrow")
def test_only_its_own_signature_counts(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = member_with(one, 500)
    held = lent(one, points_of(member_id), 400)
    forget_leases(server)
    raise_epoch(server)
    declare(one, 2, LeaseAnswer(lease=held.lease.replace(b"400", b"900"), signature=held.signature))
    declare(two, 2, held)
    assert rows(server, tables.lease, "id") == []
    assert alerts(server) == ["lease-forged", "lease-forged"]


@pytest.mark.usefixtures("escrow")
def test_what_facts_used_before_the_lease_was_shown_is_counted(server: Server, till: Till) -> None:
    member_id = member_with(till, 500)
    held = lent(till, points_of(member_id), 400)
    lease_id = wire_leases.decode(held.lease).id
    forget_leases(server)
    raise_epoch(server)
    till.append(replace(acts.sale(till, 2, member_id=member_id, redeemed=100), leases=(LeaseUse(lease_id, 100),)))
    till.pushed()
    declare(till, 2, held)
    assert rows(server, tables.lease, "amount", "used", "state") == [(400, 100, "open")]
    assert member_row(till, member_id).lent == [LentDoc(lease_id, 300)]


@pytest.mark.parametrize("batches", [1, 2])
def test_what_was_used_up_and_given_back_before_anybody_noticed_the_restore_is_asked_for(
    server: Server, till: Till, batches: int
) -> None:
    publish(server, deals=[DEAL])
    with server.reading() as connection:
        limits = server.programme(connection).limited["spring"]
    times = next(each.resource for each in budgets("spring", limits, acts.DAY, None) if each.unit == "times")
    held = lent(till, times, 4)
    lease_id = wire_leases.decode(held.lease).id
    forget_leases(server)
    till.append(replace(acts.sale(till, 1), leases=(LeaseUse(lease_id, 3),)))
    if batches == 2:
        till.pushed()
    till.append(LeaseReturned(lease_id, 1))
    till.pushed()
    assert rows(server, tables.lease, "kind", "used", "state") == [("", 3, "forgotten")]
    assert till.pushed([], []).unknown == [lease_id]
    declare(till, 1, held, more=True)
    assert till.pushed([], []).unknown is UNSET
    found = rows(server, tables.lease, "kind", "key", "amount", "used", "state")
    assert found == [("budget", times.key, 4, 3, "returned")]
    assert wire_leases.decode(lent(till, times, 100).lease).amount == 4, "half of the seven that are left"


@pytest.mark.usefixtures("escrow")
def test_points_redeemed_without_a_lease_are_told_of(server: Server, till: Till) -> None:
    member_id = member_with(till, 500)
    stale, knowing = (acts.sale(till, number, member_id=member_id, redeemed=100) for number in (2, 3))
    till.append(stale)
    till.append(replace(knowing, inputs=replace(knowing.inputs, programme_version=2)))
    till.pushed()
    assert alerts(server) == ["lease-exceeded"]
    assert sum(lot.points for lot in member_row(till, member_id).lots) == 300


def test_tills_that_ask_at_once_are_never_lent_more_than_there_is(server: Server, enrol: Callable[..., Till]) -> None:
    publish(server, deals=[DEAL])
    tills = [enrol(lane=lane) for lane in range(1, 5)]
    with server.reading() as connection:
        limits = server.programme(connection).limited["spring"]
    times = next(each.resource for each in budgets("spring", limits, acts.DAY, None) if each.unit == "times")
    with ThreadPoolExecutor(len(tills)) as pool:
        answers = list(pool.map(lambda till: [ask(till, times, 4) for _ in range(3)], tills))
    assert {answer.status for each in answers for answer in each} == {200, 409}
    assert sum(row[0] for row in rows(server, tables.lease, "amount")) == 10


@pytest.mark.usefixtures("escrow")
def test_a_sale_told_again_lowers_the_lease_of_the_device_that_made_it(
    server: Server, enrol: Callable[..., Till]
) -> None:
    old = enrol(lane=1)
    member_id = member_with(old, 500)
    lease = wire_leases.decode(lent(old, points_of(member_id), 400).lease)
    sale = acts.sale(old, 2, member_id=member_id, redeemed=150)
    told = [
        old.append(replace(sale, leases=(LeaseUse(lease.id, 150),))),
        old.append(LeaseReturned(lease.id, 250)),
    ]
    new = enrol(lane=1)
    for one in told:
        new.append(FactRetold.of(one))
    new.pushed()
    assert rows(server, tables.lease, "amount", "used", "state") == [(400, 150, "returned")]
    take_copies(server, old.incarnation, told, [])
    assert rows(server, tables.lease, "amount", "used", "state") == [(400, 150, "returned")]
    assert sum(lot.points for lot in member_row(new, member_id).lots) == 350
    assert set(alerts(server)) == {"retold", "recovered"}
