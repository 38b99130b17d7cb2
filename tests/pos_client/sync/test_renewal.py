"""Setting a till up anew: nothing is lost, nothing is told twice, and the lane's numbers go on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from pos_client.app.refusals import RedeemingStopped
from pos_client.store.database import Corrupt
from pos_client.store.keys import FileKeys
from pos_client.store.outbox import Standing
from pos_client.store.verify import verify_journal
from pos_client.sync import renewal
from pos_client.sync.client import Refused
from pos_client.sync.enrolment import JOURNAL_FILE, CodeInvalid
from shared_models.orm.server import alert, device, fact, sale
from sync_server import setup
from sync_server.enrolment import RECEIPT_ROOM
from tests.pos_client.world import BREAD, COLA, MILK, TillAtWork, World, import_member


def receipts(world: World) -> list[int]:
    with world.server.reading() as connection:
        return sorted(connection.scalars(select(sale.c.receipt_number)))


def alerts(world: World) -> list[str]:
    with world.server.reading() as connection:
        return sorted(connection.scalars(select(alert.c.kind)))


def states(world: World) -> list[str]:
    with world.server.reading() as connection:
        rows = connection.execute(select(device.c.state).where(device.c.state != "server"))
        return sorted(state for (state,) in rows)


def whole(till: TillAtWork) -> bool:
    return verify_journal(till.home / JOURNAL_FILE, FileKeys(till.home).load().database).ok


def test_a_cloned_till_goes_on_and_no_sale_is_lost(world: World, counter: TillAtWork) -> None:
    """Both halves sell on under the same numbers; the one the server didn't take is set up anew."""
    lei = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    copy = world.copy_of(counter, "copy")
    earned = counter.sell(MILK.codes[0], member=lei).points_earned
    counter.sync()
    clone = world.open("copy", wire=counter.wire)
    clone.till.sign_in("c1", "2468")
    forked = clone.sell(COLA.codes[0], member=lei).points_earned + clone.sell(BREAD.codes[0], member=lei).points_earned
    with pytest.raises(Refused) as refused:
        clone.sync()
    assert (refused.value.problem.code, clone.parts.outbox.standing()) == ("forked", Standing.FORKED)
    counter.sync()
    assert counter.parts.outbox.standing() is Standing.FROZEN, "the honest half is told as well"
    counter.till.enter(BREAD.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    with pytest.raises(RedeemingStopped):
        counter.till.redeem_points(1)
    earned += counter.pay(10_00).points_earned
    counter.sync()

    again, renewed = world.renew(clone)

    assert (renewed.retold, renewed.missing) == (2, 0)
    assert again.balance(lei) == earned + forked, "what is to be told again is shown meanwhile"
    again.sync()
    assert again.parts.outbox.standing() is Standing.GOOD
    assert states(world) == ["active", "retired"]
    assert again.balance(lei) == earned + forked > 0
    counter.sync()
    assert counter.parts.outbox.standing() is Standing.RETIRED
    assert counter.balance(lei) == again.balance(lei)
    assert receipts(world) == [1, 1, 2, 2]
    again.till.sign_in("c1", "2468")
    assert again.till.shift() is not None, "the open shift goes on"
    assert again.sell(MILK.codes[0]).receipt_number == 3
    again.sync()
    assert "receipt-number" not in alerts(world)
    assert alerts(world).count("retold") == 1
    assert copy == again.home
    assert whole(again)
    assert verify_journal(copy / renewed.aside, FileKeys(copy).load().database).ok
    again.close()


def test_a_rolled_back_till_tells_again_and_leaves_room(world: World, counter: TillAtWork) -> None:
    world.copy_of(counter, "copy")
    counter.sell(MILK.codes[0])
    counter.sync()
    old = world.open("copy", wire=counter.wire)
    old.sync()
    assert old.parts.outbox.standing() is Standing.FORKED
    old.till.sign_in("c1", "2468")
    old.sell(BREAD.codes[0])
    again, renewed = world.renew(old)
    assert renewed.retold == 1
    again.sync()
    assert again.parts.outbox.standing() is Standing.GOOD
    again.till.sign_in("c1", "2468")
    assert again.sell(MILK.codes[0]).receipt_number == 1 + RECEIPT_ROOM + 1, "the lost disk may have sold more"
    again.sync()
    assert receipts(world) == [1, 1, 1 + RECEIPT_ROOM + 1]
    assert alerts(world).count("numbers-unknown") == 1
    again.close()


def test_a_damaged_journal_gives_what_is_readable(world: World, counter: TillAtWork) -> None:
    lei = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    for _ in range(12):
        counter.sell(MILK.codes[0], member=lei)
    counter.till.register_member("王五", "13900139000")
    counter.close()
    path = counter.home / JOURNAL_FILE
    facts = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(facts - facts // 4)
        file.write(os.urandom(64))
    with pytest.raises(Corrupt):
        world.open("one", wire=counter.wire)
    again, renewed = world.renew_home(counter.home, counter.wire)
    assert renewed.retold + renewed.missing >= 1
    again.sync()
    sales = receipts(world)
    assert len(sales) == sum(kind == "sale.confirmed" for kind in _retold_kinds(again))
    assert len(set(sales)) == len(sales)
    assert whole(again)
    again.till.sign_in("c1", "2468")
    if again.till.shift() is None:
        again.till.open_shift(0)
    assert again.sell(MILK.codes[0]).receipt_number > RECEIPT_ROOM
    again.close()


def _retold_kinds(till: TillAtWork) -> list[str]:
    rows = till.parts.journal.database.all(
        "SELECT json_extract(payload, '$.kind') FROM fact WHERE kind = 'fact.retold'"
    )
    return [kind for (kind,) in rows]


@pytest.mark.parametrize("crash", ["enrol answer", "save keys", "rename"])
def test_a_renewal_interrupted_anywhere_is_finished_later(
    world: World, counter: TillAtWork, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    counter.sync()
    world.copy_of(counter, "copy")
    counter.sell(MILK.codes[0])
    counter.sync()
    clone = world.open("copy", wire=counter.wire)
    clone.till.sign_in("c1", "2468")
    clone.sell(COLA.codes[0])
    with pytest.raises(Refused):
        clone.sync()
    clone.close()
    code = setup.new_enrolment_code(world.server, "A", 1)
    ports = world.ports("copy", 9)

    class PowerCut(Exception):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        if crash == "enrol answer":
            patched.setattr(renewal, "_make", cut)
        elif crash == "save keys":
            patched.setattr(FileKeys, "save", cut)
        else:
            patched.setattr(Path, "rename", cut)
        with pytest.raises(PowerCut):
            world.renew_with(clone.home, code, ports, clone.wire)
    if crash == "rename":
        again = world.open("copy", wire=clone.wire)
    else:
        world.renew_with(clone.home, code, world.ports("copy", 10), clone.wire)
        again = world.open("copy", wire=clone.wire)
    again.sync()
    assert receipts(world) == [1, 1]
    assert again.parts.outbox.standing() is Standing.GOOD
    assert sorted(path.name for path in again.home.glob("journal*.db"))[0].startswith("journal-")
    assert not (again.home / renewal.NEW_FILE).exists()
    with world.server.reading() as connection:
        enrolled = list(connection.scalars(select(fact.c.kind).where(fact.c.kind == "device.enrolled")))
    assert len(enrolled) == 2
    assert whole(again)
    again.close()


def test_a_code_for_another_lane_changes_nothing(world: World, counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    counter.close()
    before = FileKeys(counter.home).load()
    with pytest.raises(CodeInvalid):
        world.renew_home(counter.home, counter.wire, lane=7)
    assert FileKeys(counter.home).load() == before
    still = world.open("one", wire=counter.wire)
    still.sync()
    assert receipts(world) == [1]
    still.close()
    counter.parts.journal.database = still.parts.journal.database


def test_a_healthy_till_may_be_set_up_anew_without_a_gap(world: World, counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    counter.till.enter(BREAD.codes[0])
    again, renewed = world.renew(counter)
    assert renewed.retold == 0
    again.till.sign_in("c1", "2468")
    assert [line.name for line in again.till.sale().lines] == ["Bread"], "the sale in hand stays"
    again.pay(again.till.start_payment().due_minor)
    again.sync()
    assert receipts(world) == [1, 2]
    assert alerts(world) == []
    again.close()
