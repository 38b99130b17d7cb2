"""The power goes while a reward is handed over: it is there as a whole or not at all, and there if it was told."""

from __future__ import annotations

from itertools import count as count_from
from random import Random
from uuid import UUID

from pos_client.store.keys import FileKeys
from pos_client.store.verify import verify_journal
from pos_client.sync.enrolment import JOURNAL_FILE
from shared_models.orm import server as tables
from sync_server import gift_desk, setup
from tests.pos_client.conftest import shop, world
from tests.pos_client.world import PIN, RICE, TillAtWork, World, import_member
from tests.sync_server import valuables
from tests.sync_server.tables import count, rows
from tillpoint.simulate.disk import Disk, simulated_disks

__all__ = ["shop", "world"]

TIMES = 24
MUG = {"id": "mug", "names": {"en": "Mug"}, "kind": "goods", "what": "P1", "points": 10, "valid_from": "2026-01-01"}


def test_a_power_cut_neither_loses_nor_doubles_a_reward(world: World) -> None:
    setup.publish_programme(world.server, valuables.programme(rewards=[MUG]))
    gift_desk.stock_gifts(world.server, UUID(int=1), "A", "mug", 1_000, reason="delivered", by="li")
    member = import_member(world, 42, "李雷", "13800138042")
    disk = Disk(world.folder / "one", Random(11), lambda _: None)
    cut, whole, seeds = 0, 0, count_from(100)
    with simulated_disks() as add:
        till = world.open("one")
        till.sync()
        till.start_day()
        for _ in range(2):
            till.sell(RICE.codes[0], member=member)
            till.sync()
        till.close()
        add(disk)
        for _ in range(TIMES):
            till = at_work(world, next(seeds), member)
            before, held = till.parts.journal.head, holding(till, member)
            till.till.choose_reward("mug")
            told = confirm_under(disk, till)
            disk.dead = True
            till.close()
            disk.lose()
            disk.strikes, disk.dead = 0, False
            till = at_work(world, next(seeds), member)
            after = till.parts.journal.head
            there = after.number == before.number + 1
            assert there or (not told and after == before)
            jobs = till.parts.journal.database.one(
                "SELECT count(*) FROM print_job WHERE fact_number = ?", (before.number + 1,)
            )
            taken = (10, 1, 1) if there else (0, 0, 0)
            assert jobs == (1 if there else 0,)
            assert tuple(a - b for a, b in zip(held, holding(till, member), strict=True)) == taken
            assert after.receipt_number - before.receipt_number == int(there)
            cut, whole = cut + (not told), whole + there
            till.close()
        till = at_work(world, next(seeds), member)
        till.sync()
        assert count(world.server, tables.reward_redemption) == whole
        assert rows(world.server, tables.gift_stock, "units") == [(1_000 - whole,)]
        assert rows(world.server, tables.alert, "kind") == []
        till.close()
    assert 3 < cut < TIMES
    assert verify_journal(till.home / JOURNAL_FILE, FileKeys(till.home).load().database).ok


def at_work(world: World, seed: int, member: UUID) -> TillAtWork:
    till = world.open("one", seed=seed)
    till.till.sign_in("c1", PIN)
    till.till.attach_member(member)
    return till


def holding(till: TillAtWork, member: UUID) -> tuple[int, int, int]:
    """Points, gifts in the store, and gifts that the till may hand over."""
    stock = till.parts.counter.books.valuables.gifts()["mug"]
    lent = sum(each.held.left for each in till.parts.journal.leases.held() if each.resource.kind == "gift")
    return till.balance(member), stock.units, lent


def confirm_under(disk: Disk, till: TillAtWork) -> bool:
    """Whether it was told before the power went, which it may at any write or sync."""
    disk.strikes = 600
    try:
        till.till.confirm_reward()
    except Exception:  # noqa: BLE001 - whatever it is called, the power was it
        assert disk.dead, "only a power cut may stop it"
        return False
    return True
