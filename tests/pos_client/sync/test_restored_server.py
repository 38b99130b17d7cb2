"""A server that was restored from an older backup, and the tills that know better."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import select

from pos_client.store.outbox import Standing
from shared_models.domain.administration import EpochRaised
from shared_models.orm.server import alert, device, fact, sale
from shared_models.wire import messages
from shared_models.wire.facts import decode
from sync_server.recovery import recovery
from tests.pos_client.world import BREAD, COLA, MILK, TillAtWork, World, import_member, open_world
from tillpoint.simulate.server import fact_of


def epoch(world: World) -> int:
    with world.server.reading() as connection:
        return world.server.epoch(connection)


def sold(world: World) -> list[tuple[int, int]]:
    with world.server.reading() as connection:
        return sorted((row.lane, row.receipt_number) for row in connection.execute(select(sale)))


def kinds(world: World) -> list[str]:
    with world.server.reading() as connection:
        return list(connection.scalars(select(alert.c.kind)))


@pytest.mark.parametrize("order", list(permutations(["a", "b", "late"])), ids="-".join)
def test_nothing_is_lost_or_doubled_whoever_comes_first(shop: Path, tmp_path: Path, order: tuple[str, ...]) -> None:
    """Sell, back up, sell and redeem on, enrol another till, restore; then everybody syncs, in every order."""
    worlds = open_world(shop, tmp_path / "world")
    world = next(worlds)
    lei = import_member(world, 42, "李雷", "13800138042")
    tills = {name: world.open(name) for name in ("a", "b")}
    points = 0
    for till in tills.values():
        till.sync()
        till.start_day()
        points += sum(till.sell(MILK.codes[0], COLA.codes[0], member=lei).points_earned for _ in range(12))
        till.sync()
    backup = world.backup()
    points += tills["a"].sell(BREAD.codes[0], member=lei).points_earned
    tills["a"].sync()
    redeemed = tills["b"].till
    redeemed.enter(BREAD.codes[0])
    redeemed.attach_member(lei)
    redeemed.start_payment()
    redeemed.redeem_points(100)
    confirmed = tills["b"].pay(redeemed.tender().due_minor)
    points += confirmed.points_earned - confirmed.points_redeemed
    late = world.open("late")
    late.sync()
    late.start_day()
    points += late.sell(MILK.codes[0], member=lei).points_earned
    late.sync()
    tills["late"] = late
    before = {name: till.parts.generations.current for name, till in tills.items()}
    world.restore(backup, *(till.wire for till in tills.values()))

    for name in order:
        tills[name].sync()
    for name in order:
        tills[name].sync()

    assert epoch(world) == world.clock.ms // 1_000
    assert kinds(world).count("epoch-raised") == 1
    assert sold(world) == [(lane, number) for lane, last in ((1, 13), (2, 13), (3, 1)) for number in range(1, last + 1)]
    assert {till.balance(lei) for till in tills.values()} == {points}
    for name, till in tills.items():
        assert till.parts.outbox.standing() is Standing.GOOD
        assert till.till.status().unsent == 0
        assert till.parts.generations.current.number == before[name].number + 1, "everybody pulls anew"
    with world.server.reading() as connection:
        found = recovery(world.server, connection)
        assert found is not None
        assert (len(found.heard), found.silent) == (3, [])
        own = world.server.incarnation(connection)
        facts = connection.execute(select(fact).where(fact.c.incarnation == own).order_by(fact.c.number)).all()
        raised = decode(fact_of(facts[0]))
        assert isinstance(raised, EpochRaised)
        earlier = connection.execute(select(device).where(device.c.incarnation == raised.incarnation)).one()
    assert (raised.epoch, raised.before) == (epoch(world), 1)
    assert (raised.number, raised.hash) == (earlier.head_number, bytes(earlier.head_hash))
    assert kinds(world).count("enrolled-again") == 1
    for till in tills.values():
        till.start_day()
        till.sell(MILK.codes[0])
        till.sync()
        till.close()
    assert len(sold(world)) == 30
    worlds.close()


def test_a_backup_restored_twice_has_two_epochs(world: World, counter: TillAtWork) -> None:
    """The second time the till that spoke to the first restored server isn't the first one to come back."""
    other = world.open("other")
    other.sync()
    other.start_day()
    backup = world.backup()
    for till in (counter, other):
        till.sell(MILK.codes[0])
        till.sync()
    world.restore(backup, counter.wire, other.wire)
    counter.sync()
    first = epoch(world)
    world.clock.ms += 60_000
    world.restore(backup, counter.wire, other.wire)
    other.sync()
    second = epoch(world)
    assert second > first > 1
    counter.sync()
    assert epoch(world) == second
    assert sold(world) == [(1, 1), (2, 1)]
    other.close()


def test_without_the_servers_signature_no_epoch_begins(world: World, counter: TillAtWork) -> None:
    """A till that claims more than the server ever signed makes nobody else pull anew."""
    counter.sell(MILK.codes[0])
    counter.sync()
    proof = counter.parts.outbox.proof()
    assert proof is not None
    backup = world.backup()
    world.restore(backup, counter.wire)
    meta = counter.parts.journal.meta

    for claim in (
        structs.replace(proof, acknowledged=99),
        structs.replace(proof, epoch=99),
        structs.replace(proof, hash=bytes(32)),
        structs.replace(proof, acknowledged=-1),
        structs.replace(proof, acknowledged=2**63 - 1, signature=b"short"),
    ):
        with counter.parts.journal.database.transaction():
            meta.put("proof", messages.encode(claim))
        counter.sync()
        assert epoch(world) == 1
    assert "epoch-raised" not in kinds(world)
